package deploy

import (
	"context"
	"testing"

	"github.com/aws/aws-lambda-go/events"
)

func TestPanicCostsOneRequest(t *testing.T) {
	t.Parallel()
	h := Shielded(func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		panic("a defect")
	})
	r, err := h(t.Context(), events.APIGatewayV2HTTPRequest{})
	if err != nil || r.StatusCode != 500 || r.Headers["Cache-Control"] != "no-store" {
		t.Errorf("%+v, %v", r, err)
	}
}
