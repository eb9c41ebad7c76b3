// Package telemetry sets up the log and the metrics of a function, both as JSON lines for CloudWatch. Nothing that is
// logged holds personal data or a secret: ids, counts and stable codes only.
package telemetry

import (
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambdacontext"
)

// Start makes the log of the function called service the default one, and has its metrics written.
func Start(service string) {
	slog.SetDefault(slog.New(lambdacontext.NewLogHandler()).With("service", service))
	measureTo(os.Stdout, lambdacontext.FunctionName, service)
}
