package levertest

import (
	"slices"
	"time"
)

// AddNoteUI adds a note as a person does in Lever's pages; the API cannot edit it.
func (a *Account) AddNoteUI(opportunity, value string, secret bool) (id string, err error) {
	err = a.do(func(t tx) error {
		n, err := t.addNote(opportunity, noteEntry{value: value, at: t.millis()}, secret)
		if err != nil {
			return err
		}
		id = n.ID
		return nil
	})
	return id, err
}

// ReplyToNote adds a person's comment to a note's thread, whoever made the note.
func (a *Account) ReplyToNote(note, value string) error {
	return a.do(func(t tx) error {
		_, err := t.replyNote(note, noteEntry{value: value, at: t.millis()})
		return err
	})
}

// DeleteNoteUI deletes a note as a person does: deletedAt is set.
func (a *Account) DeleteNoteUI(note string) error {
	return a.do(func(t tx) error { return t.deleteNote(note) })
}

// noteEntry is one comment to store.
type noteEntry struct {
	value string
	at    int64
	score *int
}

func (t tx) entry(o *Opportunity, e noteEntry) NoteField {
	return NoteField{Type: "note", Text: "Comment", Value: e.value, CreatedAt: e.at, User: t.actor(), Score: e.score, Stage: o.Stage}
}

func (t tx) addNote(opportunity string, e noteEntry, secret bool) (*Note, error) {
	o, err := t.opp(opportunity)
	if err != nil {
		return nil, err
	}
	n := Note{
		ID: newID(t.st.rng), Text: "Note", Fields: []NoteField{t.entry(o, e)}, User: t.actor(), Secret: secret,
		CompletedAt: e.at, CreatedAt: e.at, OpportunityID: opportunity,
	}
	t.st.notes.put(n.ID, t.at, n)
	t.touch(opportunity, nil)
	return &n, nil
}

func (t tx) replyNote(note string, e noteEntry) (*Note, error) {
	n := t.st.notes.get(note, time.Time{})
	if n == nil || n.DeletedAt != nil {
		return nil, notFound("notes", note)
	}
	o, err := t.opp(n.OpportunityID)
	if err != nil {
		return nil, err
	}
	n = t.st.notes.update(note, t.at, func(n *Note) { n.Fields = append(slices.Clone(n.Fields), t.entry(o, e)) })
	t.touch(o.ID, nil)
	return n, nil
}

// replaceNote swaps all entries of a thread; they all belong to the note's own author afterwards.
func (t tx) replaceNote(n *Note, entries []noteEntry) error {
	o, err := t.opp(n.OpportunityID)
	if err != nil {
		return err
	}
	fields := make([]NoteField, 0, len(entries))
	for _, e := range entries {
		f := t.entry(o, e)
		f.User = n.User
		fields = append(fields, f)
	}
	t.st.notes.update(n.ID, t.at, func(n *Note) { n.Fields = fields })
	t.touch(o.ID, nil)
	return nil
}

func (t tx) deleteNote(note string) error {
	n := t.st.notes.get(note, time.Time{})
	if n == nil || n.DeletedAt != nil {
		return notFound("notes", note)
	}
	t.st.notes.update(note, t.at, func(n *Note) { n.DeletedAt = ptr(t.millis()) })
	t.touch(n.OpportunityID, nil)
	return nil
}
