package lever_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/lever"
)

func TestLenientDecoding(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body string
		want lever.Opportunity
	}{
		"id alone": {`{"id":"o"}`, lever.Opportunity{ID: "o"}},
		"null everywhere": {`{"id":"o","contact":null,"name":null,"headline":null,"stage":null,"confidentiality":null,
			"location":null,"phones":null,"emails":null,"links":null,"archived":null,"tags":null,"sources":null,
			"stageChanges":null,"origin":null,"sourcedBy":null,"owner":null,"followers":null,"applications":null,
			"createdAt":null,"updatedAt":null,"lastInteractionAt":null,"lastAdvancedAt":null,"snoozedUntil":null,
			"urls":null,"isAnonymized":null,"dataProtection":null,"opportunityLocation":null}`, lever.Opportunity{ID: "o"}},
		"null inside": {
			`{"id":"o","phones":[null,{}],"archived":{},"stageChanges":[{"userId":null}],"followers":[null],"applications":[null],
			"urls":{},"dataProtection":{"store":null}}`,
			lever.Opportunity{
				ID: "o", Phones: []lever.Phone{{}, {}}, Archived: &lever.Archived{}, StageChanges: []lever.StageChange{{}},
				Followers: []lever.Ref{{}}, Applications: []lever.ApplicationRef{{}}, URLs: &lever.URLs{},
				DataProtection: &lever.DataProtection{},
			},
		},
		"unknown fields": {`{"id":"o","new":{"deep":[1,{"a":2}]},"id2":7}`, lever.Opportunity{ID: "o"}},
		"times as strings": {
			`{"id":"o","createdAt":"1767225600000","updatedAt":1.7672256e12,"snoozedUntil":""}`,
			lever.Opportunity{ID: "o", CreatedAt: millis(1767225600000), UpdatedAt: millis(1767225600000), SnoozedUntil: millis(0)},
		},
		"numbers for ids": {`{"id":"o","owner":7,"stage":{"id":8,"text":9}}`, lever.Opportunity{
			ID: "o", Owner: ref("7"), Stage: &lever.Ref{ID: "8", Expanded: true},
		}},
		"a fraction for a position": {`{"id":"o","stageChanges":[{"toStageIndex":105.5}]}`, lever.Opportunity{
			ID: "o", StageChanges: []lever.StageChange{{ToStageIndex: number(105)}},
		}},
	} {
		for form, body := range map[string]string{
			"wrapped": `{"data":` + c.body + `}`, "wrapped twice": `{"data":{"data":` + c.body + `}}`, "bare": c.body,
		} {
			client, _ := recorder(t, body)
			got, err := client.Opportunity(t.Context(), "o")
			if diff := cmp.Diff(c.want, got.Item); diff != "" || err != nil {
				t.Errorf("%s, %s: %v\n%s", name, form, err, diff)
			}
		}
	}
}

func TestTimesOfNothing(t *testing.T) {
	t.Parallel()
	var none *lever.Millis
	if !none.Time().IsZero() || !millis(0).Time().IsZero() || millis(1767225600000).Time().Year() != 2026 {
		t.Error("wrong time")
	}
	var nobody *lever.Ref
	if nobody.IDOf() != "" || ref("x").IDOf() != "x" {
		t.Error("wrong id")
	}
	if interview := (lever.Interview{}); !interview.Start().IsZero() {
		t.Error("an interview without a date begins")
	}
}

func TestABrokenElementStopsOnlyItself(t *testing.T) {
	t.Parallel()
	client, _ := recorder(t, `{"hasNext":true,"next":"n","data":[
		{"id":"good-1"},
		{"id":"bad-name","name":{"first":"Canary"}},
		{"id":"bad-time","archived":{"archivedAt":"Canary"}},
		{"id":"bad-nested","applications":[{"id":"a","phone":{"value":["Canary"]}}]},
		{"id":"bad-ref","owner":["Canary"]},
		{"id":77,"name":"Canary"},
		{"id":"a/b","name":7},
		{"name":"Canary"},
		"Canary", null, [], 7,
		{"id":"good-2"}]}`)
	got, err := client.Opportunities(t.Context(), lever.OpportunityQuery{}, "")
	if err != nil {
		t.Fatal(err)
	}
	type broken struct{ ID, Text string }
	var lines []broken
	for _, b := range got.Broken {
		if !errors.Is(b.Err, lever.ErrUndecodable) {
			t.Errorf("%s does not match ErrUndecodable", b.ID)
		}
		lines = append(lines, broken{b.ID, b.Err.Error()})
	}
	want := []broken{
		{"bad-name", `field "name": want string, got object`},
		{"bad-time", `field "archived.archivedAt": want lever.Millis, got string`},
		{"bad-nested", `field "applications.phone.value": want string, got array`},
		{"bad-ref", `field "owner": want lever.Ref, got array`},
		{"77", `field "id": want string, got number`},
		{"", `field "name": want string, got number`},
		{"", `field "id": want string, got nothing`},
		{"", "want object, got something else"},
		{"", "want object, got something else"},
		{"", "want object, got something else"},
		{"", "want object, got something else"},
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("broken (-want +got):\n%s", diff)
	}
	if len(got.Items) != 2 || got.Items[0].ID != "good-1" || got.Items[1].ID != "good-2" || got.Next != "n" {
		t.Errorf("%+v", got.Items)
	}
}

func TestOneObjectThatIsNotUnderstood(t *testing.T) {
	t.Parallel()
	client, _ := recorder(t, `{"data":{"id":"o","name":7}}`)
	_, err := client.Opportunity(t.Context(), "o")
	var where *lever.DecodeError
	if !errors.Is(err, lever.ErrUndecodable) || !errors.As(err, &where) || where.Field != "name" || fault.KindOf(err) != fault.Internal {
		t.Errorf("%v", err)
	}
	for _, body := range []string{"", "<html>", "null", "[]", `{"data":null}`, `{"data":[]}`, `{"data":"x"}`, `{"data":{}} {}`} {
		client, _ := recorder(t, body)
		if _, err := client.Opportunity(t.Context(), "o"); !errors.Is(err, lever.ErrUndecodable) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestAPageWithoutAListIsNotAnEmptyPage(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		"", "<html>", "{}", "null", "[]", `{"data":null}`, `{"data":{}}`, `{"data":"x"}`, `{"hasNext":false}`,
		`{"data":[],"hasNext":"no"}`, `{"data":[],"hasNext":true,"next":[]}`, `{"data":[]`, `{"data":[]}{"data":[]}`,
	} {
		client, _ := recorder(t, body)
		_, err := client.Stages(t.Context(), "")
		if !errors.Is(err, lever.ErrUndecodable) || fault.KindOf(err) != fault.Unavailable {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestWhereAListEnds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		body, offset, next string
		broken             bool
	}{
		{`{"data":[],"hasNext":false}`, "", "", false},
		{`{"data":[]}`, "", "", false},
		{`{"data":[],"hasNext":null,"next":null}`, "", "", false},
		{`{"data":[],"hasNext":false,"next":"n"}`, "", "", false},
		{`{"data":[],"next":"n"}`, "", "n", false},
		{`{"data":[],"hasNext":true,"next":"n"}`, "m", "n", false},
		{`{"data":[],"hasNext":true,"next":17}`, "", "17", false},
		{`{"data":[],"hasNext":true}`, "", "", true},
		{`{"data":[],"hasNext":true,"next":null}`, "", "", true},
		{`{"data":[],"hasNext":true,"next":""}`, "", "", true},
		{`{"data":[],"hasNext":true,"next":"n"}`, "n", "", true},
	} {
		client, _ := recorder(t, c.body)
		got, err := client.Stages(t.Context(), c.offset)
		if errors.Is(err, lever.ErrBrokenPage) != c.broken || (err != nil) != c.broken || got.Next != c.next {
			t.Errorf("%s: next %q, %v", c.body, got.Next, err)
		}
		if c.broken && fault.KindOf(err) != fault.Unavailable {
			t.Errorf("%s: kind %s", c.body, fault.KindOf(err))
		}
	}
}

func TestServedIsZeroWithoutADate(t *testing.T) {
	t.Parallel()
	for _, header := range []string{"", "yesterday"} {
		client, _, _ := through(t, "https://api.lever.co/v1", func(r *http.Request) (*http.Response, error) {
			return response(r, http.StatusOK, jsonBody(stagesBody), "Date", header), nil
		})
		if got, err := client.Stages(t.Context(), ""); err != nil || !got.Served.IsZero() {
			t.Errorf("%q: %s, %v", header, got.Served, err)
		}
	}
}

func TestAnInterviewKnowsItsOpportunity(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{``: "asked", `,"opportunityId":null`: "asked", `,"opportunityId":"told"`: "told"} {
		client, _ := recorder(t, `{"data":{"id":"i"`+said+`}}`)
		got, err := client.Interview(t.Context(), "asked", "i")
		if err != nil || got.Item.OpportunityID != want {
			t.Errorf("%s: %q, %v", said, got.Item.OpportunityID, err)
		}
	}
}

func TestMarksOfObjects(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]bool{"confidential": true, "non-confidential": false} {
		o, p := lever.Opportunity{Confidentiality: &value}, lever.Posting{Confidentiality: &value}
		if o.IsConfidential() != want || p.IsConfidential() != want {
			t.Errorf("%s is taken for the other", value)
		}
	}
	for value, want := range map[string]bool{"hired": true, "non-hired": false} {
		if reason := (lever.ArchiveReason{Type: &value}); reason.IsHired() != want {
			t.Errorf("%s is taken for the other", value)
		}
	}
	if (&lever.Opportunity{}).IsConfidential() || (&lever.Posting{}).IsConfidential() || (&lever.ArchiveReason{}).IsHired() {
		t.Error("a mark was invented")
	}
}

func TestBrokenElementsNameTheTypeThatCame(t *testing.T) {
	t.Parallel()
	for came, want := range map[string]string{
		`{}`: "object", `[]`: "array", `"x"`: "string", `true`: "bool", `false`: "bool", `1e99`: "number",
	} {
		client, _ := recorder(t, `{"data":[{"id":"o","createdAt":`+came+`}]}`)
		got, err := client.Opportunities(t.Context(), lever.OpportunityQuery{}, "")
		if err != nil || len(got.Broken) != 1 || got.Broken[0].Err.Error() != `field "createdAt": want lever.Millis, got `+want {
			t.Errorf("%s: %+v, %v", came, got.Broken, err)
		}
	}
}
