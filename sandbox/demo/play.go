package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/evidenced/lever-integration/sandbox/browser"
	"github.com/evidenced/lever-integration/sandbox/platform"
	"github.com/evidenced/lever-integration/sandbox/story"
)

// The promises that the demo holds the stack to.
const (
	webhooks      = 8
	visibleWithin = 5 * time.Second // a stage change, and a decision as a note
	syncedWithin  = 5 * time.Minute
	removedWithin = 2 * time.Minute
)

// The organisation and the person at the stand-in, as its login page names them.
const (
	tenant     = "northwind"
	personName = "Morgan Sample"
	personID   = "u-northwind-admin"
)

// play is the state of the story while it is told.
type play struct {
	world      *story.World
	admin      *story.Visitor
	account    *story.Account
	page       *browser.Page
	connection string
	candidate  string
}

// cast prepares the people: an admin of Evidenced and a Super Admin of Lever, who are one person here.
func (p *play) cast(ctx context.Context) error {
	accounts, err := p.world.Lever.Accounts(ctx)
	if err != nil {
		return err
	}
	p.account = accounts[0]
	p.admin = p.world.Visitor(tenant, personID, "admin")
	connection, err := p.world.Platform.Connection(ctx, tenant)
	var problem *platform.Problem
	if errors.As(err, &problem) && problem.Status == 404 {
		return nil
	}
	if err != nil {
		return err
	}
	if connection.State != "not-connected" && connection.State != "disconnected" {
		return fmt.Errorf("organisation %q is %s already; disconnect it first, or use `make demo`, which has a stack of its own", tenant, connection.State)
	}
	return nil
}

func (p *play) steps() []step {
	return []step{
		{"log in at Evidenced", p.logIn},
		{"open the integration's page", p.open},
		{"press Connect, log in at Lever", p.toLever},
		{"accept, return, confirm", p.accept},
		{"webhooks at Lever", p.hooks},
		{"switch the webhooks on in Lever", p.toggles},
		{"first full resync", p.synced},
		{"counts equal to Lever's own", p.counts},
		{"move a candidate in Lever", p.move},
		{"decide in Evidenced", p.decide},
		{"disconnect", p.disconnect},
		{"nothing is left", p.nothingLeft},
	}
}

func (p *play) logIn(ctx context.Context) (string, error) {
	page, err := p.admin.Browser.Get(ctx, p.world.Endpoints.Evidenced+"/login")
	if err != nil {
		return "", err
	}
	if p.page, err = p.admin.PressOn(ctx, page, personName); err != nil {
		return "", err
	}
	return "as " + personName, nil
}

func (p *play) open(ctx context.Context) (string, error) {
	var err error
	if p.page, err = p.admin.PressOn(ctx, p.page, "Open Lever integration"); err != nil {
		return "", err
	}
	_, err = p.page.Press(story.ConnectButton)
	return "through a one-time address", err
}

func (p *play) toLever(ctx context.Context) (string, error) {
	page, err := p.admin.PressOn(ctx, p.page, story.ConnectButton)
	if err != nil {
		return "", err
	}
	super, err := p.account.SuperAdmins(ctx)
	if err != nil {
		return "", err
	}
	if p.page, err = p.admin.LogInAtLever(ctx, page, super[0]); err != nil {
		return "", err
	}
	_, err = p.page.Press(story.AcceptButton)
	return "Lever asks for consent", err
}

func (p *play) accept(ctx context.Context) (string, error) {
	page, err := p.admin.PressOn(ctx, p.page, story.AcceptButton)
	if err != nil {
		return "", err
	}
	if !page.Says("Lever is connected") {
		return "", fmt.Errorf("not connected; %s says: %s", page.URL.Path, page.Text())
	}
	connection, err := p.world.Platform.Connection(ctx, tenant)
	if err != nil {
		return "", err
	}
	if p.connection = connection.ID; connection.State != "connected" {
		return "", fmt.Errorf("the connection is %s", connection.State)
	}
	return "connected", nil
}

func (p *play) hooks(ctx context.Context) (string, error) {
	made, err := p.world.OwnWebhooks(ctx, p.account)
	if err != nil {
		return "", err
	}
	if len(made) != webhooks {
		return "", fmt.Errorf("%d webhooks at Lever, want %d", len(made), webhooks)
	}
	return fmt.Sprintf("%d webhooks", len(made)), nil
}

func (p *play) toggles(ctx context.Context) (string, error) {
	return "all on", p.account.SwitchOn(ctx)
}

func (p *play) synced(ctx context.Context) (string, error) {
	took, err := p.admin.Synced(ctx, syncedWithin)
	return fmt.Sprintf("complete %.1f s later", took.Seconds()), err
}

func (p *play) counts(ctx context.Context) (string, error) {
	want, err := p.account.Counts(ctx)
	if err != nil {
		return "", err
	}
	ours, err := p.world.Mirrored(ctx, tenant)
	if err != nil {
		return "", err
	}
	if ours != want {
		return "", fmt.Errorf("here %s; at Lever %s", ours, want)
	}
	return ours.String(), nil
}
