// Package platform is a small client for the integration's platform API (docs/api/openapi.yaml), as a service of the
// Evidenced platform would write one: typed calls, each signed with AWS Signature Version 4 for execute-api. The
// stand-in for Evidenced, the demo and the acceptance suite use it; nothing that runs in production does.
//
// It shares no types with the code it calls, so that a slip in the API's form is noticed. A Client retries nothing and
// is safe for concurrent use.
package platform

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

const maxReply = 8 << 20

// Config says where the API is and as whom to call it.
type Config struct {
	BaseURL     string // address of the deployed API, without /v1
	Region      string
	Credentials aws.CredentialsProvider // nil leaves the calls unsigned, which the API must refuse
	HTTP        *http.Client
	Now         func() time.Time
}

// Client calls the platform API for any tenant.
type Client struct {
	config Config
	signer *v4.Signer
}

// New returns a client. It makes no call.
func New(config Config) *Client {
	config.BaseURL = strings.TrimSuffix(config.BaseURL, "/")
	return &Client{config: config, signer: v4.NewSigner()}
}

// Problem is an error reply of the API: application/problem+json with a stable code. A reply in another form becomes a
// Problem whose Code is empty.
type Problem struct {
	Status      int    `json:"status"`
	Type        string `json:"type"`
	Title       string `json:"title"`
	Code        string `json:"code"`
	Detail      string `json:"detail"`
	Reference   string `json:"reference,omitempty"`
	ContentType string `json:"-"` // as the API sent it
}

// Error names the status, the code and the sentence for people.
func (p *Problem) Error() string {
	return fmt.Sprintf("status %d, code %q: %s", p.Status, p.Code, p.Detail)
}

// Reply is an answer as it came, for callers that look at status and headers themselves.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// Send signs and sends one request and returns the answer whatever its status. The path starts with /v1 and may carry a
// query. Body may be nil.
func (c *Client) Send(ctx context.Context, method, path string, body []byte) (Reply, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.config.BaseURL+path, bytes.NewReader(body))
	if err != nil {
		return Reply{}, fmt.Errorf("make request %s: %w", method, err)
	}
	if len(body) > 0 {
		request.Header.Set("Content-Type", "application/json")
	}
	return c.send(ctx, request, body)
}

// SendIfNoneMatch reads a path unless its content still has the tag: then the status is 304 and there is no body.
func (c *Client) SendIfNoneMatch(ctx context.Context, path, tag string) (Reply, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.config.BaseURL+path, nil)
	if err != nil {
		return Reply{}, fmt.Errorf("make request: %w", err)
	}
	request.Header.Set("If-None-Match", tag)
	return c.send(ctx, request, nil)
}

func (c *Client) send(ctx context.Context, request *http.Request, body []byte) (Reply, error) {
	if err := c.sign(ctx, request, body); err != nil {
		return Reply{}, err
	}
	response, err := c.config.HTTP.Do(request)
	if err != nil {
		return Reply{}, fmt.Errorf("call the platform api: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(io.LimitReader(response.Body, maxReply))
	if err != nil {
		return Reply{}, fmt.Errorf("read the platform api's answer: %w", err)
	}
	return Reply{Status: response.StatusCode, Header: response.Header, Body: content}, nil
}

func (c *Client) sign(ctx context.Context, request *http.Request, body []byte) error {
	if c.config.Credentials == nil {
		return nil
	}
	credentials, err := c.config.Credentials.Retrieve(ctx)
	if err != nil {
		return fmt.Errorf("get credentials: %w", err)
	}
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	request.Header.Set("X-Amz-Content-Sha256", hash)
	if err := c.signer.SignHTTP(ctx, credentials, request, hash, "execute-api", c.config.Region, c.config.Now()); err != nil {
		return fmt.Errorf("sign request: %w", err)
	}
	return nil
}

// call sends in as JSON, where it is not nil, and decodes a 2xx answer into out, where that is not nil. Any other
// answer is returned as *Problem.
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
	}
	reply, err := c.Send(ctx, method, path, body)
	if err != nil {
		return err
	}
	if reply.Status < 200 || reply.Status > 299 {
		return ProblemOf(reply)
	}
	if out == nil || len(reply.Body) == 0 {
		return nil
	}
	if err := json.Unmarshal(reply.Body, out); err != nil {
		return fmt.Errorf("decode answer of %s: %w", method, err)
	}
	return nil
}

// ProblemOf reads a reply as a problem; a body in another form leaves Code empty.
func ProblemOf(reply Reply) *Problem {
	problem := &Problem{}
	if json.Unmarshal(reply.Body, problem) != nil || problem.Code == "" {
		problem = &Problem{Detail: "The API answered in a form that is not a problem document."}
	}
	problem.Status = reply.Status
	problem.ContentType = reply.Header.Get("Content-Type")
	return problem
}

// path builds /v1/tenants/{tenant}/... from unescaped parts.
func path(tenant string, parts ...string) string {
	var b strings.Builder
	b.WriteString("/v1/tenants/" + url.PathEscape(tenant))
	for _, part := range parts {
		b.WriteString("/" + url.PathEscape(part))
	}
	return b.String()
}
