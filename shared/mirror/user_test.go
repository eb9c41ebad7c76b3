package mirror_test

import (
	"testing"

	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/mirror"
)

// A decision's author is a user of this connection whose address is the decider's, and nobody where that is not sure.
func TestUserByEmailFindsTheOneActiveUser(t *testing.T) {
	t.Parallel()
	b, left := setup(), lever.Millis(start.UnixMilli())
	for _, u := range []struct {
		id, email string
		left      *lever.Millis
	}{
		{"dana", " Dana@Customer.example", nil},
		{"lee-left", "lee@customer.example", &left},
		{"lee", "lee@customer.example", nil},
		{"left", "left@customer.example", &left},
		{"twin-1", "twin@customer.example", nil},
		{"twin-2", "twin@customer.example", nil},
		{"gone", "gone@customer.example", nil},
		{"nameless", "", nil},
	} {
		o, err := mirror.FromUser(lever.User{ID: u.id, Email: &u.email, DeactivatedAt: u.left}, start)
		if err != nil {
			t.Fatal(err)
		}
		b.apply(t, t, o)
	}
	b.apply(t, t, mirror.Observation{Kind: mirror.User, ID: "gone", Fetched: start.AddDate(0, 0, 1), State: mirror.Removed, Reason: "deleted"})
	for email, want := range map[string]string{
		"dana@customer.example": "dana", "DANA@customer.example ": "dana", "lee@customer.example": "lee",
		"left@customer.example": "", "twin@customer.example": "", "gone@customer.example": "",
		"dana@customer.exampl": "", "": "", " ": "",
	} {
		if got, ok, err := b.UserByEmail(t.Context(), "c1", email); err != nil || got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v, %v, want %q", email, got, ok, err, want)
		}
	}
	if got, ok, err := b.UserByEmail(t.Context(), "c2", "dana@customer.example"); err != nil || ok {
		t.Errorf("another connection's user: %q, %v", got, err)
	}
}
