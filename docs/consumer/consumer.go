// Package consumer is an example for services of the platform: it keeps a copy of a tenant's records by the rules of
// docs/platform.md. Take it as a pattern; a real one stores Copy in a database and reads its bus rule's queue. The
// acceptance suite and the tests beside it hold such a copy against the mirror, under events that are lost, doubled and
// swapped.
//
// Every event only says where to look, and every look compares versions, so events may come in any order, any number of
// times. CatchUp heals what was lost; call it on start, every few minutes, and after an error of Take.
package consumer

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
)

// Get sends one signed GET to a path of the API, with its query, and returns the reply whatever its status.
type Get func(ctx context.Context, path string) (status int, body []byte, err error)

// Event is what matters of a bus event. Everything else is read from the API.
type Event struct {
	Type   string `json:"detail-type"`
	Detail struct {
		Tenant     string `json:"tenant"`
		ID         string `json:"id"`
		Version    int64  `json:"version"`
		Connection string `json:"connection"`
	} `json:"detail"`
}

// Record is a record as the API gives it. Data is nil for a tombstone and past the retention time.
type Record struct {
	ID           string          `json:"id"`
	Kind         string          `json:"kind"`
	Version      int64           `json:"version"`
	State        string          `json:"state"`
	Reason       string          `json:"reason"`
	Confidential bool            `json:"confidential"`
	CandidateID  string          `json:"candidateId"`
	Data         json.RawMessage `json:"data"`
}

// Copy is the copy of one tenant's records. The zero value with Tenant and Get is an empty copy; the first CatchUp fills
// it. It is not safe for concurrent use: give each tenant's events to one worker, or lock the rows.
type Copy struct {
	Tenant  string
	Get     Get
	Records map[string]Record // by kind and id, tombstones included

	connection string // whose records these are; "" while there are none
	since      string // where the change feed goes on
}

// lists gives the path of each kind's records by the detail type of its events.
var lists = map[string]string{
	"Job Changed": "jobs", "Candidate Changed": "candidates", "User Changed": "users", "Interview Changed": "interviews",
}

// Take works off one event. After an error give it the event again, or call CatchUp.
func (c *Copy) Take(ctx context.Context, e Event) error {
	list, isRecord := lists[e.Type]
	switch {
	case e.Detail.Tenant != c.Tenant:
		return nil
	case e.Type == "Connection Changed":
		return c.CatchUp(ctx) // it may have ended, or be a new one
	case !isRecord:
		return nil // of a decision: not part of this copy
	case e.Detail.Connection != c.connection:
		return c.CatchUp(ctx) // a new connection, or a late event of an earlier one: the API knows which
	case e.Detail.Version <= c.Records[key(list, e.Detail.ID)].Version:
		return nil // not news
	}
	status, body, err := c.Get(ctx, c.path(list+"/"+url.PathEscape(e.Detail.ID)))
	if err != nil {
		return fmt.Errorf("read what changed: %w", err)
	}
	switch status {
	case http.StatusOK:
		var r Record
		if err := json.Unmarshal(body, &r); err != nil {
			return fmt.Errorf("decode record: %w", err)
		}
		c.keep(r)
		return nil
	case http.StatusNotFound:
		return nil // its tombstone is older than 30 days
	case http.StatusConflict:
		return c.CatchUp(ctx) // not connected any more
	}
	return fmt.Errorf("read what changed: status %d", status)
}

// CatchUp follows the change feed to its end. Where the tenant has another connection than before, it starts a new copy.
func (c *Copy) CatchUp(ctx context.Context) error {
	current, err := c.current(ctx)
	if err != nil {
		return err
	}
	if current != c.connection || current == "" {
		c.connection, c.since, c.Records = current, "", map[string]Record{}
	}
	for news := current != ""; news; {
		if news, err = c.follow(ctx); err != nil {
			return err
		}
	}
	return nil
}

// current asks whose records there are to read, "" for nobody's.
func (c *Copy) current(ctx context.Context) (string, error) {
	status, body, err := c.Get(ctx, c.path("connection"))
	if err != nil {
		return "", fmt.Errorf("read connection: %w", err)
	}
	if status == http.StatusNotFound {
		return "", nil // unknown-tenant: never connected
	}
	var connection struct {
		ID    string `json:"connectionId"`
		State string `json:"state"`
	}
	if status != http.StatusOK {
		return "", fmt.Errorf("read connection: status %d", status)
	}
	if err := json.Unmarshal(body, &connection); err != nil {
		return "", fmt.Errorf("decode connection: %w", err)
	}
	switch connection.State {
	case "connecting", "connected", "revoked":
		return connection.ID, nil
	}
	return "", nil
}

// follow reads one page of the feed and says whether it brought news; without any, the end is reached.
func (c *Copy) follow(ctx context.Context) (news bool, err error) {
	status, body, err := c.Get(ctx, c.path("changes?limit=200&since="+url.QueryEscape(c.since)))
	if err != nil {
		return false, fmt.Errorf("read change feed: %w", err)
	}
	switch status {
	case http.StatusOK:
	case http.StatusConflict, http.StatusGone: // disconnected or connected anew since we asked
		c.connection = ""
		return false, c.CatchUp(ctx)
	default:
		return false, fmt.Errorf("read change feed: status %d", status)
	}
	var page struct {
		Data []Record `json:"data"`
		Next string   `json:"next"`
	}
	if err := json.Unmarshal(body, &page); err != nil {
		return false, fmt.Errorf("decode change feed: %w", err)
	}
	for _, r := range page.Data {
		news = c.keep(r) || news
	}
	news, c.since = news || page.Next != c.since, page.Next
	return news, nil
}

// keep takes over a record that is newer than ours and says whether it was. Within a version only the data may go, when
// its retention time is over; that is announced by a version of its own some hours later.
func (c *Copy) keep(r Record) bool {
	at := key(r.Kind+"s", r.ID)
	mine := c.Records[at]
	if r.Version < mine.Version || r.Version == mine.Version && (r.Data != nil || mine.Data == nil) {
		return false
	}
	c.Records[at] = r
	return true
}

func (c *Copy) path(rest string) string {
	return "/v1/tenants/" + url.PathEscape(c.Tenant) + "/" + rest
}

func key(list, id string) string { return list + "/" + id }
