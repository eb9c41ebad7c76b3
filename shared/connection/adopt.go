package connection

import (
	"context"
	"log/slog"
	"slices"

	"github.com/evidenced/lever-integration/shared/budget"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/table"
)

// adopt makes or finds the connection of this account and tenant. In one transaction it books the account, stores the
// tokens, states that the connection is connected and shows it, asks for all its work, points the tenant to it, and
// tombstones the connection to another account that the tenant had before. So a crash leaves all of it or nothing.
func (s *Service) adopt(ctx context.Context, a attempt, by Person, account string, grant lever.Grant) (c Connection, err error) {
	ended := ""
	err = s.together(ctx, func() (changes []table.Change, err error) {
		booked, id, err := s.book(ctx, a.Tenant, account)
		if err != nil {
			return nil, err
		}
		if c, _, err = s.Load(ctx, id); err != nil {
			return nil, err
		}
		s.granted(&c, id, a, by, account, grant)
		if changes, err = s.firstPair(ctx, id, grant); err != nil {
			return nil, err
		}
		working, err := s.working(ctx, &c)
		if err != nil {
			return nil, err
		}
		shown, err := s.shown(ctx, id)
		if err != nil {
			return nil, err
		}
		pointed, before, err := s.point(ctx, a.Tenant, id)
		if err != nil {
			return nil, err
		}
		var end []table.Change
		if ended = before; before != "" {
			if end, err = s.ending(ctx, before, Person{}); err != nil {
				return nil, err
			}
		}
		return slices.Concat(changes, working, shown, end, []table.Change{booked, pointed}), nil
	})
	if err != nil {
		return c, err
	}
	if ended != "" {
		s.nudge(ctx, endingOf(ended))
	}
	c.Rev++
	return c, nil
}

// book plans the booking of the account for the tenant and names their connection: the same as long as one stands, for
// a booking comes and goes with its connection.
func (s *Service) book(ctx context.Context, tenant, account string) (change table.Change, id string, err error) {
	k, _, err := table.Get[claim](ctx, s.DB, table.Connections, table.Key{PK: "account#" + account, SK: "account"})
	if err != nil {
		return change, "", err
	}
	if k.Rev > 0 {
		return s.booked(ctx, k, tenant)
	}
	k.PK, k.SK = "account#"+account, "account"
	k.Tenant, k.Connection = tenant, "c-"+s.NewID()
	change, err = table.Encode(table.Connections, &k)
	return change, k.Connection, err
}

// booked plans the use of a booking that stands.
func (s *Service) booked(ctx context.Context, k claim, tenant string) (change table.Change, id string, err error) {
	if k.Tenant != tenant {
		return change, "", fault.New(fault.Conflict, "account-taken", "This Lever account is connected to another Evidenced organisation. Contact support.")
	}
	c, _, err := s.Load(ctx, k.Connection)
	if err != nil {
		return change, "", err
	}
	if c.State == Disconnecting {
		return change, "", fault.New(fault.Conflict, "still-disconnecting", "The last connection to this Lever account is still being removed. Try again in a minute.")
	}
	return table.Holds(table.Connections, k.Meta), k.Connection, nil
}

// granted fills the record of a connection from what Lever granted.
func (s *Service) granted(c *Connection, id string, a attempt, by Person, account string, grant lever.Grant) {
	now := s.Now().UnixMilli()
	if c.Rev == 0 {
		c.PK, c.SK, c.CreatedAt = id, "state", now
	}
	c.enrol()
	c.Tenant, c.Account, c.LeverUser, c.By, c.State = a.Tenant, account, grant.UserID, by, Connected
	c.GrantedAt, c.RenewedAt, c.ConnectedAt, c.EndedAt, c.LeftWebhooks, c.WasRevoked = now, now, now, 0, 0, false
	if c.Scopes = grant.Scopes; c.Scopes == nil {
		c.Scopes = a.Scopes
	}
	c.Confidential = slices.Contains(c.Scopes, confidentialScope)
}

// shown plans what the page shows of a new connect: that it happened, and the first sight of progress.
func (s *Service) shown(ctx context.Context, id string) ([]table.Change, error) {
	line, err := s.line(id, "connected")
	if err != nil {
		return nil, err
	}
	p, err := s.Progress(ctx, id)
	if err != nil {
		return nil, err
	}
	now := s.Now().UnixMilli()
	p.PK, p.SK, p.Running, p.First, p.StartedAt, p.UpdatedAt = id, "progress", true, p.EndedAt == 0, now, now
	progress, err := table.Encode(table.Connections, &p)
	return []table.Change{line, progress}, err
}

// point plans the tenant's pointing to the connection, and names the one that it pointed to before, if that was another.
func (s *Service) point(ctx context.Context, tenant, id string) (change table.Change, before string, err error) {
	t, _, err := s.Tenant(ctx, tenant)
	if err != nil {
		return change, "", err
	}
	if before = t.Current; before == id {
		return table.Holds(table.Connections, t.Meta), "", nil
	}
	t.PK, t.SK, t.Current = tenantKey(tenant).PK, tenantKey(tenant).SK, id
	change, err = table.Encode(table.Connections, &t)
	return change, before, err
}

// setUp does at once what the work of the connection would do in a moment: its webhooks. Nothing here can fail the
// connect, because the connection stands and all that is missing is on the to-do list.
func (s *Service) setUp(ctx context.Context, c Connection) {
	warn := func(what string, err error) {
		if err != nil {
			slog.WarnContext(ctx, what, "connection", c.ID(), "error", err.Error())
		}
	}
	s.nudge(ctx, recurring(c.ID())[1:]...)
	access, err := s.Open(ctx, c.ID(), budget.DecisionLane)
	if err == nil {
		err = s.Ensure(ctx, access)
	}
	warn("webhooks not added at connect", err)
	if s.Released != nil {
		warn("held decisions not released at connect", s.Released(ctx, c.Tenant, c.ID()))
	}
}

// fixed is an access token that cannot be renewed.
type fixed string

func (f fixed) Token(context.Context) (string, error) { return string(f), nil }

func (f fixed) Rejected(context.Context, string) (string, error) { return "", errDead }
