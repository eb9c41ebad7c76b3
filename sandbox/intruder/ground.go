package intruder

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/google/uuid"

	"github.com/evidenced/lever-integration/sandbox/platform"
	"github.com/evidenced/lever-integration/sandbox/story"
)

// Ground is where the attacks take place: a connected company that is attacked, a connected company of the attacker, and
// an account at Lever to which nobody is connected, nor may ever be. It is for one goroutine.
type Ground struct {
	World    *story.World
	victim   *company
	attacker *company
	spare    *story.Account
	super    story.Person // of the spare account
	store    *dynamodb.Client
	logs     *cloudwatchlogs.Client
	keys     *kms.Client
}

// company is an organisation that is connected to an account.
type company struct {
	*story.Visitor
	account    *story.Account
	attempt    string // with which it was connected
	connection string
	hooks      map[string]story.Webhook // by event
	candidates []story.Opportunity
	decision   string // delivered
	ids        map[string]string
}

// Companies is how many companies of the simulated Lever the attacks need for themselves.
const Companies = 3

// patience bounds each wait of the preparation.
const patience = 2 * time.Minute

// Prepare makes a ground of the last accounts that the simulated Lever has.
func Prepare(ctx context.Context, world *story.World) (*Ground, error) {
	accounts, err := world.Lever.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	if len(accounts) <= Companies {
		return nil, errors.New("the simulated Lever has too few companies; start the stack with SMALL_COMPANIES=4, as make attack does")
	}
	return PrepareOn(ctx, world, [Companies]*story.Account(accounts[len(accounts)-Companies:]))
}

// PrepareOn makes a ground of accounts that nobody else uses, and connects the first two. Attacks on different grounds do
// not meet, unless they are marked Alone.
func PrepareOn(ctx context.Context, world *story.World, accounts [Companies]*story.Account) (*Ground, error) {
	owner, err := world.Endpoints.Cloud(ctx, "admin")
	if err != nil {
		return nil, err
	}
	g := &Ground{
		World: world, store: world.Store(), logs: cloudwatchlogs.NewFromConfig(owner), keys: kms.NewFromConfig(owner),
		spare: accounts[2],
	}
	super, err := g.spare.SuperAdmins(ctx)
	if err != nil {
		return nil, err
	}
	g.super = super[0]
	if err := g.Free(ctx); err != nil {
		return nil, err
	}
	run := uuid.NewString()[:8]
	if g.victim, err = g.connected(ctx, "victim-"+run, accounts[0]); err != nil {
		return nil, fmt.Errorf("connect the company that is attacked: %w", err)
	}
	if g.attacker, err = g.connected(ctx, "attacker-"+run, accounts[1]); err != nil {
		return nil, fmt.Errorf("connect the attacker's company: %w", err)
	}
	return g, nil
}

func (g *Ground) connected(ctx context.Context, tenant string, account *story.Account) (*company, error) {
	c := &company{Visitor: g.World.Visitor(tenant, "u-1", "admin"), account: account, hooks: map[string]story.Webhook{}}
	super, err := account.SuperAdmins(ctx)
	if err != nil {
		return nil, err
	}
	if err := g.free(ctx, account); err != nil {
		return nil, err
	}
	if err := c.furnish(ctx); err != nil {
		return nil, err
	}
	for !plain(c.attempt) {
		page, err := c.Consent(ctx, super[0], story.AcceptButton)
		if err != nil {
			return nil, err
		}
		if c.attempt = page.URL.Query().Get("attempt"); c.attempt == "" {
			return nil, errors.New("the browser came back without an attempt: " + page.Text())
		}
	}
	confirmed, err := g.World.Confirm(ctx, tenant, c.attempt, c.Person)
	if err != nil {
		return nil, err
	}
	c.connection = confirmed.ID
	if err := account.SwitchOn(ctx); err != nil {
		return nil, err
	}
	if _, err := c.Synced(ctx, patience); err != nil {
		return nil, err
	}
	return c, g.stock(ctx, c)
}

// plain says whether something random begins as an id does; what does not is no id to begin with, and no attack.
func plain(id string) bool { return id != "" && id[0] != '-' && id[0] != '_' }

// enough is how many candidates the attacks need of a company.
const enough = 5

// furnish lets people apply at Lever until there are enough candidates, and schedules an interview.
func (c *company) furnish(ctx context.Context) error {
	for {
		var err error
		if c.candidates, err = c.account.Active(ctx); err != nil {
			return err
		}
		if len(c.candidates) >= enough {
			break
		}
		if _, err := c.account.Apply(ctx, "Applicant Sample"); err != nil {
			return err
		}
	}
	_, err := c.account.Deed(ctx, "opportunities/"+c.candidates[0].ID+"/schedule", map[string]any{"minutes": 45, "subject": "System design"})
	return err
}

// stock notes what the company has that somebody could name.
func (g *Ground) stock(ctx context.Context, c *company) error {
	hooks, err := g.World.OwnWebhooks(ctx, c.account)
	if err != nil {
		return err
	}
	for _, hook := range hooks {
		c.hooks[hook.Event] = hook
	}
	c.decision = "d-" + c.Tenant
	if err := g.decide(ctx, c, c.decision, c.candidates[3].ID); err != nil {
		return err
	}
	status, err := g.delivered(ctx, c, c.decision)
	if err != nil {
		return err
	}
	return g.nameAll(ctx, c, status.NoteID)
}

func (g *Ground) decide(ctx context.Context, c *company, id, candidate string) error {
	_, err := g.World.Platform.PutDecision(ctx, c.Tenant, id, decided(candidate, 1))
	return err
}

func decided(candidate string, version int64) platform.Decision {
	return platform.Decision{
		Opportunity: candidate, Outcome: "advance", By: platform.Decider{Name: "Morgan Sample"}, DecidedAt: time.Now().UnixMilli(), Version: version,
	}
}

// delivered waits until a decision has come to an end.
func (g *Ground) delivered(ctx context.Context, c *company, id string) (platform.DecisionStatus, error) {
	var status platform.DecisionStatus
	_, err := story.Eventually(ctx, limit, "the decision's delivery", func(ctx context.Context) (bool, string, error) {
		var err error
		status, err = g.World.Platform.Decision(ctx, c.Tenant, id)
		return status.State == "delivered" || status.State == "undeliverable", status.State, err
	})
	return status, err
}

// nameAll gathers an id of each kind.
func (g *Ground) nameAll(ctx context.Context, c *company, note string) error {
	jobs, err := g.World.Platform.Jobs(ctx, c.Tenant, platform.Query{Limit: 1})
	if err != nil {
		return err
	}
	users, err := g.World.Platform.Users(ctx, c.Tenant, platform.Query{Limit: 1})
	if err != nil {
		return err
	}
	interviews, err := g.World.Platform.Interviews(ctx, c.Tenant, platform.Query{Limit: 1, State: "all"})
	if err != nil {
		return err
	}
	if len(jobs.Data) == 0 || len(users.Data) == 0 || len(interviews.Data) == 0 {
		return fmt.Errorf("account %s lacks jobs, users or interviews", c.account.ID)
	}
	var hook story.Webhook
	for _, hook = range c.hooks {
		if plain(address(hook.URL)) {
			break
		}
	}
	c.ids = map[string]string{
		"candidate": c.candidates[0].ID, "job": jobs.Data[0].ID, "user": users.Data[0].ID, "interview": interviews.Data[0].ID,
		"decision": c.decision, "note": note, "connection": c.connection, "attempt": c.attempt, "tenant": c.Tenant,
		"account": c.account.ID, "webhook": hook.ID, "webhook address": address(hook.URL),
	}
	return nil
}

// kinds lists the kinds of ids in a stable order.
func (c *company) kinds() []string {
	var kinds []string
	for kind := range c.ids {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	return kinds
}

// scene is one attack's own part of the ground: two admins of two organisations that nobody knows yet.
type scene struct {
	*Ground
	mine, other *story.Visitor
}

// samePerson is the id that both admins have, each in their own organisation: ids of people are not secret and may well
// be the same, so nothing may rest on them being different.
const samePerson = "u-1"

func (g *Ground) scene() *scene {
	run := uuid.NewString()[:13]
	return &scene{g, g.World.Visitor("mine-"+run, samePerson, "admin"), g.World.Visitor("other-"+run, samePerson, "admin")}
}

// Free makes the spare account one to which nobody is connected, whatever an attack that succeeded has left.
func (g *Ground) Free(ctx context.Context) error { return g.free(ctx, g.spare) }

func (g *Ground) free(ctx context.Context, account *story.Account) error {
	if err := account.Revoke(ctx); err != nil {
		return err
	}
	return g.remove(ctx, "Connections", "account#"+account.ID, "account")
}
