package connection

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/seal"
	"github.com/evidenced/lever-integration/shared/secret"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/telemetry"
)

// fence is who may spend the refresh token now, and what came of the last time.
type fence struct {
	table.Meta        // PK is the connection's id, SK "refresh"
	Holder     string `dynamodbav:"holder,omitempty"`
	Until      int64  `dynamodbav:"until,omitempty"`
	Spent      int64  `dynamodbav:"spent,omitempty"`     // revision of the pair whose refresh token was sent to Lever last
	RefusedAt  int64  `dynamodbav:"refusedAt,omitempty"` // when Lever answered invalid_grant to it
}

// Times of a refresh. A call to Lever is limited to less than the lease and begins only when it ends within the lease on
// every clock, so that two refreshers never overlap.
const (
	refreshLease = 12 * time.Second
	refreshCall  = 8 * time.Second
	clockSkew    = time.Second     // most that the clocks of two functions differ
	refreshEarly = 2 * time.Minute // before the access token dies
	refreshPoll  = 250 * time.Millisecond
	// refreshPatience is how long a call waits inside a Lambda for a sibling's refresh before its work is put off.
	refreshPatience = 2 * time.Second
)

var errDead = fault.New(fault.Conflict, "grant-dead", "Access was revoked in Lever. An admin can reconnect under Integrations, Lever.")

// tokens gives the access tokens of one connection; it implements lever.Authorizer.
type tokens struct {
	service    *Service
	connection string

	turn  chan struct{} // holds one token; whoever has it may use what follows
	token string        // read for an earlier call under the same claim
	until time.Time     // from when on it is to be read anew
}

func newTokens(s *Service, connection string) *tokens {
	t := &tokens{service: s, connection: connection, turn: make(chan struct{}, 1)}
	t.turn <- struct{}{}
	return t
}

// take waits for the turn; the caller gives it back.
func (t *tokens) take(ctx context.Context) error {
	select {
	case <-t.turn: // whether or not ctx is over: a choice by chance would play a seed of the simulation differently each time
		return nil
	default:
	}
	select {
	case <-t.turn:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t *tokens) give() { t.turn <- struct{}{} }

// Token implements lever.Authorizer. Calls under one claim share what the first of them read: a claim is over before an
// access token dies that was not to be refreshed at its beginning, and a token that Lever refuses is read anew.
func (t *tokens) Token(ctx context.Context) (string, error) {
	if err := t.take(ctx); err != nil {
		return "", err
	}
	defer t.give()
	if t.service.Now().Before(t.until) {
		return t.token, nil
	}
	p, err := t.read(ctx)
	if err != nil {
		return "", err
	}
	dies := time.UnixMilli(p.Expires).Add(-refreshEarly)
	if !t.service.Now().Before(dies) {
		return t.refresh(ctx, p)
	}
	c, err := t.open(ctx, p)
	if err == nil {
		t.token, t.until = c.Access, dies
	}
	return c.Access, err
}

// Rejected implements lever.Authorizer: Lever refused an access token, so it is refreshed, unless that has happened.
func (t *tokens) Rejected(ctx context.Context, access string) (string, error) {
	if err := t.take(ctx); err != nil {
		return "", err
	}
	defer t.give()
	t.until = time.Time{}
	p, err := t.read(ctx)
	if err != nil {
		return "", err
	}
	c, err := t.open(ctx, p)
	if err != nil {
		return "", err
	}
	if c.Access != access {
		return c.Access, nil
	}
	return t.refresh(ctx, p)
}

func (t *tokens) read(ctx context.Context) (pair, error) {
	p, found, err := table.Get[pair](ctx, t.service.DB, table.Connections, table.Key{PK: t.connection, SK: "tokens"})
	if err == nil && !found {
		err = errNotConnected
	}
	return p, err
}

func (t *tokens) open(ctx context.Context, p pair) (clear, error) {
	var c clear
	raw, err := t.service.Box.Open(ctx, t.context(), p.Sealed)
	if err != nil {
		return c, fmt.Errorf("open tokens: %w", err)
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return c, errors.New("decode tokens: not what was sealed")
	}
	return c, nil
}

func (t *tokens) context() seal.Context {
	return seal.Context{Connection: t.connection, Purpose: seal.Token}
}

// refresh makes sure that a pair newer than seen is stored, by spending seen's refresh token or by waiting for whoever
// does, and returns its access token.
func (t *tokens) refresh(ctx context.Context, seen pair) (string, error) {
	for waited := time.Duration(0); waited < refreshPatience; waited += refreshPoll {
		held, err := t.lease(ctx, seen.Rev)
		if errors.Is(err, errDead) {
			return t.buried(ctx, seen)
		}
		if err != nil {
			return "", err
		}
		if held == nil {
			if err := t.service.Sleep(ctx, refreshPoll); err != nil {
				return "", err
			}
		}
		now, err := t.read(ctx)
		switch {
		case err != nil:
			t.release(ctx, held, nil)
			return "", err
		case now.Rev == seen.Rev && held != nil:
			return t.spend(ctx, now, *held)
		case now.Rev != seen.Rev:
			t.release(ctx, held, nil)
			c, err := t.open(ctx, now)
			return c.Access, err
		}
	}
	return "", t.busy()
}

// busy is what a caller hears whose work is put off because somebody else renews the access.
func (t *tokens) busy() error {
	return fault.New(fault.Unavailable, "refresh-busy", "Another part of this system is renewing the access to Lever; this continues by itself.").
		At(t.service.Now().Add(refreshPatience))
}

// buried writes the verdict that the grant of seen is dead, unless a late winner stored a newer pair meanwhile: then
// there is access after all. It says errDead only of a verdict that is written, for work ends for good when it hears that.
func (t *tokens) buried(ctx context.Context, seen pair) (string, error) {
	if err := t.service.dead(ctx, t.connection, seen.Rev); err != nil {
		return "", err
	}
	now, c, err := t.stored(ctx)
	if err == nil && now.Rev == seen.Rev {
		err = errDead
	}
	return c.Access, err
}

// lease takes the fence for spending the pair of the given revision; nil when somebody else has it, or when a newer pair
// was spent already. Taking it for an older pair would forget what Lever said of the newer one.
func (t *tokens) lease(ctx context.Context, rev int64) (*fence, error) {
	s, taken := t.service, false
	f, err := table.Update(ctx, s.DB, table.Connections, table.Key{PK: t.connection, SK: "refresh"}, func(f *fence) error {
		taken = false
		now := s.Now().UnixMilli()
		switch {
		case f.Rev == 0:
			return errNotConnected // it is made with the first pair and goes with the last
		case f.Holder != "" && f.Until > now, f.Spent > rev:
			return table.ErrKeep
		case f.Spent == rev && f.RefusedAt > 0:
			return t.verdict(f.RefusedAt)
		}
		f.Holder, f.Until, taken = s.NewID(), s.Now().Add(refreshLease).UnixMilli(), true
		if f.Spent != rev {
			f.Spent, f.RefusedAt = rev, 0
		}
		return nil
	})
	if err != nil || !taken {
		return nil, err
	}
	return &f, nil
}

// verdict on a pair that Lever refused at the given time: once no answer to a sibling can be under way any more, the
// grant is dead; before that nobody knows.
func (t *tokens) verdict(refusedAt int64) error {
	sure := time.UnixMilli(refusedAt).Add(refreshLease + refreshCall)
	if t.service.Now().Before(sure) {
		return fault.New(fault.Unavailable, "grant-refused", "Lever refused to renew the access; we make sure before we say that it ended.").At(sure)
	}
	return errDead
}

// spend sends the refresh token to Lever and stores the new pair at once, on condition that the stored pair is still
// the one that was spent. No call but that write lies between Lever's answer and the stored pair.
func (t *tokens) spend(ctx context.Context, p pair, held fence) (string, error) {
	s := t.service
	r, err := t.prepare(ctx, p)
	if err == nil && s.Now().Add(refreshCall+clockSkew).UnixMilli() > held.Until {
		err = t.busy() // we were held up, and the next holder could send while our request is under way
	}
	if err != nil {
		t.release(ctx, &held, nil)
		return "", err
	}
	limited, cancel := context.WithTimeout(ctx, refreshCall)
	defer cancel()
	grant, err := s.OAuth.Refresh(limited, secret.String(r.clear.Refresh))
	if err != nil {
		telemetry.Measure(telemetry.RefreshFailed, 1)
	}
	if errors.Is(err, lever.ErrInvalidGrant) {
		return t.refused(ctx, p, held)
	}
	if err != nil {
		// Unclear or never sent: the fence is given back, and the next holder spends the same token once more.
		t.release(ctx, &held, nil)
		return "", fmt.Errorf("refresh tokens: %w", err)
	}
	access, err := t.store(ctx, r, grant)
	t.release(ctx, &held, nil)
	return access, err
}

// refused handles invalid_grant: when a sibling has stored a newer pair meanwhile, that is used; else the refusal is
// noted and, when no sibling can be under way any more, the grant is dead.
func (t *tokens) refused(ctx context.Context, p pair, held fence) (string, error) {
	now, err := t.read(ctx)
	if err != nil {
		return "", err
	}
	if now.Rev != p.Rev {
		t.release(ctx, &held, nil)
		c, err := t.open(ctx, now)
		return c.Access, err
	}
	at := t.service.Now().UnixMilli()
	t.release(ctx, &held, func(f *fence) { f.RefusedAt = at })
	if err := t.verdict(at); !errors.Is(err, errDead) {
		return "", err
	}
	return t.buried(ctx, p)
}

// release gives the fence back, if it was taken; a failure only lets it run out.
func (t *tokens) release(ctx context.Context, held *fence, change func(*fence)) {
	if held == nil {
		return
	}
	_, _ = table.Update(context.WithoutCancel(ctx), t.service.DB, table.Connections, held.Key(), func(f *fence) error {
		if f.Holder != held.Holder {
			return table.ErrKeep
		}
		f.Holder, f.Until = "", 0
		if change != nil {
			change(f)
		}
		return nil
	})
}
