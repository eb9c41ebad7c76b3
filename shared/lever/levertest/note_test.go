package levertest

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func (b *bundle) apiNote(o Opportunity, query string) string {
	b.t.Helper()
	made := b.call(http.StatusCreated, "POST", v1("/opportunities/%s/notes%s", o.ID, query), map[string]any{"value": "First"})
	return made.data()["noteId"].(string)
}

func (b *bundle) noteOf(o Opportunity, id string) Note {
	notes := b.acct.Notes(o.ID)
	return notes[slices.IndexFunc(notes, func(n Note) bool { return n.ID == id })]
}

func TestNoteRepliesHaveTheShapeOfTheSamples(t *testing.T) {
	t.Parallel()
	b := setup(t)
	o := b.active(nonConfidential)
	request := sample(t, "note_create_request")
	made := b.call(http.StatusCreated, "POST", v1("/opportunities/%s/notes", o.ID), request)
	if diff := cmp.Diff(shape(sample(t, "note_create_response")), shape(made.body)); diff != "" {
		t.Error(diff)
	}
	if made.data()["user"] != nil {
		t.Errorf("user %v without perform_as", made.data()["user"])
	}
	id := made.data()["noteId"].(string)
	changed := b.call(http.StatusOK, "PUT", v1("/opportunities/%s/notes/%s", o.ID, id), sample(t, "note_update_request"))
	if diff := cmp.Diff(shape(sample(t, "note_update_response")), shape(changed.body)); diff != "" {
		t.Error(diff)
	}
}

func TestNoteUpdateReplacesTheWholeThread(t *testing.T) {
	t.Parallel()
	b := setup(t)
	o := b.active(nonConfidential)
	id := b.apiNote(o, "")
	b.must(b.acct.ReplyToNote(id, "A colleague"))
	b.apiNote(o, "?note_id="+id)
	if n := len(b.noteOf(o, id).Fields); n != 3 {
		t.Fatalf("%d entries", n)
	}
	b.advance(time.Minute)
	b.call(http.StatusOK, "PUT", v1("/opportunities/%s/notes/%s", o.ID, id), map[string]any{"values": []any{map[string]any{"value": "Second"}}})
	note := b.noteOf(o, id)
	after, _ := b.acct.Opportunity(o.ID)
	if len(note.Fields) != 1 || note.Fields[0].Value != "Second" || *after.UpdatedAt != b.now.UnixMilli() {
		t.Errorf("note %+v, updated %d", note.Fields, *after.UpdatedAt)
	}
}

func TestNoteRefusals(t *testing.T) {
	t.Parallel()
	b := setup(t)
	o := b.active(nonConfidential)
	notes := v1("/opportunities/%s/notes", o.ID)
	gone := b.acct.Users()[2].ID
	b.must(b.acct.DeactivateUser(gone))
	for name, body := range map[string]map[string]any{
		"no value":   {"secret": true},
		"future":     {"value": "x", "createdAt": b.now.Add(time.Hour).UnixMilli()},
		"odd score":  {"value": "x", "score": 5},
		"odd values": {"value": 7},
	} {
		if a, err := b.try("POST", notes, body); err != nil || a.status != 400 {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	value := map[string]any{"value": "x"}
	b.call(http.StatusBadRequest, "POST", notes+"?perform_as=nobody", value)
	b.call(http.StatusBadRequest, "POST", notes+"?perform_as="+gone, value)
	b.call(http.StatusNotFound, "POST", notes+"?note_id=none", value)
	b.call(http.StatusNotFound, "GET", notes+"/none", nil)
	author := b.acct.Users()[0].ID
	made := b.call(http.StatusCreated, "POST", notes+"?perform_as="+author, value)
	if made.data()["user"] != author {
		t.Errorf("author %v", made.data()["user"])
	}
	own := notes + "/" + made.data()["id"].(string)
	b.call(http.StatusBadRequest, "PUT", own, map[string]any{"values": []any{}})
	b.call(http.StatusNoContent, "DELETE", own, nil)
	b.call(http.StatusNotFound, "DELETE", own, nil)
	b.call(http.StatusNotFound, "PUT", own, sample(t, "note_update_request"))
	if b.get(own).data()["deletedAt"] == nil {
		t.Error("a deleted note has no deletedAt")
	}
}
