package levertest

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func (b *bundle) inject(f Fault) {
	b.t.Helper()
	b.must(b.lever.Inject(f))
}

// broken sends a request and wants its connection to break.
func (b *bundle) broken(method, path string, body any) {
	b.t.Helper()
	if a, err := b.try(method, path, body); !errors.Is(err, io.ErrUnexpectedEOF) {
		b.t.Fatalf("%s %s: status %d, error %v", method, path, a.status, err)
	}
}

func TestLostReplyAfterCommit(t *testing.T) {
	t.Parallel()
	b := setup(t)
	o := b.active(nonConfidential)
	before := len(b.acct.Notes(o.ID))
	b.inject(Fault{Method: "POST", Path: "/v1/opportunities/{id}/notes", Count: 1, Effect: LostReply})
	b.broken("POST", v1("/opportunities/%s/notes", o.ID), map[string]any{"value": "x"})
	if n := len(b.acct.Notes(o.ID)) - before; n != 1 {
		t.Errorf("%d notes", n)
	}
	b.apiNote(o, "")
	b.inject(Fault{Method: "POST", Count: 1, Effect: LostReply, Status: 504})
	b.call(504, "POST", v1("/opportunities/%s/notes", o.ID), map[string]any{"value": "x"})
	if n := len(b.acct.Notes(o.ID)) - before; n != 3 {
		t.Errorf("%d notes", n)
	}
}

func TestLateCommitHappensAtItsOwnTime(t *testing.T) {
	t.Parallel()
	b := setup(t)
	o := b.active(nonConfidential)
	before := len(b.acct.Notes(o.ID))
	b.inject(Fault{Method: "POST", Count: 1, Effect: LateCommit, Delay: 30 * time.Second})
	b.broken("POST", v1("/opportunities/%s/notes", o.ID), map[string]any{"value": "x"})
	if next := b.lever.NextDue(); next != b.now.Add(30*time.Second) {
		t.Errorf("next due %s", next)
	}
	b.advance(29 * time.Second)
	if n := len(b.acct.Notes(o.ID)) - before; n != 0 {
		t.Errorf("%d notes too early", n)
	}
	b.must(b.acct.Revoke()) // the request was let in before
	b.advance(10 * time.Second)
	notes := b.acct.Notes(o.ID)
	if len(notes)-before != 1 || notes[len(notes)-1].CreatedAt != b.now.Add(-9*time.Second).UnixMilli() {
		t.Errorf("notes %+v", notes)
	}
}

func TestLostRefreshReply(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, pair := b.redeemCode(b.code(AuthorizeRequest{}))
	b.inject(Fault{Path: "/oauth/token", Count: 1, Effect: LostReply})
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {pair["refresh_token"].(string)}, "client_id": {appID}, "client_secret": {appSecret}}
	resp, err := b.http.PostForm("https://lever.test/oauth/token", form)
	if err == nil {
		_ = resp.Body.Close()
		t.Fatal("the reply was not lost")
	}
	if status, _ := b.refresh(pair["refresh_token"].(string)); status != 403 {
		t.Errorf("the token was not spent: %d", status)
	}
}

func TestStaleRead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	o := b.active(nonConfidential)
	b.advance(time.Minute)
	to := otherStage(b, o)
	b.must(b.acct.MoveStage(o.ID, to))
	fresh, err := b.acct.CreateOpportunity(NewCandidate{Name: "New Person"})
	b.must(err)
	b.advance(5 * time.Second)
	one := v1("/opportunities/%s", o.ID)
	b.inject(Fault{Effect: StaleRead, Delay: 10 * time.Second, Count: 3})
	if got := b.get(one).data()["stage"]; got != o.Stage {
		t.Errorf("single GET: stage %v", got)
	}
	b.call(http.StatusNotFound, "GET", v1("/opportunities/%s", fresh), nil)
	if n := len(b.get("/v1/opportunities?confidentiality=all").rows()); n != 18 {
		t.Errorf("list: %d rows", n)
	}
	if got := b.get(one).data()["stage"]; got != to {
		t.Errorf("afterwards: stage %v", got)
	}
	b.must(b.acct.Delete(fresh))
	b.advance(time.Second)
	b.inject(Fault{Effect: StaleRead, Delay: 3 * time.Second, Count: 2})
	b.get(v1("/opportunities/%s", fresh))
	if n := len(b.get("/v1/opportunities/deleted").rows()); n != 0 {
		t.Errorf("deleted list: %d rows", n)
	}
}

func TestRefusingFaults(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, c := range []struct {
		fault Fault
		want  int
		text  string
	}{
		{Fault{Effect: StatusReply}, 429, "TooManyRequestsError"},
		{Fault{Effect: StatusReply, Status: 503}, 503, "ServiceUnavailableError"},
		{Fault{Effect: StatusReply, Status: 500}, 500, "InternalServerError"},
		{Fault{Effect: HTMLReply}, 502, "<html>"},
		{Fault{Effect: HTMLReply, Status: 200}, 200, "<html>"},
	} {
		c.fault.Count = 1
		b.inject(c.fault)
		if a := b.call(c.want, "GET", "/v1/stages", nil); !strings.Contains(string(a.raw), c.text) {
			t.Errorf("%+v: %s", c.fault, a.raw)
		}
	}
	b.inject(Fault{Effect: ResetConnection, Count: 1})
	b.broken("GET", "/v1/stages", nil)
	b.inject(Fault{Effect: TruncatedBody, Count: 1})
	if a := b.get("/v1/stages"); a.body != nil {
		t.Error("a truncated body can be read")
	}
	b.get("/v1/stages")
}

func TestPageFaults(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const list = "/v1/opportunities?confidentiality=all&limit=8"
	plain := b.get(list)
	spoiled := func(e Effect) answer {
		b.inject(Fault{Effect: e, Count: 1})
		return b.get(list)
	}
	for e, rows := range map[Effect]int{TruncatedPage: 4, EmptiedPage: 0, NextMissing: 8} {
		if got := spoiled(e); len(got.rows()) != rows || got.body["hasNext"] != true {
			t.Errorf("%s: %d rows", e, len(got.rows()))
		}
	}
	if got := spoiled(NextMissing); got.body["next"] != nil {
		t.Error("next is there")
	}
	again := spoiled(RepeatedPage).body["next"].(string)
	if diff := cmp.Diff(plain.rows(), b.get(list+"&offset="+url.QueryEscape(again)).rows()); diff != "" {
		t.Error(diff)
	}
	if got := len(spoiled(FilteredPage).rows()); got >= 8 {
		t.Errorf("filtered: %d rows", got)
	}
	if _, has := spoiled(UnknownFields).rows()[0]["x-new-field"]; !has {
		t.Error("no unknown field")
	}
	if name, ok := spoiled(BrokenRows).rows()[0]["name"].(string); ok {
		t.Errorf("the name %q can be read", name)
	}
	b.inject(Fault{Effect: ExpiredOffset, Count: 1})
	b.get(list)
	expired := b.call(400, "GET", list+"&offset="+url.QueryEscape(plain.body["next"].(string)), nil)
	if !strings.Contains(string(expired.raw), "Invalid offset token") {
		t.Errorf("%s", expired.raw)
	}
}

func TestEventFaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		effect Effect
		now    int
		later  int
	}{{LoseEvent, 0, 0}, {DuplicateEvent, 1, 1}, {DelayEvent, 0, 1}, {ForgeEvent, 1, 1}, {UnsignedEvent, 1, 0}, {BadSignatureEvent, 1, 0}} {
		b := setup(t)
		b.subscribe(eventHired)
		o := b.active(nonConfidential)
		b.inject(Fault{Effect: c.effect, Event: eventHired, Delay: time.Minute, Count: 1})
		b.must(b.acct.Hire(o.ID))
		first := b.due(200)
		b.advance(time.Minute)
		second := b.due(200)
		if len(first) != c.now || len(second) != c.later {
			t.Errorf("%s: %d at once, %d later", c.effect, len(first), len(second))
		}
		for _, body := range append(first, second...) {
			data := body["data"].(map[string]any)
			signature, signed := body["signature"].(string)
			valid := signature == Sign(b.acct.Webhooks()[0].SignatureToken, body["token"].(string), int64(body["triggeredAt"].(float64)))
			forged := data["opportunityId"] != o.ID
			if signed == (c.effect == UnsignedEvent) || signed && valid == (c.effect == BadSignatureEvent) || forged && c.effect != ForgeEvent {
				t.Errorf("%s: signed %v, valid %v, forged %v", c.effect, signed, valid, forged)
			}
		}
		if c.effect == ForgeEvent && second[0]["data"].(map[string]any)["opportunityId"] == o.ID {
			t.Error("nothing was forged")
		}
	}
}

func TestFaultMatching(t *testing.T) {
	t.Parallel()
	b := setup(t)
	hits := func(f Fault, method, path string, tries int) (hit int) {
		b.lever.ClearFaults()
		f.Effect, f.Status = StatusReply, 503
		b.inject(f)
		for range tries {
			if b.status(method, path, nil) == 503 {
				hit++
			}
		}
		return hit
	}
	one := v1("/opportunities/%s", b.active(nonConfidential).ID)
	for name, got := range map[string]bool{
		"template":      hits(Fault{Path: "/v1/opportunities/{id}"}, "GET", one, 1) == 1,
		"pattern":       hits(Fault{Path: "/v1/opp*/*"}, "GET", one, 1) == 1,
		"rest":          hits(Fault{Path: "/v1/opportunities/..."}, "GET", one+"/notes", 1) == 1,
		"other path":    hits(Fault{Path: "/v1/users"}, "GET", one, 1) == 0,
		"other method":  hits(Fault{Method: "POST"}, "GET", one, 1) == 0,
		"other account": hits(Fault{Account: "x"}, "GET", one, 1) == 0,
		"this account":  hits(Fault{Account: b.acct.ID()}, "GET", one, 1) == 1,
		"skip, count":   hits(Fault{Skip: 2, Count: 3}, "GET", one, 9) == 3,
	} {
		if !got {
			t.Error(name)
		}
	}
	if n := hits(Fault{Probability: 0.5}, "GET", one, 100); n < 30 || n > 70 {
		t.Errorf("probability 0.5 hit %d of 100", n)
	}
	if err := b.lever.Inject(Fault{Effect: "nonsense"}); err == nil {
		t.Error("an unknown effect is accepted")
	}
}

func TestSlowReplyUsesTheHook(t *testing.T) {
	t.Parallel()
	var slept time.Duration
	b := setup(t, func(o *Options) { o.Sleep = func(d time.Duration) { slept += d } })
	b.inject(Fault{Effect: SlowReply, Delay: time.Minute, Count: 1})
	b.get("/v1/stages")
	if slept != time.Minute {
		t.Errorf("slept %s", slept)
	}
}

func TestRequestsAreLogged(t *testing.T) {
	t.Parallel()
	b := setup(t)
	o := b.active(nonConfidential)
	b.inject(Fault{Effect: ResetConnection, Skip: 1, Count: 1})
	b.get(v1("/opportunities/%s", o.ID))
	b.broken("GET", "/v1/stages", nil)
	grant := b.acct.Grants()[0].ID
	want := []Request{
		{b.now, "GET", "/v1/opportunities/{id}", v1("/opportunities/%s", o.ID), 200, b.acct.ID(), grant, ""},
		{b.now, "GET", "/v1/stages", "/v1/stages", 0, b.acct.ID(), grant, ResetConnection},
	}
	if diff := cmp.Diff(want, b.lever.Requests()); diff != "" {
		t.Error(diff)
	}
	if n := b.lever.RequestCount("GET /v1/stages"); n != 1 {
		t.Errorf("%d counted", n)
	}
}

func TestServedOverANetwork(t *testing.T) {
	t.Parallel()
	b := setup(t)
	server := httptest.NewServer(b.lever.Handler())
	defer server.Close()
	ask := func() (int, error) {
		req, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+"/v1/stages", nil)
		b.must(err)
		req.Header.Set("Authorization", "Bearer "+b.token)
		resp, err := server.Client().Do(req)
		if err != nil {
			return 0, err
		}
		return resp.StatusCode, resp.Body.Close()
	}
	if status, err := ask(); status != 200 || err != nil {
		t.Errorf("%d %v", status, err)
	}
	b.inject(Fault{Effect: ResetConnection})
	if _, err := ask(); err == nil {
		t.Error("the connection was not broken")
	}
}

func TestARedirectLeadsElsewhereAndDoesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	o := b.active(nonConfidential)
	before := len(b.acct.Notes(o.ID))
	b.inject(Fault{Method: "POST", Count: 1, Effect: RedirectReply, Status: 307, Location: "https://elsewhere.example/v1"})
	a, err := b.try("POST", v1("/opportunities/%s/notes", o.ID), map[string]any{"value": "x"})
	if err != nil || a.status != 307 || a.header.Get("Location") != "https://elsewhere.example/v1" {
		t.Errorf("status %d, %v, %v", a.status, a.header, err)
	}
	if n := len(b.acct.Notes(o.ID)) - before; n != 0 {
		t.Errorf("%d notes", n)
	}
}

func TestAFloodIsPouredUntilTheCallerHasEnough(t *testing.T) {
	t.Parallel()
	b := setup(t)
	server := httptest.NewServer(b.lever.Handler())
	t.Cleanup(server.Close)
	b.inject(Fault{Count: 2, Effect: FloodReply, Bytes: 2 << 30})
	resp, err := http.Get(server.URL + v1("/users"))
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.CopyN(io.Discard, resp.Body, 1<<20)
	_ = resp.Body.Close()
	server.Close() // waits until the pouring has ended
	if taken := b.lever.Flooded(); n != 1<<20 || err != nil || taken < 1<<20 || taken > 64<<20 {
		t.Errorf("read %d, poured %d, %v", n, taken, err)
	}
}
