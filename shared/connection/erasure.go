package connection

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/seal"
	"github.com/evidenced/lever-integration/shared/table"
)

// erasureKey is the key under which a connection's erasures are noted. It goes with the connection's tokens.
type erasureKey struct {
	table.Meta             // PK is the connection's id, SK "erasure-key"
	Sealed     seal.Sealed `dynamodbav:"sealed"`
}

// erased says that data of a record was erased. Which record it was can be told only from its id and the key.
type erased struct {
	table.Meta       // PK is the connection's id, SK "erased#<keyed hash>"
	At         int64 `dynamodbav:"at"` // milliseconds since the epoch
}

// erasuresKept is how long an erasure is remembered: longer than any backup lives.
const erasuresKept = 400 * 24 * time.Hour

// Erasing notes that data of a record is about to be erased, so that a mirror restored from a backup can be cleaned. The
// note holds a keyed hash in place of the id. It is written before the erasure: one too many is harmless, because what
// Lever still shows comes back by itself.
func (s *Service) Erasing(ctx context.Context, connection string, kind mirror.Kind, id string) error {
	name, err := s.erasureName(ctx, connection, kind, id)
	if IsNotConnected(err) {
		return nil // everything of the connection goes, and its key has gone already
	}
	if err != nil {
		return fmt.Errorf("name erasure: %w", err)
	}
	_, err = table.Update(ctx, s.DB, table.Connections, table.Key{PK: connection, SK: name}, func(e *erased) error {
		e.At, e.TTL = s.Now().UnixMilli(), s.Now().Add(erasuresKept).Unix()
		return nil
	})
	if err != nil {
		return fmt.Errorf("note erasure: %w", err)
	}
	return nil
}

// MustErase says whether a record from a backup holds data that has been erased since, or that nobody may keep any more.
func (s *Service) MustErase(ctx context.Context, r mirror.Record) (bool, error) {
	c, found, err := s.Load(ctx, r.Connection)
	if err != nil {
		return false, err
	}
	if !found || c.State == Disconnecting || c.State == Disconnected {
		return true, nil
	}
	if r.EraseAt > 0 && r.EraseAt <= s.Now().UnixMilli() {
		return true, nil
	}
	name, err := s.erasureName(ctx, r.Connection, r.Kind, r.ID)
	if IsNotConnected(err) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	e, found, err := table.Get[erased](ctx, s.DB, table.Connections, table.Key{PK: r.Connection, SK: name})
	return found && time.UnixMilli(e.At).UnixMicro() >= r.Fetched, err
}

// erasureName is the sort key of a note.
func (s *Service) erasureName(ctx context.Context, connection string, kind mirror.Kind, id string) (string, error) {
	key, err := s.erasureKey(ctx, connection)
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, key)
	_, _ = mac.Write([]byte(string(kind) + "\x00" + id)) // never fails
	return "erased#" + hex.EncodeToString(mac.Sum(nil)[:16]), nil
}

// erasureKey reads the key of a connection, or makes it under the data key of its tokens.
func (s *Service) erasureKey(ctx context.Context, connection string) ([]byte, error) {
	at, purpose := table.Key{PK: connection, SK: "erasure-key"}, seal.Context{Connection: connection, Purpose: seal.Token}
	for range 3 {
		k, found, err := table.Get[erasureKey](ctx, s.DB, table.Connections, at)
		if err != nil {
			return nil, err
		}
		if found {
			return s.Box.Open(ctx, purpose, k.Sealed)
		}
		p, found, err := table.Get[pair](ctx, s.DB, table.Connections, table.Key{PK: connection, SK: "tokens"})
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, errNotConnected
		}
		fresh := make([]byte, 32)
		if _, err := io.ReadFull(s.Rand, fresh); err != nil {
			return nil, fmt.Errorf("draw erasure key: %w", err)
		}
		k.PK, k.SK = at.PK, at.SK
		if k.Sealed, err = s.Box.Reseal(ctx, purpose, p.Sealed, fresh); err != nil {
			return nil, err
		}
		err = table.Save(ctx, s.DB, table.Connections, &k)
		if err == nil {
			return fresh, nil
		}
		if !errors.Is(err, table.ErrConflict) {
			return nil, err
		}
	}
	return nil, fmt.Errorf("make erasure key: %w", table.ErrConflict)
}

// forgetErasures removes the notes of a connection that has ended: nothing of it may be kept, so nothing is left to tell.
func (s *Service) forgetErasures(ctx context.Context, connection string) error {
	var notes []table.Meta
	q := table.Query{Table: table.Connections, PK: connection, From: "erased#", To: "erased#~"}
	err := table.Each(ctx, s.DB, q, func(e erased) error {
		notes = append(notes, e.Meta)
		return nil
	})
	for _, m := range notes {
		if err == nil {
			err = s.drop(ctx, m.Key())
		}
	}
	return err
}
