package intruder

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"
)

// replaying are the uses of deliveries that were captured.
func replaying() []Attack {
	return []Attack{
		{
			Name: "replay: 50 times", Sends: "one captured delivery 50 times", Want: "200 ok ×50, at most 12 looks at Lever",
			Defence: "a delivery makes us look as often as Lever repeats one", File: "shared/hint/replay.go", watch: unharmed(), try: replayed,
		},
		{
			Name: "replay: after a month", Sends: "a captured delivery, 31 days old", Want: "401 not-verified", Defence: "a delivery is believed for 30 days",
			File: fileIntake, watch: untouched(),
			try: func(ctx context.Context, s *scene) (string, error) {
				l := s.genuine("candidateStageChange")
				l.at = time.Now().Add(-31 * 24 * time.Hour).UnixMilli()
				r, err := s.deliver(ctx, s.victim.hooks["candidateStageChange"].URL, l.body())
				return r.String(), err
			},
		},
		{
			Name: "replay: after a month, with a digit moved from token to time", Sends: "a captured delivery whose token ends in 9, with that 9 in front of its time: the signature stays right", Want: "401 not-verified",
			Defence: "a delivery of the future is not believed", File: fileIntake, watch: untouched(),
			try: func(ctx context.Context, s *scene) (string, error) {
				l := s.genuine("candidateStageChange")
				l.at, l.token = time.Now().Add(-31*24*time.Hour).UnixMilli(), "captured-9"
				l.change = func(f map[string]any) {
					f["token"], f["triggeredAt"] = "captured-", 90_000_000_000_000+l.at
				}
				r, err := s.deliver(ctx, s.victim.hooks["candidateStageChange"].URL, l.body())
				return r.String(), err
			},
		},
	}
}

// gluing are the uses of a signature that was captured on another body.
func gluing() []Attack {
	return []Attack{
		{
			Name: "glued: a deletion under a captured signature", Sends: "token, time and signature of a captured delivery with event candidateDeleted and an archive", Want: "200 ok ×3",
			Defence: "a delivery only says where to look; Lever's API says what is true", File: "shared/converge/converge.go", watch: unharmedBut(deceived),
			try: func(ctx context.Context, s *scene) (string, error) {
				var got tally
				for _, event := range []string{"candidateDeleted", "candidateHired", "candidateArchiveChange"} {
					l := s.genuine(event)
					l.change = func(f map[string]any) {
						f["data"] = map[string]any{
							"opportunityId": s.victim.candidates[deceived].ID, "toArchived": map[string]any{"reason": "x"}, "deletedBy": "x",
							"connection": s.attacker.connection, "tenant": s.attacker.Tenant,
						}
					}
					r, err := s.deliver(ctx, s.victim.hooks[event].URL, l.body())
					if err != nil {
						return "", err
					}
					got.add(event, r.String())
				}
				return got.String(), nil
			},
		},
		{
			Name: "glued: another candidate under a captured signature", Sends: "token, time and signature of a delivery that was taken, 50 times, about another candidate", Want: "200 ok ×50, at most 12 looks at Lever",
			Defence: "a delivery makes us look as often as Lever repeats one, whatever it says", File: "shared/hint/replay.go", watch: unharmedBut(deceived), try: pointedElsewhere,
		},
		{
			Name: "glued: a captured signature at another company's address", Sends: "a whole genuine delivery of the attacker's webhook, posted to the victim's", Want: "401 not-verified",
			Defence: "the address says whose key it is", File: "shared/connection/delivery.go", watch: untouched(),
			try: func(ctx context.Context, s *scene) (string, error) {
				own := s.attacker.hooks["candidateStageChange"]
				l := letter{key: own.SignatureToken, event: own.Event, about: s.victim.candidates[0].ID}
				r, err := s.deliver(ctx, s.victim.hooks["candidateStageChange"].URL, l.body())
				return r.String(), err
			},
		},
		{
			Name: "glued: another company's candidate under my signature", Sends: "a delivery to the attacker's own webhook about the victim's candidate", Want: "200 ok, and nothing of the candidate",
			Defence: "what it points to is fetched with the token of the webhook's own connection", File: "shared/hint/envelope.go", watch: unharmed(),
			try: func(ctx context.Context, s *scene) (string, error) {
				own := s.attacker.hooks["candidateStageChange"]
				r, err := s.deliver(ctx, own.URL, letter{key: own.SignatureToken, event: own.Event, about: s.victim.candidates[0].ID}.body())
				if err != nil {
					return "", err
				}
				if err := s.settle(ctx, s.attacker); err != nil {
					return "", err
				}
				return r.String() + s.got(ctx, s.attacker.Tenant, s.victim.candidates[0].ID), nil
			},
		},
	}
}

// got says whether an organisation sees anything of a candidate.
func (s *scene) got(ctx context.Context, tenant, candidate string) string {
	record, err := s.World.Platform.Candidate(ctx, tenant, candidate)
	if err == nil && record.Data != nil {
		return ", and the candidate's data"
	}
	return ", and nothing of the candidate"
}

func pointedElsewhere(ctx context.Context, s *scene) (string, error) {
	hook := s.victim.hooks["candidateStageChange"]
	l := letter{key: hook.SignatureToken, event: hook.Event, about: s.victim.candidates[2].ID, token: uuid.NewString(), at: time.Now().UnixMilli()}
	if r, err := s.deliver(ctx, hook.URL, l.body()); err != nil || r.Status != http.StatusOK {
		return "the first time " + r.String(), err
	}
	if err := s.settle(ctx, s.victim); err != nil {
		return "", err
	}
	l.about = s.victim.candidates[deceived].ID
	return s.repeat(ctx, hook.URL, l.about, l.body)
}

// atOnce is how many looks one delivery may bring: one, as many as Lever repeats it, and some that are on their way at once.
const atOnce = 12

func replayed(ctx context.Context, s *scene) (string, error) {
	hook := s.victim.hooks["candidateStageChange"]
	about := s.victim.candidates[2].ID
	captured := letter{key: hook.SignatureToken, event: hook.Event, about: about}.body()
	return s.repeat(ctx, hook.URL, about, func() []byte { return captured })
}

// repeat delivers 50 times and counts the looks at the candidate.
func (s *scene) repeat(ctx context.Context, address, about string, body func() []byte) (string, error) {
	before, err := s.looks(ctx, about)
	if err != nil {
		return "", err
	}
	const times = 50
	var got tally
	for range times {
		r, err := s.deliver(ctx, address, body())
		if err != nil {
			return "", err
		}
		got.add("", r.String())
	}
	if err := s.settle(ctx, s.victim); err != nil {
		return "", err
	}
	after, err := s.looks(ctx, about)
	if err != nil || after == before || after-before > atOnce {
		return fmt.Sprintf("%s, %d looks at Lever", &got, after-before), err
	}
	return got.String() + ", at most 12 looks at Lever", nil
}
