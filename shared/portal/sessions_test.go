package portal_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/portal"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/table/memory"
)

type bundle struct {
	*portal.Sessions
	db  *memory.DB
	now time.Time
}

func setup(t *testing.T) *bundle {
	t.Helper()
	b := &bundle{db: memory.New(), now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	b.Sessions = &portal.Sessions{
		DB: b.db, Now: func() time.Time { return b.now }, Rand: rand.Reader,
		PublicURL: "https://lever.example", ReturnOrigins: []string{"https://app.example", "http://evidenced.localhost:4590"},
	}
	return b
}

func entry() portal.Entry {
	return portal.Entry{Tenant: "t1", TenantName: "One", UserID: "u1", Role: portal.Admin, ReturnURL: "https://app.example/integrations/lever"}
}

func (b *bundle) open(t *testing.T, e portal.Entry) string {
	t.Helper()
	address, _, err := b.Create(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil || !strings.HasPrefix(address, "https://lever.example/portal/enter?entry=") {
		t.Fatalf("%s, %v", address, err)
	}
	return u.Query().Get("entry")
}

func TestEntryWorksOnceAndForAMinute(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token := b.open(t, entry())
	cookie, s, err := b.Enter(t.Context(), token)
	if err != nil || s.Tenant != "t1" || !s.Admin() {
		t.Fatalf("%+v, %v", s, err)
	}
	if _, _, err := b.Enter(t.Context(), token); !portal.ErrEnded(err) {
		t.Errorf("entered twice: %v", err)
	}
	late := b.open(t, entry())
	b.now = b.now.Add(time.Minute)
	if _, _, err := b.Enter(t.Context(), late); !portal.ErrEnded(err) {
		t.Errorf("entered late: %v", err)
	}
	loaded, err := b.Load(t.Context(), cookie)
	if err != nil || loaded.Key != s.Key || loaded.CSRF != s.CSRF {
		t.Errorf("%+v, %v", loaded, err)
	}
	b.now = b.now.Add(time.Hour)
	if _, err := b.Load(t.Context(), cookie); !portal.ErrEnded(err) {
		t.Errorf("the session outlived its hour: %v", err)
	}
}

func TestStrangersAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, token := range []string{"", "made-up", strings.Repeat("x", 10_000)} {
		if _, err := b.Load(t.Context(), token); !portal.ErrEnded(err) {
			t.Errorf("loaded: %v", err)
		}
		if _, _, err := b.Enter(t.Context(), token); !portal.ErrEnded(err) {
			t.Errorf("entered: %v", err)
		}
	}
}

func TestFormsNeedTheSessionsOwnToken(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, one, _ := b.Enter(t.Context(), b.open(t, entry()))
	_, other, _ := b.Enter(t.Context(), b.open(t, entry()))
	if err := one.Check("resync", one.Form("resync")); err != nil {
		t.Error(err)
	}
	for _, token := range []string{"", one.CSRF, other.Form("resync"), one.Form("disconnect"), one.Form("resync") + "x"} {
		if fault.KindOf(one.Check("resync", token)) != fault.Forbidden {
			t.Errorf("accepted %q", token)
		}
	}
	if none := (portal.Session{}); none.Check("resync", none.Form("resync")) == nil {
		t.Error("a session without a secret accepted a token")
	}
}

func TestOnlyHashesAreStored(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token := b.open(t, entry())
	cookie, s, err := b.Enter(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range b.db.Dump(table.Sessions) {
		raw, err := json.Marshal(item)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{token, cookie, s.CSRF} {
			if secret == "" || bytes.Contains(raw, []byte(secret)) {
				t.Errorf("%s opens something", raw)
			}
		}
	}
}

func TestReturnAddressesOutsideTheListAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, good := range []string{"https://app.example", "https://app.example/a?b=c", "http://evidenced.localhost:4590/x"} {
		e := entry()
		e.ReturnURL = good
		if _, _, err := b.Create(t.Context(), e); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "/", "//app.example", "///app.example", "app.example", "https:app.example", "https:///app.example", "http://app.example",
		"https://app.example.evil.example", "https://evil.example/app.example", "https://evil.example?https://app.example",
		"https://evil.example#https://app.example", "https://app.example@evil.example", "https://app.example:443@evil.example",
		"https://user@app.example", "https://app.example:8443", "https://APP.example", "HTTPS://app.example.", "https://app.example.",
		"https://app.example\\@evil.example", "https:\\\\app.example", "https://app.example%2eevil.example", "javascript:alert(1)",
		"data:text/html,x", "https://app.example\r\nLocation: x", "https://app.example\t.evil.example", " https://app.example",
		"https://app.example#fragment", "ftp://app.example", "https://[::1]", "https://аpp.example", "https://app.example" + strings.Repeat("/x", 2000),
	} {
		e := entry()
		e.ReturnURL = bad
		if _, _, err := b.Create(t.Context(), e); fault.KindOf(err) != fault.Invalid || err == nil {
			t.Errorf("%q was accepted: %v", bad, err)
		}
	}
}

func TestEveryFaultOfARequestIsNamed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, _, err := b.Create(t.Context(), portal.Entry{Role: "owner", TimeZone: "Mars/Base"})
	for _, word := range []string{"tenant", "tenantName", "actingUser", "role", "returnUrl", "timeZone"} {
		if !strings.Contains(fault.DetailOf(err), word) {
			t.Errorf("%s is not named: %v", word, err)
		}
	}
}
