package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// client makes signed calls to the operators' routes.
type client struct {
	address     string // of the API, without /v1
	region      string
	credentials aws.CredentialsProvider
	http        *http.Client
	now         func() time.Time
}

// problem is an error reply of the API.
type problem struct {
	Status    int    `json:"status"`
	Code      string `json:"code"`
	Detail    string `json:"detail"`
	Reference string `json:"reference"`
}

// Error says what went wrong and what to do next.
func (p *problem) Error() string {
	text := p.Detail
	if p.Code != "" {
		text = p.Code + ": " + text
	}
	if next := nextOf(p); next != "" {
		text += "\n" + next
	}
	if p.Reference != "" {
		text += "\nThe log of platform-api has more under apiRequestId " + p.Reference + "."
	}
	return text
}

// nextOf is what to do about a problem.
func nextOf(p *problem) string {
	switch {
	case p.Status == http.StatusForbidden:
		return "Call under the operator role: its ARN is the output OperatorRoleArn of the stack; put it as role_arn into a profile and set AWS_PROFILE."
	case p.Code == "unknown-tenant":
		return "Check the tenant's id: leverctl connections lists those that are connected."
	case p.Code == "not-found":
		return "leverctl runs lists the newest re-seals and ends."
	case p.Code == "unknown-path":
		return "The deployed version may be older than this leverctl, or the address is not the API's; see the output ApiUrl of the stack."
	case p.Code == "not-connected":
		return "There is nothing to do until an admin of this tenant connects Lever."
	case p.Status >= http.StatusInternalServerError:
		return "Try again in a moment; docs/runbook.md#platform-api says how to look."
	}
	return ""
}

// longestReply bounds what is read of an answer.
const longestReply = 16 << 20

// call sends in as JSON, where it is not nil, and returns the body of a 2xx answer. Any other answer is a *problem.
func (c *client) call(ctx context.Context, method, path string, in any) ([]byte, error) {
	body := []byte{}
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return nil, fmt.Errorf("encode request: %w", err)
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.address, "/")+"/v1/operations/"+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("the address of the API is not one: %w", err)
	}
	if in != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if err := c.sign(ctx, request, body); err != nil {
		return nil, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("the API does not answer: %w\nCheck the address: it is the output ApiUrl of the stack", err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, longestReply))
	if err != nil {
		return nil, fmt.Errorf("read the API's answer: %w", err)
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		p := &problem{}
		if json.Unmarshal(answer, p) != nil || p.Code == "" {
			p = &problem{Detail: "The API answered " + response.Status + "."}
		}
		p.Status = response.StatusCode
		return nil, p
	}
	return answer, nil
}

func (c *client) sign(ctx context.Context, request *http.Request, body []byte) error {
	if c.region == "" {
		return errors.New("no AWS region is set.\nSet AWS_REGION to the region of the stack, or region in the profile")
	}
	credentials, err := c.credentials.Retrieve(ctx)
	if err != nil {
		return fmt.Errorf("no AWS credentials: %w\nLog in, or set AWS_PROFILE to a profile that assumes the operator role", err)
	}
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	request.Header.Set("X-Amz-Content-Sha256", hash)
	return v4.NewSigner().SignHTTP(ctx, credentials, request, hash, "execute-api", c.region, c.now())
}
