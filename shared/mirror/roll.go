package mirror

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/evidenced/lever-integration/shared/table"
)

// roll is what stands of the last complete list of one kind, so that a list which shows nothing new is confirmed by one
// write and not by one for each record (docs/decisions/0021).
//
// Fetched counts for each record of the kind as its own Record.Fetched does, whichever is later. Digest names the content
// of the list; it is empty since a record of the kind changed. Two rules make that sound: whatever changes a record of the
// kind clears the digest in the same transaction, and a digest is written only on condition that the roll has not moved
// since before the records were read that were found equal to the list.
type roll struct {
	table.Meta        // PK is the connection's id, SK "roll#<kind>", in the table Connections
	Fetched    int64  `dynamodbav:"fetched"` // microseconds since the epoch
	Digest     string `dynamodbav:"digest,omitempty"`
}

// hasRoll says whether the records of a kind are confirmed by complete lists.
func hasRoll(kind Kind) bool { return kind == User }

func rollKey(connection string, kind Kind) table.Key {
	return table.Key{PK: connection, SK: "roll#" + string(kind)}
}

// RollKeys are the items beside the records that the end of a connection has to remove, in the table Connections.
func RollKeys() []string { return []string{"roll#" + string(User)} }

// ApplyList applies a complete list of users that was read from the given time on. It writes one item when the list shows
// what the last one showed and no user has changed since; else it is ApplyAll for the whole list, of any length.
func (s *Store) ApplyList(ctx context.Context, tenant, connection string, all []Observation, fetched time.Time) error {
	kept, err := s.roll(ctx, connection, User)
	if err != nil {
		return err
	}
	digest := digest(all)
	if kept.Digest == digest {
		if kept.Fetched >= fetched.UnixMicro() {
			return nil
		}
		kept.Fetched = fetched.UnixMicro()
		if err := table.Save(ctx, s.DB, table.Connections, &kept); !errors.Is(err, table.ErrConflict) {
			return err
		}
	}
	equal := kept.Digest != digest // else somebody changed the roll just now
	for part := range slices.Chunk(all, 100) {
		results, err := s.ApplyAll(ctx, tenant, connection, part)
		if err != nil {
			return err
		}
		for _, r := range results {
			equal = equal && (r.Outcome == Unchanged || r.Outcome == Older && !r.Conflicting)
		}
	}
	if !equal {
		return nil
	}
	kept.Digest, kept.Fetched = digest, max(kept.Fetched, fetched.UnixMicro())
	if err := table.Save(ctx, s.DB, table.Connections, &kept); !errors.Is(err, table.ErrConflict) {
		return err
	}
	return nil // a user changed meanwhile
}

func (s *Store) roll(ctx context.Context, connection string, kind Kind) (roll, error) {
	k, _, err := table.Get[roll](ctx, s.DB, table.Connections, rollKey(connection, kind))
	if err != nil {
		return k, fmt.Errorf("read roll of %s records: %w", kind, err)
	}
	key := rollKey(connection, kind)
	k.PK, k.SK = key.PK, key.SK
	return k, nil
}

// digest names the content of a list, whatever its order.
func digest(all []Observation) string {
	lines := make([]string, len(all))
	for i, o := range all {
		lines[i] = fmt.Sprintf("%q %s %s %s", o.ID, o.State, o.Reason, hash(o))
	}
	slices.Sort(lines)
	sum := sha256.New()
	_, _ = fmt.Fprintf(sum, "%d\n%q", Schema, lines) // never fails
	return hex.EncodeToString(sum.Sum(nil))
}

// mostTogether is how many records of a kind with a roll are written in one transaction.
const mostTogether = 50

// applyTogether applies observations of a kind with a roll: what a part of them writes, and with a change the roll, goes in
// one transaction.
func (s *Store) applyTogether(ctx context.Context, tenant, connection string, all []Observation) ([]Result, error) {
	var results []Result
	for part := range slices.Chunk(all, mostTogether) {
		some, err := s.together(ctx, tenant, connection, part)
		if err != nil {
			return nil, err
		}
		results = append(results, some...)
	}
	return results, nil
}

func (s *Store) together(ctx context.Context, tenant, connection string, part []Observation) ([]Result, error) {
	kind := part[0].Kind
	keys := make([]table.Key, len(part))
	for i, o := range part {
		keys[i] = key(connection, kind, o.ID)
	}
	for range 20 {
		kept, err := s.roll(ctx, connection, kind) // before the records, see roll
		if err != nil {
			return nil, err
		}
		stored, err := s.stored(ctx, keys)
		if err != nil {
			return nil, err
		}
		results, changes, err := s.planned(ctx, tenant, connection, part, func(i int) Record {
			r := stored[keys[i]]
			r.Fetched = max(r.Fetched, kept.Fetched)
			return r
		})
		if err != nil || len(changes) == 0 {
			return results, err
		}
		if slices.ContainsFunc(results, func(r Result) bool { return r.Outcome != Unchanged && r.Outcome != Older }) {
			kept.Digest = ""
			cleared, err := table.Encode(table.Connections, &kept)
			if err != nil {
				return nil, err
			}
			changes = append(changes, cleared)
		}
		if err = s.DB.Write(ctx, changes...); err == nil {
			return results, nil
		}
		if !errors.Is(err, table.ErrConflict) {
			return nil, fmt.Errorf("apply %s records: %w", kind, err)
		}
	}
	return nil, fmt.Errorf("apply %s records: %w", kind, table.ErrConflict)
}

// planned gives what each observation would be and the writes for it.
func (s *Store) planned(
	ctx context.Context, tenant, connection string, part []Observation, stands func(int) Record,
) (results []Result, changes []table.Change, err error) {
	for i, o := range part {
		r := stands(i)
		next, result := s.next(tenant, connection, o, r)
		results = append(results, result)
		if next == nil {
			continue
		}
		if err := s.dropping(ctx, connection, r, next); err != nil {
			return nil, nil, err
		}
		change, err := table.Encode(table.Mirror, next)
		if err != nil {
			return nil, nil, err
		}
		changes = append(changes, change)
	}
	return results, changes, nil
}
