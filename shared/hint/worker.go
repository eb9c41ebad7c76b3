package hint

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/evidenced/lever-integration/shared/budget"
	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/converge"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/silence"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/work"
)

// connections is what hints need of the connections.
type connections interface {
	Open(ctx context.Context, connection string, lane budget.Lane) (*connection.Access, error)
	Seen(ctx context.Context, connection string, d connection.Delivery) error
	Missed(ctx context.Context, connection, event string, since time.Time) error
}

// Worker looks at what hints point to. It is safe for concurrent use.
type Worker struct {
	Connections connections
	Converger   *converge.Converger
	List        *work.List
	DB          table.DB // remembers deliveries, in the table Work
	Attendant   *work.Attendant
	Now         func() time.Time
}

// announced is the checkpoint of a hint: what the newest event said would be seen, and how often we looked for it.
type announced struct {
	Stage    string `json:"stage,omitempty"`
	Archived *bool  `json:"archived,omitempty"`
	At       int64  `json:"at,omitempty"` // when it happened, milliseconds since the epoch
	Looks    int    `json:"looks,omitempty"`
	Next     int64  `json:"next,omitempty"` // when we look for it again; milliseconds since the epoch
}

// relooks are the waits after which we look again when Lever still serves an older copy.
func relooks() []time.Duration {
	return []time.Duration{2 * time.Second, 10 * time.Second, 60 * time.Second}
}

// early is how much sooner than it is due a look may begin, because clocks differ and queues count in seconds.
const early = 1500 * time.Millisecond

// Arrived merges a delivery into the one work item of its target, to which Nudged then attends; ok is false when there
// is nothing to look at, or when it is a replay. Once it returned without an error nothing of the delivery can be lost;
// an error means that it must be delivered again.
func (w *Worker) Arrived(ctx context.Context, a Arrival) (n work.Nudge, ok bool, err error) {
	if again, err := w.replayed(ctx, a); err != nil || again {
		return n, false, err
	}
	d := connection.Delivery{Event: a.Event, At: time.UnixMilli(a.At), Ping: a.Ping()}
	if a.Triggered > 0 {
		d.Late = d.At.Sub(time.UnixMilli(a.Triggered))
	}
	if err := w.Connections.Seen(ctx, a.Connection, d); err != nil {
		return n, false, fmt.Errorf("note delivery: %w", err)
	}
	if a.Ping() {
		return n, false, w.remember(ctx, a)
	}
	ref := work.Ref{Connection: a.Connection, Kind: work.Hint, Target: "opportunity/" + a.Opportunity}
	if a.Interview != "" {
		ref.Target = "interviews/" + a.Opportunity
	}
	if err = w.List.Ask(ctx, ref, w.Now(), func(note string) string { return merge(note, a) }); err == nil {
		err = w.remember(ctx, a)
	}
	return work.Nudge{Ref: ref}, err == nil, err
}

func merge(note string, a Arrival) string {
	var n announced
	if note != "" && json.Unmarshal([]byte(note), &n) != nil {
		n = announced{}
	}
	at := a.Triggered // deliveries come in any order; their events did not
	if at == 0 {
		at = a.At
	}
	if announces := a.Stage != "" || a.Archived != nil; announces && at >= n.At {
		n.At, n.Looks, n.Next = at, 0, 0
		if a.Stage != "" {
			n.Stage = a.Stage
		}
		if a.Archived != nil {
			n.Archived = a.Archived
		}
	}
	return n.String()
}

func (n announced) String() string {
	raw, err := json.Marshal(n)
	if err != nil {
		panic("hint: strings and numbers always encode: " + err.Error())
	}
	return string(raw)
}

// Nudged attends to the item that a nudge points to.
func (w *Worker) Nudged(ctx context.Context, n work.Nudge) error {
	return w.Attendant.Attend(ctx, n, w.look)
}

// look fetches the target and says whether to look again.
func (w *Worker) look(ctx context.Context, item work.Item) (work.Verdict, error) {
	lane := budget.HintLane
	if item.PutOff > 0 {
		lane = budget.PromisedLane
	}
	access, err := w.Connections.Open(ctx, item.PK, lane)
	if connection.IsNotConnected(err) {
		return work.Done(), nil // a reconnect begins with a full resync
	}
	if err != nil {
		return work.Done(), err
	}
	verdict, err := w.target(ctx, access, item)
	if errors.Is(err, lever.ErrBadInput) {
		return work.Done(), nil // an id that no object can have: from a forged delivery
	}
	return verdict, err
}

func (w *Worker) target(ctx context.Context, access *connection.Access, item work.Item) (work.Verdict, error) {
	what, id, _ := strings.Cut(item.Ref().Target, "/")
	switch what {
	case "opportunity":
		return w.opportunity(ctx, access, item, id)
	case "interviews":
		_, err := w.Converger.Interviews(ctx, access, id)
		return work.Done(), err
	case "posting":
		return work.Done(), w.Converger.Posting(ctx, access, id)
	case "user":
		return work.Done(), w.Converger.User(ctx, access, id)
	}
	return work.Done(), fault.New(fault.Invalid, "unknown-target", "This kind of object is not mirrored.")
}

func (w *Worker) opportunity(ctx context.Context, access *connection.Access, item work.Item, id string) (work.Verdict, error) {
	var n announced
	if item.Note != "" && json.Unmarshal([]byte(item.Note), &n) != nil {
		n = announced{}
	}
	seen, err := w.Converger.Opportunity(ctx, access, id)
	if err != nil {
		return work.Done(), err
	}
	if !seen.Hired.IsZero() {
		// Lever tells of a hire twice, and whichever comes first brings it here: so only this look can miss the other.
		hired := []silence.Miss{{Event: lever.EventCandidateHired, Since: seen.Hired}}
		if err := silence.Tell(ctx, w.Connections, access.Connection, hired, w.Now()); err != nil {
			return work.Done(), err
		}
	}
	differs := n.Stage != "" && seen.Stage != n.Stage || n.Archived != nil && seen.Archived != *n.Archived
	older := differs && seen.Updated.UnixMilli() <= n.At // else something has happened since
	if seen.Retry || older && !seen.Gone {
		if next := time.UnixMilli(n.Next); w.Now().Before(next.Add(-early)) {
			return work.Again(next, n.String()), nil // somebody asked in between, which is none of our looks
		}
		if n.Looks < len(relooks()) {
			next := w.Now().Add(relooks()[n.Looks])
			n.Looks, n.Next = n.Looks+1, next.UnixMilli()
			return work.Again(next, n.String()), nil
		}
	}
	return work.Done(), nil
}
