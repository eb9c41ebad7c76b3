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

	"github.com/evidenced/lever-integration/sandbox/loopback"
)

// watch calls CloudWatch in its JSON protocol, signed by hand: the SDK's client speaks CBOR only, which the emulator answers
// only with a further package.
func (c *cloud) watch(ctx context.Context, action string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("encode %s: %w", action, err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.places.AWS+"/", bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("make call %s: %w", action, err)
	}
	request.Header.Set("Content-Type", "application/x-amz-json-1.0")
	request.Header.Set("X-Amz-Target", "GraniteServiceVersion20100801."+action)
	key, err := c.config.Credentials.Retrieve(ctx)
	if err != nil {
		return fmt.Errorf("get credentials: %w", err)
	}
	sum := sha256.Sum256(body)
	if err := signer.NewSigner().SignHTTP(ctx, key, request, hex.EncodeToString(sum[:]), "monitoring", c.places.Region, time.Now()); err != nil {
		return fmt.Errorf("sign %s: %w", action, err)
	}
	response, err := loopback.Client(30 * time.Second).Do(request)
	if err != nil {
		return fmt.Errorf("call %s: %w", action, err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("read answer of %s: %w", action, err)
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("call %s: %s: %.300s", action, response.Status, answer)
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("decode answer of %s: %w", action, err)
	}
	return nil
}
