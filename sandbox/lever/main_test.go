package main

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestConfigGathersEveryFault(t *testing.T) {
	t.Parallel()
	env := map[string]string{
		"LISTEN": "127.0.0.1:1", "PUBLIC_URL": "http://localhost:1/", "CLIENT_ID": "id", "CLIENT_SECRET": "secret",
		"REDIRECT_URIS": "http://a.localhost/cb,http://b.localhost/cb", "SEED": "7", "SMALL_COMPANIES": "3",
	}
	got, err := readConfig(func(name string) string { return env[name] })
	want := config{"127.0.0.1:1", "http://localhost:1", "id", "secret", []string{"http://a.localhost/cb", "http://b.localhost/cb"}, 7, 3}
	if err != nil || !cmp.Equal(want, got, cmp.AllowUnexported(config{})) {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = readConfig(func(name string) string { return map[string]string{"SEED": "x", "SMALL_COMPANIES": "31"}[name] })
	for _, name := range []string{"LISTEN", "PUBLIC_URL", "CLIENT_ID", "CLIENT_SECRET", "REDIRECT_URIS", "SEED", "SMALL_COMPANIES"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("the error does not name %s: %v", name, err)
		}
	}
}

func TestServesUntilTheContextEnds(t *testing.T) {
	t.Parallel()
	free, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- serve(ctx, config{address, "http://" + address, "id", "secret", []string{"http://localhost/cb"}, 1, 0})
	}()
	for {
		resp, err := http.Get("http://" + address + "/login")
		if err != nil {
			select {
			case err := <-ended:
				t.Fatalf("ended early: %v", err)
			default:
				continue
			}
		}
		if resp.Body.Close() != nil || resp.StatusCode != http.StatusOK {
			t.Errorf("status %d", resp.StatusCode)
		}
		break
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
