package lever_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/lever"
)

const noteID = "de3b3f9e-62b3-5680-972a-636e070fd279"

func TestCreateNoteAcceptsEveryFormOfReply(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"recorded":       sample(t, "note_create_response"),
		"documented":     sample(t, "note_create_response_documented"),
		"note alone":     sample(t, "note"),
		"wrapped twice":  `{"data":{"data":{"noteId":"` + noteID + `"}}}`,
		"without a wrap": `{"noteId":"` + noteID + `"}`,
	} {
		client, _ := recorder(t, body)
		got, err := client.CreateNote(t.Context(), "o", lever.NewNote{Value: "v"})
		if err != nil || got != noteID {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestCreateNoteWithoutAnIDIsUnclear(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "{}", "null", "[]", "<html>", `{"data":null}`, `{"data":{}}`, `{"data":{"id":"a/b"}}`, `{"data":[1]}`} {
		client, _ := recorder(t, body)
		_, err := client.CreateNote(t.Context(), "o", lever.NewNote{Value: "v"})
		if !errors.Is(err, lever.ErrUnclear) || !errors.Is(err, lever.ErrUndecodable) || fault.KindOf(err) != fault.Unclear {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestNoteRequests(t *testing.T) {
	t.Parallel()
	client, last := recorder(t, sample(t, "note_create_response"))
	if _, err := client.CreateNote(t.Context(), "o", lever.NewNote{
		Value: "a & <b>", Secret: true, NotifyFollowers: true, PerformAs: "u", Parent: "p",
	}); err != nil {
		t.Fatal(err)
	}
	if last.Method != http.MethodPost || last.Path != "/v1/opportunities/o/notes" ||
		last.Query.Encode() != "note_id=p&perform_as=u" || last.Header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("%+v", last)
	}
	wantJSON(t, `{"value":"a & <b>","secret":true,"notifyFollowers":true}`, last.Body)

	at := time.UnixMilli(1767484800000)
	if err := client.UpdateNote(t.Context(), "o", "n", []lever.NoteValue{{Value: "Corrected summary.", CreatedAt: at}}); err != nil {
		t.Fatal(err)
	}
	if last.Method != http.MethodPut || last.Path != "/v1/opportunities/o/notes/n" || len(last.Query) != 0 {
		t.Errorf("%+v", last)
	}
	wantJSON(t, sample(t, "note_update_request"), last.Body)

	if err := client.DeleteNote(t.Context(), "o", "n"); err != nil || last.Method != http.MethodDelete || last.Body != "" {
		t.Errorf("%+v, %v", last, err)
	}
}

func TestRepliesToChangesAreNotRead(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "<html>", sample(t, "note_update_response")} {
		client, _ := recorder(t, body)
		if err := client.UpdateNote(t.Context(), "o", "n", []lever.NoteValue{{Value: "v"}}); err != nil {
			t.Errorf("update, %q: %v", body, err)
		}
		if err := client.DeleteWebhook(t.Context(), "w"); err != nil {
			t.Errorf("delete, %q: %v", body, err)
		}
	}
}

func TestCreateWebhook(t *testing.T) {
	t.Parallel()
	const token = "0123456789abcdef0123456789abcdef0123456789abcdef"
	want := webhook()
	want.Configuration.SignatureToken = token
	reply := sample(t, "webhook_create_response")
	for name, body := range map[string]string{"recorded": reply, "documented": `{"data":` + reply + `}`} {
		client, last := recorder(t, body)
		got, err := client.CreateWebhook(t.Context(), want.URL, want.Event)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" || got.SignatureToken().Reveal() != token {
			t.Errorf("%s: %s", name, diff)
		}
		wantJSON(t, `{"url":"https://receiver.example/lever","event":"candidateStageChange","configuration":{"conditions":{
			"origins":["agency","applied","internal","referred","sourced","university"]}}}`, last.Body)
		if text := fmt.Sprintf("%v %+v %#v", got, got, got.Configuration); contains(text, token) {
			t.Errorf("%s: printed the signature token", name)
		}
	}
}

func TestCreateWebhookForAnEventWithoutConditions(t *testing.T) {
	t.Parallel()
	client, last := recorder(t, `{"data":{"id":"w","event":"interviewCreated","configuration":null}}`)
	got, err := client.CreateWebhook(t.Context(), "https://a.example", lever.EventInterviewCreated)
	if err != nil || got.ID != "w" || got.SignatureToken() != "" {
		t.Errorf("%+v, %v", got, err)
	}
	wantJSON(t, `{"url":"https://a.example","event":"interviewCreated","configuration":{}}`, last.Body)
}

func TestCreateWebhookThatIsNotUnderstoodIsUnclear(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "<html>", `{"data":{"url":"x"}}`, `{"data":{"id":7}}`} {
		client, _ := recorder(t, body)
		if _, err := client.CreateWebhook(t.Context(), "https://a.example", "x"); !errors.Is(err, lever.ErrUnclear) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestWebhooksAreReadToTheEndShouldTheyBePaged(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.mux.HandleFunc("GET /webhooks", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("offset") == "" {
			reply(w, http.StatusOK, `{"data":[{"id":"a"}],"hasNext":true,"next":"n"}`)
			return
		}
		reply(w, http.StatusOK, `{"data":[{"id":"b"},{"id":7}]}`)
	})
	got, err := b.client.Webhooks(t.Context())
	if err != nil || len(got.Items) != 2 || len(got.Broken) != 1 || got.Broken[0].ID != "7" || got.Next != "" {
		t.Errorf("%+v, %v", got, err)
	}
}

func wantJSON(t *testing.T, want, got string) {
	t.Helper()
	var a, b any
	if err := errors.Join(json.Unmarshal([]byte(want), &a), json.Unmarshal([]byte(got), &b)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
}
