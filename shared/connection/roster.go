package connection

import (
	"context"
	"fmt"

	"github.com/evidenced/lever-integration/shared/table"
)

// rosterName is the one partition of the index roster. It grows and shrinks with connects and ends only, so it is far
// from what one partition takes.
const rosterName = "roster"

// enrol puts a connection on the roster: the list of those of which anything is sealed, in whatever state.
func (c *Connection) enrol() { c.RosterPk, c.RosterSk = rosterName, c.PK }

// strike takes an ended connection off the roster.
func (c *Connection) strike() { c.RosterPk, c.RosterSk = "", "" }

// Roster lists at most limit ids of connections that have not ended, after the place that next of the call before names
// ("" is the beginning, and the end). It reads an index that holds keys only: 1,000 connections are about 100 KB. The
// index lags behind by less than a second, so a connection made a moment ago may be missing.
func (s *Service) Roster(ctx context.Context, start string, limit int) (ids []string, next string, err error) {
	list, next, err := table.List[table.Meta](ctx, s.DB, table.Query{
		Table: table.Connections, Index: table.Roster, PK: rosterName, Start: start, Limit: limit,
	})
	if err != nil {
		return nil, "", fmt.Errorf("read the roster: %w", err)
	}
	for _, m := range list {
		ids = append(ids, m.PK)
	}
	return ids, next, nil
}

// End ends a connection for Evidenced itself, as Disconnect does for an admin; one that has ended or is ending stays as
// it is. The tombstone is written before this returns.
func (s *Service) End(ctx context.Context, connection string) error {
	planned := false
	err := s.together(ctx, func() ([]table.Change, error) {
		changes, err := s.ending(ctx, connection, Person{})
		if planned = len(changes) > 0; err != nil || !planned {
			return nil, err
		}
		line, err := s.line(connection, "ended-by-evidenced")
		return append(changes, line), err
	})
	if err == nil && planned {
		s.nudge(ctx, endingOf(connection))
	}
	return err
}
