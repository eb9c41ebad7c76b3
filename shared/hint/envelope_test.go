package hint_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // to be refused
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"hash"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/hint"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/secret"
)

func sample(t *testing.T, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func key(t *testing.T) secret.String {
	t.Helper()
	var k struct {
		Token string `json:"signatureToken"`
	}
	if err := json.Unmarshal(sample(t, "_webhook_signature_token.json"), &k); err != nil {
		t.Fatal(err)
	}
	return secret.String(k.Token)
}

func TestEverySampleVerifiesAndSaysWhatToLookAt(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/webhook_event_*.json")
	if err != nil || len(files) < 13 {
		t.Fatalf("%d samples, %v", len(files), err)
	}
	for _, file := range files {
		e, err := hint.Parse(sample(t, filepath.Base(file)))
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if want := !strings.Contains(file, "NEGATIVE"); e.Verify(key(t)) != want {
			t.Errorf("%s verifies: %t", file, !want)
		}
		a := hint.From(e, "c1", e.Event, time.UnixMilli(1))
		ours := strings.HasPrefix(e.Event, "candidate") || strings.HasPrefix(e.Event, "interview") || e.Event == lever.EventApplicationCreated
		if ping := strings.Contains(file, "ping"); a.Ping() == (ours && !ping) {
			t.Errorf("%s: %+v", file, a)
		}
		if strings.HasPrefix(e.Event, "interview") && a.Interview == "" {
			t.Errorf("%s names no interview", file)
		}
	}
}

// over is what Lever signs of a delivery.
func over(e hint.Envelope) string { return e.Token + strconv.FormatInt(e.TriggeredAt, 10) }

func digest(make func() hash.Hash, key, message string) []byte {
	mac := hmac.New(make, []byte(key))
	_, _ = mac.Write([]byte(message)) // never fails
	return mac.Sum(nil)
}

func digits(make func() hash.Hash, key, message string) secret.String {
	return secret.String(hex.EncodeToString(digest(make, key, message)))
}

func TestWrongSignatures(t *testing.T) {
	t.Parallel()
	good, err := hint.Parse(sample(t, "webhook_event_candidateHired.json"))
	if err != nil {
		t.Fatal(err)
	}
	for name, alter := range map[string]func(*hint.Envelope){
		"none":           func(e *hint.Envelope) { e.Signature = "" },
		"cut":            func(e *hint.Envelope) { e.Signature = e.Signature[:63] },
		"longer":         func(e *hint.Envelope) { e.Signature += "0" },
		"upper case":     func(e *hint.Envelope) { e.Signature = secret.String(strings.ToUpper(e.Signature.Reveal())) },
		"of other token": func(e *hint.Envelope) { e.Token = strings.Repeat("0", 48) },
		"of other time":  func(e *hint.Envelope) { e.TriggeredAt++ },
		"no token":       func(e *hint.Envelope) { e.Token = "" },
		"with a blank":   func(e *hint.Envelope) { e.Signature = " " + e.Signature },
		"in base 64": func(e *hint.Envelope) {
			e.Signature = secret.String(base64.StdEncoding.EncodeToString(digest(sha256.New, key(t).Reveal(), over(*e))))
		},
		"by SHA-1":                func(e *hint.Envelope) { e.Signature = digits(sha1.New, key(t).Reveal(), over(*e)) },
		"by SHA-512":              func(e *hint.Envelope) { e.Signature = digits(sha512.New, key(t).Reveal(), over(*e)) },
		"key and message swapped": func(e *hint.Envelope) { e.Signature = digits(sha256.New, over(*e), key(t).Reveal()) },
		"time before token": func(e *hint.Envelope) {
			e.Signature = digits(sha256.New, key(t).Reveal(), strconv.FormatInt(e.TriggeredAt, 10)+e.Token)
		},
		"with an empty key": func(e *hint.Envelope) { e.Signature = digits(sha256.New, "", over(*e)) },
	} {
		e := good
		if alter(&e); e.Verify(key(t)) {
			t.Errorf("%s: verifies", name)
		}
	}
	if good.Verify("") || good.Verify("another key") {
		t.Error("verifies with another key")
	}
	if !good.Verify(key(t)) {
		t.Error("the unaltered one does not verify")
	}
}

func TestBadBodiesAreRefusedWithoutQuotingThem(t *testing.T) {
	t.Parallel()
	good := string(sample(t, "webhook_event_candidateHired.json"))
	for name, c := range map[string]struct {
		body string
		kind fault.Kind
	}{
		"empty":         {"", fault.Invalid},
		"no JSON":       {"canary-text", fault.Invalid},
		"an array":      {"[]", fault.Invalid},
		"null":          {"null", fault.Invalid},
		"trailing data": {good + "{}", fault.Invalid},
		"given twice":   {`{"token":"canary-a","token":"canary-b"}`, fault.Invalid},
		"deep":          {`{"data":` + strings.Repeat(`{"canary":`, 50) + "1" + strings.Repeat("}", 51), fault.Invalid},
		"too large":     {`{"token":"canary` + strings.Repeat("x", hint.MaxBody) + `"}`, fault.TooLarge},
		"long id":       {`{"data":{"opportunityId":"canary` + strings.Repeat("x", 200) + `"}}`, fault.Invalid},
		"a name as id":  {`{"data":{"opportunityId":"Canary Person"}}`, fault.Invalid},
		"mail as id":    {`{"data":{"interviewId":"canary@example.com"}}`, fault.Invalid},
		"text as stage": {`{"data":{"toStageId":"canary said so"}}`, fault.Invalid},
		"time as float": {`{"triggeredAt":1.5,"token":"canary"}`, fault.Invalid},
	} {
		_, err := hint.Parse([]byte(c.body))
		if err == nil || fault.KindOf(err) != c.kind {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error()+fault.DetailOf(err), "canary") {
			t.Errorf("%s: the error quotes the body: %v", name, err)
		}
	}
}

func TestEventOfAnotherWebhookAnnouncesNothing(t *testing.T) {
	t.Parallel()
	e, err := hint.Parse(sample(t, "webhook_event_candidateStageChange.json"))
	if err != nil {
		t.Fatal(err)
	}
	a := hint.From(e, "c1", lever.EventCandidateDeleted, time.UnixMilli(1))
	if a.Stage != "" || a.Opportunity == "" {
		t.Errorf("%+v", a)
	}
}

func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/webhook_event_*.json")
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := hint.Parse(body)
		if err == nil && !bytes.Contains(body, []byte("{")) {
			t.Error("no object was accepted")
		}
		e.Verify("key")
	})
}
