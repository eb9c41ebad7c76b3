// Command webhook-intake takes Lever's webhooks: verify, enqueue, answer; nothing else. A delivery that is answered 2xx
// is stored in the hint queue; whatever cannot be stored is answered 5xx, so that Lever sends it again.
package main

import (
	"context"
	"encoding/base64"
	"net/http"
	"strconv"

	"github.com/aws/aws-lambda-go/events"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/hint"
)

// intake takes one delivery.
type intake interface {
	Take(ctx context.Context, address string, body []byte) error
}

type handler struct{ intake intake }

// handle answers with a small fixed body: 200, or 400, 401 and 413 for what will never be taken, or 503 for what Lever
// should send again.
func (h *handler) handle(ctx context.Context, r events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	body, err := content(r)
	if err == nil {
		err = h.intake.Take(ctx, r.PathParameters["hook"], body)
	}
	return answer(err), nil
}

func content(r events.APIGatewayV2HTTPRequest) ([]byte, error) {
	large := fault.New(fault.TooLarge, "too-large", "")
	if len(r.Body) > hint.MaxBody*4/3+4 {
		return nil, large
	}
	body := []byte(r.Body)
	if r.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(r.Body); err != nil {
			return nil, fault.New(fault.Invalid, "bad-body", "")
		}
	}
	if len(body) > hint.MaxBody {
		return nil, large
	}
	return body, nil
}

func answer(err error) events.APIGatewayV2HTTPResponse {
	status, code := http.StatusOK, "ok"
	if err != nil {
		status, code = fault.KindOf(err).Status(), fault.CodeOf(err)
	}
	return events.APIGatewayV2HTTPResponse{
		StatusCode: status,
		Headers:    map[string]string{"Content-Type": "application/json", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
		Body:       `{"status":` + strconv.Itoa(status) + `,"code":"` + code + `"}`,
	}
}
