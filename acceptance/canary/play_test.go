package canary

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/evidenced/lever-integration/sandbox/platform"
	"github.com/evidenced/lever-integration/sandbox/story"
)

// limit bounds each wait.
const limit = 3 * time.Minute

// organisation is the tenant through which the flock flies.
type organisation struct {
	*flock
	tenant     string
	admin      *story.Visitor
	account    *story.Account
	connection string
}

func eventually(t *testing.T, what string, look func(context.Context) (bool, string, error)) {
	t.Helper()
	if _, err := story.Eventually(t.Context(), limit, what, look); err != nil {
		t.Fatal(err)
	}
}

// connect is refused twice (denied, and confirmed for somebody else) before it succeeds.
func (o *organisation) connect(t *testing.T, super story.Person) {
	t.Helper()
	if _, err := o.admin.Consent(t.Context(), super, story.DenyButton); err != nil {
		t.Fatal(err)
	}
	page, err := o.admin.Consent(t.Context(), super, story.AcceptButton)
	if err != nil {
		t.Fatal(err)
	}
	attempt := page.URL.Query().Get("attempt")
	thief := platform.Person{ID: "u-thief", Name: o.decider(4).name}
	var refused *platform.Problem
	if _, err := stack.Platform.Confirm(t.Context(), o.tenant, attempt, thief); !errors.As(err, &refused) {
		t.Fatalf("confirmed for another user: %v", err)
	}
	if o.connection, err = o.admin.Connect(t.Context(), super); err != nil {
		t.Fatal(err)
	}
	if err := o.account.SwitchOn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := o.admin.Synced(t.Context(), limit); err != nil {
		t.Fatal(err)
	}
}

// happen does at Lever what people do there, with whatever goes wrong on the way.
func (o *organisation) happen(t *testing.T) {
	t.Helper()
	for _, f := range []story.Fault{
		{Effect: "html"}, {Effect: "status", Status: http.StatusInternalServerError}, {Effect: "truncated-body"}, {Effect: "reset"},
	} {
		f.Method, f.Path, f.Count = http.MethodGet, "/v1/opportunities/"+o.ids[0], 1
		if err := stack.Lever.Inject(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	stage, err := o.account.NextStage(t.Context(), o.ids[0])
	if err != nil {
		t.Fatal(err)
	}
	for i, what := range []string{"move", "archive", "hire", "delete", "rename", "schedule"} {
		fields := map[string]any{}
		if what == "move" {
			fields["stage"] = stage
		}
		if what == "rename" {
			fields["name"] = o.people[i].name + " renamed"
		}
		deed(t, o.account, "opportunities/"+o.ids[i]+"/"+what, fields)
	}
	eventually(t, "the move after all faults", func(ctx context.Context) (bool, string, error) {
		r, err := stack.Platform.Candidate(ctx, o.tenant, o.ids[0])
		return err == nil && r.Data != nil && r.Data.StageID == stage, fmt.Sprint(r.State), err
	})
	eventually(t, "the deletion", func(ctx context.Context) (bool, string, error) {
		r, err := stack.Platform.Candidate(ctx, o.tenant, o.ids[3])
		return r.State == "removed", r.State, err
	})
	if err := o.account.Expire(t.Context()); err != nil { // the next call refreshes
		t.Fatal(err)
	}
}

// resync sweeps over rows that cannot be read.
func (o *organisation) resync(t *testing.T) {
	t.Helper()
	if err := stack.Lever.Inject(t.Context(), story.Fault{Method: http.MethodGet, Path: "/v1/opportunities", Count: 2, Effect: "broken-rows"}); err != nil {
		t.Fatal(err)
	}
	before, err := stack.Platform.Connection(t.Context(), o.tenant)
	if err != nil {
		t.Fatal(err)
	}
	if err := stack.Platform.Resync(t.Context(), o.tenant, ""); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a resync over broken rows", func(ctx context.Context) (bool, string, error) {
		c, err := stack.Platform.Connection(ctx, o.tenant)
		done := err == nil && c.Resync == nil && c.Check != nil && before.Check != nil && c.Check.At > before.Check.At
		return done, fmt.Sprintf("%+v", c.Resync), err
	})
}

// decide hands over decisions: one that is delivered and corrected, one whose answer is lost, one that Lever refuses with
// a page, one about nobody, and one whose version contradicts itself.
func (o *organisation) decide(t *testing.T) {
	t.Helper()
	for path, effect := range map[string]string{o.ids[11]: "lost-reply", o.ids[12]: "html"} {
		if err := stack.Lever.Inject(t.Context(), story.Fault{
			Method: http.MethodPost, Path: "/v1/opportunities/" + path + "/notes", Count: 1, Effect: effect,
		}); err != nil {
			t.Fatal(err)
		}
	}
	targets := []string{o.ids[10], o.ids[11], o.ids[12], uuid.NewString()}
	for i, target := range targets {
		id := fmt.Sprintf("d-%s-%d", o.mark, i)
		d := o.decision(i, target)
		o.put(t, id, d, http.StatusAccepted)
		d.Summary = o.decider(4).text
		o.put(t, id, d, http.StatusConflict)
		if i == 0 {
			d.Version = 2
			o.put(t, id, d, http.StatusAccepted)
		}
	}
	for i, want := range []string{"delivered", "delivered", "delivered", "undeliverable"} {
		eventually(t, "the delivery of decision "+strconv.Itoa(i), func(ctx context.Context) (bool, string, error) {
			s, err := stack.Platform.Decision(ctx, o.tenant, fmt.Sprintf("d-%s-%d", o.mark, i))
			return s.State == want, s.State + " " + s.Cause, err
		})
	}
}

func (o *organisation) decision(i int, target string) platform.Decision {
	by := o.decider(i % deciders)
	return platform.Decision{
		Opportunity: target, Outcome: "advance", Rating: 4, Reason: by.text, Summary: o.people[10].name + " " + by.text,
		By: platform.Decider{Name: by.name, Email: by.email}, DecidedAt: time.Now().UnixMilli(), Link: by.link, Version: 1,
	}
}

func (o *organisation) put(t *testing.T, id string, d platform.Decision, status int) {
	t.Helper()
	body, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	reply, err := stack.Platform.Send(t.Context(), http.MethodPut, "/v1/tenants/"+o.tenant+"/decisions/"+id, body)
	if err != nil || reply.Status != status {
		t.Fatalf("decision %s: %d %v, want %d", id, reply.Status, err, status)
	}
}

// attack sends people and secrets where they do not belong: in webhooks with a wrong signature, in good webhooks beside
// what they are about, in bodies that cannot be read, in paths and queries.
func (o *organisation) attack(t *testing.T) {
	t.Helper()
	hooks, err := stack.OwnWebhooks(t.Context(), o.account)
	if err != nil || len(hooks) != 8 {
		t.Fatalf("%d webhooks, %v", len(hooks), err)
	}
	hook, p := hooks[0], o.people[20]
	data := map[string]any{"opportunityId": o.ids[20], "name": p.name, "email": p.email, "note": p.text, "token": hook.SignatureToken}
	for _, d := range []struct{ url, body string }{
		{hook.URL, o.signed(t, "wrong", hook.Event, data)},
		{hook.URL, o.signed(t, hook.SignatureToken, hook.Event, data)},
		{hook.URL, o.signed(t, hook.SignatureToken, p.email, map[string]any{"opportunityId": p.name, "interviewId": p.link})},
		{hook.URL, o.signed(t, hook.SignatureToken, hook.Event, data) + "trailing " + p.name},
		{hook.URL + "x", o.signed(t, hook.SignatureToken, hook.Event, data)},
		{hook.URL + "?name=" + hook.SignatureToken, p.text},
	} {
		response, err := stack.HTTP.Post(d.url, "application/json", strings.NewReader(d.body))
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
	}
	quoted, _ := json.Marshal(p.name)
	for _, c := range []struct{ method, path, body string }{
		{http.MethodPost, "/resyncs", `{"candidate":` + string(quoted) + `}`},
		{http.MethodPost, "/resyncs", `{"` + p.email + `":1}`},
		{http.MethodPost, "/portal-sessions", `{"actingUser":{"id":"","name":` + string(quoted) + `},"returnUrl":"https://evil.example/` + o.mark + `"}`},
		{http.MethodPut, "/decisions/" + o.mark, `{"summary":` + string(quoted) + `,"outcome":"` + p.email + `"`},
		{http.MethodGet, "/candidates?cursor=" + p.phone[1:3] + o.mark + "&who=x", ""},
		{http.MethodPost, "/connection/confirmations", `{"attempt":"` + hook.SignatureToken + `","actingUser":{"id":"u-1","name":` + string(quoted) + `}}`},
	} {
		reply, err := stack.Platform.Send(t.Context(), c.method, "/v1/tenants/"+o.tenant+c.path, []byte(c.body))
		if err != nil || reply.Status < 400 {
			t.Fatalf("%s %s: %d %v", c.method, c.path, reply.Status, err)
		}
	}
}

// signed makes the body of a webhook of Lever (lever/api.md section 4).
func (o *organisation) signed(t *testing.T, key, event string, data map[string]any) string {
	t.Helper()
	token, at := uuid.NewString(), time.Now().UnixMilli()
	mac := hmac.New(sha256.New, []byte(key))
	_, _ = mac.Write([]byte(token + strconv.FormatInt(at, 10)))
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(map[string]any{
		"id": uuid.NewString(), "event": event, "triggeredAt": at, "token": token, "signature": hex.EncodeToString(mac.Sum(nil)), "data": data,
	}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// wait stops whoever takes messages, has every sort of message sent, looks at them, and lets go on.
func (o *organisation) wait(t *testing.T, s sights) {
	t.Helper()
	if err := pause(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := pause(context.Background(), false); err != nil {
			t.Error(err)
		}
	}()
	for i := 13; i < 19; i++ {
		deed(t, o.account, "opportunities/"+o.ids[i]+"/rename", map[string]any{"name": o.people[i].name + " again"})
		if err := stack.Platform.Resync(t.Context(), o.tenant, o.ids[i]); err != nil {
			t.Fatal(err)
		}
		o.put(t, fmt.Sprintf("d-%s-w%d", o.mark, i), o.decision(i, o.ids[i]), http.StatusAccepted)
	}
	o.attack(t)
	if err := stack.Platform.Resync(t.Context(), o.tenant, ""); err != nil {
		t.Fatal(err)
	}
	messages, err := s.queues(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d messages seen", messages)
}

// leave disconnects and waits until nothing is left.
func (o *organisation) leave(t *testing.T) {
	t.Helper()
	if _, err := o.admin.DisconnectOnPage(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := o.admin.Disconnected(t.Context(), limit); err != nil {
		t.Fatal(err)
	}
}
