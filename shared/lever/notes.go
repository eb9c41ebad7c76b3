package lever

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Note is a thread of comments on an opportunity (lever/api.md section 3.5). Only ID is certain.
type Note struct {
	ID   string  `json:"id"`
	Text *string `json:"text"`
	// Fields are the comments, the first one and the replies; they have no ids.
	Fields []NoteField `json:"fields"`
	// User is the author; null for a note made without NewNote.PerformAs.
	User        *Ref    `json:"user"`
	Secret      *bool   `json:"secret"`
	CompletedAt *Millis `json:"completedAt"`
	CreatedAt   *Millis `json:"createdAt"`
	// DeletedAt is set on a note somebody removed, which can still be listed.
	DeletedAt *Millis `json:"deletedAt"`
}

func (n *Note) key() string { return n.ID }

// NoteField is one comment of a thread.
type NoteField struct {
	Type      *string `json:"type"`
	Text      *string `json:"text"`
	Value     *string `json:"value"`
	CreatedAt *Millis `json:"createdAt"`
	User      *Ref    `json:"user"`
	Score     *Number `json:"score"`
	Stage     *Ref    `json:"stage"`
}

// NewNote is a note to be created.
type NewNote struct {
	// Value is plain text and must not be empty. Lever notifies whoever is named by @ in it.
	Value string
	// Secret hides the note from those without the privilege for sensitive information.
	Secret bool
	// NotifyFollowers tells the followers of the opportunity.
	NotifyFollowers bool
	// PerformAs is the id of the user who stands as author; empty means nobody.
	PerformAs string
	// Parent is the id of the note this one replies to; empty means a new thread.
	Parent string
}

// NoteValue is one comment of a thread that is written anew.
type NoteValue struct {
	// Value is plain text.
	Value string
	// CreatedAt is kept from the comment it replaces; zero leaves it to Lever.
	CreatedAt time.Time
}

// Notes gets one page of the notes of an opportunity. Filter on DeletedAt.
func (c *Client) Notes(ctx context.Context, opportunity, offset string) (Page[Note], error) {
	return list[Note](ctx, c, &call{
		method: http.MethodGet, path: "/opportunities/{opportunity}/notes",
		ids: []string{opportunity}, query: url.Values{"limit": {pageSize(0)}},
	}, offset)
}

// Note gets one note of an opportunity.
func (c *Client) Note(ctx context.Context, opportunity, id string) (Single[Note], error) {
	return one[Note](ctx, c, &call{
		method: http.MethodGet, path: "/opportunities/{opportunity}/notes/{note}",
		ids: []string{opportunity, id},
	})
}

// CreateNote creates a note and gives its id. It is not idempotent: after ErrUnclear, read the
// notes of the opportunity before sending it again.
func (c *Client) CreateNote(ctx context.Context, opportunity string, note NewNote) (string, error) {
	k := &call{
		method: http.MethodPost, path: "/opportunities/{opportunity}/notes",
		ids: []string{opportunity}, query: url.Values{},
		body: struct {
			Value           string `json:"value"`
			Secret          bool   `json:"secret"`
			NotifyFollowers bool   `json:"notifyFollowers"`
		}{note.Value, note.Secret, note.NotifyFollowers},
	}
	if note.Value == "" {
		return "", k.refuse("empty-note")
	}
	for name, id := range map[string]string{"perform_as": note.PerformAs, "note_id": note.Parent} {
		if id == "" {
			continue
		}
		if !validID(id) {
			return "", k.refuse("bad-id")
		}
		k.query.Set(name, id)
	}
	got, err := c.do(ctx, k)
	if err != nil {
		return "", err
	}
	return createdNote(k, got.body)
}

// createdNote reads the id from either form of the reply: the documented {noteId}, and the whole
// note that Lever really sends.
func createdNote(k *call, body []byte) (string, error) {
	object, err := unwrap(body)
	if err != nil {
		return "", garbled(k, err)
	}
	var reply struct {
		NoteID text `json:"noteId"`
		ID     text `json:"id"`
	}
	if err := decode(object, &reply); err != nil {
		return "", garbled(k, err)
	}
	for _, id := range []text{reply.NoteID, reply.ID} {
		if validID(string(id)) {
			return string(id), nil
		}
	}
	return "", garbled(k, &DecodeError{Field: "noteId", Want: "id", Got: "nothing"})
}

// UpdateNote replaces all comments of a note at once, those of other people included; only notes
// made over the API can be changed. The reply is not read.
func (c *Client) UpdateNote(ctx context.Context, opportunity, id string, values []NoteValue) error {
	type value struct {
		Value     string `json:"value"`
		CreatedAt int64  `json:"createdAt,omitempty"`
	}
	k := &call{
		method: http.MethodPut, path: "/opportunities/{opportunity}/notes/{note}",
		ids: []string{opportunity, id}, blind: true,
	}
	entries := make([]value, len(values))
	for i, v := range values {
		if v.Value == "" {
			return k.refuse("empty-note")
		}
		entries[i].Value = v.Value
		if !v.CreatedAt.IsZero() {
			entries[i].CreatedAt = v.CreatedAt.UnixMilli()
		}
	}
	if len(entries) == 0 {
		return k.refuse("empty-note")
	}
	k.body = map[string]any{"values": entries}
	_, err := c.do(ctx, k)
	return err
}

// DeleteNote removes a note made over the API. It may be repeated: fault.NotFound then says that
// it is gone.
func (c *Client) DeleteNote(ctx context.Context, opportunity, id string) error {
	_, err := c.do(ctx, &call{
		method: http.MethodDelete, path: "/opportunities/{opportunity}/notes/{note}",
		ids: []string{opportunity, id}, blind: true,
	})
	return err
}
