package levertest

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
)

// Effect is what an injected fault does.
type Effect string

// The effects on requests. Those marked "list" apply to answers with a data array.
const (
	LostReply         Effect = "lost-reply"      // the work is done; the connection breaks, or Status is answered
	LateCommit        Effect = "late-commit"     // the connection breaks, or Status is answered; the work is done Delay later
	StaleRead         Effect = "stale-read"      // GET is served from the state of Delay ago
	StatusReply       Effect = "status"          // Status is answered, nothing is done (429 when Status is 0)
	HTMLReply         Effect = "html"            // an HTML page with Status (502 when 0), nothing is done
	SlowReply         Effect = "slow"            // the answer comes after Options.Sleep(Delay)
	ResetConnection   Effect = "reset"           // the connection breaks, nothing is done
	RedirectReply     Effect = "redirect"        // Status (302 when 0) leads to Location, nothing is done
	FloodReply        Effect = "flood"           // Bytes bytes of JSON white space with status 200, nothing is done
	TruncatedBody     Effect = "truncated-body"  // the JSON body stops half-way
	TruncatedPage     Effect = "truncated-page"  // list: half of the rows are missing, next is unchanged
	EmptiedPage       Effect = "emptied-page"    // list: no rows, next is unchanged
	RepeatedPage      Effect = "repeated-page"   // list: next leads to the same page again
	FilteredPage      Effect = "filtered-page"   // list: some rows are missing, drawn by seed
	NextMissing       Effect = "next-missing"    // list: hasNext is true and next is absent
	ExpiredOffset     Effect = "expired-offset"  // a request with an offset gets 400 Invalid offset token
	UnknownFields     Effect = "unknown-fields"  // objects carry fields nobody documented
	BrokenRows        Effect = "broken-rows"     // list: rows have a name that is no text, and so cannot be read
	DuplicateEvent    Effect = "duplicate-event" // the webhook is sent twice, the second Delay later
	LoseEvent         Effect = "lose-event"      // the webhook is never sent
	DelayEvent        Effect = "delay-event"     // the webhook is sent Delay later, after its successors
	ForgeEvent        Effect = "forge-event"     // a second webhook follows with other data under the same signature
	UnsignedEvent     Effect = "unsigned-event"  // the webhook has no signature
	BadSignatureEvent Effect = "bad-signature"   // the webhook's signature is wrong
)

// Fault is a disturbance to inject: who it meets, how often, and what it does.
type Fault struct {
	Name string `json:"name"`
	// Method matches the request's method; empty matches all.
	Method string `json:"method"`
	// Path matches the path template ("/v1/opportunities/{id}/notes") or, as a path.Match pattern, the path;
	// a trailing "..." matches any rest; empty matches all. "/oauth/token" is a path, too.
	Path string `json:"path"`
	// Account limits the fault to one account.
	Account string `json:"account"`
	// Event is the webhook event to meet, for the event effects; empty matches all.
	Event string `json:"event"`
	// Skip lets that many matches through first; Count then is how many are hit (0: all until cleared).
	Skip  int `json:"skip"`
	Count int `json:"count"`
	// Probability is the chance of each match to be hit, drawn by seed; 0 means 1.
	Probability float64 `json:"probability"`
	Effect      Effect  `json:"effect"`
	Status      int     `json:"status"`
	// Location is where RedirectReply leads.
	Location string `json:"location"`
	// Bytes is how much FloodReply sends; how much was taken is told by Flooded.
	Bytes int64 `json:"bytes"`
	// Delay is the time of LateCommit, StaleRead, SlowReply, DuplicateEvent, DelayEvent and ForgeEvent.
	Delay time.Duration `json:"-"`
	// Data and ForgedEvent are what ForgeEvent sends; without Data the opportunityId is a random one.
	Data        map[string]any `json:"data"`
	ForgedEvent string         `json:"forgedEvent"`
}

// armedFault is an injected fault with what is left of it.
type armedFault struct {
	Fault
	skip, left int
}

func (e Effect) onEvents() bool {
	return slices.Contains([]Effect{DuplicateEvent, LoseEvent, DelayEvent, ForgeEvent, UnsignedEvent, BadSignatureEvent}, e)
}

func (e Effect) known() bool {
	return e.onEvents() || slices.Contains([]Effect{
		LostReply, LateCommit, StaleRead, StatusReply, HTMLReply, SlowReply, ResetConnection, RedirectReply, FloodReply, TruncatedBody,
		TruncatedPage, EmptiedPage, RepeatedPage, FilteredPage, NextMissing, ExpiredOffset, UnknownFields, BrokenRows,
	}, e)
}

// Inject arms a fault. Faults are tried in the order they were injected; the first that hits wins.
func (l *Lever) Inject(f Fault) error {
	if !f.Effect.known() {
		return fmt.Errorf("inject fault: unknown effect %q", f.Effect)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults = append(l.faults, &armedFault{f, f.Skip, f.Count})
	return nil
}

// ClearFaults disarms everything. Late commits already under way still happen.
func (l *Lever) ClearFaults() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults = nil
}

// hit decides whether an armed fault that matches strikes now.
func (l *Lever) hit(f *armedFault) bool {
	if f.Probability > 0 && l.faultRNG.Float64() >= f.Probability {
		return false
	}
	if f.skip > 0 {
		f.skip--
		return false
	}
	if f.Count == 0 {
		return true
	}
	f.left--
	return f.left >= 0
}

func (l *Lever) pick(in *inbound, template, accountID string) Fault {
	for _, f := range l.faults {
		if f.Effect.onEvents() || !f.matches(in, template) || f.Account != "" && f.Account != accountID {
			continue
		}
		if l.hit(f) {
			return f.Fault
		}
	}
	return Fault{}
}

func (l *Lever) pickEvent(st *account, name string) Fault {
	for _, f := range l.faults {
		if f.Effect.onEvents() && (f.Event == "" || f.Event == name) && (f.Account == "" || f.Account == st.id) && l.hit(f) {
			return f.Fault
		}
	}
	return Fault{}
}

func (f *armedFault) matches(in *inbound, template string) bool {
	if f.Method != "" && f.Method != in.method {
		return false
	}
	switch f.Effect {
	case StaleRead, TruncatedPage, EmptiedPage, RepeatedPage, FilteredPage, NextMissing:
		if in.method != "GET" {
			return false
		}
	case ExpiredOffset:
		if !in.query.Has("offset") {
			return false
		}
	}
	if f.Path == "" || f.Path == template {
		return true
	}
	if rest, open := strings.CutSuffix(f.Path, "..."); open {
		return strings.HasPrefix(in.path, rest)
	}
	ok, err := path.Match(f.Path, in.path)
	return ok && err == nil
}

// ArmedFault is an injected fault and how often it can still strike (0 for one without a limit).
type ArmedFault struct {
	Fault
	Left int `json:"left"`
}

// Faults returns the injected faults in their order, spent ones too.
func (l *Lever) Faults() []ArmedFault {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := []ArmedFault{}
	for _, f := range l.faults {
		out = append(out, ArmedFault{f.Fault, max(f.left, 0)})
	}
	return out
}
