package mirror

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/evidenced/lever-integration/shared/table"
)

// Observation is what one fetch from Lever showed of one object.
type Observation struct {
	Kind         Kind
	ID           string
	Parent       string    // of an interview: its candidate
	Email        string    // of a user: the address by which it is found
	Fetched      time.Time // when the fetch was started, by our clock; of a list: its first page
	State        State     // Removed: Lever no longer shows it
	Reason       string    // why it is not active
	LeftAt       time.Time // when it left, if Lever says so
	Confidential bool
	Absent       bool   // of an interview: can be read, but the complete list of its candidate leaves it out
	Doc          string // JSON, empty when removed
}

// Outcome is what Apply made of an observation.
type Outcome uint8

// The outcomes.
const (
	Older     Outcome = iota // a later fetch was already applied: nothing is written
	Ignored                  // of no interest: an inactive or removed object that was never mirrored
	Unchanged                // confirmed by a later fetch
	Updated
	Created
	Returned // was inactive or removed, is active again
	Left     // was active, is inactive now
	Gone     // removed
)

// Changes says whether consumers see a new version.
func (o Outcome) Changes() bool { return o >= Updated }

// Result tells what became of one observation. Conflicting says that an older fetch than the applied one, which was under
// way at the same time, showed something else. Which of the two Lever answered later nobody can know, for clocks differ,
// Lever may serve an older copy, and a repeated request is answered late: the caller looks again.
type Result struct {
	Outcome     Outcome
	Conflicting bool
	Was         Record // as it stood before; zero when there was none
	Now         Record // as it stands since, where its content changed; else zero
}

// tombstoneFor is how long a removed record keeps older fetches away and stands in the change feed.
const tombstoneFor = 30 * 24 * time.Hour

// Store is the mirror of all connections. It is safe for concurrent use.
type Store struct {
	DB        table.DB
	Now       func() time.Time
	Retention time.Duration // how long an inactive candidate keeps its data
	Parallel  int           // writes in flight at once in ApplyAll; 1 when 0
	// Erasing, when set, is told before data of a record is erased; its error keeps the record as it is.
	Erasing func(ctx context.Context, connection string, kind Kind, id string) error
}

// Apply brings one observation into the mirror under the rule of this package: a fetch that started later than the one
// applied wins and always advances the fetch time; only changed content raises the version; a removal is a tombstone.
func (s *Store) Apply(ctx context.Context, tenant, connection string, o Observation) (Result, error) {
	results, err := s.ApplyAll(ctx, tenant, connection, []Observation{o})
	if err != nil {
		return Result{}, err
	}
	return results[0], nil
}

// ApplyAll applies at most 100 observations of one kind; results stand in their order. Of several of one object the last counts, and
// the others' results are zero. On an error some may
// have been applied, which a repetition heals.
func (s *Store) ApplyAll(ctx context.Context, tenant, connection string, all []Observation) ([]Result, error) {
	keys, last := make([]table.Key, len(all)), map[table.Key]int{}
	var ask []table.Key
	for i, o := range all {
		keys[i] = key(connection, o.Kind, o.ID)
		if _, twice := last[keys[i]]; !twice {
			ask = append(ask, keys[i])
		}
		last[keys[i]] = i
	}
	results := make([]Result, len(all))
	if len(all) > 0 && hasRoll(all[0].Kind) {
		return results, s.lastOf(all, keys, last, results, func(part []Observation) ([]Result, error) {
			return s.applyTogether(ctx, tenant, connection, part)
		})
	}
	stored, err := s.stored(ctx, ask)
	if err != nil {
		return nil, err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, s.Parallel))
	for i, o := range all {
		if last[keys[i]] != i {
			continue // Lever's moving order shows an object twice at times; the last showing counts
		}
		group.Go(func() error {
			result, err := s.apply(ctx, tenant, connection, o, stored[keys[i]])
			results[i] = result
			return err
		})
	}
	return results, group.Wait()
}

// lastOf applies the last observation of each object and puts the results in their places.
func (s *Store) lastOf(
	all []Observation, keys []table.Key, last map[table.Key]int, results []Result, apply func([]Observation) ([]Result, error),
) error {
	var part []Observation
	var places []int
	for i, o := range all {
		if last[keys[i]] == i {
			part, places = append(part, o), append(places, i)
		}
	}
	some, err := apply(part)
	for i, r := range some {
		results[places[i]] = r
	}
	return err
}

// stored reads what there is of some records.
func (s *Store) stored(ctx context.Context, keys []table.Key) (map[table.Key]Record, error) {
	items, err := s.DB.BatchGet(ctx, table.Mirror, keys)
	if err != nil {
		return nil, fmt.Errorf("read records: %w", err)
	}
	stored := map[table.Key]Record{}
	for _, item := range items {
		r, err := table.Decode[Record](item)
		if err != nil {
			return nil, err
		}
		stored[r.Key()] = r
	}
	return stored, nil
}

// apply writes one observation over r as it was read, and reads again when somebody was faster.
func (s *Store) apply(ctx context.Context, tenant, connection string, o Observation, r Record) (Result, error) {
	for range 20 {
		next, result := s.next(tenant, connection, o, r)
		if next == nil {
			return result, nil
		}
		if err := s.dropping(ctx, connection, r, next); err != nil {
			return Result{}, err
		}
		err := table.Save(ctx, s.DB, table.Mirror, next)
		if err == nil {
			return result, nil
		}
		if !errors.Is(err, table.ErrConflict) {
			return Result{}, fmt.Errorf("apply %s %s: %w", o.Kind, o.ID, err)
		}
		if r, _, err = table.Get[Record](ctx, s.DB, table.Mirror, key(connection, o.Kind, o.ID)); err != nil {
			return Result{}, err
		}
	}
	return Result{}, fmt.Errorf("apply %s %s: %w", o.Kind, o.ID, table.ErrConflict)
}

// next is the rule itself: what the record becomes, nil when nothing is to be written.
func (s *Store) next(tenant, connection string, o Observation, r Record) (*Record, Result) {
	fetched, fresh := o.Fetched.UnixMicro(), r.Rev == 0
	o = s.retained(o)
	if r.Version == 0 && o.State != Active {
		o.Doc, o.Email = "", "" // never shown to anybody: only its time is kept, against older fetches
	}
	sum := hash(o)
	same := !fresh && r.State == o.State && r.Reason == o.Reason && r.shows(o, sum)
	if !fresh && fetched <= r.Fetched {
		return nil, Result{Outcome: Older, Conflicting: !same, Was: r}
	}
	n := r
	k := key(connection, o.Kind, o.ID)
	n.PK, n.SK = k.PK, k.SK
	n.Tenant, n.Connection, n.Kind, n.ID = tenant, connection, o.Kind, o.ID
	n.Fetched, n.News = fetched, ""
	if r.State != Active || o.State != Active {
		n.Listed = 0
	}
	if !o.Absent {
		n.Absent = 0
	} else if n.Absent == 0 {
		n.Absent = s.Now().UnixMilli()
	}
	if same {
		return &n, Result{Outcome: Unchanged, Was: r}
	}
	outcome := outcome(fresh, r.Version, r.State, o.State)
	if outcome == Ignored && r.Version > 0 {
		n.Schema = max(r.Schema, Schema)            // no data, whatever the translation
		return &n, Result{Outcome: Ignored, Was: r} // a version names one content, so the tombstone stays as it is
	}
	if o.Parent != "" {
		n.Parent = o.Parent
	}
	n.State, n.Reason, n.Hash, n.Schema, n.Doc, n.Confidential = o.State, o.Reason, sum, Schema, o.Doc, o.Confidential
	n.LeftAt, n.EraseAt, n.TTL = s.leaving(o, r)
	n.ParentPk, n.ParentSk = parent(connection, o)
	if outcome.Changes() {
		n.FeedPk = connection
		n.renew(s.Now())
	}
	return &n, Result{Outcome: outcome, Was: r, Now: n}
}

func outcome(fresh bool, version int64, was, is State) Outcome {
	switch {
	case fresh && is == Active:
		return Created
	case fresh:
		return Ignored
	case version == 0 && is != Active:
		return Ignored
	case is == Removed && was == Removed, is == Inactive && was == Removed:
		return Ignored // nobody is told twice, nor that a removed one was archived
	case is == Removed:
		return Gone
	case is == Inactive && was == Active:
		return Left
	case is == Active && was != Active:
		return Returned
	}
	return Updated
}

func parent(connection string, o Observation) (pk, sk string) {
	switch {
	case o.State == Removed:
		return "", ""
	case o.Kind == Interview:
		return connection + "#" + o.Parent, o.ID
	case o.Kind == User && o.Email != "":
		return connection + "#user-email", o.Email
	}
	return "", ""
}

func hash(o Observation) string {
	sum := sha256.Sum256([]byte(o.Doc))
	if o.Confidential {
		sum[0] ^= 0xff
	}
	return hex.EncodeToString(sum[:16])
}

func key(connection string, kind Kind, id string) table.Key {
	return table.Key{PK: connection + "#" + string(kind), SK: id}
}
