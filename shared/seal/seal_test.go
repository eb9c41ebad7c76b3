package seal_test

import (
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/seal"
	"github.com/evidenced/lever-integration/shared/seal/sealtest"
)

func TestSealedOpensOnlyInItsContext(t *testing.T) {
	t.Parallel()
	keys := &sealtest.Keys{}
	fresh := func() *seal.Box { return seal.New(keys, time.Now, rand.Reader) }
	mine := seal.Context{Connection: "c1", Purpose: seal.Token}
	sealed, err := fresh().Seal(t.Context(), mine, []byte("plain"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := fresh().Open(t.Context(), mine, sealed); err != nil || string(got) != "plain" {
		t.Fatalf("open: %q, %v", got, err)
	}
	for name, other := range map[string]seal.Context{
		"another connection": {Connection: "c2", Purpose: seal.Token},
		"another purpose":    {Connection: "c1", Purpose: seal.Hook},
	} {
		if _, err := fresh().Open(t.Context(), other, sealed); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	sealed.Text[0] ^= 1
	if _, err := fresh().Open(t.Context(), mine, sealed); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("altered: got %v", err)
	}
}

func TestAKeyInHandSealsWithoutAKeyCall(t *testing.T) {
	t.Parallel()
	keys, now := &sealtest.Keys{}, time.Now()
	box := seal.New(keys, func() time.Time { return now }, rand.Reader)
	c := seal.Context{Connection: "c1", Purpose: seal.Token}
	first, err := box.Seal(t.Context(), c, []byte("one"))
	if err != nil {
		t.Fatal(err)
	}
	held, err := box.Hold(t.Context(), c, first)
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Hour) // the box has forgotten the key
	before := keys.Calls()
	second, err := held.Seal([]byte("two"))
	if err != nil {
		t.Fatal(err)
	}
	if keys.Calls() != before {
		t.Errorf("%d key calls", keys.Calls()-before)
	}
	if got, err := box.Open(t.Context(), c, second); err != nil || string(got) != "two" {
		t.Errorf("open: %q, %v", got, err)
	}
	if keys.Calls() != before+1 {
		t.Errorf("%d key calls to open", keys.Calls()-before)
	}
}
