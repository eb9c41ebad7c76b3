// Command schemathesis generates calls from docs/api/openapi.yaml, well-formed and malformed ones, sends them to a
// running stack, and holds every reply against the description. It first connects two organisations, so that there is
// something to read and something to disconnect. It ends with the code of the program schemathesis, which does the work;
// sandbox/tools has its settings, and how calls are signed. `make contract` starts a stack of its own for it; the
// addresses stand in the file that the variable ENDPOINTS names, else in .sandbox/endpoints.json.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/evidenced/lever-integration/sandbox/platform"
	"github.com/evidenced/lever-integration/sandbox/story"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, cmp.Or(os.Getenv("ENDPOINTS"), ".sandbox/endpoints.json"), os.Args[1:])
	stop()
	var failed *exec.ExitError
	switch {
	case errors.As(err, &failed) && failed.ExitCode() > 0:
		os.Exit(failed.ExitCode())
	case err != nil:
		fmt.Fprintln(os.Stderr, "schemathesis:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, path string, args []string) error {
	world, err := story.Open(ctx, path)
	if err != nil {
		return err
	}
	found, err := prepare(ctx, world)
	if err != nil {
		return err
	}
	told, err := json.Marshal(found)
	if err != nil {
		return fmt.Errorf("encode what exists: %w", err)
	}
	command := exec.CommandContext(ctx, ".venv-contract/bin/schemathesis", append([]string{
		"--config-file", "sandbox/tools/schemathesis.toml", "run", "docs/api/openapi.yaml", "--url", world.Endpoints.API,
	}, args...)...)
	command.Env = append(os.Environ(), "CONTRACT_STACK="+string(told), "SCHEMATHESIS_HOOKS=sandbox.tools.contract", "PYTHONPATH=.", "PYTHONDONTWRITEBYTECODE=1")
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	return command.Run()
}

// stack is what sandbox/tools/contract.py is told.
type stack struct {
	Region    string              `json:"region"`
	Service   [2]string           `json:"service"` // key and secret
	Operator  [2]string           `json:"operator"`
	Tenant    string              `json:"tenant"`
	Leaving   string              `json:"leaving"`
	ReturnURL string              `json:"returnUrl"`
	IDs       map[string][]string `json:"ids"`
}

// prepare connects two organisations and collects some ids of the first.
func prepare(ctx context.Context, world *story.World) (stack, error) {
	accounts, err := world.Lever.Accounts(ctx)
	if err != nil {
		return stack{}, err
	}
	small := accounts[1:] // the first is so large that its sync would take a minute
	slices.Reverse(small) // on a stack that stays, the acceptance suite takes them from the front
	s := stack{Region: world.Endpoints.Region, ReturnURL: world.Endpoints.Evidenced + "/integrations", IDs: map[string][]string{}}
	if s.Service[0], s.Service[1], err = world.Endpoints.Key(ctx, "standIn"); err != nil {
		return s, err
	}
	if s.Operator[0], s.Operator[1], err = world.Endpoints.Key(ctx, "operator"); err != nil {
		return s, err
	}
	if s.Tenant, err = connected(ctx, world, &small); err != nil {
		return s, err
	}
	if s.Leaving, err = connected(ctx, world, &small); err != nil {
		return s, err
	}
	return s, s.collect(ctx, world.Platform)
}

// connected makes an organisation that is connected to one of the accounts and synced, and takes that account away, with
// those that an earlier run has connected.
func connected(ctx context.Context, world *story.World, accounts *[]*story.Account) (tenant string, err error) {
	for len(*accounts) > 0 {
		account := (*accounts)[0]
		*accounts = (*accounts)[1:]
		visitor := world.Visitor("t-"+uuid.NewString()[:13], "u-1", "admin")
		super, err := account.SuperAdmins(ctx)
		if err != nil {
			return "", err
		}
		_, err = visitor.Connect(ctx, super[0])
		if taken := (*platform.Problem)(nil); errors.As(err, &taken) && taken.Code == "account-taken" {
			continue
		}
		if err != nil {
			return "", err
		}
		_, err = visitor.Synced(ctx, 5*time.Minute)
		return visitor.Tenant, err
	}
	return "", errors.New("the simulated Lever has too few small accounts; start the stack with a larger SMALL_COMPANIES")
}

func (s *stack) collect(ctx context.Context, api *platform.Client) error {
	query := platform.Query{Limit: 5}
	jobs, err := api.Jobs(ctx, s.Tenant, query)
	if err != nil {
		return fmt.Errorf("list jobs: %w", err)
	}
	candidates, err := api.Candidates(ctx, s.Tenant, query)
	if err != nil {
		return fmt.Errorf("list candidates: %w", err)
	}
	users, err := api.Users(ctx, s.Tenant, query)
	if err != nil {
		return fmt.Errorf("list users: %w", err)
	}
	interviews, err := api.Interviews(ctx, s.Tenant, query)
	if err != nil {
		return fmt.Errorf("list interviews: %w", err)
	}
	s.IDs = map[string][]string{
		"jobs": ids(jobs), "candidates": ids(candidates), "users": ids(users), "interviews": ids(interviews), "decisions": {"d1", "d2"},
	}
	for i, id := range s.IDs["decisions"] {
		_, err := api.PutDecision(ctx, s.Tenant, id, platform.Decision{
			Opportunity: s.IDs["candidates"][i%len(s.IDs["candidates"])], Outcome: "advance", By: platform.Decider{Name: "Sample Recruiter"},
			DecidedAt: time.Now().UnixMilli(), Version: 1,
		})
		if err != nil {
			return fmt.Errorf("put decision: %w", err)
		}
	}
	return nil
}

func ids[T any](list platform.List[T]) (all []string) {
	for _, record := range list.Data {
		all = append(all, record.ID)
	}
	return all
}
