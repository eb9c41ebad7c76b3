package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/evidenced/lever-integration/shared/lever"
)

// hookQuestions ask about webhooks, with an address that Lever's requests reach.
func hookQuestions() []question {
	return []question{
		{"webhook-reply", "How is the answer to the creation of a webhook wrapped?", "once", "WebhookReplyDoubleWrapped", hooking, func(ctx context.Context, l *lab) (string, error) {
			h, err := l.hook(ctx, lever.EventCandidateHired, false)
			if h.twice {
				return "twice", err
			}
			return "once", err
		}},
		{"webhook-again", "Does a webhook that is deleted and made again get a new signature token?", "yes", "", hooking, hookAgain},
		{"webhook-list", "Does GET /webhooks show those that a person or another app made?", "no", "ListAllWebhooks", hooking | somebody, hookList},
		{"verify-connection", "Does verifyConnection bring a test delivery at creation?", "yes", "", hooking, func(ctx context.Context, l *lab) (string, error) {
			h, err := l.hook(ctx, lever.EventCandidateHired, true)
			if err != nil {
				return "", err
			}
			got, err := l.await(ctx, h.place, 1, short)
			return yesNo(len(got) > 0), err
		}},
		{"event-id", "Does a delivery carry an id?", "yes", "OmitEventID", hooking | somebody, func(ctx context.Context, l *lab) (string, error) {
			r, err := l.refusedDelivery(ctx)
			if err != nil {
				return "", err
			}
			return yesNo(r.got[0].hasID), nil
		}},
		{"retry-signature", "Does a further attempt repeat token, time and signature?", "yes", "RetryResigns", hooking | somebody, func(ctx context.Context, l *lab) (string, error) {
			r, err := l.refusedDelivery(ctx)
			if err != nil {
				return "", err
			}
			if len(r.got) < 2 {
				return "there was no further attempt", nil
			}
			a, b := r.got[0], r.got[1]
			return yesNo(a.token == b.token && a.triggeredAt == b.triggeredAt && a.signature == b.signature), nil
		}},
		{"attempts", "How often is a delivery attempted that is always refused?", "5 times", "RetriesAfterFirst", hooking | somebody, func(ctx context.Context, l *lab) (string, error) {
			r, err := l.refusedDelivery(ctx)
			return fmt.Sprint(len(r.got), " times"), err
		}},
		{"answer-time", "Is an answer after 12 seconds too late?", "yes", "", hooking | somebody, answerTime},
		{"rerun", "Does Rerun repeat token and time?", "yes", "", hooking | somebody, rerunAnswer},
		{"hired-order", "Which comes first when somebody is hired?", lever.EventCandidateHired, "HiredAfterArchive", hooking | somebody, hiredOrder},
		{"merge-event", "Does the merging of two profiles bring contactUpdated?", "yes", "MergeSilent", hooking | somebody, func(ctx context.Context, l *lab) (string, error) {
			got, err := l.after(ctx, lever.EventContactUpdated, merge)
			return yesNo(len(got) > 0), err
		}},
		{"confidential-event", "Does an app without confidential:access hear of confidential candidates?", "yes", "HideConfidentialEvents", hooking | somebody | unseen, func(ctx context.Context, l *lab) (string, error) {
			if r, err := l.get(ctx, "/opportunities/"+l.set.confidentialID); err != nil || r.status == http.StatusOK {
				_, err = unlessSeen(r, err)
				return "", err
			}
			got, err := l.after(ctx, lever.EventCandidateStageChange, moveUnseen)
			return yesNo(len(got) > 0), err
		}},
	}
}

// short is how long a first delivery is waited for.
const short = 2 * time.Minute

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// made is a webhook as its creation answered it.
type made struct {
	id, place, token string
	twice            bool
}

// hook creates a webhook to a place of its own and remembers to delete it.
func (l *lab) hook(ctx context.Context, event string, verify bool) (made, error) {
	h := made{place: fmt.Sprintf("q%d-%d", l.now().Unix(), len(l.hooks))}
	configuration := map[string]any{"conditions": map[string]any{"origins": origins()}}
	if verify {
		configuration = map[string]any{"origins": origins(), "verifyConnection": true}
	}
	if event == lever.EventContactUpdated {
		configuration = map[string]any{}
	}
	body := map[string]any{"url": l.set.hookURL + "/" + h.place, "event": event, "configuration": configuration}
	r, err := l.api(ctx, http.MethodPost, "/webhooks", nil, body)
	if err != nil {
		return h, err
	}
	if r.status != http.StatusCreated && r.status != http.StatusOK {
		return h, unasked("the creation of a webhook is answered " + r.said())
	}
	o := r.object()
	if inner, twice := o["data"].(map[string]any); twice {
		o, h.twice = inner, true
	}
	h.id, _ = o["id"].(string)
	if h.id == "" {
		return h, fmt.Errorf("a webhook was created and its id is not in the answer: delete it in Lever's settings")
	}
	l.hooks = append(l.hooks, h.id)
	configuration, _ = o["configuration"].(map[string]any)
	h.token, _ = configuration["signatureToken"].(string)
	return h, nil
}

func origins() []string {
	return []string{"agency", "applied", "internal", "referred", "sourced", "university"}
}

// unhook deletes a webhook at once, so that it brings nothing more.
func (l *lab) unhook(ctx context.Context, h made) error {
	r, err := l.api(ctx, http.MethodDelete, "/webhooks/"+h.id, nil, nil)
	if err == nil && r.status != http.StatusNoContent {
		err = fmt.Errorf("the deletion of a webhook is answered %d", r.status)
	}
	return err
}

// watched makes a webhook whose event group is switched on.
func (l *lab) watched(ctx context.Context, event string) (made, error) {
	if !l.switched {
		if err := l.hand(ctx, switchOn); err != nil {
			return made{}, err
		}
		l.switched = true
	}
	return l.hook(ctx, event, false)
}

// after lists what a webhook brought after a deed.
func (l *lab) after(ctx context.Context, event string, d deed) ([]delivery, error) {
	h, err := l.watched(ctx, event)
	if err != nil {
		return nil, err
	}
	if err := l.hand(ctx, d); err != nil {
		return nil, err
	}
	got, err := l.await(ctx, h.place, 1, short)
	if err != nil {
		return nil, err
	}
	return got, l.unhook(ctx, h)
}

func hookAgain(ctx context.Context, l *lab) (string, error) {
	first, err := l.hook(ctx, lever.EventCandidateHired, false)
	if err != nil {
		return "", err
	}
	if err := l.unhook(ctx, first); err != nil {
		return "", err
	}
	second, err := l.hook(ctx, lever.EventCandidateHired, false)
	return yesNo(first.token != "" && second.token != "" && first.token != second.token), err
}

func hookList(ctx context.Context, l *lab) (said string, err error) {
	before, err := l.get(ctx, "/webhooks")
	if err != nil {
		return "", err
	}
	if err := l.hand(ctx, addHook); err != nil {
		return "", err
	}
	defer func() {
		if gone := l.hand(ctx, removeHook); err == nil {
			err = gone
		}
	}()
	r, err := l.get(ctx, "/webhooks")
	return yesNo(len(r.rows()) > len(before.rows())), err
}
