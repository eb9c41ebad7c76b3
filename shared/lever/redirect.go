package lever

import (
	"net/http"
	"net/url"
	"strings"
)

// maxRedirects is how many redirects one call follows.
const maxRedirects = 3

// leverDomain is the registrable domain of Lever's services. Customers in Europe are redirected
// to another data centre within it (lever/api.md section 1).
const leverDomain = "lever.co"

// redirects reports whether a response sends us elsewhere. Of the redirects of a write only 307 and
// 308 are followed: they ask for the same method and body at the other address (RFC 9110, sections
// 15.4.8 and 15.4.9), while after the older ones the write may or may not have been carried out.
func redirects(k *call, response *http.Response) bool {
	switch response.StatusCode {
	case http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther:
		return k.method == http.MethodGet
	}
	return false
}

// follow gives the address a redirect points to, if it may be followed.
func (c *Client) follow(k *call, response *http.Response, from *url.URL, hop int) (*url.URL, error) {
	refused := &Error{
		Status: response.StatusCode, Code: "redirect-refused", Deed: k.deed(),
		kind: kindOf(response.StatusCode, false),
	}
	if hop >= maxRedirects {
		refused.Code = "too-many-redirects"
		return nil, refused
	}
	location := response.Header.Get("Location")
	to, err := from.Parse(location)
	if err != nil || location == "" || to.User != nil || !c.mayVisit(to) {
		return nil, refused
	}
	to.Fragment = ""
	return to, nil
}

// mayVisit reports whether an address is the configured API host itself or one of Lever's.
func (c *Client) mayVisit(to *url.URL) bool {
	return sameOrigin(c.hosts.API, to) || (to.Scheme == "https" && ofLever(to))
}

// carriesToken reports whether the token may go to an address: to the configured API host
// itself, or over https to a sibling under lever.co if the configured host is there too.
func (c *Client) carriesToken(to *url.URL) bool {
	return sameOrigin(c.hosts.API, to) ||
		(to.Scheme == "https" && ofLever(to) && ofLever(c.hosts.API))
}

// ofLever reports whether a host is lever.co or under it.
func ofLever(address *url.URL) bool {
	host := strings.TrimSuffix(strings.ToLower(address.Hostname()), ".")
	return host == leverDomain || strings.HasSuffix(host, "."+leverDomain)
}

// sameOrigin reports whether two addresses share scheme, host and port.
func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

// port is the port of an address, also when it is the usual one of its scheme.
func port(address *url.URL) string {
	switch {
	case address.Port() != "":
		return address.Port()
	case address.Scheme == "https":
		return "443"
	}
	return "80"
}
