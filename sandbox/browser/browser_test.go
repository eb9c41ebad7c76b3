package browser

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const form = `<!doctype html><html><head><style>a > b { color: red }</style></head><body>
<p>Hello &amp; <b>welcome</b><br>to this page
<form method="post" action="/save"><input type=hidden name=csrf value="t&quot;1"><input type="checkbox" name="yes" checked>
<input type="checkbox" name="no"><select name="stage"><option value="a">A</option><option value="b" selected>B</option></select>
<textarea name="text">some words</textarea><button name="do" value="save">Save <i>now</i></button><button type="button">Idle</button></form>
<a id="on" href="/next?a=1&amp;b=2">Next page</a></body></html>`

func serve(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, form) })
	mux.HandleFunc("GET /enter", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "__Host-session", Value: "s1", Path: "/", Secure: true, HttpOnly: true})
		http.SetCookie(w, &http.Cookie{Name: "__Host-bad", Value: "x", Path: "/"})
		http.Redirect(w, r, "/who", http.StatusSeeOther)
	})
	mux.HandleFunc("GET /leave", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "__Host-session", Path: "/", Secure: true, MaxAge: -1})
		http.Redirect(w, r, "/who", http.StatusSeeOther)
	})
	mux.HandleFunc("GET /who", func(w http.ResponseWriter, r *http.Request) { _, _ = fmt.Fprint(w, r.Header.Get("Cookie")) })
	mux.HandleFunc("GET /leave-by-itself", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, `<noscript><meta http-equiv="refresh" content="0;url=/round"></noscript><meta http-equiv="refresh" content="0; url=/who?x=1">`)
	})
	mux.HandleFunc("GET /round", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/round", http.StatusFound) })
	mux.HandleFunc("POST /save", func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		_, _ = fmt.Fprintf(w, "%s from %s", r.PostForm.Encode(), r.Header.Get("Sec-Fetch-Site"))
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func TestPageIsReadAsAPersonReadsIt(t *testing.T) {
	t.Parallel()
	page := &Page{URL: &url.URL{Path: "/"}, Body: form}
	if want := "Hello & welcome to this page A B some words Save now Idle Next page"; page.Text() != want {
		t.Errorf("text %q, want %q", page.Text(), want)
	}
	if diff := cmp.Diff([]Link{{Href: "/next?a=1&b=2", Text: "Next page", ID: "on"}}, page.Links()); diff != "" {
		t.Error(diff)
	}
	if _, err := page.Press("idle"); err == nil {
		t.Error("a button that submits nothing was found")
	}
}

func TestPressingAButtonSendsTheFormWithItsChanges(t *testing.T) {
	t.Parallel()
	b := New(http.DefaultClient, time.Now)
	page, err := b.Get(t.Context(), serve(t)+"/")
	if err != nil {
		t.Fatal(err)
	}
	press, err := page.Press("save")
	if err != nil {
		t.Fatal(err)
	}
	press.Values.Set("text", "other")
	answer, err := b.Submit(t.Context(), page, press)
	if err != nil {
		t.Fatal(err)
	}
	want := url.Values{"csrf": {`t"1`}, "yes": {"on"}, "stage": {"b"}, "text": {"other"}, "do": {"save"}}.Encode() + " from same-origin"
	if diff := cmp.Diff(want, answer.Body); diff != "" {
		t.Error(diff)
	}
}

func TestCookiesAreKeptAsBrowsersKeepThem(t *testing.T) {
	t.Parallel()
	b, address := New(http.DefaultClient, time.Now), serve(t)
	for _, step := range []struct{ path, want string }{{"/enter", "__Host-session=s1"}, {"/leave", ""}} {
		page, err := b.Get(t.Context(), address+step.path)
		if err != nil {
			t.Fatal(err)
		}
		if page.Body != step.want || page.URL.Path != "/who" {
			t.Errorf("%s: cookies %q at %s, want %q", step.path, page.Body, page.URL.Path, step.want)
		}
	}
}

func TestAPageThatLeadsOnByItselfIsFollowed(t *testing.T) {
	t.Parallel()
	page, err := New(http.DefaultClient, time.Now).Get(t.Context(), serve(t)+"/leave-by-itself")
	if err != nil || page.URL.RequestURI() != "/who?x=1" {
		t.Errorf("%v, %v", page, err)
	}
}

func TestAnEndlessRedirectEnds(t *testing.T) {
	t.Parallel()
	if _, err := New(http.DefaultClient, time.Now).Get(t.Context(), serve(t)+"/round"); err == nil {
		t.Error("an endless redirect gave a page")
	}
}
