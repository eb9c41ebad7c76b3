package intruder

import (
	"context"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // to be refused
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

const (
	fileEnvelope = "shared/hint/envelope.go"
	fileIntake   = "shared/hint/intake.go"
	fileStrict   = "shared/strict/inspect.go"
)

// address is the last part of a webhook's URL.
func address(hook string) string { return hook[strings.LastIndex(hook, "/")+1:] }

// letter is a delivery of Lever before it is signed (lever/api.md section 4).
type letter struct {
	key    string // signature token
	event  string
	about  string         // opportunity
	data   map[string]any // instead of about
	token  string         // "" = a new one
	at     int64          // milliseconds, 0 = now
	change func(fields map[string]any)
}

func mac(make func() hash.Hash, key, message string) []byte {
	m := hmac.New(make, []byte(key))
	_, _ = m.Write([]byte(message)) // never fails
	return m.Sum(nil)
}

func signature(key, message string) string { return hex.EncodeToString(mac(sha256.New, key, message)) }

// fields are the delivery as Lever would sign it, before change.
func (l letter) fields() map[string]any {
	if l.token == "" {
		l.token = uuid.NewString()
	}
	if l.at == 0 {
		l.at = time.Now().UnixMilli()
	}
	if l.data == nil {
		l.data = map[string]any{"opportunityId": l.about}
	}
	return map[string]any{
		"id": uuid.NewString(), "event": l.event, "triggeredAt": l.at, "token": l.token, "data": l.data,
		"signature": signature(l.key, l.token+strconv.FormatInt(l.at, 10)),
	}
}

func (l letter) body() []byte {
	fields := l.fields()
	if l.change != nil {
		l.change(fields)
	}
	raw, err := json.Marshal(fields)
	if err != nil {
		panic("intruder: plain values always encode: " + err.Error())
	}
	return raw
}

// deliver posts a body as Lever does.
func (s *scene) deliver(ctx context.Context, hook string, body []byte) (reply, error) {
	return s.send(ctx, message{method: http.MethodPost, path: hook, body: body, header: map[string]string{
		"Content-Type": "application/json", "User-Agent": "Lever-Webhooks",
	}})
}

// genuine is a delivery about the watched candidate as Lever itself would send it.
func (s *scene) genuine(event string) letter {
	hook := s.victim.hooks[event]
	return letter{key: hook.SignatureToken, event: event, about: s.victim.candidates[0].ID}
}

// signed makes an attack with a delivery whose signature is wrong; change gets the fields and the signature token.
func signed(kind, sends, want string, change func(s *scene, f map[string]any, key string)) Attack {
	return Attack{
		Name: "signature: " + kind, Sends: sends, Want: want, Defence: "lower-case hexadecimal HMAC-SHA256 over token and time, with this webhook's own key",
		File: fileEnvelope, watch: untouched(),
		try: func(ctx context.Context, s *scene) (string, error) {
			l := s.genuine("candidateStageChange")
			l.change = func(f map[string]any) { change(s, f, l.key) }
			r, err := s.deliver(ctx, s.victim.hooks["candidateStageChange"].URL, l.body())
			return r.String(), err
		},
	}
}

// over is what Lever signs of a delivery.
func over(f map[string]any) string { return fmt.Sprintf("%s%d", f["token"], f["triggeredAt"]) }

// signing are the kinds of wrong signature.
func signing() []Attack {
	const refused = "401 not-verified"
	put := func(kind, sends string, make func(f map[string]any, key string) string) Attack {
		return signed(kind, sends, refused, func(_ *scene, f map[string]any, key string) { f["signature"] = make(f, key) })
	}
	own := func(f map[string]any) string { return f["signature"].(string) }
	return []Attack{
		signed("none", "a delivery without a signature", refused, func(_ *scene, f map[string]any, _ string) { delete(f, "signature") }),
		put("empty", "an empty signature", func(map[string]any, string) string { return "" }),
		signed("a number", "a number for a signature", "400 bad-body", func(_ *scene, f map[string]any, _ string) { f["signature"] = 0 }),
		put("with a guessed key", "signed with a made-up key", func(f map[string]any, key string) string {
			return signature(strings.Repeat("0", len(key)), over(f))
		}),
		put("with an empty key", "signed with no key", func(f map[string]any, _ string) string { return signature("", over(f)) }),
		signed("with the key of another webhook", "signed with the key of the same company's webhook for hires", refused, func(s *scene, f map[string]any, _ string) {
			f["signature"] = signature(s.victim.hooks["candidateHired"].SignatureToken, over(f))
		}),
		signed("with the key of another company", "signed with the attacker's own key of the same webhook", refused, func(s *scene, f map[string]any, _ string) {
			f["signature"] = signature(s.attacker.hooks["candidateStageChange"].SignatureToken, over(f))
		}),
		put("in upper case", "the right signature in upper case", func(f map[string]any, _ string) string { return strings.ToUpper(own(f)) }),
		put("cut", "the right signature without its last digit", func(f map[string]any, _ string) string { return own(f)[:63] }),
		put("longer", "the right signature and one digit more", func(f map[string]any, _ string) string { return own(f) + "0" }),
		put("with a blank", "the right signature behind a blank", func(f map[string]any, _ string) string { return " " + own(f) }),
		put("in base 64", "the right HMAC in base 64", func(f map[string]any, key string) string {
			return base64.StdEncoding.EncodeToString(mac(sha256.New, key, over(f)))
		}),
		put("by SHA-1", "an HMAC-SHA1", func(f map[string]any, key string) string { return hex.EncodeToString(mac(sha1.New, key, over(f))) }),
		put("by SHA-512", "an HMAC-SHA512", func(f map[string]any, key string) string {
			return hex.EncodeToString(mac(sha512.New, key, over(f)))
		}),
		put("by a plain hash", "a SHA-256 of key, token and time", func(f map[string]any, key string) string {
			sum := sha256.Sum256([]byte(key + over(f)))
			return hex.EncodeToString(sum[:])
		}),
		put("with key and message swapped", "an HMAC of the key with the message for a key", func(f map[string]any, key string) string { return signature(over(f), key) }),
		put("over time and token", "signed in the wrong order", func(f map[string]any, key string) string {
			return signature(key, fmt.Sprintf("%d%s", f["triggeredAt"], f["token"]))
		}),
		put("over the time in another form", "signed over the time as 1.7e+12", func(f map[string]any, key string) string {
			return signature(key, fmt.Sprintf("%s%g", f["token"], float64(f["triggeredAt"].(int64))))
		}),
		put("over the whole body", "signed over the data", func(f map[string]any, key string) string {
			raw, err := json.Marshal(f["data"])
			if err != nil {
				return ""
			}
			return signature(key, string(raw))
		}),
		signed("of another delivery", "a signature that belongs to another token", refused, func(_ *scene, f map[string]any, _ string) { f["token"] = uuid.NewString() }),
		signed("of another time", "a signature that belongs to another time", refused, func(_ *scene, f map[string]any, _ string) {
			f["triggeredAt"] = f["triggeredAt"].(int64) + 1
		}),
		{
			Name: "signature: in a header", Sends: "no signature in the body, the right one as X-Lever-Signature and Lever-Signature", Want: refused,
			Defence: "Lever signs inside the body; a header says nothing", File: fileEnvelope, watch: untouched(),
			try: func(ctx context.Context, s *scene) (string, error) {
				l := s.genuine("candidateStageChange")
				f := l.fields()
				right := f["signature"].(string)
				l.change = func(g map[string]any) {
					maps.Copy(g, f)
					delete(g, "signature")
				}
				r, err := s.send(ctx, message{
					method: http.MethodPost, path: s.victim.hooks["candidateStageChange"].URL, body: l.body(),
					header: map[string]string{"Content-Type": "application/json", "X-Lever-Signature": right, "Lever-Signature": right},
				})
				return r.String(), err
			},
		},
	}
}
