package mirror

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/evidenced/lever-integration/shared/table"
)

// Back is what became of a record from a backup.
type Back uint8

// What can become of it.
const (
	PutBack Back = iota
	Stands       // the mirror has this record already, from the same fetch or a later one: nothing is written
	LeftOut      // its time was over, or it is of no kind that is known here
)

// Return puts a record from a backup back where the mirror has none, on the further conditions that are given;
// table.ErrConflict when one of these does not hold. Nothing that stands is overwritten, so it may be repeated.
//
// The record keeps the start of its fetch, so any fetch since is newer. Its version is a new one, because consumers may
// have seen a higher one than the backup has, and no record goes back to a lower version. As with every change of a
// record of a kind with a roll, the digest of the roll is cleared in the same transaction: the list that it names was
// compared with what has been lost.
func (s *Store) Return(ctx context.Context, r Record, holds ...table.Change) (Back, error) {
	if r.TTL > 0 && r.TTL <= s.Now().Unix() || !slices.Contains(Kinds(), r.Kind) {
		return LeftOut, nil
	}
	r.Rev, r.News = 0, ""
	if r.Version > 0 {
		r.renew(s.Now())
	}
	put, err := table.Encode(table.Mirror, &r)
	if err != nil {
		return 0, err
	}
	changes := append([]table.Change{put}, holds...)
	if hasRoll(r.Kind) {
		kept, err := s.roll(ctx, r.Connection, r.Kind)
		if err != nil {
			return 0, err
		}
		kept.Digest = ""
		cleared, err := table.Encode(table.Connections, &kept)
		if err != nil {
			return 0, err
		}
		changes = append(changes, cleared)
	}
	err = s.DB.Write(ctx, changes...)
	if err == nil {
		return PutBack, nil
	}
	if !errors.Is(err, table.ErrConflict) {
		return 0, fmt.Errorf("put %s back: %w", r.Kind, err)
	}
	there, failed := s.DB.Get(ctx, table.Mirror, r.Key())
	if failed == nil && there != nil {
		return Stands, nil
	}
	return 0, errors.Join(err, failed)
}
