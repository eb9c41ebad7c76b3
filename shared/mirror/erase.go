package mirror

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// dropping tells whoever wants to know when next drops data that r has, and drops what newer code left there too.
func (s *Store) dropping(ctx context.Context, connection string, r Record, next *Record) error {
	if !erases(r, *next) {
		return nil
	}
	next.Rest = nil // whatever it is, it goes with the data
	if err := s.erasing(ctx, connection, next.Kind, next.ID); err != nil {
		return fmt.Errorf("apply %s %s: %w", next.Kind, next.ID, err)
	}
	return nil
}

// erasing tells whoever wants to know that data of a record is about to be erased.
func (s *Store) erasing(ctx context.Context, connection string, kind Kind, id string) error {
	if s.Erasing == nil {
		return nil
	}
	return s.Erasing(ctx, connection, kind, id)
}

// erases says whether data that is stored must not come back once next is written.
func erases(r, next Record) bool {
	const anonymized = `"anonymized":true`
	return r.Doc != "" && (next.Doc == "" || strings.Contains(next.Doc, anonymized) && !strings.Contains(r.Doc, anonymized))
}

// retained drops the data of what left longer ago than the retention time.
func (s *Store) retained(o Observation) Observation {
	if o.State == Inactive && !o.LeftAt.IsZero() && s.Now().Sub(o.LeftAt) >= s.Retention {
		o.Doc = ""
	}
	if o.State == Removed {
		o.Doc, o.Email = "", ""
	}
	return o
}

// leaving gives when the record left and when its data and then the record itself may go.
func (s *Store) leaving(o Observation, r Record) (leftAt, eraseAt, ttl int64) {
	if o.State == Active {
		return 0, 0, 0
	}
	left := o.LeftAt
	if left.IsZero() && r.LeftAt > 0 && r.State == o.State {
		left = time.UnixMilli(r.LeftAt)
	}
	if left.IsZero() {
		left = s.Now()
	}
	keep := tombstoneFor
	if o.State == Inactive && o.Doc != "" {
		eraseAt = left.Add(s.Retention).UnixMilli()
		keep += s.Retention
	}
	return left.UnixMilli(), eraseAt, s.Now().Add(keep).Unix()
}
