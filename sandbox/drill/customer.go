package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/evidenced/lever-integration/sandbox/platform"
	"github.com/evidenced/lever-integration/sandbox/story"
)

// customer is an organisation connected to an account at Lever whose webhooks are off.
type customer struct {
	*drill
	account    *story.Account
	tenant     string
	visitor    *story.Visitor
	connection string
	candidates []story.Opportunity
}

// synced is how long a first full resync may take.
const synced = 2 * time.Minute

// join connects the account at a place in Lever's list; the first is the large one.
func (d *drill) join(ctx context.Context, place int) (*customer, error) {
	accounts, err := d.world.Lever.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	if len(accounts) <= place {
		return nil, fmt.Errorf("the simulated Lever has %d companies; start the stack with SMALL_COMPANIES=1, as make drill does", len(accounts))
	}
	c := &customer{drill: d, account: accounts[place], tenant: "drill-" + uuid.NewString()[:8]}
	c.visitor = d.world.Visitor(c.tenant, "u-1", "admin")
	super, err := c.account.SuperAdmins(ctx)
	if err != nil {
		return nil, err
	}
	if c.candidates, err = c.account.Active(ctx); err != nil {
		return nil, err
	}
	c.connection, err = c.visitor.Connect(ctx, super[0])
	return c, err
}

// sick has Lever answer a customer's requests below a path with a status, until faults are cleared; "" is every path.
func (c *customer) sick(ctx context.Context, path string, status int) error {
	return c.world.Lever.Inject(ctx, story.Fault{Path: path, Account: c.account.ID, Effect: "status", Status: status})
}

// clearFaults makes Lever well again.
func (d *drill) clearFaults(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodDelete, strings.TrimSuffix(d.world.Endpoints.Lever, "/")+"/control/faults", http.NoBody)
	if err != nil {
		return fmt.Errorf("clear faults: %w", err)
	}
	response, err := d.world.HTTP.Do(request)
	if err != nil {
		return fmt.Errorf("clear faults: %w", err)
	}
	return response.Body.Close()
}

// changes has something change in the mirror: a candidate is renamed, and looked at.
func (c *customer) changes(ctx context.Context) error {
	id := c.candidates[1].ID
	if _, err := c.account.Deed(ctx, "opportunities/"+id+"/rename", map[string]any{"name": "Renamed Sample"}); err != nil {
		return err
	}
	if err := c.world.Platform.Resync(ctx, c.tenant, id); err != nil {
		return err
	}
	_, err := story.Eventually(ctx, soon, "the change in the mirror", func(ctx context.Context) (bool, string, error) {
		record, err := c.world.Platform.Candidate(ctx, c.tenant, id)
		return err == nil && record.Data != nil && record.Data.Name == "Renamed Sample", "the old name", err
	})
	return err
}

// decide hands over a decision about the first candidate.
func (c *customer) decide(ctx context.Context) (string, error) {
	id := "d-" + uuid.NewString()
	_, err := c.world.Platform.PutDecision(ctx, c.tenant, id, platform.Decision{
		Opportunity: c.candidates[0].ID, Outcome: "advance", Rating: 4, Reason: "Clear thinking",
		By: platform.Decider{Name: "Morgan Sample", Email: "morgan.sample@northwind.example"}, DecidedAt: time.Now().UnixMilli(), Version: 1,
	})
	return id, err
}

// hint is the item that stands for a look at a candidate.
func hint(candidate string) string { return "hint#opportunity/" + candidate }

// look asks for a look at a candidate whose item cannot be done, and makes it due again if it is there already.
func (c *customer) look(ctx context.Context, candidate string) error {
	if _, there, err := c.cloud.item(ctx, c.connection, hint(candidate)); err != nil || !there {
		if err != nil {
			return err
		}
		return c.world.Platform.Resync(ctx, c.tenant, candidate)
	}
	return c.cloud.again(ctx, "Hint", c.connection, hint(candidate))
}
