package levertest

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"time"
)

// account is everything one customer of Lever holds.
type account struct {
	id, name string
	rng      *rand.Rand
	stages   []Stage
	reasons  []ArchiveReason

	users      table[User]
	postings   table[Posting]
	contacts   table[Contact]
	opps       table[Opportunity]
	apps       table[Application]
	interviews table[Interview]
	notes      table[Note]

	deletedOpps     []deletedOpportunity
	deletedApps     []deletedApplication
	deletedPostings []deletedPosting

	interviewIDs map[string][]string // by opportunity, of the first interviews
	indexed      int                 // how many

	hooks   []*Webhook
	toggles map[string]bool
	history []*Attempt
	grants  []*grant
}

// deletedOpportunity is an entry of /opportunities/deleted.
type deletedOpportunity struct {
	Opportunity
	DeletedAt int64   `json:"deletedAt"`
	DeletedBy *string `json:"deletedBy"`
}

// deletedApplication is an entry of /applications/deleted.
type deletedApplication struct {
	ID            string  `json:"id"`
	DeletedAt     int64   `json:"deletedAt"`
	OpportunityID string  `json:"opportunityId"`
	PostingID     *string `json:"postingId"`
	confidential  bool
}

// deletedPosting is an entry of /postings/deleted.
type deletedPosting struct {
	ID           string `json:"id"`
	DeletedAt    int64  `json:"deletedAt"`
	confidential bool
}

// everything lists the whole state in a fixed order, for StateHash.
func (st *account) everything() []any {
	now := time.Time{}
	return []any{
		st.stages, st.reasons, st.users.all(now), st.postings.all(now), st.contacts.all(now), st.opps.all(now),
		st.apps.all(now), st.interviews.all(now), st.notes.all(now), st.deletedOpps, st.deletedApps,
		st.deletedPostings, st.hooks, st.toggles,
	}
}

// stageIndex is the rank of a stage in the pipeline, or -1.
func (st *account) stageIndex(id string) int {
	return slices.IndexFunc(st.stages, func(s Stage) bool { return s.ID == id })
}

func (st *account) reason(id string) *ArchiveReason {
	i := slices.IndexFunc(st.reasons, func(r ArchiveReason) bool { return r.ID == id })
	if i < 0 {
		return nil
	}
	return &st.reasons[i]
}

// superAdmin is the id of the first live Super Admin, or "".
func (st *account) superAdmin() string {
	for _, u := range st.users.all(time.Time{}) {
		if u.AccessRole == RoleSuperAdmin && u.DeactivatedAt == nil {
			return u.ID
		}
	}
	return ""
}

// Account is a handle on one customer account: its methods are what people do in Lever's web pages.
// By default the first Super Admin acts; As changes that. Safe for concurrent use.
type Account struct {
	lever *Lever
	st    *account
	actor string
}

// Account returns a handle by account id; the empty id means the account seeded first. Nil when unknown.
func (l *Lever) Account(id string) *Account {
	l.mu.Lock()
	defer l.mu.Unlock()
	st := l.account(id)
	if st == nil {
		return nil
	}
	return &Account{lever: l, st: st}
}

// Accounts returns handles on all accounts in the order they were seeded.
func (l *Lever) Accounts() []*Account {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]*Account, 0, len(l.accounts))
	for _, st := range l.accounts {
		out = append(out, &Account{lever: l, st: st})
	}
	return out
}

func (l *Lever) account(id string) *account {
	for _, st := range l.accounts {
		if id == "" || st.id == id {
			return st
		}
	}
	return nil
}

// ID is the account's id, the accountId claim of its access tokens.
func (a *Account) ID() string { return a.st.id }

// Name is the company's name.
func (a *Account) Name() string { return a.st.name }

// As returns a handle whose deeds are done by the given user.
func (a *Account) As(userID string) *Account {
	other := *a
	other.actor = userID
	return &other
}

// tx is one piece of work on an account with the lock held. by is the acting user, or "" for the API itself.
type tx struct {
	*Lever
	st *account
	by string
}

// do runs work under the lock as the handle's actor.
func (a *Account) do(work func(tx) error) error {
	a.lever.enter()
	defer a.lever.mu.Unlock()
	by := a.actor
	if by == "" {
		by = a.st.superAdmin()
	}
	return work(tx{a.lever, a.st, by})
}

// actor is the acting user as a nullable field.
func (t tx) actor() *string {
	if t.by == "" {
		return nil
	}
	return ptr(t.by)
}

// opp returns a live opportunity or a 404.
func (t tx) opp(id string) (*Opportunity, error) {
	if o := t.st.opps.get(id, time.Time{}); o != nil {
		return o, nil
	}
	return nil, notFound("opportunities", id)
}

// touch changes an opportunity and bumps updatedAt.
func (t tx) touch(id string, change func(*Opportunity)) *Opportunity {
	return t.st.opps.update(id, t.at, func(o *Opportunity) {
		o.UpdatedAt = ptr(t.millis())
		o.LastInteractionAt = ptr(t.millis())
		if change != nil {
			change(o)
		}
	})
}

// values copies rows for a caller outside the lock.
func values[T any](rows []*T) []T {
	out := make([]T, 0, len(rows))
	for _, r := range rows {
		out = append(out, *r)
	}
	return out
}

// read runs a query under the lock.
func read[T any](a *Account, query func(*account) T) T {
	a.lever.enter()
	defer a.lever.mu.Unlock()
	return query(a.st)
}

// Users returns all users, deactivated ones too.
func (a *Account) Users() []User {
	return read(a, func(st *account) []User { return values(st.users.all(time.Time{})) })
}

// Postings returns all postings, confidential ones too.
func (a *Account) Postings() []Posting {
	return read(a, func(st *account) []Posting { return values(st.postings.all(time.Time{})) })
}

// Stages returns the pipeline in order.
func (a *Account) Stages() []Stage {
	return read(a, func(st *account) []Stage { return slices.Clone(st.stages) })
}

// ArchiveReasons returns the archive reasons.
func (a *Account) ArchiveReasons() []ArchiveReason {
	return read(a, func(st *account) []ArchiveReason { return slices.Clone(st.reasons) })
}

// Opportunities returns all opportunities, archived and confidential ones too, oldest insertion first.
func (a *Account) Opportunities() []Opportunity {
	return read(a, func(st *account) []Opportunity { return values(st.opps.all(time.Time{})) })
}

// Opportunity returns one opportunity and whether it exists.
func (a *Account) Opportunity(id string) (Opportunity, bool) {
	o := read(a, func(st *account) *Opportunity { return st.opps.get(id, time.Time{}) })
	return deref(o), o != nil
}

// Application returns the application of an opportunity and whether it has one.
func (a *Account) Application(opportunity string) (Application, bool) {
	app := read(a, func(st *account) *Application { return st.application(opportunity, time.Time{}) })
	return deref(app), app != nil
}

// Interviews returns the interviews of an opportunity, or all when the id is empty.
func (a *Account) Interviews(opportunity string) []Interview {
	return read(a, func(st *account) []Interview { return values(st.interviewsOf(opportunity, time.Time{})) })
}

// Notes returns the notes of an opportunity, deleted and secret ones too, or all when the id is empty.
func (a *Account) Notes(opportunity string) []Note {
	return read(a, func(st *account) []Note { return values(st.notesOf(opportunity, time.Time{})) })
}

func (st *account) application(opportunity string, asOf time.Time) *Application {
	o := st.opps.get(opportunity, asOf)
	if o == nil || len(o.Applications) == 0 {
		return nil
	}
	return st.apps.get(o.Applications[0], asOf)
}

func (st *account) notesOf(opportunity string, asOf time.Time) []*Note {
	return slices.DeleteFunc(st.notes.all(asOf), func(n *Note) bool {
		return opportunity != "" && n.OpportunityID != opportunity
	})
}

// user returns a user who may act: 400 or 403 when unknown or deactivated.
func (t tx) user(id string) (*User, error) {
	u := t.st.users.get(id, time.Time{})
	if u == nil || u.DeactivatedAt != nil {
		return nil, refuse(t.rules.PerformAsStatus, "perform_as user "+id+" was not found or is deactivated")
	}
	return u, nil
}

// badRequest is a 400 with the given message.
func badRequest(message string) error { return refuse(http.StatusBadRequest, message) }
