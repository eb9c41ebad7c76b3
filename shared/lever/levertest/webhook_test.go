package levertest

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const hookURL = "https://receiver.example/lever"

// subscribe makes a webhook over the API for each event and switches it on.
func (b *bundle) subscribe(events ...string) {
	b.t.Helper()
	for _, e := range events {
		b.call(http.StatusCreated, "POST", "/v1/webhooks", map[string]any{"url": hookURL, "event": e})
		b.must(b.acct.SetToggle(e, true))
	}
}

// due returns the decoded bodies of what is due, and reports each with the status.
func (b *bundle) due(status int) []map[string]any {
	b.t.Helper()
	var out []map[string]any
	for _, d := range b.lever.Due(b.now) {
		var body map[string]any
		if err := json.Unmarshal(d.Body, &body); err != nil {
			b.t.Fatal(err)
		}
		out = append(out, body)
		b.lever.Report(d.ID, status, nil)
	}
	return out
}

func TestSignatureVerifiesWithTheSampleKey(t *testing.T) {
	t.Parallel()
	key := sample(t, "_webhook_signature_token")["signatureToken"].(string)
	for _, name := range []string{"applicationCreated", "candidateHired", "interviewDeleted", "contactUpdated", "test_ping"} {
		body := sample(t, "webhook_event_"+name)
		if got := Sign(key, body["token"].(string), int64(body["triggeredAt"].(float64))); got != body["signature"] {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestDeliveriesHaveTheKeysOfTheSamplesAndAreSigned(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.subscribe(EventNames()...)
	posting := b.acct.Postings()[0].ID
	id, err := b.acct.Apply(posting, "New Person", "new@person.example")
	b.must(err)
	b.must(b.acct.MoveStage(id, "offer"))
	iv, err := b.acct.ScheduleInterview(id, NewInterview{At: b.now})
	b.must(err)
	b.must(b.acct.MoveInterview(iv, b.now.Add(time.Hour)))
	b.must(b.acct.CancelInterview(iv))
	b.must(b.acct.DeleteInterview(iv))
	b.must(b.acct.Hire(id))
	b.must(b.acct.Unarchive(id))
	o, _ := b.acct.Opportunity(id)
	b.must(b.acct.Anonymize(o.Contact))
	b.must(b.acct.Delete(id))
	secrets := map[string]string{}
	for _, h := range b.acct.Webhooks() {
		secrets[h.Event] = h.SignatureToken
	}
	var events []string
	for _, body := range b.due(200) {
		name := body["event"].(string)
		events = append(events, name)
		want := sample(t, "webhook_event_"+name)
		if diff := cmp.Diff(keys(want), keys(body)); diff != "" {
			t.Errorf("%s (-sample +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(keys(want["data"].(map[string]any)), keys(body["data"].(map[string]any))); diff != "" {
			t.Errorf("%s data (-sample +got):\n%s", name, diff)
		}
		if got := Sign(secrets[name], body["token"].(string), int64(body["triggeredAt"].(float64))); got != body["signature"] {
			t.Errorf("%s is not signed", name)
		}
	}
	want := []string{
		eventContactCreated, eventApplicationCreated, eventStageChange, eventInterviewCreated, eventInterviewUpdated,
		eventInterviewUpdated, eventInterviewDeleted, eventHired, eventArchiveChange, eventArchiveChange, eventContactUpdated, eventDeleted,
	}
	if diff := cmp.Diff(want, events); diff != "" {
		t.Error(diff)
	}
}

func TestNothingIsSentWhileTheToggleIsOff(t *testing.T) {
	t.Parallel()
	b := setup(t)
	o := b.active(nonConfidential)
	b.call(http.StatusCreated, "POST", "/v1/webhooks", map[string]any{"url": hookURL, "event": eventStageChange})
	b.must(b.acct.MoveStage(o.ID, otherStage(b, o)))
	if n := len(b.due(200)); n != 0 {
		t.Errorf("%d sent", n)
	}
	b.must(b.acct.TestWebhook(b.acct.Webhooks()[0].ID))
	pings := b.due(200)
	if len(pings) != 1 {
		t.Fatalf("%d pings", len(pings))
	}
	if diff := cmp.Diff(keys(sample(t, "webhook_event_test_ping")), keys(pings[0])); diff != "" {
		t.Error(diff)
	}
}

func TestWebhookEndpoints(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.call(http.StatusCreated, "POST", "/v1/webhooks", sample(t, "webhook_create_request"))
	if diff := cmp.Diff(shape(sample(t, "webhook_create_response")), shape(made.body)); diff != "" {
		t.Error(diff)
	}
	id := made.data()["id"].(string)
	if diff := cmp.Diff(shape(sample(t, "webhooks_list")["data"].([]any)[0]), shape(b.get("/v1/webhooks").rows()[0])); diff != "" {
		t.Error(diff)
	}
	changed := sample(t, "webhook_update_request")
	changed["data"].([]any)[0].(map[string]any)["id"] = id
	got := b.call(http.StatusOK, "PUT", "/v1/webhooks", changed).rows()[0]
	if diff := cmp.Diff(shape(sample(t, "webhook_update_response")["data"].([]any)[0]), shape(any(got))); diff != "" || got["url"] != "https://receiver.example/v2/lever" {
		t.Errorf("url %v\n%s", got["url"], diff)
	}
	b.call(http.StatusCreated, "POST", "/v1/webhooks", sample(t, "webhook_create_request"))
	b.call(http.StatusCreated, "POST", "/v1/webhooks", sample(t, "webhook_create_request"))
	theirs, err := b.acct.AddWebhook("", eventHired, "https://other.example")
	b.must(err)
	if n := len(b.get("/v1/webhooks").rows()); n != 3 {
		t.Errorf("%d listed", n)
	}
	b.call(http.StatusNotFound, "DELETE", "/v1/webhooks/"+theirs, nil)
	b.call(http.StatusNoContent, "DELETE", "/v1/webhooks/"+id, nil)
	b.call(http.StatusNotFound, "DELETE", "/v1/webhooks/"+id, nil)
	b.call(http.StatusBadRequest, "POST", "/v1/webhooks", map[string]any{"url": "http://plain.example", "event": eventHired})
	b.call(http.StatusBadRequest, "POST", "/v1/webhooks", map[string]any{"url": hookURL, "event": "somethingElse"})
}

func TestOriginsLimitAWebhook(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.call(http.StatusCreated, "POST", "/v1/webhooks", map[string]any{
		"url": hookURL, "event": eventStageChange, "configuration": map[string]any{"conditions": map[string]any{"origins": []string{"agency"}}},
	})
	b.must(b.acct.SetToggle("all", true))
	id, err := b.acct.Apply(b.acct.Postings()[0].ID, "New Person", "")
	b.must(err)
	b.must(b.acct.MoveStage(id, "offer"))
	if n := len(b.due(200)); n != 0 {
		t.Errorf("%d sent", n)
	}
}

// attempts sends one event to a receiver that always fails and returns when each attempt came and its token.
func attempts(b *bundle) (waits []time.Duration, tokens map[any]bool) {
	b.subscribe(eventStageChange)
	o := b.active(nonConfidential)
	b.must(b.acct.MoveStage(o.ID, otherStage(b, o)))
	start := b.now
	tokens = map[any]bool{}
	for b.lever.Pending() > 0 {
		for _, body := range b.due(500) {
			waits = append(waits, b.now.Sub(start))
			tokens[body["token"]] = true
		}
		b.advance(time.Second)
	}
	return waits, tokens
}

func TestRetries(t *testing.T) {
	t.Parallel()
	waits, tokens := attempts(setup(t))
	if diff := cmp.Diff([]time.Duration{0, time.Second, 3 * time.Second, 7 * time.Second, 15 * time.Second}, waits); diff != "" || len(tokens) != 1 {
		t.Errorf("%d tokens\n%s", len(tokens), diff)
	}
	waits, _ = attempts(setup(t, withRules(func(r *Rules) { r.RetriesAfterFirst = true })))
	if len(waits) != 6 {
		t.Errorf("%d attempts instead of one and five", len(waits))
	}
	_, tokens = attempts(setup(t, withRules(func(r *Rules) { r.RetryResigns = true })))
	if len(tokens) != 5 {
		t.Errorf("%d tokens in five signed attempts", len(tokens))
	}
}

func TestAnUnreportedDeliveryCountsAsUnanswered(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.subscribe(eventStageChange)
	o := b.active(nonConfidential)
	b.must(b.acct.MoveStage(o.ID, otherStage(b, o)))
	if n := len(b.lever.Due(b.now)); n != 1 {
		t.Fatalf("%d due", n)
	}
	if n := len(b.lever.Due(b.now)); n != 0 {
		t.Errorf("%d handed out twice", n)
	}
	b.advance(DeliveryTimeout)
	b.lever.Due(b.now)
	b.advance(2 * time.Second)
	second := b.lever.Due(b.now)
	if len(second) != 1 || second[0].Attempt != 2 {
		t.Fatalf("second attempt: %+v", second)
	}
	b.lever.Report(second[0].ID, 0, errors.New("refused"))
	if got := b.acct.Attempts(); len(got) != 2 || got[0].OK() || got[1].Err != "refused" {
		t.Errorf("attempts %+v", got)
	}
}

func TestPumpDeliversAndRerunRepeats(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var bodies []string
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body strings.Builder
		var parsed json.RawMessage
		_ = json.NewDecoder(r.Body).Decode(&parsed)
		body.Write(parsed)
		bodies = append(bodies, r.Header.Get("User-Agent")+body.String())
		if len(bodies) == 1 {
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		}
	}))
	defer receiver.Close()
	b.call(http.StatusCreated, "POST", "/v1/webhooks", map[string]any{"url": receiver.URL, "event": eventHired})
	b.must(b.acct.SetToggle(eventHired, true))
	b.must(b.acct.Hire(b.active(nonConfidential).ID))
	if n := b.lever.Pump(t.Context(), receiver.Client()); n != 1 || len(bodies) != 1 {
		t.Fatalf("pumped %d, received %d: a redirect must not be followed", n, len(bodies))
	}
	if b.lever.NextDue() != b.now.Add(time.Second) {
		t.Errorf("next due %s", b.lever.NextDue())
	}
	b.advance(time.Second)
	b.lever.Pump(t.Context(), receiver.Client())
	b.must(b.acct.Rerun(b.acct.Attempts()[1].ID))
	b.lever.Pump(t.Context(), receiver.Client())
	if len(bodies) != 3 || bodies[0] != bodies[2] || !strings.HasPrefix(bodies[0], "Lever-Webhooks{") {
		t.Errorf("bodies %q", bodies)
	}
}

func TestHistoryKeepsAThousandAttempts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.subscribe(eventHired)
	id := b.acct.Webhooks()[0].ID
	for range 1005 {
		b.must(b.acct.TestWebhook(id))
	}
	b.due(200)
	if n := len(b.acct.Attempts()); n != 1000 {
		t.Errorf("%d kept", n)
	}
}
