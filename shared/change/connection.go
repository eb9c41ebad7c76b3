package change

import (
	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/table"
)

// stateKey is the sort key of a connection's own item, beside which its hooks, tokens and activities stand.
const stateKey = "state"

// ofConnection publishes a connection whose state changed. Its version counts the writes of its item, so it grows with
// each state.
func ofConnection(before, after table.Item) (*Event, error) {
	// Beside the states stand items of other forms, so what it is comes before what it says.
	key, _, err := decode[table.Meta](after)
	if err != nil || key.SK != stateKey {
		return nil, err
	}
	is, _, err := decode[connection.Connection](after)
	if err != nil {
		return nil, err
	}
	was, existed, err := decode[connection.Connection](before)
	if err != nil || is.State == was.State {
		return nil, err
	}
	kind := Updated
	if !existed {
		kind = Created
	}
	return &Event{ConnectionChanged, Detail{
		Tenant: is.Tenant, ID: is.ID(), Version: is.Rev, Change: kind, State: string(is.State),
	}}, nil
}
