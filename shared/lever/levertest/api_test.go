package levertest

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestObjectsHaveTheKeysOfTheSamples(t *testing.T) {
	t.Parallel()
	b := setup(t)
	o := b.active(nonConfidential)
	iv := b.acct.Interviews(o.ID)[0]
	note, err := b.acct.AddNoteUI(o.ID, "Hello", false)
	b.must(err)
	posting := b.acct.Postings()[0].ID
	for _, c := range []struct{ sample, path string }{
		{"opportunity", v1("/opportunities/%s", o.ID)},
		{"application", v1("/opportunities/%s/applications/%s", o.ID, o.Applications[0])},
		{"interview", v1("/opportunities/%s/interviews/%s", o.ID, iv.ID)},
		{"note", v1("/opportunities/%s/notes/%s", o.ID, note)},
		{"posting", v1("/postings/%s", posting)},
		{"user", v1("/users/%s", b.acct.Users()[0].ID)},
		{"contact", v1("/contacts/%s", o.Contact)},
	} {
		got, want := b.get(c.path).data(), sample(t, c.sample)["data"].(map[string]any)
		if diff := cmp.Diff(keys(want), keys(got)); diff != "" {
			t.Errorf("%s: keys (-sample +got):\n%s", c.sample, diff)
		}
	}
}

func TestListsHaveTheKeysOfTheSamples(t *testing.T) {
	t.Parallel()
	b := setup(t)
	o := b.active(nonConfidential)
	_, err := b.acct.AddNoteUI(o.ID, "Hello", false)
	b.must(err)
	b.call(http.StatusCreated, "POST", "/v1/webhooks", sample(t, "webhook_create_request"))
	gone := b.active(nonConfidential)
	for _, other := range b.acct.Opportunities() {
		if other.ID != o.ID && len(other.Applications) > 0 && other.Confidentiality == nonConfidential {
			gone = other
		}
	}
	b.must(b.acct.Delete(gone.ID))
	b.must(b.acct.DeletePosting(b.acct.Postings()[0].ID))
	for _, c := range []struct{ sample, path string }{
		{"opportunities_list_last_page", "/v1/opportunities?stage_id=" + o.Stage + "&posting_id=" + func() string { a, _ := b.acct.Application(o.ID); return a.Posting }()},
		{"opportunities_deleted", "/v1/opportunities/deleted"},
		{"applications_deleted", "/v1/applications/deleted"},
		{"postings_deleted", "/v1/postings/deleted"},
		{"applications_list", v1("/opportunities/%s/applications", o.ID)},
		{"interviews_list", v1("/opportunities/%s/interviews", o.ID)},
		{"notes_list", v1("/opportunities/%s/notes", o.ID)},
		{"users_list", "/v1/users?includeDeactivated=true"},
		{"stages_list", "/v1/stages"},
		{"archive_reasons_list", "/v1/archive_reasons"},
		{"webhooks_list", "/v1/webhooks"},
	} {
		got, want := b.get(c.path), sample(t, c.sample)
		if diff := cmp.Diff(keys(want), keys(got.body)); diff != "" {
			t.Errorf("%s: list keys (-sample +got):\n%s", c.sample, diff)
		}
		if len(got.rows()) == 0 {
			t.Errorf("%s: no rows", c.sample)
			continue
		}
		if diff := cmp.Diff(keys(want["data"].([]any)[0].(map[string]any)), keys(got.rows()[0])); diff != "" {
			t.Errorf("%s: row keys (-sample +got):\n%s", c.sample, diff)
		}
	}
}

func TestExpandAndInclude(t *testing.T) {
	t.Parallel()
	b := setup(t)
	o := b.active(nonConfidential)
	got := b.get(v1("/opportunities/%s?expand=applications&expand=contact&expand=stage&expand=owner", o.ID)).data()
	want := sample(t, "opportunity_expanded")["data"].(map[string]any)
	for _, name := range []string{"contact", "stage", "owner"} {
		if diff := cmp.Diff(keys(want[name].(map[string]any)), keys(got[name].(map[string]any))); diff != "" {
			t.Errorf("%s (-sample +got):\n%s", name, diff)
		}
	}
	app := got["applications"].([]any)[0].(map[string]any)
	if app["id"] != o.Applications[0] {
		t.Errorf("application %v, want %s", app["id"], o.Applications[0])
	}
	only := b.get(v1("/opportunities/%s?include=name&include=stage", o.ID)).data()
	if diff := cmp.Diff(map[string]bool{"id": true, "name": true, "stage": true}, keys(only)); diff != "" {
		t.Error(diff)
	}
}

// walk reads a list to its end and returns the ids in order.
func (b *bundle) walk(path string) []string {
	b.t.Helper()
	return b.walkFrom(path, "")
}

func (b *bundle) walkFrom(path, offset string) []string {
	b.t.Helper()
	var ids []string
	for {
		page := b.get(path + "&offset=" + url.QueryEscape(offset))
		for _, r := range page.rows() {
			ids = append(ids, r["id"].(string))
		}
		if page.body["hasNext"] != true {
			return ids
		}
		offset = page.body["next"].(string)
	}
}

func TestPagesCoverEverythingOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	all := b.walk("/v1/opportunities?confidentiality=all&limit=100")
	paged := b.walk("/v1/opportunities?confidentiality=all&limit=4")
	if diff := cmp.Diff(all, paged); diff != "" || len(all) != 18 {
		t.Errorf("%d rows; (-whole +paged):\n%s", len(all), diff)
	}
}

func TestPageOrderMovesWhilePeopleAdvance(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.get("/v1/opportunities?confidentiality=all&limit=4")
	late := b.walk("/v1/opportunities?confidentiality=all&limit=100")
	mover := late[len(late)-1]
	b.must(b.acct.MoveStage(mover, "lead-new"))
	if first.rows()[0]["id"] == mover {
		t.Fatal("the mover already stood in front")
	}
	rest := b.walkFrom("/v1/opportunities?confidentiality=all&limit=4", first.body["next"].(string))
	for _, id := range rest {
		if id == mover {
			t.Error("the later pages still show the mover, so the order did not move")
		}
	}
}

func TestOpportunityFilters(t *testing.T) {
	t.Parallel()
	b := setup(t)
	o := b.active(nonConfidential)
	app, _ := b.acct.Application(o.ID)
	count := func(query string) int { return len(b.get("/v1/opportunities?confidentiality=all&" + query).rows()) }
	if got := [2]int{count("archived=false"), count("archived=true")}; got != [2]int{12, 6} {
		t.Errorf("active and archived: %v", got)
	}
	b.advance(time.Minute)
	b.must(b.acct.MoveStage(o.ID, otherStage(b, o)))
	since := "updated_at_start=" + itoa(b.now.UnixMilli())
	for query, want := range map[string]int{
		since:                        1,
		since + "&updated_at_end=1":  0,
		"updated_at_end=1":           0,
		"email=" + o.Emails[0]:       1,
		"contact_id=nobody":          0,
		"stage_id=none&stage_id=bad": 0,
	} {
		if got := count(query); got != want {
			t.Errorf("%s: %d rows, want %d", query, got, want)
		}
	}
	if count("posting_id="+app.Posting) == 0 {
		t.Error("posting_id finds nothing")
	}
	b.call(http.StatusBadRequest, "GET", "/v1/opportunities?updated_at_start=yesterday", nil)
	b.call(http.StatusBadRequest, "GET", "/v1/opportunities?offset=nonsense", nil)
}

func TestErrorsAndScopes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	o, secret := b.active(nonConfidential), b.active(confidential)
	gone := b.call(http.StatusNotFound, "GET", "/v1/opportunities/none", nil)
	if diff := cmp.Diff(map[string]any{"code": "ResourceNotFound", "message": "opportunities none was not found"}, gone.body); diff != "" {
		t.Error(diff)
	}
	b.call(http.StatusNotFound, "GET", "/v1/xyz", nil)
	b.token = b.connect("opportunities:read:admin")
	b.get(v1("/opportunities/%s", o.ID))
	b.call(http.StatusForbidden, "GET", v1("/opportunities/%s", secret.ID), nil)
	b.call(http.StatusForbidden, "GET", "/v1/opportunities?confidentiality=all", nil)
	b.call(http.StatusForbidden, "GET", "/v1/users", nil)
	b.call(http.StatusForbidden, "PUT", v1("/opportunities/%s/stage", o.ID), map[string]any{"stage": "offer"})
	b.token = "nonsense"
	denied := b.call(http.StatusUnauthorized, "GET", "/v1/users", nil)
	if denied.body["code"] != "UnauthorizedError" {
		t.Errorf("code %v", denied.body["code"])
	}
}

func TestMutationRepliesHaveBlankContactData(t *testing.T) {
	t.Parallel()
	b := setup(t)
	o := b.active(nonConfidential)
	got := b.call(http.StatusOK, "PUT", v1("/opportunities/%s/stage", o.ID), map[string]any{"stage": otherStage(b, o)}).data()
	if got["name"] != "" || len(got["emails"].([]any)) != 0 {
		t.Errorf("name %q, emails %v", got["name"], got["emails"])
	}
	b.call(http.StatusOK, "POST", v1("/opportunities/%s/addTags", o.ID), map[string]any{"tags": []string{"Seen", "Seen"}})
	b.call(http.StatusOK, "PUT", v1("/opportunities/%s/archived", o.ID), map[string]any{"reason": b.reason("non-hired")})
	after, _ := b.acct.Opportunity(o.ID)
	if after.Name != o.Name || after.Archived == nil || len(after.Tags) != len(o.Tags)+1 {
		t.Errorf("after: %+v", after)
	}
	b.call(http.StatusOK, "PUT", v1("/opportunities/%s/archived", o.ID), map[string]any{"reason": nil})
	b.call(http.StatusNotFound, "PUT", v1("/opportunities/%s/archived", o.ID), map[string]any{"reason": "none"})
}

func TestDeletedOpportunityIsGoneAndListed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	o := b.active(nonConfidential)
	b.must(b.acct.Delete(o.ID))
	b.call(http.StatusNotFound, "GET", v1("/opportunities/%s", o.ID), nil)
	b.call(http.StatusNotFound, "GET", v1("/opportunities/%s/interviews", o.ID), nil)
	at := itoa(b.now.UnixMilli())
	for _, list := range []string{"/v1/opportunities/deleted", "/v1/applications/deleted"} {
		rows := b.get(list + "?deleted_at_start=" + at + "&deleted_at_end=" + at).rows()
		if len(rows) != 1 {
			t.Errorf("%s: %d rows", list, len(rows))
		}
		if got := b.get(list + "?deleted_at_end=1").rows(); len(got) != 0 {
			t.Errorf("%s: outside the window: %d rows", list, len(got))
		}
	}
}

func TestUsersListHidesDeactivatedUnlessAsked(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.must(b.acct.DeactivateUser(b.acct.Users()[1].ID))
	live, all := len(b.get("/v1/users").rows()), len(b.get("/v1/users?includeDeactivated=true").rows())
	if all != 6 || live >= all {
		t.Errorf("%d live of %d", live, all)
	}
	if got := len(b.get("/v1/users?accessRole=super+admin").rows()); got != 1 {
		t.Errorf("%d super admins", got)
	}
}

func TestCreateOpportunityOverTheAPI(t *testing.T) {
	t.Parallel()
	b := setup(t)
	o := b.active(nonConfidential)
	body := map[string]any{"name": "New Person", "emails": []string{o.Emails[0]}}
	b.call(http.StatusBadRequest, "POST", "/v1/opportunities", body)
	got := b.call(http.StatusCreated, "POST", "/v1/opportunities?perform_as="+b.acct.Users()[0].ID, body)
	if got.body["deduped"] != true || got.data()["contact"] != o.Contact || got.data()["stage"] != "lead-new" {
		t.Errorf("reply %s", got.raw)
	}
}

func TestOpportunitiesAreListedByStageThenLatestAdvance(t *testing.T) {
	t.Parallel()
	b := setup(t)
	rank := map[string]int{}
	for i, s := range b.acct.Stages() {
		rank[s.ID] = i
	}
	ties := 0
	var before Opportunity
	for i, id := range b.walk("/v1/opportunities?confidentiality=all") {
		o, _ := b.acct.Opportunity(id)
		if i > 0 && rank[o.Stage] < rank[before.Stage] || o.Stage == before.Stage && o.LastAdvancedAt > before.LastAdvancedAt {
			t.Errorf("row %d is out of order", i)
		}
		if o.Stage == before.Stage {
			ties++
		}
		before = o
	}
	if ties == 0 {
		t.Error("no two rows share a stage, so nothing was tested")
	}
}
