package loopback

import "testing"

func TestAddressFindsLocalhostNamesOnThisMachine(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"lever.localhost:4580":               "127.0.0.1:4580",
		"a1.execute-api.LOCALHOST.:4566":     "127.0.0.1:4566",
		"localhost:80":                       "127.0.0.1:80",
		"notlocalhost:80":                    "notlocalhost:80",
		"localhost.example.com:443":          "localhost.example.com:443",
		"api.lever.co:443":                   "api.lever.co:443",
		"an address without any port at all": "an address without any port at all",
	} {
		if got := Address(in); got != want {
			t.Errorf("Address(%q) = %q, want %q", in, got, want)
		}
	}
}
