package simulation

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/mirror"
)

// Differences holds the mirror of a connection against what it can read at Lever (invariant I2): which records are
// missing, extra or stale. Quiet and empty means equal.
func (w *World) Differences(ctx context.Context, account *levertest.Account, connectionID string) ([]string, error) {
	return Differences(ctx, w.Connections, w.Mirror, account, connectionID)
}

// Differences is World.Differences for a deployment that somebody else has put together.
func Differences(
	ctx context.Context, connections *connection.Service, store *mirror.Store, account *levertest.Account, connectionID string,
) ([]string, error) {
	c, _, err := connections.Load(ctx, connectionID)
	if err != nil {
		return nil, err
	}
	want := truth(account, c)
	var found []string
	for _, kind := range mirror.Kinds() {
		for cursor := ""; ; {
			records, next, err := store.List(ctx, connectionID, kind, mirror.ListOptions{Limit: 1000, Cursor: cursor})
			if err != nil {
				return nil, err
			}
			for _, r := range records {
				key := string(kind) + " " + r.ID
				got := essence(r.Doc, r.Confidential && r.Kind != mirror.Interview)
				switch expected, ok := want[key]; {
				case !ok:
					found = append(found, key+" is extra")
				case expected != got:
					found = append(found, fmt.Sprintf("%s is stale: %s, at Lever %s", key, got, expected))
				}
				delete(want, key)
			}
			if cursor = next; cursor == "" {
				break
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		found = append(found, key+" is missing")
	}
	return found, nil
}

// truth is what a connection can read at Lever, by kind and id: each object as it would be stored.
func truth(account *levertest.Account, c connection.Connection) map[string]string {
	want := map[string]string{}
	add := func(o mirror.Observation, err error) {
		if err != nil {
			panic(fmt.Sprintf("simulation: %s %s does not translate: %v", o.Kind, o.ID, err))
		}
		want[string(o.Kind)+" "+o.ID] = essence(o.Doc, o.Confidential)
	}
	words := mirror.Words{Stages: map[string]string{}, Hired: map[string]bool{}}
	for _, s := range account.Stages() {
		words.Stages[s.ID] = s.Text
	}
	for _, p := range account.Postings() {
		if c.Confidential || p.Confidentiality != "confidential" {
			add(mirror.FromPosting(asServed[lever.Posting](p), time.Time{}))
		}
	}
	for _, u := range account.Users() {
		add(mirror.FromUser(asServed[lever.User](u), time.Time{}))
	}
	for _, o := range account.Opportunities() {
		if o.Archived != nil || !c.Confidential && o.Confidentiality == "confidential" {
			continue
		}
		served := asServed[map[string]any](o)
		if application, found := account.Application(o.ID); found {
			served["applications"] = []any{application}
		}
		add(mirror.FromOpportunity(asServed[lever.Opportunity](served), words, time.Time{}))
		for _, i := range account.Interviews(o.ID) {
			add(mirror.FromInterview(asServed[lever.Interview](i), o.ID, time.Time{}))
		}
	}
	return want
}

// asServed is an object of the simulated Lever as the client decodes it.
func asServed[T any](object any) (decoded T) {
	raw, err := json.Marshal(object)
	if err == nil {
		err = json.Unmarshal(raw, &decoded)
	}
	if err != nil {
		panic("simulation: an object of the simulated Lever does not decode: " + err.Error())
	}
	return decoded
}

// essence is what of a record must equal Lever. Whether an interview counts as confidential follows from its candidate.
func essence(doc string, confidential bool) string {
	if confidential {
		return "confidential " + doc
	}
	return doc
}
