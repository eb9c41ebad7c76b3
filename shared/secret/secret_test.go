package secret_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/evidenced/lever-integration/shared/secret"
)

const canary = "canary-5f1c"

type holder struct {
	Token  secret.String
	Nested *secret.String
	Many   []secret.String
	ByName map[string]secret.String
}

type element struct{ Token secret.String }

func newHolder() holder {
	token := secret.String(canary)
	return holder{token, &token, []secret.String{token}, map[string]secret.String{"a": token}}
}

func TestNoVerbPrintsTheValue(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%10s", "%T %[1]v"} {
		for _, value := range []any{secret.String(canary), newHolder(), []any{secret.String(canary)}} {
			out := fmt.Sprintf(verb, value)
			if strings.Contains(out, canary) || strings.Contains(strings.ToLower(out), fmt.Sprintf("%x", canary)) {
				t.Errorf("%s printed the secret: %s", verb, out)
			}
			if _, alone := value.(secret.String); alone && !strings.Contains(out, secret.Redacted) {
				t.Errorf("%s did not say that something was redacted: %s", verb, out)
			}
		}
	}
}

func TestNoEncoderWritesTheValue(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	asJSON, err := json.Marshal(newHolder())
	if err != nil {
		t.Fatal(err)
	}
	out.Write(asJSON)
	if err := xml.NewEncoder(&out).Encode(element{canary}); err != nil {
		t.Fatal(err)
	}
	for _, handler := range []slog.Handler{slog.NewJSONHandler(&out, nil), slog.NewTextHandler(&out, nil)} {
		slog.New(handler).InfoContext(context.Background(), "a", "token", secret.String(canary), "holder", newHolder())
	}
	if strings.Contains(out.String(), canary) {
		t.Errorf("an encoder wrote the secret: %s", out.String())
	}
}

func TestEachWayOutIsClosedOnItsOwn(t *testing.T) {
	t.Parallel()
	token := secret.String(canary)
	text, err := token.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]string{
		"String": token.String(), "GoString": token.GoString(),
		"MarshalText": string(text), "LogValue": token.LogValue().String(),
	} {
		if got != secret.Redacted {
			t.Errorf("%s gives %q", name, got)
		}
	}
}

func TestDecodeAndReveal(t *testing.T) {
	t.Parallel()
	var got holder
	if err := json.Unmarshal([]byte(`{"Token":"`+canary+`"}`), &got); err != nil {
		t.Fatal(err)
	}
	if got.Token.Reveal() != canary {
		t.Error("a decoded secret lost its value")
	}
}
