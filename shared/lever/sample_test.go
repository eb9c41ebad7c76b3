package lever_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/evidenced/lever-integration/shared/lever"
)

func millis(at int64) *lever.Millis { return new(lever.Millis(at)) }

func ref(id string) *lever.Ref { return &lever.Ref{ID: id} }

func number(n int64) *lever.Number { return new(lever.Number(n)) }

// robin is testdata/opportunity.json.
func robin() lever.Opportunity {
	return lever.Opportunity{
		ID: opportunityID, Name: new("Robin Sample"), Contact: ref("fcf1484e-c947-57b6-bcfc-81f1ee7caf76"),
		Headline: new("Acme Ltd, Sample University"), Stage: ref(stageID),
		Confidentiality: new("non-confidential"), Location: new("Utrecht"),
		Phones: []lever.Phone{{Type: new("mobile"), Value: new("+31 6 0000 0000")}},
		Emails: []string{"robin@person.example"}, Links: []string{"https://linkedin.example/in/robin"},
		Tags: []string{"Backend"}, Sources: []string{"Referral"},
		StageChanges: []lever.StageChange{
			{ToStageID: new("applicant-new"), ToStageIndex: number(3), UpdatedAt: millis(1767225600000)},
			{ToStageID: new(stageID), ToStageIndex: number(5), UpdatedAt: millis(1767312000000), UserID: new(userID)},
		},
		Origin: new("applied"), Owner: ref(userID),
		Followers:    []lever.Ref{{ID: userID}, {ID: "ac4f39f3-152b-557d-87a9-7ca2392073be"}},
		Applications: []lever.ApplicationRef{{ID: applicationID}},
		CreatedAt:    millis(1767225600000), UpdatedAt: millis(1767312000000),
		LastInteractionAt: millis(1767312000000), LastAdvancedAt: millis(1767312000000),
		URLs: &lever.URLs{
			List: new("https://hire.lever.co/candidates"),
			Show: new("https://hire.lever.co/candidates/" + opportunityID),
		},
		IsAnonymized: new(false),
		DataProtection: &lever.DataProtection{
			Store:   &lever.Permission{Allowed: new(true), ExpiresAt: millis(1827705600000)},
			Contact: &lever.Permission{Allowed: new(false)},
		},
		Posted: new("Utrecht"),
	}
}

// expandedRobin is testdata/opportunity_expanded.json.
func expandedRobin() lever.Opportunity {
	dana := lever.Ref{ID: userID, Name: "Dana Example", Email: "dana@customer.example", Expanded: true}
	sibling := dana
	sibling.ID = "ac4f39f3-152b-557d-87a9-7ca2392073be"
	want := robin()
	want.Contact = &lever.Ref{ID: want.Contact.ID, Name: "Robin Sample", Expanded: true}
	want.Stage = &lever.Ref{ID: stageID, Name: "Phone screen", Expanded: true}
	want.Owner, want.Followers = &dana, []lever.Ref{dana, sibling}
	want.Applications = []lever.ApplicationRef{{ID: applicationID, Application: new(application())}}
	return want
}

func archivedRobin() lever.Opportunity {
	want := robin()
	want.Archived = &lever.Archived{
		Reason: ref("2c8f0a60-5b3a-5bbe-bac2-0b920d484543"), ArchivedAt: millis(1767657600000),
	}
	return want
}

func application() lever.Application {
	return lever.Application{
		ID: applicationID, Type: new("posting"), OpportunityID: new(opportunityID), Posting: ref(postingID),
		PostingOwner: ref(userID), Name: new("Robin Sample"), Email: new("robin@person.example"),
		Company: new("Acme Ltd"), Phone: &lever.Phone{Type: new("mobile"), Value: new("+31 6 0000 0000")},
		Links: []string{}, CreatedAt: millis(1767225600000),
	}
}

func interview() lever.Interview {
	template := ref("71d3aa08-bc1d-5813-9839-db28808c5e43")
	return lever.Interview{
		ID: "65791de6-eace-53fc-bf10-db9e26e91a95", OpportunityID: opportunityID,
		Panel: ref("f10a361d-dbf8-5f5d-90c9-ce7f6c284756"), Subject: new("Phone screen - Robin Sample"), Note: new(""),
		Interviewers: []lever.Interviewer{{
			ID: new(userID), Name: new("Dana Example"), Email: new("dana@customer.example"), FeedbackTemplate: template,
		}},
		Timezone: new("Europe/Amsterdam"), CreatedAt: millis(1767312000000), Date: millis(1767484800000),
		Duration: number(45), Location: new("https://meet.example/abc"), FeedbackTemplate: template,
		FeedbackForms: []lever.Ref{}, FeedbackReminder: new("once"), User: ref(userID), Stage: ref(stageID),
		Postings: []lever.Ref{{ID: postingID}},
	}
}

func cancelledInterview() lever.Interview {
	want := interview()
	want.ID, want.CanceledAt = "a9ada598-8b27-5afb-a119-1e503918dd43", millis(1767398400000)
	return want
}

func posting() lever.Posting {
	board := "https://jobs.lever.co/customer"
	return lever.Posting{
		ID: postingID, Text: new("Backend Engineer"), State: new("published"),
		DistributionChannels: []string{"public", "internal"}, User: ref(userID), Owner: ref(userID),
		Categories: &lever.Categories{
			Commitment: new("Full-time"), Department: new("Engineering"), Location: new("Utrecht"),
			Team: new("Platform"), AllLocations: []string{"Utrecht"},
		},
		Tags: []string{"Backend"},
		Content: &lever.Content{
			Description: new("Build things."), DescriptionHTML: new("<div>Build things.</div>"),
			Lists:   []lever.ContentList{{Text: new("You will"), Content: new("<li>Write Go</li>")}},
			Closing: new(""), ClosingHTML: new(""),
		},
		Country: new("NL"), Followers: []lever.Ref{{ID: userID}}, ReqCode: new("ENG-1"), RequisitionCodes: []string{"ENG-1"},
		URLs:            &lever.URLs{List: new(board), Show: new(board + "/" + postingID), Apply: new(board + "/" + postingID + "/apply")},
		Confidentiality: new("non-confidential"), CreatedAt: millis(1765497600000), UpdatedAt: millis(1767052800000),
		WorkplaceType: new("hybrid"),
	}
}

func user() lever.User {
	return lever.User{
		ID: userID, Name: new("Dana Example"), Username: new("dana"), Email: new("dana@customer.example"),
		AccessRole: new(lever.RoleSuperAdmin), CreatedAt: millis(1732665600000),
	}
}

func deactivatedUser() lever.User {
	want := user()
	want.ID, want.AccessRole = "ac4f39f3-152b-557d-87a9-7ca2392073be", new("interviewer")
	want.DeactivatedAt = millis(1766966400000)
	return want
}

func note() lever.Note {
	return lever.Note{
		ID: "de3b3f9e-62b3-5680-972a-636e070fd279", Text: new("Note"),
		Fields: []lever.NoteField{{
			Type: new("note"), Text: new("Comment"), Value: new("Summary of the call.\nhttps://vendor.example/report/1"),
			CreatedAt: millis(1767484800000), Stage: ref(stageID),
		}},
		Secret: new(false), CompletedAt: millis(1767484800000), CreatedAt: millis(1767484800000),
	}
}

func webhook() lever.Webhook {
	return lever.Webhook{
		ID: "523fe942-fb0d-5f06-a362-93d1c185614b", Event: lever.EventCandidateStageChange,
		URL: "https://receiver.example/lever",
		Configuration: &lever.WebhookConfiguration{Conditions: &lever.WebhookConditions{
			Origins: []string{"applied", "sourced", "referred", "university", "internal", "agency"},
		}},
		CreatedAt: millis(1767225600000), UpdatedAt: millis(1767225600000),
	}
}

func single[T any](item T) lever.Single[T] { return lever.Single[T]{Item: item, Served: clock} }

func page[T any](next string, items ...T) lever.Page[T] {
	return lever.Page[T]{Items: items, Next: next, Served: clock}
}

func TestSamplesAreDecodedWhole(t *testing.T) {
	t.Parallel()
	const next = "%5B105.5%2C1767225600000%2C%22a9cd41ee-8dad-5cfd-9f1f-304502f3526d%22%5D"
	day, gone := 24*time.Hour, millis(1768003200000)
	for _, c := range []struct {
		sample, path string
		get          func(context.Context, *lever.Client) (any, error)
		want         any
	}{
		{"opportunity", "/opportunities/" + opportunityID, func(ctx context.Context, c *lever.Client) (any, error) {
			return c.Opportunity(ctx, opportunityID)
		}, single(robin())},
		{"opportunity_archived", "/opportunities/" + opportunityID, func(ctx context.Context, c *lever.Client) (any, error) {
			return c.Opportunity(ctx, opportunityID)
		}, single(archivedRobin())},
		{"opportunity_expanded", "/opportunities/" + opportunityID, func(ctx context.Context, c *lever.Client) (any, error) {
			return c.Opportunity(ctx, opportunityID, "applications", "owner")
		}, single(expandedRobin())},
		{"opportunities_list", "/opportunities", func(ctx context.Context, c *lever.Client) (any, error) {
			return c.Opportunities(ctx, lever.OpportunityQuery{}, "")
		}, page(next, robin())},
		{"opportunities_list_last_page", "/opportunities", func(ctx context.Context, c *lever.Client) (any, error) {
			return c.Opportunities(ctx, lever.OpportunityQuery{}, next)
		}, page("", robin())},
		{"opportunities_deleted", "/opportunities/deleted", func(ctx context.Context, c *lever.Client) (any, error) {
			return c.DeletedOpportunities(ctx, time.Time{}, time.Time{}, "")
		}, page("", lever.Deleted{ID: opportunityID, DeletedAt: gone})},
		{"application", "/opportunities/o/applications/" + applicationID, func(ctx context.Context, c *lever.Client) (any, error) {
			return c.Application(ctx, "o", applicationID)
		}, single(application())},
		{"applications_deleted", "/applications/deleted", func(ctx context.Context, c *lever.Client) (any, error) {
			return c.DeletedApplications(ctx, clock.Add(-day), clock, "")
		}, page("",
			lever.Deleted{ID: applicationID, DeletedAt: gone, OpportunityID: new(opportunityID), PostingID: new(postingID)},
			lever.Deleted{
				ID: "78eb8e3e-7ee4-5814-b2fa-42520d95e188", DeletedAt: millis(1768003200005),
				OpportunityID: new("f676f8fb-4ab2-557b-8d29-9e6075bb9bf9"),
			})},
		{"interview", "/opportunities/" + opportunityID + "/interviews/i", func(ctx context.Context, c *lever.Client) (any, error) {
			return c.Interview(ctx, opportunityID, "i")
		}, single(interview())},
		{"interviews_list", "/opportunities/" + opportunityID + "/interviews", func(ctx context.Context, c *lever.Client) (any, error) {
			return c.Interviews(ctx, opportunityID, "")
		}, page("", interview(), cancelledInterview())},
		{"posting", "/postings/" + postingID, func(ctx context.Context, c *lever.Client) (any, error) {
			return c.Posting(ctx, postingID)
		}, single(posting())},
		{"postings_list", "/postings", func(ctx context.Context, c *lever.Client) (any, error) {
			return c.Postings(ctx, lever.PostingQuery{}, "")
		}, page("", posting())},
		{"postings_deleted", "/postings/deleted", func(ctx context.Context, c *lever.Client) (any, error) {
			return c.DeletedPostings(ctx, clock.Add(-day), clock, "")
		}, page("", lever.Deleted{ID: "adb84d5a-629b-5ca9-995e-c9e8da2d0324", DeletedAt: gone})},
		{"user", "/users/" + userID, func(ctx context.Context, c *lever.Client) (any, error) {
			return c.User(ctx, userID)
		}, single(user())},
		{"users_list", "/users", func(ctx context.Context, c *lever.Client) (any, error) {
			return c.Users(ctx, true, "")
		}, page("", user(), deactivatedUser())},
		{"stages_list", "/stages", func(ctx context.Context, c *lever.Client) (any, error) {
			return c.Stages(ctx, "")
		}, page("",
			lever.Stage{ID: "lead-new", Text: new("New lead")},
			lever.Stage{ID: "lead-reached-out", Text: new("Reached out")},
			lever.Stage{ID: "lead-responded", Text: new("Responded")},
			lever.Stage{ID: "applicant-new", Text: new("New applicant")},
			lever.Stage{ID: stageID, Text: new("Phone screen")},
			lever.Stage{ID: "5a959425-1dbe-52f4-a805-cc4420e54b87", Text: new("On-site")},
			lever.Stage{ID: "offer", Text: new("Offer")})},
		{"archive_reasons_list", "/archive_reasons", func(ctx context.Context, c *lever.Client) (any, error) {
			return c.ArchiveReasons(ctx, "")
		}, page("",
			lever.ArchiveReason{
				ID: "2c8f0a60-5b3a-5bbe-bac2-0b920d484543", Text: new("Underqualified"),
				Status: new("active"), Type: new("non-hired"),
			},
			lever.ArchiveReason{
				ID: "8fedef70-166e-5e29-8864-dea5ed803de5", Text: new("Hired"),
				Status: new("active"), Type: new("hired"),
			})},
		{"note", "/opportunities/o/notes/n", func(ctx context.Context, c *lever.Client) (any, error) {
			return c.Note(ctx, "o", "n")
		}, single(note())},
		{"notes_list", "/opportunities/o/notes", func(ctx context.Context, c *lever.Client) (any, error) {
			return c.Notes(ctx, "o", "")
		}, page("", note())},
		{"webhooks_list", "/webhooks", func(ctx context.Context, c *lever.Client) (any, error) {
			return c.Webhooks(ctx)
		}, page("", webhook())},
	} {
		t.Run(c.sample, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.answer(http.MethodGet+" "+c.path, http.StatusOK, sample(t, c.sample))
			got, err := c.get(t.Context(), b.client)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("decoded otherwise (-want +got):\n%s", diff)
			}
		})
	}
}
