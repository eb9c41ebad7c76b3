package connection_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/work"
)

// taken says whether what a webhook at Lever sends is taken: at its address, under the token that Lever signs with.
func (b *bundle) taken(t *testing.T, h levertest.Webhook) bool {
	t.Helper()
	address := h.URL[strings.LastIndex(h.URL, "/")+1:]
	_, token, found, err := connection.Secret(t.Context(), b.db, b.Box, address)
	if err != nil {
		t.Fatal(err)
	}
	return found && token.Reveal() == h.SignatureToken
}

func (b *bundle) secrets() int { return len(b.db.Dump(table.Hooks)) }

func TestAReplacedWebhookIsHeardUntilItIsGone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.connect(t, "t1")
	old := b.account.Webhooks()
	b.PublicURL = "https://moved.example" // every webhook is to be made again
	b.wire.after = func(r *http.Request) error {
		if r.Method == http.MethodPost && len(b.account.Webhooks()) == 11 {
			return errors.New("connection reset")
		}
		return nil
	}
	access, err := b.Open(t.Context(), c.ID(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Ensure(t.Context(), access); err == nil {
		t.Fatal("the lost answer went unnoticed")
	}
	refused := 0
	for _, h := range b.account.Webhooks() {
		if !b.taken(t, h) {
			refused++
		}
	}
	if n := len(b.account.Webhooks()); n != 11 || refused != 1 {
		t.Errorf("half-way %d webhooks, %d of them refused; want 11, and the one refused whose token was lost", n, refused)
	}
	b.wire.after = nil
	b.clock = b.clock.Add(time.Minute)
	b.ensure(t, c.ID())
	for _, h := range b.account.Webhooks() {
		if !b.taken(t, h) || !strings.HasPrefix(h.URL, b.PublicURL) {
			t.Errorf("webhook %s at %s is taken: %t", h.Event, h.URL, b.taken(t, h))
		}
	}
	for _, h := range old {
		if !b.taken(t, h) {
			t.Errorf("what %s sent before it was deleted is refused at once", h.Event)
		}
	}
	b.ensure(t, c.ID())
	if n := len(b.account.Webhooks()); n != 8 || b.secrets() != 8 {
		t.Errorf("in the end %d webhooks, %d secrets", n, b.secrets())
	}
}

func TestTheKeeperLooksAgainSoonAfterAChangeAndDailyOtherwise(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.connect(t, "t1")
	due := func() time.Duration {
		t.Helper()
		ref := work.Ref{Connection: c.ID(), Kind: work.Hooks, Target: "all"}
		attendant := &work.Attendant{List: b.Work, Nudge: b, Hold: time.Minute, Limit: 3}
		if err := attendant.Attend(t.Context(), work.Nudge{Ref: ref}, b.AttendHooks); err != nil {
			t.Fatal(err)
		}
		item, _, err := b.Work.Find(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		return time.UnixMilli(item.Due).Sub(b.clock)
	}
	b.clock = b.clock.Add(time.Minute) // past the look that a connect makes itself
	if got := due(); got != 24*time.Hour {
		t.Errorf("after a look that changed nothing: %s", got)
	}
	b.clock = b.clock.Add(24 * time.Hour)
	if _, err := b.account.AddWebhook("client", "candidateHired", publicURL+"/webhooks/lever/stray"); err != nil {
		t.Fatal(err)
	}
	if got := due(); got != time.Minute {
		t.Errorf("after a stray was deleted: %s", got)
	}
}

func TestAWebhookThatLeverAddsLateIsRemoved(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]bool{"connected": false, "disconnected": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			if err := b.lever.Inject(levertest.Fault{
				Method: http.MethodPost, Path: "/v1/webhooks", Skip: 3, Count: 1, Effect: levertest.LateCommit, Delay: 50 * time.Second,
			}); err != nil {
				t.Fatal(err)
			}
			c := b.connect(t, "t1")
			want := 8
			if end {
				want = 0
				b.disconnect(t, "t1")
			}
			for range 40 {
				b.attend(t, c.ID())
			}
			if n := len(b.account.Webhooks()); n != want {
				t.Errorf("%d webhooks", n)
			}
			if end && b.state(t, c.ID()) != connection.Disconnected {
				t.Errorf("state %s", b.state(t, c.ID()))
			}
		})
	}
}

func TestAWebhookThatAPersonMadeAtOurAddressIsTheirs(t *testing.T) {
	t.Parallel()
	b := setup(t, func(r *levertest.Rules) { r.ListAllWebhooks = true })
	c := b.connect(t, "t1")
	if _, err := b.account.AddWebhook("", "candidateHired", publicURL+"/webhooks/lever/by-hand"); err != nil {
		t.Fatal(err)
	}
	b.ensure(t, c.ID())
	b.disconnect(t, "t1")
	b.end(t, c.ID(), 3)
	left := b.account.Webhooks()
	if len(left) != 1 || left[0].App != "" {
		t.Errorf("%d webhooks left", len(left))
	}
	if c, _, _ = b.Load(t.Context(), c.ID()); c.LeftWebhooks != 0 {
		t.Errorf("%d webhooks said to remain", c.LeftWebhooks)
	}
}

func TestAShortListOfWebhooksLeavesNoStray(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.connect(t, "t1")
	if err := b.lever.Inject(levertest.Fault{Path: "/v1/webhooks", Method: http.MethodGet, Count: 1, Effect: levertest.TruncatedPage}); err != nil {
		t.Fatal(err)
	}
	b.ensure(t, c.ID())
	b.ensure(t, c.ID())
	if n := len(b.account.Webhooks()); n != 8 || b.secrets() != 8 {
		t.Errorf("%d webhooks, %d secrets", n, b.secrets())
	}
	if err := b.lever.Inject(levertest.Fault{Path: "/v1/webhooks", Method: http.MethodGet, Count: 2, Effect: levertest.EmptiedPage}); err != nil {
		t.Fatal(err)
	}
	b.disconnect(t, "t1")
	b.end(t, c.ID(), 3)
	if n := len(b.account.Webhooks()); n != 0 {
		t.Errorf("%d webhooks left", n)
	}
}
