package decision

import (
	"context"
	"testing"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/lever"
)

// listener remembers of each creation whether Lever was to tell the followers: what Lever shows of a note does not say.
type listener struct {
	*world
	notes
	told *[]bool
}

// Open implements opener.
func (l listener) Open(ctx context.Context, id string) (notes, connection.Settings, error) {
	way, settings, err := l.world.Open(ctx, id)
	l.notes = way
	return l, settings, err
}

// CreateNote implements notes.
func (l listener) CreateNote(ctx context.Context, opportunity string, note lever.NewNote) (string, error) {
	*l.told = append(*l.told, note.NotifyFollowers)
	return l.notes.CreateNote(ctx, opportunity, note)
}

func TestFollowersAreToldOfANewNoteOnlyWhereTheTenantWantsIt(t *testing.T) {
	t.Parallel()
	for _, wanted := range []bool{false, true} {
		w, told := setup(t), []bool{}
		w.link.settings = connection.Settings{NotifyFollowers: wanted}
		w.deliver.Lever = listener{world: w, told: &told}
		w.accept("d1", w.submission(1, Advance))
		w.settle()
		must(t, w.acct.ReplyToNote(w.decision("d1").NoteID, "I disagree."))
		w.accept("d1", w.submission(2, Reject)) // goes below the note, and tells nobody
		w.settle()
		if len(told) != 2 || told[0] != wanted || told[1] {
			t.Errorf("wanted %v: followers told of the note and of the correction below it: %v", wanted, told)
		}
	}
}
