// Package browser is a browser without a screen, for the demo and the acceptance suite: it follows redirects, keeps
// cookies, reads forms and presses their buttons, so that these programs pass through the same pages as a person and
// break when a page does. It follows a meta refresh that leads to another page, and runs no scripts. A Browser is one person's and is not safe for concurrent use.
//
// It has a cookie jar of its own because net/http/cookiejar refuses Secure cookies over http, while real browsers treat
// http://localhost and its subdomains as trustworthy and keep them.
package browser

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	maxRedirects = 12
	maxPage      = 8 << 20
)

// Browser is one person's browser with its cookies.
type Browser struct {
	http    *http.Client
	now     func() time.Time
	cookies map[string]map[string]string // host, name
}

// New returns a browser without cookies. The client's own redirect policy and jar are not used.
func New(client *http.Client, now func() time.Time) *Browser {
	copied := *client
	copied.Jar = nil
	copied.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Browser{http: &copied, now: now, cookies: map[string]map[string]string{}}
}

// Get opens an address and follows redirects. A page with an error status is a page, not an error.
func (b *Browser) Get(ctx context.Context, address string) (*Page, error) {
	target, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("read address: %w", err)
	}
	return b.follow(ctx, visit{method: http.MethodGet, target: target})
}

// Follow opens a link of a page.
func (b *Browser) Follow(ctx context.Context, page *Page, link Link) (*Page, error) {
	target, err := page.URL.Parse(link.Href)
	if err != nil {
		return nil, fmt.Errorf("read link %q: %w", link.Text, err)
	}
	return b.follow(ctx, visit{method: http.MethodGet, target: target, from: page.URL})
}

// Submit sends a form as pressing the given button would. Values override the form's own; an unknown name is added.
func (b *Browser) Submit(ctx context.Context, page *Page, press Press) (*Page, error) {
	next, err := press.visit(page.URL)
	if err != nil {
		return nil, err
	}
	return b.follow(ctx, next)
}

// SubmitHop sends a form without following where the answer leads, and returns that address, "" when it leads nowhere.
func (b *Browser) SubmitHop(ctx context.Context, page *Page, press Press) (*Page, string, error) {
	sent, err := press.visit(page.URL)
	if err != nil {
		return nil, "", err
	}
	page, next, err := b.open(ctx, sent)
	if err != nil || next == nil {
		return page, "", err
	}
	return page, next.target.String(), nil
}

// visit is one request still to be made.
type visit struct {
	method string
	target *url.URL
	from   *url.URL // page it starts from, for Origin and Sec-Fetch-Site
	form   url.Values
}

func (b *Browser) follow(ctx context.Context, next visit) (*Page, error) {
	for range maxRedirects {
		page, after, err := b.open(ctx, next)
		if err != nil || after == nil {
			return page, err
		}
		next = *after
	}
	return nil, errors.New("browser: too many redirects")
}

// open makes one request and says what a redirect asks for, nil when the page is final.
func (b *Browser) open(ctx context.Context, v visit) (*Page, *visit, error) {
	request, err := v.request(ctx)
	if err != nil {
		return nil, nil, err
	}
	b.sendCookies(request)
	response, err := b.http.Do(request)
	if err != nil {
		return nil, nil, fmt.Errorf("open a page of %s: %w", v.target.Host, err)
	}
	defer func() { _ = response.Body.Close() }()
	b.keepCookies(v.target, response)
	body, err := io.ReadAll(io.LimitReader(response.Body, maxPage))
	if err != nil {
		return nil, nil, fmt.Errorf("read a page of %s: %w", v.target.Host, err)
	}
	page := &Page{URL: v.target, Status: response.StatusCode, Header: response.Header, Body: string(body)}
	location := response.Header.Get("Location")
	if response.StatusCode < 300 || response.StatusCode > 399 || location == "" {
		if location = page.read().goOn; location == "" {
			return page, nil, nil
		}
	}
	target, err := v.target.Parse(location)
	if err != nil {
		return nil, nil, fmt.Errorf("read the redirect of %s: %w", v.target.Host, err)
	}
	after := visit{method: http.MethodGet, target: target, from: v.from}
	if response.StatusCode < 300 {
		after.from = v.target
	}
	if response.StatusCode == http.StatusTemporaryRedirect || response.StatusCode == http.StatusPermanentRedirect {
		after.method, after.form = v.method, v.form
	}
	return page, &after, nil
}

func (v visit) request(ctx context.Context) (*http.Request, error) {
	var body io.Reader
	if v.method == http.MethodPost {
		body = strings.NewReader(v.form.Encode())
	}
	request, err := http.NewRequestWithContext(ctx, v.method, v.target.String(), body)
	if err != nil {
		return nil, fmt.Errorf("make request to %s: %w", v.target.Host, err)
	}
	request.Header.Set("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
	request.Header.Set("Accept-Language", "en")
	request.Header.Set("User-Agent", "Mozilla/5.0 (sandbox)")
	request.Header.Set("Sec-Fetch-Mode", "navigate")
	request.Header.Set("Sec-Fetch-Dest", "document")
	request.Header.Set("Sec-Fetch-Site", "none")
	if v.from != nil {
		request.Header.Set("Sec-Fetch-Site", site(v.from, v.target))
	}
	if v.method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if v.from != nil {
			request.Header.Set("Origin", v.from.Scheme+"://"+v.from.Host)
		}
	}
	return request, nil
}

func site(from, to *url.URL) string {
	if from.Scheme == to.Scheme && from.Host == to.Host {
		return "same-origin"
	}
	return "cross-site"
}

func (b *Browser) sendCookies(request *http.Request) {
	for name, value := range b.cookies[host(request.URL)] {
		request.AddCookie(&http.Cookie{Name: name, Value: value})
	}
}

// keepCookies stores what a real browser would: host-only cookies, and a __Host- name only with Secure, path / and no
// domain (RFC 6265bis section 4.1.3).
func (b *Browser) keepCookies(from *url.URL, response *http.Response) {
	for _, cookie := range response.Cookies() {
		if strings.HasPrefix(cookie.Name, "__Host-") && (!cookie.Secure || cookie.Path != "/" || cookie.Domain != "") {
			continue
		}
		jar := b.cookies[host(from)]
		if jar == nil {
			jar = map[string]string{}
			b.cookies[host(from)] = jar
		}
		if cookie.MaxAge < 0 || (!cookie.Expires.IsZero() && cookie.Expires.Before(b.now())) {
			delete(jar, cookie.Name)
			continue
		}
		jar[cookie.Name] = cookie.Value
	}
}

func host(u *url.URL) string { return strings.ToLower(u.Hostname()) }
