package intruder

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/evidenced/lever-integration/sandbox/platform"
)

const (
	fileRouter = "functions/platform-api/router.go"
	fileBody   = "functions/platform-api/body.go"
)

// operations are all calls about an organisation, with something that makes each whole (docs/api/openapi.yaml). Those of
// the operators, under a role of their own, are attacked by the acceptance suite (acceptance/operation_test.go).
func (s *scene) operations(c *company) [][3]string {
	person := `"actingUser":{"id":"u-1","name":"Sample"}`
	calls := [][3]string{
		{"GET", "/changes", ""},
		{"GET", "/connection", ""},
		{"POST", "/connection/confirmations", `{"attempt":"x",` + person + `}`},
		{"POST", "/connection/disconnections", `{` + person + `}`},
		{"POST", "/resyncs", `{}`},
		{"GET", "/decisions", ""},
		{"POST", "/portal-sessions", `{` + person + `,"role":"admin","tenantName":"n","returnUrl":"` + s.World.Endpoints.Evidenced + `/"}`},
		{"GET", "/decisions/" + c.decision, ""},
		{"PUT", "/decisions/" + c.decision, string(encoded(decided(c.candidates[3].ID, 9)))},
		{"POST", "/decisions/" + c.decision + "/retries", `{}`},
		{"POST", "/decisions/" + c.decision + "/dismissals", `{}`},
		{"GET", "/settings", ""},
		{"PUT", "/settings", `{"secretNotes":true,"notifyFollowers":true,"outcomes":[]}`},
	}
	for _, kind := range []string{"job", "candidate", "user", "interview"} {
		calls = append(calls, [3]string{"GET", "/" + kind + "s", ""}, [3]string{"GET", "/" + kind + "s/" + c.ids[kind], ""})
	}
	return calls
}

func encoded(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("intruder: plain values always encode: " + err.Error())
	}
	return raw
}

// answer is a reply of the platform API in short.
func answer(r platform.Reply) string { return reply(r).String() }

// everywhere makes every call of the API against the attacked company, each as send does it.
func everywhere(send func(ctx context.Context, s *scene, method, path, body string) (string, error)) func(context.Context, *scene) (string, error) {
	return func(ctx context.Context, s *scene) (string, error) {
		var got tally
		for _, call := range s.operations(s.victim) {
			a, err := send(ctx, s, call[0], "/v1/tenants/"+s.victim.Tenant+call[1], call[2])
			if err != nil {
				return "", err
			}
			got.add(call[0]+" "+call[1], a)
		}
		return got.String(), nil
	}
}

// credentials gives fixed keys.
type credentials struct{ id, secret string }

// Retrieve implements aws.CredentialsProvider.
func (c credentials) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: c.id, SecretAccessKey: c.secret}, nil
}

// calling are the calls of the platform API by somebody who may not.
func calling() []Attack {
	unsigned := func(name, sends, want string, do func(context.Context, *scene, string, string, string) (string, error)) Attack {
		return Attack{Name: "call: " + name, Sends: sends, Want: want, Defence: "API Gateway asks IAM for every call under /v1", File: "template.yaml", watch: standing(), try: everywhere(do)}
	}
	return []Attack{
		unsigned("unsigned", "every call of the platform API without a signature", "403 Forbidden ×21", func(ctx context.Context, s *scene, method, path, body string) (string, error) {
			r, err := s.World.Unsigned.Send(ctx, method, path, []byte(body))
			return answer(r), err
		}),
		unsigned("by a user without the right", "every call, signed by a user of the account who has no right to it", "403 Forbidden ×21", func(ctx context.Context, s *scene, method, path, body string) (string, error) {
			r, err := s.World.Outsider.Send(ctx, method, path, []byte(body))
			return answer(r), err
		}),
		unsigned("signed with made-up keys", "every call, signed with keys that IAM never gave out", "403 Forbidden ×21", func(ctx context.Context, s *scene, method, path, body string) (string, error) {
			client := platform.New(platform.Config{
				BaseURL: s.World.Endpoints.API, Region: s.World.Endpoints.Region, Credentials: credentials{"AKIAIOSFODNN7EXAMPLE", "made-up"}, HTTP: s.World.HTTP, Now: time.Now,
			})
			r, err := client.Send(ctx, method, path, []byte(body))
			return answer(r), err
		}),
		unsigned("with the signature of another path", "every call with a service's good signature of another call", "403 Forbidden ×21", func(ctx context.Context, s *scene, method, path, body string) (string, error) {
			return s.glued(ctx, method, path, body)
		}),
	}
}

// glued signs a harmless call as a service of the platform and sends another one under that signature.
func (s *scene) glued(ctx context.Context, method, path, body string) (string, error) {
	header, err := s.signature(ctx, message{method: http.MethodGet, path: "/v1/tenants/" + s.mine.Tenant + "/nothing"})
	if err != nil {
		return "", err
	}
	header["Content-Type"] = "application/json"
	r, err := s.send(ctx, message{method: method, path: path, body: []byte(body), header: header})
	return r.String(), err
}

// signature gives the headers of a call, with those that sign it as a service of the platform.
func (s *scene) signature(ctx context.Context, m message) (map[string]string, error) {
	config, err := s.World.Endpoints.Cloud(ctx, "standIn")
	if err != nil {
		return nil, err
	}
	keys, err := config.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, fmt.Errorf("get credentials: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, m.method, s.World.Endpoints.API+m.path, bytes.NewReader(m.body))
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	for name, value := range m.header {
		request.Header.Set(name, value)
	}
	sum := sha256.Sum256(m.body)
	if err := v4.NewSigner().SignHTTP(ctx, keys, request, hex.EncodeToString(sum[:]), "execute-api", s.World.Endpoints.Region, time.Now()); err != nil {
		return nil, fmt.Errorf("sign request: %w", err)
	}
	header := map[string]string{}
	for name := range request.Header {
		header[name] = request.Header.Get(name)
	}
	return header, nil
}

// signed sends a call as a service of the platform does, whatever its headers.
func (s *scene) signed(ctx context.Context, m message) (reply, error) {
	header, err := s.signature(ctx, m)
	if err != nil {
		return reply{}, err
	}
	m.header = header
	return s.send(ctx, m)
}
