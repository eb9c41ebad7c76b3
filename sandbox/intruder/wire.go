package intruder

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/evidenced/lever-integration/sandbox/browser"
)

// message is one request as an attacker writes it, without a browser's manners.
type message struct {
	method, path string
	header       map[string]string
	body         []byte
	host         string // "" = the API's own
}

// reply is the answer to one.
type reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// send sends a message to the API, or to the full address in path, and follows nothing.
func (s *scene) send(ctx context.Context, m message) (reply, error) {
	address := m.path
	if strings.HasPrefix(address, "/") {
		address = s.World.Endpoints.API + m.path
	}
	request, err := http.NewRequestWithContext(ctx, m.method, address, bytes.NewReader(m.body))
	if err != nil {
		return reply{}, fmt.Errorf("make request: %w", err)
	}
	if m.host != "" {
		request.Host = m.host
	}
	for name, value := range m.header {
		request.Header.Set(name, value)
	}
	client := *s.World.HTTP
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := client.Do(request)
	if err != nil {
		return reply{}, fmt.Errorf("send %s: %w", m.method, err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	return reply{response.StatusCode, response.Header, body}, err
}

// String is the answer in short: the status, and the code of a problem, the title of a page, or where it leads.
func (r reply) String() string {
	text := fmt.Sprint(r.Status)
	if to := r.Header.Get("Location"); to != "" {
		return text + " " + leads(to)
	}
	var said struct{ Code, Message string }
	switch {
	case json.Unmarshal(r.Body, &said) == nil && said.Code != "":
		return text + " " + said.Code
	case r.Status == http.StatusForbidden && said.Message != "":
		return text + " Forbidden" // API Gateway's own refusal; how it is worded depends on why
	case said.Message != "":
		return text + " " + said.Message
	case strings.Contains(r.Header.Get("Content-Type"), "html"):
		return text + titled(string(r.Body))
	}
	return text
}

// leads names where a redirect goes without what is secret in it.
func leads(to string) string {
	u, err := url.Parse(to)
	switch {
	case err != nil:
		return "to an unreadable address"
	case u.Query().Has("attempt"):
		return "to Evidenced with an attempt"
	case u.Query().Has("done"):
		return "to " + u.Path + "?done=" + u.Query().Get("done")
	}
	if u.Host == "" {
		return "to " + u.Path
	}
	return "to " + u.Scheme + "://" + u.Host + u.Path
}

// answerOf is the same of a page on which a browser ended.
func answerOf(page *browser.Page) string {
	if page.URL.Query().Has("attempt") {
		return "303 to Evidenced with an attempt"
	}
	return fmt.Sprint(page.Status) + titled(page.Body)
}

// problems are the codes of the integration's error pages by what their titles say; a page shows its words only.
func problems() [][2]string {
	return [][2]string{
		{"was open too long", "expired"},
		{"opens from Evidenced", "no-session"},
		{"done already, or took too long", "expired"},
		{"started in another browser", "connect-other-session"},
		{"form is from another visit", "form-expired"},
		{"did not come from this page", "foreign-form"},
		{"Only an Evidenced admin", "not-admin"},
		{"form could not be read", "bad-form"},
		{"no such page", "not-found"},
		{"did not accept in Lever", "consent-denied"},
		{"Lever is not connected", "not-connected"},
		{"Something went wrong", "other"},
	}
}

func titled(body string) string {
	_, rest, _ := strings.Cut(body, "<title>")
	title, _, _ := strings.Cut(rest, "</title>")
	for _, p := range problems() {
		if strings.Contains(title, p[0]) {
			return " " + p[1]
		}
	}
	return " page"
}

// tally sums up many answers: "400 bad-body ×12" when all are the same.
type tally struct {
	order  []string
	counts map[string]int
	where  map[string]string // the first case that got the answer
}

func (t *tally) add(name, answer string) {
	if t.counts == nil {
		t.counts, t.where = map[string]int{}, map[string]string{}
	}
	if t.counts[answer]++; t.counts[answer] == 1 {
		t.order = append(t.order, answer)
		t.where[answer] = name
	}
}

// String names, of all answers but the most frequent, the first case.
func (t *tally) String() string {
	most := ""
	for _, answer := range t.order {
		if t.counts[answer] > t.counts[most] {
			most = answer
		}
	}
	text := fmt.Sprintf("%s ×%d", most, t.counts[most])
	for _, answer := range t.order {
		if answer != most {
			text += fmt.Sprintf(", %s ×%d (%s)", answer, t.counts[answer], t.where[answer])
		}
	}
	return text
}
