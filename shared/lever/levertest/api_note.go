package levertest

import (
	"net/http"
	"strings"
)

// noteVisible says whether the API shows a note at all.
func (c *call) noteVisible(n *Note) bool {
	return (!n.Secret || !c.rules.HideSecretNotes) && (n.DeletedAt == nil || !c.rules.DeletedNotesVanish)
}

func listNotes(c *call) (int, any, error) {
	o, err := c.readable()
	if err != nil {
		return 0, nil, err
	}
	var rows []row
	for _, n := range c.st.notesOf(o.ID, c.in.asOf) {
		if c.noteVisible(n) {
			rows = append(rows, row{sortKey{0, n.CreatedAt, n.ID}, n})
		}
	}
	return c.page(rows)
}

// note returns the note of the path, if it can be seen.
func (c *call) note() (*Note, error) {
	o, err := c.readable()
	if err != nil {
		return nil, err
	}
	n := c.st.notes.get(c.path["child"], c.in.asOf)
	if n == nil || n.OpportunityID != o.ID || !c.noteVisible(n) {
		return nil, notFound("notes", c.path["child"])
	}
	return n, nil
}

func getNote(c *call) (int, any, error) {
	n, err := c.note()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, data(n), nil
}

// noteReply is the recorded answer to a creation: the note and its id again.
type noteReply struct {
	*Note
	NoteID string `json:"noteId"`
}

func createNote(c *call) (int, any, error) {
	var body struct {
		Value     string `json:"value"`
		Secret    bool   `json:"secret"`
		Score     *int   `json:"score"`
		CreatedAt *int64 `json:"createdAt"`
	}
	if err := c.writable(&body); err != nil {
		return 0, nil, err
	}
	e, err := c.checkEntry(body.Value, body.CreatedAt)
	if err != nil {
		return 0, nil, err
	}
	if e.score = body.Score; e.score != nil && (*e.score < 1 || *e.score > 4) {
		return 0, nil, badRequest("score must be between 1 and 4")
	}
	var n *Note
	if parent := c.in.query.Get("note_id"); parent != "" {
		old := c.st.notes.get(parent, c.in.asOf)
		if old == nil || old.OpportunityID != c.path["id"] {
			return 0, nil, notFound("notes", parent)
		}
		n, err = c.replyNote(parent, e)
	} else if n, err = c.addNote(c.path["id"], e, body.Secret); err == nil {
		n = c.st.notes.update(n.ID, c.at, func(n *Note) { n.ViaAPI = true })
	}
	if err != nil {
		return 0, nil, err
	}
	if c.rules.NoteReplyIDOnly {
		return http.StatusCreated, data(map[string]any{"noteId": n.ID}), nil
	}
	return http.StatusCreated, data(noteReply{n, n.ID}), nil
}

// checkEntry refuses empty text and a time that is still to come.
func (c *call) checkEntry(value string, createdAt *int64) (noteEntry, error) {
	e := noteEntry{value: value, at: c.millis()}
	if strings.TrimSpace(value) == "" {
		return e, badRequest("value is required")
	}
	if createdAt != nil {
		if e.at = *createdAt; e.at > c.millis() {
			return e, badRequest("createdAt must be in the past")
		}
	}
	return e, nil
}

// ownNote returns a note that the API may change.
func (c *call) ownNote() (*Note, error) {
	n, err := c.note()
	if err != nil {
		return nil, err
	}
	if !n.ViaAPI {
		return nil, refuse(c.rules.UINoteStatus, "Only notes created via the API can be changed.")
	}
	if n.DeletedAt != nil {
		return nil, notFound("notes", n.ID)
	}
	return n, nil
}

func putNote(c *call) (int, any, error) {
	n, err := c.ownNote()
	if err != nil {
		return 0, nil, err
	}
	var body struct {
		Values []struct {
			Value     string `json:"value"`
			CreatedAt *int64 `json:"createdAt"`
		} `json:"values"`
	}
	if err := c.decode(&body); err != nil {
		return 0, nil, err
	}
	if len(body.Values) == 0 {
		return 0, nil, badRequest("values is required")
	}
	var entries []noteEntry
	for _, v := range body.Values {
		e, err := c.checkEntry(v.Value, v.CreatedAt)
		if err != nil {
			return 0, nil, err
		}
		entries = append(entries, e)
	}
	if err := c.replaceNote(n, entries); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, data(map[string]any{"noteId": n.ID}), nil
}

func deleteNote(c *call) (int, any, error) {
	n, err := c.ownNote()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusNoContent, nil, c.deleteNote(n.ID)
}
