package deploy

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/aws/aws-lambda-go/events"
)

type httpHandler func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error)

// Shielded answers a panic of an HTTP handler with a plain 500, so that a defect costs one request and not the warm
// environment. The panic's text may quote the request and is not logged.
func Shielded(handle httpHandler) httpHandler {
	return func(ctx context.Context, r events.APIGatewayV2HTTPRequest) (response events.APIGatewayV2HTTPResponse, err error) {
		defer func() {
			if v := recover(); v != nil {
				slog.ErrorContext(ctx, "handler panicked", "with", fmt.Sprintf("%T", v))
				response, err = events.APIGatewayV2HTTPResponse{
					StatusCode: http.StatusInternalServerError,
					Headers:    map[string]string{"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"},
					Body:       "Something went wrong on our side. Try again in a moment.",
				}, nil
			}
		}()
		return handle(ctx, r)
	}
}
