package main

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/hint"
)

type fakeIntake struct {
	address string
	body    []byte
	err     error
}

func (f *fakeIntake) Take(_ context.Context, address string, body []byte) error {
	f.address, f.body = address, body
	return f.err
}

func TestAnswersAreSmallAndSayWhetherToSendAgain(t *testing.T) {
	t.Parallel()
	for want, err := range map[int]error{
		200: nil,
		400: fault.New(fault.Invalid, "bad-body", "a detail"),
		401: fault.New(fault.Unauthorized, "not-verified", ""),
		413: fault.New(fault.TooLarge, "too-large", ""),
		503: fault.New(fault.Unavailable, "queue-unavailable", ""),
		500: errors.New("a defect"),
	} {
		h := &handler{&fakeIntake{err: err}}
		r, failure := h.handle(t.Context(), events.APIGatewayV2HTTPRequest{Body: "{}"})
		if failure != nil || r.StatusCode != want || len(r.Body) > 60 || strings.Contains(r.Body, "detail") {
			t.Errorf("want %d: %d %s, %v", want, r.StatusCode, r.Body, failure)
		}
	}
}

func TestBodyAndAddressReachTheIntake(t *testing.T) {
	t.Parallel()
	for _, r := range []events.APIGatewayV2HTTPRequest{
		{Body: "body"},
		{Body: base64.StdEncoding.EncodeToString([]byte("body")), IsBase64Encoded: true},
	} {
		r.PathParameters = map[string]string{"hook": "address"}
		f := &fakeIntake{}
		if _, err := (&handler{f}).handle(t.Context(), r); err != nil || string(f.body) != "body" || f.address != "address" {
			t.Errorf("%q at %q, %v", f.body, f.address, err)
		}
	}
}

func TestOversizedBodiesNeverReachTheIntake(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("x", hint.MaxBody+1)
	for _, r := range []events.APIGatewayV2HTTPRequest{
		{Body: large},
		{Body: base64.StdEncoding.EncodeToString([]byte(large)), IsBase64Encoded: true},
		{Body: strings.Repeat("x", 2*hint.MaxBody), IsBase64Encoded: true},
	} {
		f := &fakeIntake{}
		got, err := (&handler{f}).handle(t.Context(), r)
		if err != nil || got.StatusCode != 413 || f.body != nil {
			t.Errorf("status %d, %v", got.StatusCode, err)
		}
	}
	got, err := (&handler{&fakeIntake{}}).handle(t.Context(), events.APIGatewayV2HTTPRequest{Body: "!", IsBase64Encoded: true})
	if err != nil || got.StatusCode != 400 {
		t.Errorf("status %d, %v", got.StatusCode, err)
	}
}
