package lever_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/lever"
)

const stagesBody = `{"data":[{"id":"offer"}],"hasNext":false}`

func TestWhereARedirectMayLeadAndWithTheToken(t *testing.T) {
	t.Parallel()
	const global, local = "https://api.lever.co/v1", "http://localhost:4010/v1"
	for _, c := range []struct {
		name, api, location    string
		followed, withTheToken bool
	}{
		{"other data centre", global, "https://api.eu.lever.co/v1/stages", true, true},
		{"lever.co itself", global, "https://lever.co/v1/stages", true, true},
		{"upper case", global, "https://API.EU.LEVER.CO/v1/stages", true, true},
		{"relative", global, "/v2/stages", true, true},
		{"usual port spelt out", global, "https://api.lever.co:443/v2/stages", true, true},
		{"without https", global, "http://api.lever.co/v1/stages", false, false},
		{"sibling without https", global, "http://api.eu.lever.co/v1/stages", false, false},
		{"elsewhere", global, "https://evil.example/v1/stages", false, false},
		{"looks alike in front", global, "https://evillever.co/v1", false, false},
		{"looks alike behind", global, "https://api.lever.co.evil.example/v1", false, false},
		{"user info", global, "https://api.lever.co@evil.example/v1", false, false},
		{"user info on Lever", global, "https://u:p@api.lever.co/v1", false, false},
		{"no scheme", global, "//evil.example/v1", false, false},
		{"file", global, "file:///etc/passwd", false, false},
		{"nothing", global, "", false, false},
		{"garbage", global, "https://[::1", false, false},
		{"configured host", local, "http://localhost:4010/v2", true, true},
		{"other port here", local, "http://localhost:4011/v2", false, false},
		{"https here", local, "https://localhost:4010/v2", false, false},
		{"Lever from a host that is not Lever's", local, "https://api.lever.co/v1/stages", true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			requests, token := 0, ""
			client, _, limit := through(t, c.api, func(r *http.Request) (*http.Response, error) {
				if requests++; requests == 1 {
					return response(r, http.StatusTemporaryRedirect, jsonBody("moved"), "Location", c.location), nil
				}
				token = r.Header.Get("Authorization")
				return response(r, http.StatusOK, jsonBody(stagesBody)), nil
			})
			_, err := client.Stages(t.Context(), "")
			if (err == nil) != c.followed || (requests == 2) != c.followed || (token != "") != c.withTheToken {
				t.Errorf("%d requests, token %q: %v", requests, token, err)
			}
			if limit.taken != requests {
				t.Errorf("took %d for %d requests", limit.taken, requests)
			}
			if err != nil && fault.KindOf(err) != fault.Unavailable {
				t.Errorf("kind %s", fault.KindOf(err))
			}
		})
	}
}

func TestA401WhereTheTokenDidNotGoSaysNothingAboutTheToken(t *testing.T) {
	t.Parallel()
	client, auth, _ := through(t, "http://localhost:4010/v1", func(r *http.Request) (*http.Response, error) {
		if r.URL.Host == "localhost:4010" {
			return response(r, http.StatusFound, jsonBody(""), "Location", "https://api.lever.co/v1/stages"), nil
		}
		return response(r, http.StatusUnauthorized, jsonBody("{}")), nil
	})
	_, err := client.Stages(t.Context(), "")
	if fault.KindOf(err) != fault.Unauthorized || len(auth.rejected) != 0 {
		t.Errorf("told of %v: %v", auth.rejected, err)
	}
}

func TestAtMostThreeRedirects(t *testing.T) {
	t.Parallel()
	for hops, ok := range map[int]bool{3: true, 4: false} {
		requests := 0
		client, _, limit := through(t, "https://api.lever.co/v1", func(r *http.Request) (*http.Response, error) {
			if requests++; requests <= hops {
				return response(r, http.StatusMovedPermanently, jsonBody(""), "Location", "/v1/again"), nil
			}
			return response(r, http.StatusOK, jsonBody(stagesBody)), nil
		})
		_, err := client.Stages(t.Context(), "")
		if (err == nil) != ok || requests > 4 || limit.taken != requests {
			t.Errorf("%d hops: %d requests, %v", hops, requests, err)
		}
	}
}

func TestWritesFollowNoRedirectThatMayChangeThem(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303} {
		requests := 0
		client, _, _ := through(t, "https://api.lever.co/v1", func(r *http.Request) (*http.Response, error) {
			requests++
			return response(r, status, strings.NewReader(""), "Location", "https://api.eu.lever.co/v1/x"), nil
		})
		_, post := client.CreateNote(t.Context(), "o", lever.NewNote{Value: "v"})
		put := client.UpdateNote(t.Context(), "o", "n", []lever.NoteValue{{Value: "v"}})
		remove := client.DeleteNote(t.Context(), "o", "n")
		if !errors.Is(post, lever.ErrUnclear) || !errors.Is(put, lever.ErrUnclear) || fault.KindOf(remove) != fault.Unavailable || requests != 3 {
			t.Errorf("%d: %d requests, %v, %v, %v", status, requests, post, put, remove)
		}
	}
}

func TestWritesGoWholeToAnotherDataCentreAndNowhereElse(t *testing.T) {
	t.Parallel()
	for _, status := range []int{307, 308} {
		for location, followed := range map[string]bool{"https://api.eu.lever.co/v1/x": true, "https://evil.example/v1/x": false} {
			var seen []string
			client, _, _ := through(t, "https://api.lever.co/v1", func(r *http.Request) (*http.Response, error) {
				body, err := io.ReadAll(r.Body)
				if err != nil {
					return nil, err
				}
				seen = append(seen, r.Method+" "+r.URL.Host+" "+string(body))
				if len(seen) == 1 {
					return response(r, status, strings.NewReader(""), "Location", location), nil
				}
				return response(r, http.StatusCreated, jsonBody(`{"data":{"noteId":"n"}}`)), nil
			})
			_, err := client.CreateNote(t.Context(), "o", lever.NewNote{Value: "v"})
			switch {
			case followed && (err != nil || len(seen) != 2 || strings.Replace(seen[1], "api.eu.", "api.", 1) != seen[0]):
				t.Errorf("%d: %v, %v", status, seen, err)
			case !followed && (fault.KindOf(err) != fault.Unavailable || len(seen) != 1):
				t.Errorf("%d to %s: %v, %v", status, location, seen, err)
			}
		}
	}
}
