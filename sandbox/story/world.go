package story

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/evidenced/lever-integration/sandbox/platform"
	"github.com/evidenced/lever-integration/shared/loopback"
)

// callLimit bounds one HTTP call.
const callLimit = 30 * time.Second

// World is a running stack with everything around it. It is safe for concurrent use.
type World struct {
	Endpoints Endpoints
	HTTP      *http.Client
	Platform  *platform.Client // as a service of the platform
	Unsigned  *platform.Client // as anybody on the internet
	Forged    *platform.Client // as somebody who knows the id of the service's key and not its secret
	Outsider  *platform.Client // as a user of the account without any right; nil where the addresses name none
	Operator  *platform.Client // as an engineer who runs the stack; nil where the addresses name none
	Lever     *Lever
	store     *dynamodb.Client // as the account's owner
	events    *sqs.Client      // as a service of the platform
}

// Open reads the addresses and prepares the clients. It makes no call.
func Open(ctx context.Context, path string) (*World, error) {
	e, err := Load(path)
	if err != nil {
		return nil, err
	}
	w := &World{Endpoints: e, HTTP: loopback.Client(callLimit)}
	service, err := e.Cloud(ctx, "standIn")
	if err != nil {
		return nil, err
	}
	owner, err := e.Cloud(ctx, "admin")
	if err != nil {
		return nil, err
	}
	w.Platform, w.Unsigned = w.client(service.Credentials), w.client(nil)
	key, err := service.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, fmt.Errorf("get credentials of the service: %w", err)
	}
	w.Forged = w.client(credentials.NewStaticCredentialsProvider(key.AccessKeyID, "not-its-secret", key.SessionToken))
	if outsider, err := e.Cloud(ctx, "outsider"); err == nil {
		w.Outsider = w.client(outsider.Credentials)
	}
	if operator, err := e.Cloud(ctx, "operator"); err == nil {
		w.Operator = w.client(operator.Credentials)
	}
	w.Lever = &Lever{base: e.Lever, http: w.HTTP}
	w.events = sqs.NewFromConfig(service)
	w.store = dynamodb.NewFromConfig(owner)
	return w, nil
}

func (w *World) client(credentials aws.CredentialsProvider) *platform.Client {
	return platform.New(platform.Config{
		BaseURL: w.Endpoints.API, Region: w.Endpoints.Region, Credentials: credentials, HTTP: w.HTTP, Now: time.Now,
	})
}

// How long Eventually rests between two looks: at least pollEvery, and as long as the last look took up to pollSlow, so that
// those who wait leave half of a busy stack to those who work.
const (
	pollEvery = 100 * time.Millisecond
	pollSlow  = time.Second
)

// Eventually looks again and again until look says done, and returns how long that took. After the limit it returns an
// error that says what was awaited and what was seen last. An error of look ends the wait at once.
func Eventually(ctx context.Context, limit time.Duration, what string, look func(context.Context) (done bool, seen string, err error)) (time.Duration, error) {
	start := time.Now()
	deadline, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	last := "nothing"
	for {
		began := time.Now()
		done, seen, err := look(deadline)
		rest := min(max(time.Since(began), pollEvery), pollSlow)
		switch {
		case err == nil && done:
			return time.Since(start), nil
		case err != nil && !errors.Is(err, context.DeadlineExceeded):
			return 0, fmt.Errorf("wait for %s: %w", what, err)
		case err == nil:
			last = seen
		}
		select {
		case <-deadline.Done():
			return 0, fmt.Errorf("%s did not happen within %s; last seen: %s", what, limit, last)
		case <-time.After(rest):
		}
	}
}

// Mirrored counts what the platform API shows of a tenant.
func (w *World) Mirrored(ctx context.Context, tenant string) (Counts, error) {
	jobs, err := platform.All(ctx, w.Platform.Jobs, tenant, platform.Query{Limit: 200})
	if err != nil {
		return Counts{}, fmt.Errorf("count jobs: %w", err)
	}
	candidates, err := platform.All(ctx, w.Platform.Candidates, tenant, platform.Query{Limit: 200})
	if err != nil {
		return Counts{}, fmt.Errorf("count candidates: %w", err)
	}
	users, err := platform.All(ctx, w.Platform.Users, tenant, platform.Query{Limit: 200})
	if err != nil {
		return Counts{}, fmt.Errorf("count users: %w", err)
	}
	interviews, err := platform.All(ctx, w.Platform.Interviews, tenant, platform.Query{Limit: 200})
	if err != nil {
		return Counts{}, fmt.Errorf("count interviews: %w", err)
	}
	return Counts{Jobs: len(jobs), Candidates: len(candidates), Users: len(users), Interviews: len(interviews)}, nil
}

// OwnWebhooks lists the webhooks at Lever that lead to this stack.
func (w *World) OwnWebhooks(ctx context.Context, account *Account) ([]Webhook, error) {
	return account.Webhooks(ctx, w.Endpoints.API+"/")
}
