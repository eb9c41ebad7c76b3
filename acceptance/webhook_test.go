package acceptance

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"
)

// signed makes a webhook body of Lever, signed with the webhook's token (lever/api.md section 4).
func signed(t *testing.T, signatureToken, event string, data map[string]any) []byte {
	t.Helper()
	token, at := uuid.NewString(), time.Now().UnixMilli()
	mac := hmac.New(sha256.New, []byte(signatureToken))
	_, _ = mac.Write([]byte(token + strconv.FormatInt(at, 10)))
	body, err := json.Marshal(map[string]any{
		"id": uuid.NewString(), "event": event, "triggeredAt": at, "token": token, "signature": hex.EncodeToString(mac.Sum(nil)), "data": data,
	})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// post delivers a webhook as Lever does and returns status and answer.
func post(t *testing.T, address string, body []byte) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "Lever-Webhooks")
	response, err := world.HTTP.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 1<<16))
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(answer)
}

func TestLeversTestPingIsTaken(t *testing.T) {
	o := join(t)
	for _, event := range events() {
		hook := o.hook(t, event)
		// Lever's test button sends this event and empty data whatever the webhook's own (lever/api.md section 4).
		status, answer := post(t, hook.URL, signed(t, hook.SignatureToken, "candidateHired", map[string]any{}))
		if status < 200 || status > 299 {
			t.Errorf("test ping of %s: status %d %s", event, status, answer)
		}
	}
}
