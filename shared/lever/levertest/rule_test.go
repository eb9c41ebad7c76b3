package levertest

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestVariantsTurnEverySwitchOnce(t *testing.T) {
	t.Parallel()
	turned := map[string]bool{}
	plain := reflect.ValueOf(DefaultRules())
	for _, v := range AllVariants() {
		name, _, _ := strings.Cut(v.Name, "=")
		got := reflect.ValueOf(v.Rules)
		for i := range plain.NumField() {
			field := plain.Type().Field(i).Name
			if differs := got.Field(i).Interface() != plain.Field(i).Interface(); differs != (field == name) {
				t.Errorf("variant %s: field %s differs: %v", v.Name, field, differs)
			}
		}
		turned[name] = true
	}
	if len(turned) != plain.NumField() {
		t.Errorf("%d of %d switches have a variant", len(turned), plain.NumField())
	}
}

// status is what a request answers under the rules.
func (b *bundle) status(method, path string, body any) int {
	b.t.Helper()
	a, err := b.try(method, path, body)
	b.must(err)
	return a.status
}

// TestRules runs one observation on both sides of each switch.
func TestRules(t *testing.T) {
	t.Parallel()
	less := slices.DeleteFunc(slices.Clone(allScopes), func(s string) bool { return s == "confidential:access:admin" })
	cases := []struct {
		variant    string
		look       func(b *bundle) any
		plain, alt any
	}{
		{"NoteReplyIDOnly", func(b *bundle) any {
			o := b.active(nonConfidential)
			return len(b.call(201, "POST", v1("/opportunities/%s/notes", o.ID), map[string]any{"value": "x"}).data())
		}, 9, 1},
		{"WebhookReplyDoubleWrapped", func(b *bundle) any {
			_, double := b.call(201, "POST", "/v1/webhooks", sample(b.t, "webhook_create_request")).data()["data"]
			return double
		}, false, true},
		{"ConfidentialStatus=404", func(b *bundle) any {
			b.token = b.connect(less...)
			return b.status("GET", v1("/opportunities/%s", b.active(confidential).ID), nil)
		}, 403, 404},
		{"ConfidentialListStatus=400", func(b *bundle) any {
			b.token = b.connect(less...)
			return b.status("GET", "/v1/postings?confidentiality=all", nil)
		}, 403, 400},
		{"ClampLimit", func(b *bundle) any { return b.status("GET", "/v1/users?limit=1000", nil) }, 400, 200},
		{"InvalidGrantStatus=400", func(b *bundle) any {
			status, _ := b.refresh("none")
			return status
		}, 403, 400},
		{"CodeLifetime=1m", func(b *bundle) any {
			code := b.code(AuthorizeRequest{})
			b.advance(2 * time.Minute)
			status, _ := b.redeemCode(code)
			return status
		}, 200, 403},
		{"GrantSurvivesDeactivation", func(b *bundle) any {
			b.must(b.acct.DeactivateUser(b.acct.Grants()[0].User))
			return b.status("GET", "/v1/stages", nil)
		}, 401, 200},
		{"RevokedHooksContinue", func(b *bundle) any {
			b.subscribe(eventHired)
			b.must(b.acct.Revoke())
			b.must(b.acct.Hire(b.active(nonConfidential).ID))
			return len(b.due(200))
		}, 0, 1},
		{"ListAllWebhooks", func(b *bundle) any {
			id, err := b.acct.AddWebhook("", eventHired, hookURL)
			b.must(err)
			return []int{len(b.get("/v1/webhooks").rows()), b.status("DELETE", "/v1/webhooks/"+id, nil)}
		}, []int{0, 404}, []int{1, 403}},
		{"DeletedItemsIDOnly", func(b *bundle) any {
			b.must(b.acct.Delete(b.active(nonConfidential).ID))
			return len(b.get("/v1/opportunities/deleted").rows()[0]) > 3
		}, true, false},
		{"DeletedWindowRequired", func(b *bundle) any {
			return []int{b.status("GET", "/v1/postings/deleted", nil), b.status("GET", "/v1/applications/deleted?deleted_at_start=1&deleted_at_end=2", nil)}
		}, []int{200, 200}, []int{400, 200}},
		{"HideSecretNotes", func(b *bundle) any {
			o := b.active(nonConfidential)
			before := len(b.get(v1("/opportunities/%s/notes", o.ID)).rows())
			b.call(201, "POST", v1("/opportunities/%s/notes", o.ID), map[string]any{"value": "x", "secret": true})
			return len(b.get(v1("/opportunities/%s/notes", o.ID)).rows()) - before
		}, 1, 0},
		{"DeletedNotesVanish", func(b *bundle) any {
			o := b.active(nonConfidential)
			id := b.apiNote(o, "")
			b.must(b.acct.DeleteNoteUI(id))
			return b.status("GET", v1("/opportunities/%s/notes/%s", o.ID, id), nil)
		}, 200, 404},
		{"PerformAsStatus=403", func(b *bundle) any {
			return b.status("POST", v1("/opportunities/%s/notes?perform_as=x", b.active(nonConfidential).ID), map[string]any{"value": "x"})
		}, 400, 403},
		{"UINoteStatus=400", func(b *bundle) any {
			o := b.active(nonConfidential)
			id, err := b.acct.AddNoteUI(o.ID, "x", false)
			b.must(err)
			return b.status("DELETE", v1("/opportunities/%s/notes/%s", o.ID, id), nil)
		}, 403, 400},
		{"PlainErrorCodes", func(b *bundle) any { return b.call(400, "GET", "/v1/users?limit=0", nil).body["code"] }, "BadRequestError", "InvalidArgument"},
		{"PostingIDIncludesArchived", func(b *bundle) any {
			o := b.active(nonConfidential)
			app, _ := b.acct.Application(o.ID)
			b.must(b.acct.Archive(o.ID, b.reason("non-hired")))
			return slices.Contains(b.walk("/v1/opportunities?posting_id="+app.Posting), o.ID)
		}, false, true},
		{"HiredAfterArchive", func(b *bundle) any {
			b.subscribe(eventHired, eventArchiveChange)
			b.must(b.acct.Hire(b.active(nonConfidential).ID))
			return b.due(200)[0]["event"]
		}, eventHired, eventArchiveChange},
		{"MergeSilent", func(b *bundle) any {
			b.subscribe(eventContactUpdated)
			all := b.acct.Opportunities()
			b.must(b.acct.MergeContacts(all[0].Contact, all[1].Contact))
			b.call(404, "GET", v1("/contacts/%s", all[1].Contact), nil)
			return len(b.due(200))
		}, 1, 0},
		{"OmitEventID", func(b *bundle) any {
			b.subscribe(eventHired)
			b.must(b.acct.Hire(b.active(nonConfidential).ID))
			_, has := b.due(200)[0]["id"]
			return has
		}, true, false},
		{"HideConfidentialEvents", func(b *bundle) any {
			b.must(b.acct.Revoke())
			b.token = b.connect(less...)
			b.subscribe(eventHired)
			b.must(b.acct.Hire(b.active(confidential).ID))
			return len(b.due(200))
		}, 1, 0},
	}
	variants := map[string]Rules{}
	for _, v := range AllVariants() {
		variants[v.Name] = v.Rules
	}
	for _, c := range cases {
		t.Run(c.variant, func(t *testing.T) {
			t.Parallel()
			rules, known := variants[c.variant]
			if !known {
				t.Fatal("no such variant")
			}
			if diff := cmp.Diff(c.plain, c.look(setup(t))); diff != "" {
				t.Errorf("default (-want +got):\n%s", diff)
			}
			b := setup(t, func(o *Options) { o.Rules = &rules })
			if diff := cmp.Diff(c.alt, c.look(b)); diff != "" {
				t.Errorf("variant (-want +got):\n%s", diff)
			}
		})
	}
}
