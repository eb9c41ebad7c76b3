package levertest

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestBucket(t *testing.T) {
	t.Parallel()
	limited := func(o *Options) { o.Rate = 0 }
	b := setup(t, limited)
	for range 20 {
		b.get("/v1/stages")
	}
	refused := b.call(http.StatusTooManyRequests, "GET", "/v1/stages", nil)
	if refused.header.Get("Retry-After") != "" || refused.body["code"] != "TooManyRequestsError" {
		t.Errorf("%v %v", refused.header, refused.body)
	}
	b.advance(100 * time.Millisecond)
	b.get("/v1/stages")
	b.call(http.StatusTooManyRequests, "GET", "/v1/stages", nil)

	other := b.lever.Seed(SmallCompany(2, 2, b.now))
	pair, err := other.Connect(allScopes...)
	b.must(err)
	b.token = pair.AccessToken
	b.get("/v1/stages")

	b = setup(t, limited, withRules(func(r *Rules) { r.BucketPerApp, r.RetryAfter = true, true }))
	for range 20 {
		b.get("/v1/stages")
	}
	pair, err = b.lever.Seed(SmallCompany(2, 2, b.now)).Connect(allScopes...)
	b.must(err)
	b.token = pair.AccessToken
	if a := b.call(http.StatusTooManyRequests, "GET", "/v1/stages", nil); a.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
	}
}

func TestAccountsAreApart(t *testing.T) {
	t.Parallel()
	b := setup(t)
	mine := b.active(nonConfidential)
	other := b.lever.Seed(SmallCompany(2, 3, b.now))
	pair, err := other.Connect(allScopes...)
	b.must(err)
	b.token = pair.AccessToken
	b.call(http.StatusNotFound, "GET", v1("/opportunities/%s", mine.ID), nil)
	if n := len(b.walk("/v1/opportunities?confidentiality=all&archived=false")); n != 3 {
		t.Errorf("%d candidates", n)
	}
	b.must(other.Revoke())
	b.call(http.StatusUnauthorized, "GET", "/v1/stages", nil)
}

func TestEqualSeedsGiveEqualState(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) string {
		b := setup(t, func(o *Options) { o.Seed = seed })
		b.subscribe(eventStageChange)
		o := b.active(nonConfidential)
		b.must(b.acct.MoveStage(o.ID, otherStage(b, o)))
		b.apiNote(o, "")
		b.due(500)
		return b.lever.StateHash()
	}
	first, again := run(1), run(1)
	if first != again {
		t.Error("equal seeds differ")
	}
	if first == run(2) {
		t.Error("different seeds agree")
	}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	if diff := cmp.Diff(SeedCompany(3, now), SeedCompany(3, now)); diff != "" {
		t.Error("equal companies differ")
	}
}

func TestSeedCompanyIsBelievable(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.lever.Seed(SeedCompany(1, b.now))
	s := a.Summary()
	if s.WithConfidential.Jobs != 20 || s.WithConfidential.Users != 120 || s.WithConfidential.Candidates != 1500 || s.WithConfidential.ActiveCandidates != 300 || s.WithConfidential.Interviews < 300 {
		t.Errorf("%+v", s.WithConfidential)
	}
	if s.WithoutConfidential.ActiveCandidates >= 300 || s.WithoutConfidential.Jobs >= 20 {
		t.Errorf("nothing is confidential: %+v", s.WithoutConfidential)
	}
	states, roleSeen, nulls, leads := map[string]bool{}, map[string]bool{}, 0, 0
	for _, p := range a.Postings() {
		states[p.State] = true
	}
	for _, u := range a.Users() {
		roleSeen[u.AccessRole] = true
	}
	for _, o := range a.Opportunities() {
		if o.UpdatedAt == nil {
			nulls++
		}
		if len(o.Applications) == 0 {
			leads++
		}
		for _, e := range o.Emails {
			if !strings.HasSuffix(e, "@person.example") {
				t.Errorf("e-mail %s", e)
			}
		}
	}
	if len(states) != 6 || len(roleSeen) != 6 || nulls == 0 || leads == 0 {
		t.Errorf("%d states, %d roles, %d nulls, %d leads", len(states), len(roleSeen), nulls, leads)
	}
}
