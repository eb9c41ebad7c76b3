package lever_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/lever"
)

// seen is what a request looked like.
type seen struct {
	Method, Path, Body string
	Query              url.Values
	Header             http.Header
}

// recorder answers everything with one body and keeps the last request.
func recorder(t *testing.T, body string) (*lever.Client, *seen) {
	t.Helper()
	last := &seen{}
	client, _, _ := through(t, "https://api.lever.co/v1", func(r *http.Request) (*http.Response, error) {
		*last = seen{Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.Query(), Header: r.Header}
		if r.Body != nil {
			sent, err := io.ReadAll(r.Body)
			if err != nil {
				return nil, err
			}
			last.Body = string(sent)
		}
		return response(r, http.StatusOK, jsonBody(body)), nil
	})
	return client, last
}

func TestParametersOfLists(t *testing.T) {
	t.Parallel()
	from, to := time.UnixMilli(1767225600000), time.UnixMilli(1767225660123)
	for _, c := range []struct {
		name, path string
		get        func(context.Context, *lever.Client) error
		want       url.Values
	}{
		{"opportunities, all", "/v1/opportunities", func(ctx context.Context, c *lever.Client) error {
			_, err := c.Opportunities(ctx, lever.OpportunityQuery{}, "")
			return err
		}, url.Values{"limit": {"100"}}},
		{"opportunities, chosen", "/v1/opportunities", func(ctx context.Context, c *lever.Client) error {
			_, err := c.Opportunities(ctx, lever.OpportunityQuery{
				Archived: new(false), UpdatedStart: from, UpdatedEnd: to, IncludeConfidential: true,
				Expand: []string{"applications", "stage"}, Limit: 7,
			}, "")
			return err
		}, url.Values{
			"limit": {"7"}, "archived": {"false"}, "confidentiality": {"all"}, "expand": {"applications", "stage"},
			"updated_at_start": {"1767225600000"}, "updated_at_end": {"1767225660123"},
		}},
		{"opportunities deleted", "/v1/opportunities/deleted", func(ctx context.Context, c *lever.Client) error {
			_, err := c.DeletedOpportunities(ctx, from, to, "")
			return err
		}, url.Values{"limit": {"100"}, "deleted_at_start": {"1767225600000"}, "deleted_at_end": {"1767225660123"}}},
		{"applications deleted", "/v1/applications/deleted", func(ctx context.Context, c *lever.Client) error {
			_, err := c.DeletedApplications(ctx, from, to, "x")
			return err
		}, url.Values{
			"limit": {"100"}, "deleted_at_start": {"1767225600000"}, "deleted_at_end": {"1767225660123"}, "offset": {"x"},
		}},
		{"postings never filter on the state", "/v1/postings", func(ctx context.Context, c *lever.Client) error {
			_, err := c.Postings(ctx, lever.PostingQuery{UpdatedStart: from, IncludeConfidential: true}, "")
			return err
		}, url.Values{"limit": {"100"}, "confidentiality": {"all"}, "updated_at_start": {"1767225600000"}}},
		{"users", "/v1/users", func(ctx context.Context, c *lever.Client) error {
			_, err := c.Users(ctx, true, "")
			return err
		}, url.Values{"limit": {"100"}, "includeDeactivated": {"true"}}},
		{"webhooks", "/v1/webhooks", func(ctx context.Context, c *lever.Client) error {
			_, err := c.Webhooks(ctx)
			return err
		}, url.Values{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			client, last := recorder(t, `{"data":[],"hasNext":false}`)
			if err := c.get(t.Context(), client); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, last.Query); diff != "" || last.Path != c.path {
				t.Errorf("asked %s (-want +got):\n%s", last.Path, diff)
			}
		})
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	client, last := recorder(t, `{"data":[],"hasNext":false}`)
	if _, err := client.Stages(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	want := http.Header{
		"Authorization": {"Bearer token-1"}, "Accept": {"application/json"},
		"User-Agent": {"evidenced-lever-integration"},
	}
	if diff := cmp.Diff(want, last.Header); diff != "" {
		t.Error(diff)
	}
}

func TestOffsetComesBackAsLeverGaveIt(t *testing.T) {
	t.Parallel()
	for _, next := range []string{
		`%5B105.5%2C1767225600000%2C%22a9cd41ee%22%5D`, `[3,1491435120000,"x"]`, "0.1414895548650.a+b&c=d#e%", "ü ⟨",
	} {
		b := setup(t)
		b.mux.HandleFunc("GET /opportunities", func(w http.ResponseWriter, r *http.Request) {
			if got := r.URL.Query().Get("offset"); got == next {
				reply(w, http.StatusOK, `{"data":[],"hasNext":false}`)
				return
			}
			body := strings.ReplaceAll(strings.ReplaceAll(next, `\`, `\\`), `"`, `\"`)
			reply(w, http.StatusOK, `{"data":[],"hasNext":true,"next":"`+body+`"}`)
		})
		first, err := b.client.Opportunities(t.Context(), lever.OpportunityQuery{}, "")
		if err != nil || first.Next != next {
			t.Fatalf("next %q, %v", first.Next, err)
		}
		second, err := b.client.Opportunities(t.Context(), lever.OpportunityQuery{}, first.Next)
		if err != nil || second.Next != "" {
			t.Errorf("offset %q did not round-trip: %q, %v", next, second.Next, err)
		}
	}
}

func TestIDsAreEscapedOrRefused(t *testing.T) {
	t.Parallel()
	for id, path := range map[string]string{
		"applicant-new": "applicant-new", "a b?c#d%2e": "a%20b%3Fc%23d%252e", "ü": "%C3%BC",
		strings.Repeat("x", 128): strings.Repeat("x", 128),
	} {
		client, last := recorder(t, `{"data":{"id":"p"}}`)
		if _, err := client.Posting(t.Context(), id); err != nil || last.Path != "/v1/postings/"+path {
			t.Errorf("%q: asked %s, %v", id, last.Path, err)
		}
	}
	for _, id := range []string{"", "a/b", `a\b`, "..", ".", "a..b", "a\nb", "a\x00", "\xff", strings.Repeat("x", 129)} {
		client, auth, limit := through(t, "https://api.lever.co/v1", func(*http.Request) (*http.Response, error) {
			t.Errorf("id %q was sent", id)
			return nil, errors.New("not to be called")
		})
		for name, call := range map[string]func() error{
			"opportunity": func() error { _, err := client.Opportunity(t.Context(), id); return err },
			"interview":   func() error { _, err := client.Interview(t.Context(), "o", id); return err },
			"interviews":  func() error { _, err := client.Interviews(t.Context(), id, ""); return err },
			"note":        func() error { return client.DeleteNote(t.Context(), "o", id) },
			"webhook":     func() error { return client.DeleteWebhook(t.Context(), id) },
			"author": func() error {
				if id == "" {
					return lever.ErrBadInput // an author is optional
				}
				_, err := client.CreateNote(t.Context(), "o", lever.NewNote{Value: "v", PerformAs: id})
				return err
			},
		} {
			if err := call(); !errors.Is(err, lever.ErrBadInput) || (id != "" && fault.KindOf(err) != fault.Invalid) {
				t.Errorf("%s %q: %v", name, id, err)
			}
		}
		if limit.taken != 0 || len(auth.rejected) != 0 {
			t.Errorf("id %q cost budget", id)
		}
	}
}

func TestBadArgumentsAreRefusedBeforeAnyRequest(t *testing.T) {
	t.Parallel()
	client, _, limit := through(t, "https://api.lever.co/v1", func(*http.Request) (*http.Response, error) {
		return nil, errors.New("not to be called")
	})
	ctx := t.Context()
	for name, call := range map[string]func() error{
		"limit": func() error {
			_, err := client.Opportunities(ctx, lever.OpportunityQuery{Limit: 101}, "")
			return err
		},
		"negative limit": func() error {
			_, err := client.Opportunities(ctx, lever.OpportunityQuery{Limit: -1}, "")
			return err
		},
		"open window": func() error {
			_, err := client.DeletedPostings(ctx, clock, time.Time{}, "")
			return err
		},
		"long window": func() error {
			_, err := client.DeletedApplications(ctx, clock.Add(-31*24*time.Hour), clock, "")
			return err
		},
		"turned window": func() error {
			_, err := client.DeletedOpportunities(ctx, clock, clock.Add(-1), "")
			return err
		},
		"empty note":    func() error { _, err := client.CreateNote(ctx, "o", lever.NewNote{}); return err },
		"no values":     func() error { return client.UpdateNote(ctx, "o", "n", nil) },
		"empty value":   func() error { return client.UpdateNote(ctx, "o", "n", []lever.NoteValue{{}}) },
		"empty webhook": func() error { _, err := client.CreateWebhook(ctx, "", "x"); return err },
	} {
		if err := call(); !errors.Is(err, lever.ErrBadInput) || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if limit.taken != 0 {
		t.Error("a refused argument cost budget")
	}
}
