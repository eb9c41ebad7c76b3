package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	signer "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/evidenced/lever-integration/shared/loopback"
)

// watch calls CloudWatch in its JSON protocol, signed by hand: the SDK's client speaks CBOR only, which the emulator answers
// only with a further package.
func (c *cloud) watch(ctx context.Context, action string, in, out any) error {
	request, body, err := c.request(ctx, http.MethodPost, "/", in)
	if err != nil {
		return fmt.Errorf("call %s: %w", action, err)
	}
	request.Header.Set("Content-Type", "application/x-amz-json-1.0")
	request.Header.Set("X-Amz-Target", "GraniteServiceVersion20100801."+action)
	if err := c.send(request, body, "monitoring", out); err != nil {
		return fmt.Errorf("call %s: %w", action, err)
	}
	return nil
}

// request makes a call of the account's owner, not signed yet, with a body in JSON if in is not nil.
func (c *cloud) request(ctx context.Context, method, path string, in any) (request *http.Request, body []byte, err error) {
	if in != nil {
		if body, err = json.Marshal(in); err != nil {
			return nil, nil, fmt.Errorf("encode: %w", err)
		}
	}
	request, err = http.NewRequestWithContext(ctx, method, c.places.AWS+path, bytes.NewReader(body))
	return request, body, err
}

// send signs a request for a service of AWS, sends it and reads the answer.
func (c *cloud) send(request *http.Request, body []byte, service string, out any) error {
	ctx := request.Context()
	key, err := c.config.Credentials.Retrieve(ctx)
	if err != nil {
		return fmt.Errorf("get credentials: %w", err)
	}
	sum := sha256.Sum256(body)
	if err := signer.NewSigner().SignHTTP(ctx, key, request, hex.EncodeToString(sum[:]), service, c.places.Region, time.Now()); err != nil {
		return fmt.Errorf("sign: %w", err)
	}
	response, err := loopback.Client(30 * time.Second).Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %.300s", response.Status, answer)
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("decode answer: %w", err)
	}
	return nil
}
