package levertest

import "time"

// bucket is a token bucket (lever/api.md section 2, rate limits).
type bucket struct {
	tokens float64
	at     time.Time
}

// allow takes one token from the installation's bucket.
func (l *Lever) allow(g *grant) bool {
	if l.opts.Rate < 0 {
		return true
	}
	key := g.app + " " + g.st.id
	if l.rules.BucketPerApp {
		key = g.app
	}
	b := l.buckets[key]
	if b == nil {
		b = &bucket{l.opts.Burst, l.at}
		l.buckets[key] = b
	}
	if gone := l.at.Sub(b.at); gone > 0 {
		b.tokens = min(l.opts.Burst, b.tokens+gone.Seconds()*l.opts.Rate)
		b.at = l.at
	}
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
