package lever_test

import (
	"strings"
	"testing"

	"github.com/evidenced/lever-integration/shared/lever"
)

func TestParseHostsTakesLeversAndLocalAddresses(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{"https://api.lever.co/v1", "https://auth.lever.co", "https://api.lever.co/v1/"},
		{"https://api.sandbox.lever.co/v1/", "https://sandbox-lever.auth0.com/", "https://api.sandbox.lever.co/v1/"},
		{"http://localhost:4010/v1", "http://lever.localhost:4010", "http://127.0.0.1:4010/v1/"},
		{"http://[::1]:4010/v1", "http://127.0.0.1", "https://api.lever.co/v1/"},
	} {
		if got, err := lever.ParseHosts(c[0], c[1], c[2]); err != nil || got.API.String() != c[0] || got.Auth.String() != c[1] || got.Audience != c[2] {
			t.Errorf("%v: %v, %v", c, got, err)
		}
	}
}

func TestParseHostsNamesEveryFaultAtOnce(t *testing.T) {
	t.Parallel()
	const good, audience = "https://api.lever.co/v1", "https://api.lever.co/v1/"
	for _, c := range []struct {
		api, auth, audience string
		want                []string
	}{
		{"", "", "", []string{"Lever API address: is empty", "Lever login address: is empty", "Lever audience: is empty"}},
		{"http://api.lever.co", "https://", good, []string{
			"Lever API address: must be https, or http on this machine", "Lever login address: has no host", "Lever audience: must end in a slash",
		}},
		{good, "https://canary:canary@auth.lever.co", audience, []string{"Lever login address: must hold no user, query or fragment"}},
		{good + "?canary", good + "#canary", audience, []string{
			"Lever API address: must hold no user, query or fragment", "Lever login address: must hold no user, query or fragment",
		}},
		{"https://a b", "ftp://localhost", "canary", []string{
			"Lever API address: is not a URL", "Lever login address: must be https, or http on this machine", "Lever audience: has no host",
		}},
		{"http://notlocalhost", "http://10.0.0.1", audience, []string{
			"Lever API address: must be https, or http on this machine", "Lever login address: must be https, or http on this machine",
		}},
	} {
		_, err := lever.ParseHosts(c.api, c.auth, c.audience)
		if err == nil || err.Error() != strings.Join(c.want, "\n") {
			t.Errorf("%q: %v", c.api, err)
		}
	}
}
