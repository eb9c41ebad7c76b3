package acceptance

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/uuid"

	"github.com/evidenced/lever-integration/sandbox/platform"
	"github.com/evidenced/lever-integration/sandbox/story"
)

// troubled is how many decisions TestDecisionsStandOnceWhateverLeverDoes hands over: all that were promised where it has
// the stack to itself.
func troubled() int {
	if *muddled {
		return 200
	}
	return 48
}

// TestDecisionsStandOnceWhateverLeverDoes hands decisions over while Lever loses answers, carries requests out late, lists
// notes late, is busy and breaks, and colleagues reply; some are handed over twice, and every fourth is corrected, at once
// or after its delivery. With -muddle (make trouble) processes of decision-push are killed at work, messages come twice more
// and out of order, and AWS refuses the tables in the midst of it until messages are set aside, which are moved back. At quiet each stands once, in its last version, on
// its candidate, and every reply is still there. It has an account to itself, whose limit it uses up.
func TestDecisionsStandOnceWhateverLeverDoes(t *testing.T) {
	o := separate(t)
	candidates, err := o.account.Active(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	users, err := o.account.Users(t.Context())
	if err != nil || len(users) == 0 {
		t.Fatalf("%d users, %v", len(users), err)
	}
	o.colleague = users[0]
	o.trouble(t)
	began := time.Now()
	var sent map[string]handed
	correct := func() {
		for id, h := range sent {
			if h.corrected {
				o.decideOn(t, h.candidate, id, 2)
			}
		}
	}
	if *muddled {
		besideAResync(t)
		m := newMuddle(t, o.connection)
		sent = m.around(t, func() map[string]handed { return o.decideMany(t, candidates) })
		o.answered(t, sent)
		m.refuse(t, correct)
	} else {
		sent = o.decideMany(t, candidates)
		o.answered(t, sent)
		correct()
	}
	for id, h := range sent {
		o.settled(t, id, h.version)
	}
	o.quiet(t)
	o.judge(t, sent)
	o.met(t)
	t.Logf("%d decisions at quiet after %s", troubled(), time.Since(began).Round(time.Second))
}

// answered waits until what will be corrected stands in Lever, and has colleagues reply to some of it.
func (o *organisation) answered(t *testing.T, sent map[string]handed) {
	t.Helper()
	for id, h := range sent {
		if h.corrected {
			o.settled(t, id, 1)
		}
		if h.reply != "" {
			o.reply(t, id, h.reply)
		}
	}
}

// quiet waits until nothing is left to do about any decision: also the later look for second notes is over, which is the
// only one that removes a note.
func (o *organisation) quiet(t *testing.T) {
	t.Helper()
	store := world.Store()
	eventually(t, 2*patience, "quiet", func(ctx context.Context) (bool, string, error) {
		left, err := store.Query(ctx, &dynamodb.QueryInput{
			TableName: aws.String(world.Endpoints.Tables["Work"]), ConsistentRead: aws.Bool(true), Select: types.SelectCount,
			KeyConditionExpression: aws.String("pk = :pk AND begins_with(sk, :sk)"),
			ExpressionAttributeValues: map[string]types.AttributeValue{
				":pk": &types.AttributeValueMemberS{Value: o.connection}, ":sk": &types.AttributeValueMemberS{Value: "decision#"},
			},
		})
		if err != nil {
			return false, "", err
		}
		return left.Count == 0, fmt.Sprintf("%d decisions with something left to do", left.Count), nil
	})
}

// met wants each disturbance to have met a request, or the test did not show that it is survived.
func (o *organisation) met(t *testing.T) {
	t.Helper()
	log, err := world.Lever.RequestsAbout(t.Context(), "/notes")
	if err != nil {
		t.Fatal(err)
	}
	hit := map[string]int{}
	for _, r := range log {
		if r.Account == o.account.ID && r.Fault != "" {
			hit[r.Method+" "+r.Fault]++
		}
	}
	t.Logf("met: %v", hit)
	want := []string{"POST lost-reply", "POST late-commit", "PUT lost-reply", "PUT late-commit", "GET stale-read"}
	for _, effect := range []string{"status", "html", "reset"} {
		if hit["POST "+effect]+hit["GET "+effect] == 0 {
			t.Errorf("no request met %s", effect)
		}
	}
	for _, which := range want {
		if hit[which] == 0 {
			t.Errorf("no request met %s, so this test did not show that it is survived", which)
		}
	}
}

// handed is a decision that was handed over.
type handed struct {
	candidate string
	version   int64  // the last one
	corrected bool   // only after its delivery
	reply     string // of a colleague, below its note
}

// separate gives the test an organisation of its own, at an account that no other test uses.
func separate(t *testing.T) *organisation {
	t.Helper()
	account, own := spare(t, 1)
	if !own {
		t.Fatal("the simulated Lever has no small accounts; start the stack with SMALL_COMPANIES=22, as make acceptance does")
	}
	o, err := connected(t.Context(), account)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// trouble arms what Lever does wrong with the notes of the account, each so often and no more: every 429 slows the account
// down on purpose, and each lost answer costs its decision 15 s. Nothing takes longer than the 15 s that the sandbox
// says Lever may take to carry out a request that was given up on, and to list a note.
func (o *organisation) trouble(t *testing.T) {
	t.Helper()
	const notes, one = "/v1/opportunities/{id}/notes", "/v1/opportunities/{id}/notes/{child}"
	faults := []story.Fault{
		{Method: "POST", Path: notes, Effect: "lost-reply", Probability: 0.2, Count: 24},
		{Method: "POST", Path: notes, Effect: "lost-reply", Status: 504, Probability: 0.1, Count: 8},
		{Method: "POST", Path: notes, Effect: "late-commit", DelayMillis: 14_500, Probability: 0.2, Count: 20},
		{Method: "PUT", Path: one, Effect: "late-commit", DelayMillis: 14_500, Probability: 0.35, Count: 6},
		{Method: "PUT", Path: one, Effect: "lost-reply", Probability: 0.4, Count: 8},
		{Method: "DELETE", Path: one, Effect: "lost-reply", Probability: 0.2, Count: 4},
		{Method: "GET", Path: notes, Effect: "stale-read", DelayMillis: 14_500, Probability: 0.5},
		{Path: notes, Effect: "reset", Probability: 0.1, Count: 12},
		{Path: notes, Effect: "status", Status: 429, Probability: 0.1, Count: 5},
		{Path: notes, Effect: "html", Status: 503, Probability: 0.1, Count: 12},
	}
	for _, f := range slices.Clone(faults) { // the first request that can meets each for certain: chance alone left one out now and then
		f.Probability, f.Count = 0, 1
		faults = append([]story.Fault{f}, faults...)
	}
	for _, f := range faults {
		f.Account = o.account.ID
		if err := world.Lever.Inject(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
}

// decideOn hands a version of a decision over, now and then twice, and returns its id.
func (o *organisation) decideOn(t *testing.T, candidate, id string, version int64) string {
	t.Helper()
	d := platform.Decision{
		Opportunity: candidate, Outcome: []string{"hire", "hold"}[version-1], Reason: fmt.Sprintf("As of version %d", version),
		By: platform.Decider{Name: "Morgan Sample"}, DecidedAt: 1_700_000_000_000, Version: version,
	}
	if len(id)%2 == 0 && o.colleague.Email != "" {
		d.By = platform.Decider{Name: o.colleague.Name, Email: o.colleague.Email} // written in this user's name
	}
	for range 1 + rand.IntN(4)/3 {
		if _, err := world.Platform.PutDecision(t.Context(), o.tenant, id, d); err != nil {
			t.Error(err)
		}
	}
	return id
}

// decideMany hands all decisions over, six at a time.
func (o *organisation) decideMany(t *testing.T, candidates []story.Opportunity) map[string]handed {
	t.Helper()
	sent := map[string]handed{}
	ids := make([]string, troubled())
	rng := rand.New(rand.NewPCG(1, 1))
	for n := range ids {
		ids[n] = fmt.Sprintf("d-%d-%s", n, uuid.NewString())
		h := handed{candidate: candidates[rng.IntN(len(candidates))].ID, version: 1}
		switch n % 8 {
		case 0:
			h.version, h.corrected, h.reply = 2, true, "A reply to "+ids[n]+"."
		case 2, 6:
			h.version, h.corrected = 2, true
		case 4:
			h.version = 2
		}
		sent[ids[n]] = h
	}
	var group sync.WaitGroup
	for worker := range 6 {
		group.Go(func() {
			for n := worker; n < len(ids); n += 6 {
				h := sent[ids[n]]
				o.decideOn(t, h.candidate, ids[n], 1)
				if h.version == 2 && !h.corrected {
					o.decideOn(t, h.candidate, ids[n], 2)
				}
			}
		})
	}
	group.Wait()
	return sent
}

func (o *organisation) settled(t *testing.T, id string, version int64) (status platform.DecisionStatus) {
	t.Helper()
	eventually(t, patience, "the delivery of a decision", func(ctx context.Context) (bool, string, error) {
		var err error
		status, err = world.Platform.Decision(ctx, o.tenant, id)
		return status.State == "delivered" && status.DeliveredVersion == version, fmt.Sprintf("%+v", status), err
	})
	return status
}

// reply has a colleague write below the note of a decision.
func (o *organisation) reply(t *testing.T, id, text string) {
	t.Helper()
	status, err := world.Platform.Decision(t.Context(), o.tenant, id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.account.Deed(t.Context(), "notes/"+status.NoteID+"/reply", map[string]any{"value": text}); err != nil {
		t.Fatal(err)
	}
}

// notesOf returns the notes of each decision, wherever they stand.
func (o *organisation) notesOf(ctx context.Context, sent map[string]handed) (map[string][]story.Note, map[string]string, error) {
	found, places := map[string][]story.Note{}, map[string]string{}
	candidates, err := o.account.Active(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, candidate := range candidates {
		notes, err := o.account.Notes(ctx, candidate.ID)
		if err != nil {
			return nil, nil, err
		}
		for _, note := range notes {
			_, rest, _ := strings.Cut(note.Text(), "Ref. evidenced/")
			id, _, _ := strings.Cut(rest, "/")
			if _, ours := sent[id]; ours {
				found[id], places[id] = append(found[id], note), candidate.ID
			}
		}
	}
	return found, places, nil
}

// judge wants each decision once, on its candidate, in its last version, with the reply of the colleague.
func (o *organisation) judge(t *testing.T, sent map[string]handed) {
	t.Helper()
	found, places, err := o.notesOf(t.Context(), sent)
	if err != nil {
		t.Fatal(err)
	}
	for id, h := range sent {
		switch notes := found[id]; {
		case len(notes) != 1:
			t.Errorf("decision %s has %d notes", id, len(notes))
		case places[id] != h.candidate:
			t.Errorf("decision %s is on another candidate", id)
		case !strings.Contains(notes[0].Text(), fmt.Sprintf("As of version %d", h.version)):
			t.Errorf("decision %s does not show version %d:\n%s", id, h.version, notes[0].Text())
		case !strings.Contains(notes[0].Text(), h.reply):
			t.Errorf("the reply to decision %s is gone:\n%s", id, notes[0].Text())
		}
	}
}
