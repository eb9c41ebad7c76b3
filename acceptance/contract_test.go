package acceptance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/evidenced/lever-integration/docs/consumer"
	"github.com/evidenced/lever-integration/sandbox/contract"
	"github.com/evidenced/lever-integration/sandbox/platform"
)

// bus is every event of this run, and what was wrong with any.
var bus eventLog

type eventLog struct {
	mu       sync.Mutex
	taken    []consumer.Event
	breaches []error
}

// watchContract makes a reply that is not as described an error of the call that got it, whoever called, and takes all
// events from the bus. stop waits for the last events and says what was not as described.
func watchContract() (stop func() error, err error) {
	schemas, err := contract.ReadEvents()
	if err != nil {
		return nil, err
	}
	replies, err := contract.Record(world.Endpoints.API, world.HTTP.Transport)
	if err != nil {
		return nil, err
	}
	world.HTTP.Transport = replies
	ending, end := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		bus.follow(ending, schemas)
	}()
	return func() error {
		end()
		<-done
		return errors.Join(append(bus.breaches, replies.Err())...)
	}, nil
}

// follow takes events until ctx has ended and the queue is empty.
func (e *eventLog) follow(ctx context.Context, schemas contract.Events) {
	for {
		ended := ctx.Err() != nil
		batch, err := world.Events(context.WithoutCancel(ctx))
		e.mu.Lock()
		if err != nil {
			e.breaches = append(e.breaches, err)
		}
		for _, raw := range batch {
			var event consumer.Event
			if err := errors.Join(schemas.Check([]byte(raw)), json.Unmarshal([]byte(raw), &event)); err != nil {
				e.breaches = append(e.breaches, err)
			}
			e.taken = append(e.taken, event)
		}
		e.mu.Unlock()
		if err != nil || ended && len(batch) == 0 {
			return
		}
	}
}

// of gives the events of a tenant from a place on.
func (e *eventLog) of(tenant string, from int) []consumer.Event {
	e.mu.Lock()
	defer e.mu.Unlock()
	var all []consumer.Event
	for _, event := range e.taken {
		if event.Detail.Tenant == tenant {
			all = append(all, event)
		}
	}
	return all[min(from, len(all)):]
}

// copyOf is the sample consumer of an organisation, which calls as a service of the platform.
func copyOf(tenant string) *consumer.Copy {
	return &consumer.Copy{Tenant: tenant, Get: func(ctx context.Context, path string) (int, []byte, error) {
		reply, err := world.Platform.Send(ctx, http.MethodGet, path, nil)
		return reply.Status, reply.Body, err
	}}
}

func TestTheSampleConsumerFollowsAndCatchesUp(t *testing.T) {
	o := join(t)
	byEvents, byFeed := copyOf(o.tenant), copyOf(o.tenant)
	if err := byEvents.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	worked := len(bus.of(o.tenant, 0))
	one, other := o.anyCandidate(t), o.anyCandidate(t)
	o.moved(t, one.ID)
	o.deed(t, "opportunities/"+other.ID+"/delete", nil)
	stage := o.moved(t, one.ID)
	eventually(t, soon, "a copy that follows by events", func(ctx context.Context) (bool, string, error) {
		news := bus.of(o.tenant, worked)
		worked += len(news)
		slices.Reverse(news) // newest first, and all twice
		for _, event := range append(news, news...) {
			if err := byEvents.Take(ctx, event); err != nil {
				return false, "", err
			}
		}
		moved, gone := byEvents.Records["candidates/"+one.ID], byEvents.Records["candidates/"+other.ID]
		var data platform.Candidate
		err := json.Unmarshal(moved.Data, &data)
		return err == nil && data.StageID == stage && gone.State == "removed" && gone.Data == nil,
			fmt.Sprintf("stage %q, want %q; the deleted one is %q", data.StageID, stage, gone.State), err
	})
	// The second copy got no event at all. Other tests change things meanwhile, so the two are compared until they agree.
	eventually(t, nextMinute, "a copy by the change feed that equals the mirror", func(ctx context.Context) (bool, string, error) {
		if err := byFeed.CatchUp(ctx); err != nil {
			return false, "", err
		}
		want, err := mirrored(ctx, o.tenant)
		if err != nil {
			return false, "", err
		}
		diff := cmp.Diff(want, living(byFeed.Records))
		return diff == "", diff, nil
	})
}

// living drops the tombstones, which no list shows.
func living(records map[string]consumer.Record) map[string]consumer.Record {
	all := map[string]consumer.Record{}
	for at, r := range records {
		if r.State != "removed" {
			all[at] = r
		}
	}
	return all
}

// mirrored reads every list of the API to its end.
func mirrored(ctx context.Context, tenant string) (map[string]consumer.Record, error) {
	all := map[string]consumer.Record{}
	for _, list := range []string{"jobs", "candidates", "users", "interviews"} {
		for cursor, more := "", true; more; {
			reply, err := world.Platform.Send(ctx, http.MethodGet, "/v1/tenants/"+tenant+"/"+list+"?cursor="+cursor+"&limit=200&state=all", nil)
			if err != nil {
				return nil, err
			}
			var page struct {
				Data []consumer.Record `json:"data"`
				Next string            `json:"next"`
			}
			if err := json.Unmarshal(reply.Body, &page); err != nil {
				return nil, fmt.Errorf("decode %s: %w", list, err)
			}
			for _, r := range page.Data {
				all[list+"/"+r.ID] = r
			}
			cursor, more = page.Next, page.Next != ""
		}
	}
	return all, nil
}

func TestAResyncOfWhatNeverWasShowsNothing(t *testing.T) {
	o := join(t)
	made := "made-up-" + o.tenant
	before := o.requestsAbout(t, made)
	if err := world.Platform.Resync(t.Context(), o.tenant, made); err != nil {
		t.Fatal(err)
	}
	eventually(t, soon, "a look at Lever", func(context.Context) (bool, string, error) {
		return o.requestsAbout(t, made) > before, "no request", nil
	})
	o.deliverAboutAnother(t, o.hook(t, "candidateStageChange")) // by then the look has been worked off
	send(t, world.Platform, "GET", "/v1/tenants/"+o.tenant+"/candidates/"+made, "", http.StatusNotFound, "not-found")
	feed := copyOf(o.tenant)
	if err := feed.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r, shown := feed.Records["candidates/"+made]; shown {
		t.Errorf("the change feed has %+v", r)
	}
	for _, event := range bus.of(o.tenant, 0) {
		if event.Detail.ID == made {
			t.Errorf("an event says %+v", event)
		}
	}
}
