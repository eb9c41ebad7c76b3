package hint_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/hint"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/secret"
)

// box keeps what was queued.
type box struct {
	arrivals []hint.Arrival
	err      error
}

func (b *box) Arrived(_ context.Context, a hint.Arrival) error {
	b.arrivals = append(b.arrivals, a)
	return b.err
}

// gate is an intake that knows two webhooks, of two connections, of which the first has the samples' token.
func gate(t *testing.T) (*hint.Intake, *box, time.Time) {
	t.Helper()
	tokens := map[string]secret.String{"mine": key(t), "other": "another token", "untold": ""}
	envelope, err := hint.Parse(sample(t, "webhook_event_candidateHired.json"))
	if err != nil {
		t.Fatal(err)
	}
	queued, now := &box{}, time.UnixMilli(envelope.TriggeredAt).Add(time.Minute)
	return &hint.Intake{
		Secret: func(_ context.Context, address string) (connection.HookSecret, secret.String, bool, error) {
			token, found := tokens[address]
			return connection.HookSecret{Connection: "c-" + address, Event: lever.EventCandidateHired}, token, found && token != "", nil
		},
		Queue: queued, Now: func() time.Time { return now },
	}, queued, now
}

func TestTheWebhookAndItsSecretSayWhoseADeliveryIs(t *testing.T) {
	t.Parallel()
	intake, queued, now := gate(t)
	body := sample(t, "webhook_event_candidateHired.json")
	altered := bytes.Replace(body, []byte(`"data"`), []byte(`"connection":"c-other","tenant":"t-other","data"`), 1)
	for _, each := range [][]byte{body, altered, body} {
		if err := intake.Take(t.Context(), "mine", each); err != nil {
			t.Fatal(err)
		}
	}
	if len(queued.arrivals) != 3 {
		t.Fatalf("%d arrivals", len(queued.arrivals))
	}
	for _, a := range queued.arrivals {
		if a.Connection != "c-mine" || a.Event != lever.EventCandidateHired || a.At != now.UnixMilli() {
			t.Errorf("%+v", a)
		}
	}
}

func TestUnknownWrongAndOutdatedAreToldTheSame(t *testing.T) {
	t.Parallel()
	body := sample(t, "webhook_event_candidateHired.json")
	var texts []string
	for name, c := range map[string]struct {
		address string
		age     time.Duration
	}{
		"unknown":                {"nobody", 0},
		"without an address":     {"", 0},
		"a long address":         {string(bytes.Repeat([]byte("x"), 200)), 0},
		"of another webhook":     {"other", 0},
		"before the token is in": {"untold", 0},
		"outdated":               {"mine", 30 * 24 * time.Hour},
	} {
		intake, queued, now := gate(t)
		intake.Now = func() time.Time { return now.Add(c.age) }
		err := intake.Take(t.Context(), c.address, body)
		if fault.KindOf(err).Status() != http.StatusUnauthorized || len(queued.arrivals) != 0 {
			t.Errorf("%s: %v, %d arrivals", name, err, len(queued.arrivals))
		}
		texts = append(texts, fault.CodeOf(err)+" "+err.Error())
	}
	for _, text := range texts {
		if diff := cmp.Diff(texts[0], text); diff != "" {
			t.Error(diff)
		}
	}
}

func TestADigitMovedFromTokenToTimeKeepsNothingAlive(t *testing.T) {
	t.Parallel()
	intake, queued, now := gate(t)
	envelope, err := hint.Parse(sample(t, "webhook_event_candidateHired.json"))
	if err != nil {
		t.Fatal(err)
	}
	last := envelope.Token[len(envelope.Token)-1:]
	if last < "1" || last > "9" {
		t.Fatalf("the sample's token ends in %q, which cannot be moved", last)
	}
	moved, err := json.Marshal(map[string]any{
		"token": strings.TrimSuffix(envelope.Token, last), "triggeredAt": json.Number(last + strconv.FormatInt(envelope.TriggeredAt, 10)),
		"signature": envelope.Signature.Reveal(), "data": map[string]any{},
	})
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := hint.Parse(moved)
	if err != nil || !parsed.Verify(key(t)) {
		t.Fatalf("the moved digit does not verify, so this test shows nothing: %v", err)
	}
	intake.Now = func() time.Time { return now.Add(365 * 24 * time.Hour) }
	if err := intake.Take(t.Context(), "mine", moved); fault.KindOf(err) != fault.Unauthorized || len(queued.arrivals) != 0 {
		t.Errorf("%v, %d arrivals", err, len(queued.arrivals))
	}
}

func TestWhatLeversPageCanStillSendAgainIsTaken(t *testing.T) {
	t.Parallel()
	intake, queued, now := gate(t)
	intake.Now = func() time.Time { return now.Add(15 * 24 * time.Hour) }
	if err := intake.Take(t.Context(), "mine", sample(t, "webhook_event_candidateHired.json")); err != nil || len(queued.arrivals) != 1 {
		t.Errorf("%v, %d arrivals", err, len(queued.arrivals))
	}
}

func TestWhatCannotBeStoredIsSentAgain(t *testing.T) {
	t.Parallel()
	intake, queued, _ := gate(t)
	queued.err = fault.New(fault.Unavailable, "queue-unavailable", "")
	if err := intake.Take(t.Context(), "mine", sample(t, "webhook_event_candidateHired.json")); !errors.Is(err, queued.err) {
		t.Error(err)
	}
	intake.Secret = func(context.Context, string) (connection.HookSecret, secret.String, bool, error) {
		return connection.HookSecret{}, "", false, fault.New(fault.Unavailable, "keys-unavailable", "")
	}
	if err := intake.Take(t.Context(), "mine", sample(t, "webhook_event_candidateHired.json")); !fault.KindOf(err).Retry() {
		t.Error(err)
	}
}
