package acceptance

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/sandbox/platform"
	"github.com/evidenced/lever-integration/sandbox/story"
)

// quiet is longer than a tick of the schedule, so that anything still due would have happened.
const quiet = 63 * time.Second

// TestTheEnds is one test because each part starts where the one before left the account.
func TestTheEnds(t *testing.T) {
	account, own := spare(t, 1)
	begin := shared
	if own {
		begin = func() (*organisation, error) { return connected(t.Context(), account) }
	}
	o, err := begin()
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []struct {
		name string
		play func(*testing.T, *organisation)
	}{
		{"expired access tokens are renewed", tokensExpire},
		{"Revoke Access in Lever is noticed", accessRevoked},
		{"the same organisation can connect again", reconnected},
		{"Disconnect leaves nothing at Lever and nothing here", disconnected},
		{"nothing happens after a disconnect", nothingAfter},
	} {
		if !t.Run(part.name, func(t *testing.T) { part.play(t, o) }) {
			return
		}
	}
}

func tokensExpire(t *testing.T, o *organisation) {
	if err := o.account.Expire(t.Context()); err != nil {
		t.Fatal(err)
	}
	o.moved(t, o.anyCandidate(t).ID)
}

func accessRevoked(t *testing.T, o *organisation) {
	if err := o.account.Revoke(t.Context()); err != nil {
		t.Fatal(err)
	}
	// It is noticed at the next call; asking for one here saves the wait for the delta.
	if err := world.Platform.Resync(t.Context(), o.tenant, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := o.admin.Becomes(t.Context(), "revoked", nextMinute); err != nil {
		t.Fatal(err)
	}
	page, err := o.admin.Page(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !page.Says("revoked") || !page.Says("Reconnect") {
		t.Errorf("the page does not tell: %s", page.Text())
	}
	if _, err := world.Platform.Candidates(t.Context(), o.tenant, platform.Query{Limit: 1}); err != nil {
		t.Errorf("the mirror cannot be read while access is revoked: %v", err)
	}
}

func reconnected(t *testing.T, o *organisation) {
	super, err := o.account.SuperAdmins(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	page, err := o.admin.Page(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	link, err := page.Link("Reconnect")
	if err != nil {
		t.Fatal(err)
	}
	if page, err = o.admin.Browser.Follow(t.Context(), page, link); err != nil {
		t.Fatal(err)
	}
	if page, err = o.admin.PressOn(t.Context(), page, story.ConnectButton); err != nil {
		t.Fatal(err)
	}
	if o.connection, err = o.admin.ConnectFrom(t.Context(), page, super[0]); err != nil {
		t.Fatal(err)
	}
	hooks, err := world.OwnWebhooks(t.Context(), o.account)
	if err != nil || len(hooks) != len(events()) {
		t.Errorf("%d webhooks at Lever after a reconnect, %v", len(hooks), err)
	}
	o.moved(t, o.anyCandidate(t).ID)
}

func disconnected(t *testing.T, o *organisation) {
	hook := o.hook(t, "candidateStageChange")
	if _, err := o.admin.DisconnectOnPage(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := o.admin.Disconnected(t.Context(), nextMinute); err != nil {
		t.Fatal(err)
	}
	hooks, err := world.OwnWebhooks(t.Context(), o.account)
	if err != nil || len(hooks) != 0 {
		t.Errorf("%d webhooks at Lever, %v", len(hooks), err)
	}
	left, err := world.Left(t.Context(), o.connection)
	if err != nil || !left.None() {
		t.Errorf("here %s, %v", left, err)
	}
	if status, _ := post(t, hook.URL, signed(t, hook.SignatureToken, hook.Event, map[string]any{})); status != http.StatusUnauthorized {
		t.Errorf("a webhook of the old connection got status %d", status)
	}
	send(t, world.Platform, http.MethodGet, "/v1/tenants/"+o.tenant+"/candidates", "", http.StatusConflict, "not-connected")
}

func nothingAfter(t *testing.T, o *organisation) {
	one := o.anyCandidate(t)
	before, err := o.account.Requests(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	stage, err := o.account.NextStage(t.Context(), one.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.account.Move(t.Context(), one.ID, stage); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	eventually(t, quiet+callSlack, "a quiet minute", func(ctx context.Context) (bool, string, error) {
		now, err := o.account.Requests(ctx)
		if made := len(now) - len(before); made != 0 && err == nil {
			err = fmt.Errorf("%d requests to Lever after the disconnect", made)
		}
		return time.Since(start) > quiet, "quiet so far", err
	})
	hooks, err := world.OwnWebhooks(t.Context(), o.account)
	if err != nil || len(hooks) != 0 {
		t.Errorf("%d webhooks came back, %v", len(hooks), err)
	}
	left, err := world.Left(t.Context(), o.connection)
	if err != nil || !left.None() {
		t.Errorf("came back: %s, %v", left, err)
	}
}

// callSlack lets the last poll of a wait end.
const callSlack = 10 * time.Second
