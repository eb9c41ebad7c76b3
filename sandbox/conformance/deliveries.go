package main

import (
	"context"
	"net/http"
	"time"

	"github.com/evidenced/lever-integration/shared/lever"
)

// refusal is a delivery that was answered 500 until nothing more came.
type refusal struct {
	got []delivery
	err error
}

// refusedDelivery makes that experiment once for all questions about it.
func (l *lab) refusedDelivery(ctx context.Context) (refusal, error) {
	if l.refusal == nil {
		l.refusal = &refusal{}
		l.refusal.got, l.refusal.err = l.refuseAll(ctx)
		if l.refusal.err == nil && len(l.refusal.got) == 0 {
			l.refusal.err = unasked("no delivery came")
		}
	}
	return *l.refusal, l.refusal.err
}

func (l *lab) refuseAll(ctx context.Context) ([]delivery, error) {
	h, err := l.watched(ctx, lever.EventCandidateStageChange)
	if err != nil {
		return nil, err
	}
	l.inbox.says(func(int) answer { return answer{status: http.StatusInternalServerError} })
	defer l.inbox.says(nil)
	if err := l.hand(ctx, move); err != nil {
		return nil, err
	}
	got, err := l.await(ctx, h.place, 1, short)
	for n := 0; err == nil && len(got) > n; {
		n = len(got)
		got, err = l.await(ctx, h.place, n+1, l.set.patience)
	}
	if err != nil {
		return nil, err
	}
	return got, l.unhook(ctx, h)
}

// answerTime answers a first attempt after 12 seconds and looks whether another follows.
func answerTime(ctx context.Context, l *lab) (string, error) {
	h, err := l.watched(ctx, lever.EventCandidateStageChange)
	if err != nil {
		return "", err
	}
	l.inbox.says(func(before int) answer {
		if before == 0 {
			return answer{http.StatusOK, 12 * time.Second}
		}
		return answer{status: http.StatusOK}
	})
	defer l.inbox.says(nil)
	if err := l.hand(ctx, moveOnceMore); err != nil {
		return "", err
	}
	if got, err := l.await(ctx, h.place, 1, short); err != nil || len(got) == 0 {
		return "", firstErr(err, unasked("no delivery came"))
	}
	got, err := l.await(ctx, h.place, 2, l.set.patience)
	if err != nil {
		return "", err
	}
	return yesNo(len(got) > 1), l.unhook(ctx, h)
}

func firstErr(err, instead error) error {
	if err != nil {
		return err
	}
	return instead
}

func rerunAnswer(ctx context.Context, l *lab) (string, error) {
	h, err := l.watched(ctx, lever.EventCandidateStageChange)
	if err != nil {
		return "", err
	}
	if err := l.hand(ctx, moveOnceMore); err != nil {
		return "", err
	}
	if got, err := l.await(ctx, h.place, 1, short); err != nil || len(got) == 0 {
		return "", firstErr(err, unasked("no delivery came"))
	}
	if err := l.hand(ctx, rerun); err != nil {
		return "", err
	}
	got, err := l.await(ctx, h.place, 2, short)
	if err != nil || len(got) < 2 {
		return "", firstErr(err, unasked("Rerun brought nothing"))
	}
	return yesNo(got[0].token == got[1].token && got[0].triggeredAt == got[1].triggeredAt), l.unhook(ctx, h)
}

// hiredOrder has somebody hired and looks which of two webhooks was triggered first.
func hiredOrder(ctx context.Context, l *lab) (said string, err error) {
	hired, err := l.watched(ctx, lever.EventCandidateHired)
	if err != nil {
		return "", err
	}
	archived, err := l.watched(ctx, lever.EventCandidateArchiveChange)
	if err != nil {
		return "", err
	}
	if err := l.hand(ctx, hire); err != nil {
		return "", err
	}
	a, errA := l.await(ctx, hired.place, 1, short)
	b, errB := l.await(ctx, archived.place, 1, short)
	if err := firstErr(errA, errB); err != nil {
		return "", err
	}
	if len(a) == 0 || len(b) == 0 {
		return "only one of them came", l.hand(ctx, unarchive)
	}
	first := l.inbox.first(a[0], b[0])
	for _, h := range []made{hired, archived} {
		if err := l.unhook(ctx, h); err != nil {
			return "", err
		}
	}
	return first.event, l.hand(ctx, unarchive)
}

// first gives the delivery that was triggered first, by its own time, else by its arrival.
func (i *inbox) first(a, b delivery) delivery {
	if a.triggeredAt != b.triggeredAt {
		if a.triggeredAt < b.triggeredAt {
			return a
		}
		return b
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, d := range i.got {
		if d == a || d == b {
			return d
		}
	}
	return a
}
