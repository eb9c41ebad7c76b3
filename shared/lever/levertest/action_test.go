package levertest

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPostingsListFollowsChanges(t *testing.T) {
	t.Parallel()
	b := setup(t)
	count := func(query string) int { return len(b.get("/v1/postings?" + query).rows()) }
	if got := [3]int{count(""), count("confidentiality=all"), count("confidentiality=confidential")}; got != [3]int{5, 6, 1} {
		t.Errorf("plain, all, confidential: %v", got)
	}
	b.advance(time.Minute)
	id, err := b.acct.CreatePosting(NewPosting{Title: "New Job", Team: "Team", Location: "Utrecht"})
	b.must(err)
	b.must(b.acct.ClosePosting(b.acct.Postings()[0].ID))
	for query, want := range map[string]int{
		"updated_at_start=" + itoa(b.now.UnixMilli()): 2, "state=closed&state=draft&updated_at_start=" + itoa(b.now.UnixMilli()): 1,
		"team=Team": 1, "location=nowhere": 0, "confidentiality=all&limit=100": 7,
	} {
		if got := count(query); got != want {
			t.Errorf("%s: %d rows, want %d", query, got, want)
		}
	}
	b.must(b.acct.SetPostingConfidential(id, true))
	b.must(b.acct.DeletePosting(id))
	b.call(http.StatusNotFound, "GET", "/v1/postings/"+id, nil)
	b.token = b.connect("postings:read:admin")
	if n := len(b.get("/v1/postings/deleted").rows()); n != 0 {
		t.Errorf("a confidential deletion is shown: %d", n)
	}
}

func TestAPostingMadeConfidentialTakesItsCandidatesAlong(t *testing.T) {
	t.Parallel()
	b := setup(t)
	o := b.active(nonConfidential)
	app, _ := b.acct.Application(o.ID)
	b.must(b.acct.SetPostingConfidential(app.Posting, true))
	if after, _ := b.acct.Opportunity(o.ID); after.Confidentiality != confidential {
		t.Errorf("the candidate is %s", after.Confidentiality)
	}
}

func TestDeletedApplicationLeavesTheCandidate(t *testing.T) {
	t.Parallel()
	b := setup(t)
	o := b.active(nonConfidential)
	b.must(b.acct.DeleteApplication(o.ID))
	got := b.get(v1("/opportunities/%s", o.ID)).data()
	if _, has := got["opportunityLocation"]; has || len(got["applications"].([]any)) != 0 {
		t.Errorf("%v", got)
	}
	b.call(http.StatusNotFound, "GET", v1("/opportunities/%s/applications/%s", o.ID, o.Applications[0]), nil)
	if rows := b.get("/v1/applications/deleted").rows(); len(rows) != 1 || rows[0]["id"] != o.Applications[0] {
		t.Errorf("deleted: %v", rows)
	}
}

func TestArchivingMayCancelComingInterviews(t *testing.T) {
	t.Parallel()
	b := setup(t)
	o := b.active(nonConfidential)
	coming, err := b.acct.ScheduleInterview(o.ID, NewInterview{At: b.now.Add(time.Hour)})
	b.must(err)
	b.call(http.StatusOK, "PUT", v1("/opportunities/%s/archived", o.ID), map[string]any{"reason": b.reason("non-hired"), "cleanInterviews": true})
	if b.get(v1("/opportunities/%s/interviews/%s", o.ID, coming)).data()["canceledAt"] == nil {
		t.Error("the coming interview is not cancelled")
	}
}

func TestSmallReads(t *testing.T) {
	t.Parallel()
	b := setup(t)
	o := b.active(nonConfidential)
	b.get("/v1/stages/" + o.Stage)
	b.get("/v1/archive_reasons/" + b.reason("hired"))
	if n := len(b.get("/v1/archive_reasons?type=hired").rows()); n != 1 {
		t.Errorf("%d hired reasons", n)
	}
	for _, gone := range []string{"/v1/stages/x", "/v1/archive_reasons/x", "/v1/users/x", "/v1/postings/x", v1("/opportunities/%s/interviews/x", o.ID)} {
		b.call(http.StatusNotFound, "GET", gone, nil)
	}
	b.call(http.StatusOK, "POST", v1("/opportunities/%s/removeTags", o.ID), map[string]any{"tags": o.Tags})
	if after, _ := b.acct.Opportunity(o.ID); len(after.Tags) != 0 {
		t.Errorf("tags %v", after.Tags)
	}
	b.acct.ExpireAccessTokens()
	b.call(http.StatusUnauthorized, "GET", "/v1/stages", nil)
}

func TestTokenEndpointTakesJSON(t *testing.T) {
	t.Parallel()
	b := setup(t)
	body := `{"grant_type":"authorization_code","client_id":"` + appID + `","client_secret":"` + appSecret + `","code":"` + b.code(AuthorizeRequest{}) + `","redirect_uri":"` + appRedirect + `"}`
	for _, c := range []struct {
		body string
		want int
	}{{body, 200}, {body, 403}, {"nonsense", 400}} {
		resp, err := b.http.Post("https://lever.test/oauth/token", "application/json", strings.NewReader(c.body))
		b.must(err)
		if resp.Body.Close() != nil || resp.StatusCode != c.want {
			t.Errorf("status %d, want %d", resp.StatusCode, c.want)
		}
	}
}

func TestPeopleComeAndGo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id, err := b.acct.AddUser("New Person", "new@company.example", "interviewer")
	b.must(err)
	b.must(b.acct.SetRole(id, RoleSuperAdmin))
	b.must(b.acct.DeactivateUser(id))
	b.must(b.acct.ReactivateUser(id))
	got := b.get("/v1/users?email=NEW@company.example").rows()
	if len(got) != 1 {
		t.Fatalf("%d found", len(got))
	}
	if diff := cmp.Diff([]any{RoleSuperAdmin, nil}, []any{got[0]["accessRole"], got[0]["deactivatedAt"]}); diff != "" {
		t.Error(diff)
	}
	o := b.active(nonConfidential)
	b.must(b.acct.As(id).MoveStage(o.ID, otherStage(b, o)))
	after, _ := b.acct.Opportunity(o.ID)
	if by := after.StageChanges[len(after.StageChanges)-1].UserID; deref(by) != id {
		t.Errorf("moved by %s", deref(by))
	}
	b.must(b.acct.Rename(o.ID, "Another Name"))
	if name := b.get(v1("/opportunities/%s", o.ID)).data()["name"]; name != "Another Name" {
		t.Errorf("name %v", name)
	}
}

func TestLogOut(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.logIn(RoleSuperAdmin)
	if _, page, _ := b.open(c, "/users", nil); !strings.Contains(page, "Log out") {
		t.Fatal("not logged in")
	}
	b.open(c, "/logout", map[string][]string{"next": {"/users"}})
	if _, page, _ := b.open(c, "/users", nil); !strings.Contains(page, "Log in to Lever") {
		t.Error("still logged in")
	}
}
