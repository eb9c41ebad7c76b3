package hint

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/evidenced/lever-integration/shared/table"
)

// mark remembers how often a delivery has asked for a look. Who captures one may send it again, under the same signature
// with other data even (see Verify), so what is counted is the signature, whatever stands beside it.
type mark struct {
	table.Meta     // in Work: PK "delivery#<connection>", SK the fingerprint
	Looks      int `dynamodbav:"looks"`
}

// most is how often one delivery asks for a look: the first time, and each of the five times that Lever repeats one that
// it thinks lost (lever/api.md section 4, C).
const most = 6

// rememberedFor outlasts the time in which a delivery is believed.
const rememberedFor = believedFor + 2*ahead

// fingerprint names a delivery by what Lever signed, and gives nothing of it away.
func (e Envelope) fingerprint() string {
	sum := sha256.Sum256([]byte(e.Signature.Reveal()))
	return hex.EncodeToString(sum[:16])
}

func (w *Worker) markOf(a Arrival) table.Key {
	return table.Key{PK: "delivery#" + a.Connection, SK: a.Delivery}
}

// replayed says whether nothing is to be made of a delivery because it comes more often than Lever repeats one.
func (w *Worker) replayed(ctx context.Context, a Arrival) (bool, error) {
	if a.Delivery == "" {
		return false, nil
	}
	m, found, err := table.Get[mark](ctx, w.DB, table.Work, w.markOf(a))
	if err != nil {
		return false, fmt.Errorf("look for an earlier delivery: %w", err)
	}
	return found && m.Looks >= most, nil
}

// remember notes that the delivery has asked for its look. It comes last: after a crash before it the message comes again
// and asks once more, so nothing is ever taken for a replay that did not get its look.
func (w *Worker) remember(ctx context.Context, a Arrival) error {
	if a.Delivery == "" {
		return nil
	}
	_, err := table.Update(ctx, w.DB, table.Work, w.markOf(a), func(m *mark) error {
		if m.Rev == 0 {
			m.TTL = w.Now().Add(rememberedFor).Unix()
		}
		m.Looks++
		return nil
	})
	if err != nil {
		return fmt.Errorf("remember delivery: %w", err)
	}
	return nil
}
