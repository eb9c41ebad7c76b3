package change

import (
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/table"
)

// ofRecord publishes a record whose version changed and that stands in the change feed. Other writes only confirm it.
func ofRecord(before, after table.Item) (*Event, error) {
	was, existed, err := decode[mirror.Record](before)
	if err != nil {
		return nil, err
	}
	is, _, err := decode[mirror.Record](after)
	if err != nil {
		return nil, err
	}
	existed = existed && was.Version > 0
	if is.FeedPk == "" || is.Version == 0 || existed && is.Version == was.Version {
		return nil, nil
	}
	return &Event{typeOf(is.Kind), Detail{
		Tenant: is.Tenant, ID: is.ID, Version: is.Version, Change: became(was.State, is.State, existed),
		State: string(is.State), Connection: is.Connection,
	}}, nil
}

func typeOf(kind mirror.Kind) Type {
	switch kind {
	case mirror.Job:
		return JobChanged
	case mirror.Candidate:
		return CandidateChanged
	case mirror.User:
		return UserChanged
	}
	return InterviewChanged
}

func became(was, is mirror.State, existed bool) Kind {
	switch {
	case is == mirror.Removed:
		return Removed
	case !existed:
		return Created
	case is == mirror.Active && was != mirror.Active, was == mirror.Removed:
		return Returned
	case is != mirror.Active && was == mirror.Active:
		return Left
	}
	return Updated
}
