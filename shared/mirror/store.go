package mirror

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/table"
)

// Count is how many records of a kind there are.
type Count struct {
	Active, Total int
	ChangedAt     int64 // newest change, milliseconds since the epoch
}

// Counts counts the records of a connection that are not tombstones.
func (s *Store) Counts(ctx context.Context, connection string) (map[Kind]Count, error) {
	counts := map[Kind]Count{}
	for _, kind := range Kinds() {
		var c Count
		err := s.each(ctx, connection, kind, func(r Record) error {
			if r.State != Removed && r.Version > 0 {
				c.Total++
			}
			if r.State == Active {
				c.Active++
			}
			c.ChangedAt = max(c.ChangedAt, r.ChangedAt)
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("count %s records: %w", kind, err)
		}
		counts[kind] = c
	}
	return counts, nil
}

// Get reads one record. Tombstones come without Doc, and so does what is past its retention time.
func (s *Store) Get(ctx context.Context, connection string, kind Kind, id string) (Record, bool, error) {
	r, found, err := table.Get[Record](ctx, s.DB, table.Mirror, key(connection, kind, id))
	return s.shown(r), found && r.Version > 0, err
}

// Known reads one record whatever its state, also one that consumers never saw.
func (s *Store) Known(ctx context.Context, connection string, kind Kind, id string) (Record, bool, error) {
	return table.Get[Record](ctx, s.DB, table.Mirror, key(connection, kind, id))
}

// shown hides data past its retention time; DynamoDB and the nightly sweep erase it some time later.
func (s *Store) shown(r Record) Record {
	if r.EraseAt > 0 && r.EraseAt <= s.Now().UnixMilli() {
		r.Doc = ""
	}
	return r
}

// ListOptions narrow a list. State "" means active; Parent lists the interviews of one candidate.
type ListOptions struct {
	State  State
	All    bool // whatever the state, tombstones excepted
	Parent string
	Limit  int // 1 to 200
	Cursor string
}

// maxRounds bounds the reads for one page, so that a list with few matches among many records still answers in time.
const maxRounds = 10

// List reads one page in the order of the ids, which makes the pages stable under change: no record that stays is missed
// or repeated. A page may hold fewer records than the limit, or none, although there are more; next is empty at the end.
func (s *Store) List(ctx context.Context, connection string, kind Kind, o ListOptions) (records []Record, next string, err error) {
	q := table.Query{Table: table.Mirror, PK: connection + "#" + string(kind), Limit: o.Limit, Start: o.Cursor}
	rounds := 0
	if o.Parent != "" {
		q.Index, q.PK = table.Parent, connection+"#"+o.Parent
	}
	want := o.State
	if want == "" {
		want = Active
	}
	for {
		page, next, err := table.List[Record](ctx, s.DB, q)
		if err != nil {
			return nil, "", fmt.Errorf("list %s records: %w", kind, err)
		}
		for _, r := range page {
			if r.Kind == kind && r.State != Removed && (o.All || r.State == want) && r.Version > 0 {
				records = append(records, s.shown(r))
			}
		}
		if rounds++; next == "" || len(records) > 0 || rounds == maxRounds {
			return records, next, nil
		}
		q.Start = next
	}
}

// settle is how far behind now the cursor of the change feed stays: versions are taken from clocks and become visible
// in the index a moment later, so what is younger is given out again with the next page.
const settle = 10 * time.Second

// Changes reads the change feed of a connection: every record, tombstones included, in the order of its last change.
// since is the cursor of the page before, "" for the beginning. next is always given: asking again with it later gives
// what changed since, the newest seconds of this page repeated. Consumers compare versions.
func (s *Store) Changes(ctx context.Context, connection, since string, limit int) (records []Record, next string, err error) {
	from := int64(0)
	if since != "" {
		if from, err = strconv.ParseInt(since, 10, 64); err != nil || from < 0 {
			return nil, "", fault.New(fault.Invalid, "bad-cursor", "The cursor is not one this API gave out; start again without it.")
		}
	}
	records, more, err := table.List[Record](ctx, s.DB, table.Query{
		Table: table.Mirror, Index: table.Feed, PK: connection, From: from, Limit: limit,
	})
	if err == nil && more != "" {
		records, err = s.ties(ctx, connection, records)
	}
	if err != nil {
		return nil, "", fmt.Errorf("read change feed: %w", err)
	}
	reached := s.Now().Add(-settle).UnixMicro()
	last := from
	for i := range records {
		records[i] = s.shown(records[i])
		if v := records[i].Version; v < reached {
			last = v + 1
		}
	}
	return records, strconv.FormatInt(last, 10), nil
}

// ties completes a page with all records of its last version: writes side by side may take the same one, and a cursor
// stands between versions.
func (s *Store) ties(ctx context.Context, connection string, records []Record) ([]Record, error) {
	last, seen := records[len(records)-1].Version, map[string]bool{}
	for _, r := range records {
		seen[r.PK+"#"+r.SK] = true
	}
	q := table.Query{Table: table.Mirror, Index: table.Feed, PK: connection, From: last, To: last}
	err := table.Each(ctx, s.DB, q, func(r Record) error {
		if !seen[r.PK+"#"+r.SK] {
			records = append(records, r)
		}
		return nil
	})
	return records, err
}

// UserByEmail finds an active user by address; ok is false when there is none, or more than one.
func (s *Store) UserByEmail(ctx context.Context, connection, email string) (id string, ok bool, err error) {
	email = strings.ToLower(strings.TrimSpace(email))
	if email == "" {
		return "", false, nil
	}
	users, _, err := table.List[Record](ctx, s.DB, table.Query{
		Table: table.Mirror, Index: table.Parent, PK: connection + "#user-email", From: email, To: email,
	})
	if err != nil {
		return "", false, fmt.Errorf("find user: %w", err)
	}
	for _, u := range users {
		var doc UserDoc
		if u.State != Active || json.Unmarshal([]byte(u.Doc), &doc) != nil || doc.Deactivated {
			continue
		}
		if id != "" {
			return "", false, nil
		}
		id = u.ID
	}
	return id, id != "", nil
}

// Interviews lists what is stored of a candidate's interviews, tombstones excepted, by an index that may lag a moment and
// has neither their revisions nor the times of the looks at them (table.Projected); Known has.
func (s *Store) Interviews(ctx context.Context, connection, candidate string) ([]Record, error) {
	var records []Record
	err := table.Each(ctx, s.DB, table.Query{Table: table.Mirror, Index: table.Parent, PK: connection + "#" + candidate}, func(r Record) error {
		records = append(records, r)
		return nil
	})
	return records, err
}

// MarkListed notes that the interviews of an active candidate were read in full by a list that began at the given time.
func (s *Store) MarkListed(ctx context.Context, connection, candidate string, fetched time.Time) error {
	_, err := table.Update(ctx, s.DB, table.Mirror, key(connection, Candidate, candidate), func(r *Record) error {
		if r.State != Active || r.Listed > 0 {
			return table.ErrKeep
		}
		r.Listed, r.News = fetched.UnixMicro(), ""
		return nil
	})
	return err
}

// Erase drops the data of inactive records past their retention time and returns how many it dropped. Each gets a new
// version, because consumers have to drop their copies too.
func (s *Store) Erase(ctx context.Context, connection string) (erased int, err error) {
	now := s.Now().UnixMilli()
	for _, kind := range []Kind{Candidate, Interview} {
		err = s.each(ctx, connection, kind, func(r Record) error {
			if r.EraseAt == 0 || r.EraseAt > now {
				return nil
			}
			if err := s.erasing(ctx, connection, kind, r.ID); err != nil {
				return err
			}
			r.Doc, r.EraseAt, r.Rest = "", 0, nil
			r.Hash = hash(Observation{Confidential: r.Confidential})
			r.renew(s.Now())
			err := table.Save(ctx, s.DB, table.Mirror, &r)
			if err == nil {
				erased++
			}
			if errors.Is(err, table.ErrConflict) {
				return nil // changed meanwhile; the next sweep looks again
			}
			return err
		})
		if err != nil {
			return erased, fmt.Errorf("erase %s records: %w", kind, err)
		}
	}
	return erased, nil
}

// Purge removes every record of a connection, tombstones included, as its end demands.
func (s *Store) Purge(ctx context.Context, connection string) error {
	for _, kind := range Kinds() {
		err := s.each(ctx, connection, kind, func(r Record) error {
			err := s.DB.Write(ctx, table.Remove(table.Mirror, r.Meta))
			if errors.Is(err, table.ErrConflict) {
				return fault.Wrap(err, fault.Unavailable, "still-changing", "Something still changed this record; try again.")
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("purge %s records: %w", kind, err)
		}
	}
	return nil
}

func (s *Store) each(ctx context.Context, connection string, kind Kind, visit func(Record) error) error {
	return table.Each(ctx, s.DB, table.Query{Table: table.Mirror, PK: connection + "#" + string(kind)}, visit)
}
