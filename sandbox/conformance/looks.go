package main

import (
	"context"
	"net/http"
	"sync"
)

// lookQuestions ask what a token without confidential:access is told about confidential objects; they only read.
func lookQuestions() []question {
	return []question{
		{"confidential-list", "What is a list that asks for confidential objects without the grant?", "403", "ConfidentialListStatus", unseen, func(ctx context.Context, l *lab) (string, error) {
			r, err := l.get(ctx, "/postings", "confidentiality", "all", "limit", "1")
			return unlessSeen(r, err)
		}},
		{"confidential-single", "What is a confidential opportunity, asked for on its own without the grant?", "403", "ConfidentialStatus", unseen, func(ctx context.Context, l *lab) (string, error) {
			r, err := l.get(ctx, "/opportunities/"+l.set.confidentialID)
			return unlessSeen(r, err)
		}},
		{"posting-hidden", "Does a posting that turns confidential leave the lists without a word?", "yes", "", unseen | writing | somebody, postingHidden},
	}
}

// unlessSeen gives the status, unless the token turns out to hold the grant.
func unlessSeen(r reply, err error) (string, error) {
	if err == nil && r.status == http.StatusOK {
		return "", unasked("the token holds confidential:access; ask with one that does not")
	}
	return r.said(), err
}

func postingHidden(ctx context.Context, l *lab) (said string, err error) {
	if err := l.hand(ctx, hidePosting); err != nil {
		return "", err
	}
	defer func() {
		if back := l.hand(ctx, showPosting); err == nil {
			err = back
		}
	}()
	offset := []string{}
	for range pages {
		r, err := l.get(ctx, "/postings", offset...)
		if err != nil {
			return "", err
		}
		if r.status != http.StatusOK {
			return "refused with " + r.said(), nil
		}
		for _, row := range r.rows() {
			if row["id"] == l.set.posting {
				return "it is still listed", nil
			}
		}
		next, _ := r.body["next"].(string)
		if next == "" {
			return "yes", nil
		}
		offset = []string{"offset", next}
	}
	return "", unasked("there are too many postings")
}

// limitQuestions ask about the rate limit, with a burst of reads.
func limitQuestions() []question {
	return []question{
		{"retry-after", "Does 429 carry Retry-After?", "no", "RetryAfter", 0, func(ctx context.Context, l *lab) (string, error) {
			refused, err := l.burst(ctx)
			if err != nil {
				return "", err
			}
			if refused.header.Get("Retry-After") != "" {
				return "yes", nil
			}
			return "no", nil
		}},
		{"bucket", "Does what one account uses up count for another account of the same app?", "no", "BucketPerApp", secondOne, func(ctx context.Context, l *lab) (string, error) {
			if _, err := l.burst(ctx); err != nil {
				return "", err
			}
			r, err := l.once(ctx, l.set.other, http.MethodGet, "/stages", nil, nil)
			switch {
			case err != nil:
				return "", err
			case r.status == http.StatusTooManyRequests:
				return "yes", nil
			case r.status != http.StatusOK:
				return "", unasked("the other account's token is answered " + r.said())
			}
			return "no", nil
		}},
	}
}

// burst sends 60 reads side by side and gives one that was refused for their number.
func (l *lab) burst(ctx context.Context) (refused reply, err error) {
	const reads = 60
	replies, faults := make([]reply, reads), make([]error, reads)
	var group sync.WaitGroup
	for i := range reads {
		group.Go(func() {
			replies[i], faults[i] = l.once(ctx, l.grant.Access, http.MethodGet, "/stages", nil, nil)
		})
	}
	group.Wait()
	for i, r := range replies {
		if faults[i] == nil && r.status == http.StatusTooManyRequests {
			return r, nil
		}
		if faults[i] != nil {
			err = faults[i]
		}
	}
	if err == nil {
		err = unasked("60 reads at once were not refused")
	}
	return reply{}, err
}
