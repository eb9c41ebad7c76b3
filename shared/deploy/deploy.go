// Package deploy builds the rooms of the integration from the settings of a function and AWS's clients. It is used by the
// main packages only; it holds no rules.
package deploy

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/uuid"

	"github.com/evidenced/lever-integration/shared/budget"
	"github.com/evidenced/lever-integration/shared/config"
	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/converge"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/operation"
	"github.com/evidenced/lever-integration/shared/portal"
	"github.com/evidenced/lever-integration/shared/queue"
	"github.com/evidenced/lever-integration/shared/seal"
	"github.com/evidenced/lever-integration/shared/secret"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/table/dynamo"
	"github.com/evidenced/lever-integration/shared/telemetry"
	"github.com/evidenced/lever-integration/shared/work"
)

// retention is how long a candidate who is no longer active keeps its data (design: 30 days).
const retention = 30 * 24 * time.Hour

// Stack is what a function works with. Parts whose settings the function has not named stay unusable.
type Stack struct {
	Settings    config.Settings
	AWS         aws.Config
	DB          table.DB
	Queue       *queue.Sender
	Work        *work.List
	Box         *seal.Box
	Mirror      *mirror.Store
	Connections *connection.Service
	Sessions    *portal.Sessions
	Converger   *converge.Converger
	Rate        *budget.Budget

	secret func(ctx context.Context, cfg aws.Config, arn string) (secret.String, error) // by its ARN; none is read without one
}

// New reads the settings, gathers every fault, and builds the stack of the function called service.
func New(ctx context.Context, service string, needs func(*config.Settings) []any) (*Stack, error) {
	return build(ctx, service, needs, readSecret)
}

// NewWithoutSecrets is New for a function whose settings name no secret: the client that would read it stays out of the
// binary.
func NewWithoutSecrets(ctx context.Context, service string, needs func(*config.Settings) []any) (*Stack, error) {
	return build(ctx, service, needs, func(context.Context, aws.Config, string) (secret.String, error) {
		return "", errors.New("this function reads no secrets")
	})
}

func build(
	ctx context.Context, service string, needs func(*config.Settings) []any,
	read func(context.Context, aws.Config, string) (secret.String, error),
) (*Stack, error) {
	telemetry.Start(service)
	s, err := config.Load(needs)
	if err != nil {
		return nil, err
	}
	cfg, err := AWS(os.Getenv)
	if err != nil {
		return nil, err
	}
	k := &Stack{Settings: s, AWS: cfg, secret: read}
	k.DB = dynamo.New(dynamodb.NewFromConfig(cfg), map[table.Name]string{
		table.Connections: s.TableConnections, table.Sessions: s.TableSessions, table.Hooks: s.TableHooks,
		table.Mirror: s.TableMirror, table.Work: s.TableWork, table.Decisions: s.TableDecisions,
	})
	k.Queue = queue.New(sqs.NewFromConfig(cfg), map[work.Kind]string{
		work.Hint: s.QueueHint, work.Delta: s.QueueDelta, work.Patrol: s.QueueDelta,
		work.Resync: s.QueueResync, work.Hooks: s.QueueResync, work.Ending: s.QueueResync,
		work.Walk: s.QueueResync, work.Reseal: s.QueueResync, work.End: s.QueueResync, work.Decision: s.QueueDecision,
	})
	k.Work = &work.List{DB: k.DB, Now: time.Now, NewID: uuid.NewString}
	k.Box = seal.New(seal.NewKMS(kms.NewFromConfig(cfg), s.KeyARN), time.Now, rand.Reader)
	k.Mirror = &mirror.Store{DB: k.DB, Now: time.Now, Retention: retention, Parallel: 8}
	k.Sessions = &portal.Sessions{DB: k.DB, Now: time.Now, Rand: rand.Reader, PublicURL: s.PublicURL, ReturnOrigins: s.ReturnOrigins}
	k.Converger = &converge.Converger{Mirror: k.Mirror, DB: k.DB, Now: time.Now, Parallel: 2}
	k.Rate = &budget.Budget{DB: k.DB, Now: time.Now, Sleep: Sleep, Limits: budget.Lever()}
	k.Connections, err = k.connections(ctx)
	if err == nil {
		k.Mirror.Erasing = k.Connections.Erasing
	}
	return k, err
}

func (k *Stack) connections(ctx context.Context) (*connection.Service, error) {
	s := k.Settings
	service := &connection.Service{
		DB: k.DB, Work: k.Work, Nudge: k.Queue, Box: k.Box, Mirror: k.Mirror,
		Now: time.Now, Sleep: Sleep, Rand: rand.Reader, NewID: uuid.NewString, PublicURL: s.PublicURL,
	}
	if s.LeverAuth == "" {
		return service, nil
	}
	api := s.LeverAPI
	if api == "" {
		api = s.LeverAudience // the page only sends browsers to Lever's login and calls nothing
	}
	hosts, err := lever.ParseHosts(api, s.LeverAuth, s.LeverAudience)
	if err != nil {
		return nil, err
	}
	client, err := k.reveal(ctx, s.LeverSecretARN)
	if err != nil {
		return nil, err
	}
	service.OAuth = lever.NewOAuth(lever.OAuthOptions{
		Hosts: hosts, ClientID: s.LeverClientID, ClientSecret: client, RedirectURL: s.PublicURL + "/oauth/callback",
	})
	way := transport()
	service.Client = func(auth lever.Authorizer, limit lever.Limiter) *lever.Client {
		return lever.New(lever.Options{Hosts: hosts, Auth: auth, Limit: limit, Transport: way})
	}
	service.Limiter = func(id string, lane budget.Lane) lever.Limiter { return k.Rate.Lease(id, lane) }
	service.Forget = k.Rate.Forget
	return service, nil
}

// transport keeps as many connections to Lever open as a full resync has calls in flight; Go's default keeps two, and
// would open a new one for each of the others.
func transport() http.RoundTripper {
	way, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	way = way.Clone()
	way.MaxIdleConnsPerHost = 32
	return way
}

// Marker reads the key under which decision notes are marked.
func (k *Stack) Marker(ctx context.Context) (secret.String, error) {
	return k.reveal(ctx, k.Settings.MarkerSecretARN)
}

func (k *Stack) reveal(ctx context.Context, arn string) (secret.String, error) {
	if arn == "" {
		return "", nil
	}
	return k.secret(ctx, k.AWS, arn)
}

// Attendant returns what runs workers on work items, each claim lasting for hold.
func (k *Stack) Attendant(hold time.Duration, limit int) *work.Attendant {
	return &work.Attendant{List: k.Work, Nudge: k.Queue, Hold: hold, Limit: limit}
}

// Operations returns what runs operations over all connections, a walk of them in slices of the given length.
func (k *Stack) Operations(slice time.Duration) *operation.Service {
	return &operation.Service{
		DB: k.DB, Work: k.Work, Nudge: k.Queue, Connections: k.Connections, Now: time.Now, NewID: uuid.NewString, Slice: slice,
	}
}

// Sleep waits for d or until ctx ends.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
