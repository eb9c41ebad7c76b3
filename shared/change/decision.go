package change

import (
	"github.com/evidenced/lever-integration/shared/decision"
	"github.com/evidenced/lever-integration/shared/table"
)

// ofDecision publishes a decision that came to rest: in Lever, in its first or a further version, or nowhere.
func ofDecision(before, after table.Item) (*Event, error) {
	is, _, err := decode[decision.Decision](after)
	if err != nil {
		return nil, err
	}
	was, _, err := decode[decision.Decision](before)
	if err != nil {
		return nil, err
	}
	switch {
	case is.State == decision.Delivered && (was.State != is.State || was.Delivered < is.Delivered):
		return &Event{DecisionDelivered, Detail{
			Tenant: is.Tenant(), ID: is.ID(), Version: is.Delivered, Change: Delivered,
		}}, nil
	case is.State == decision.Undeliverable && (was.State != is.State || was.Version < is.Version):
		return &Event{DecisionUndeliverable, Detail{
			Tenant: is.Tenant(), ID: is.ID(), Version: is.Version, Change: Undeliverable,
		}}, nil
	}
	return nil, nil
}
