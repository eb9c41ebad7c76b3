package levertest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Options says how a simulated Lever is set up. Only Now is required.
type Options struct {
	// Now is the clock of everything: timestamps, expiry, the token bucket, retries and late commits.
	Now func() time.Time
	// Seed decides every generated id, token and fault draw, so equal seeds and equal calls give equal runs.
	Seed uint64
	// ClientID, ClientSecret and RedirectURIs are the registration of the one OAuth application.
	ClientID     string
	ClientSecret string
	RedirectURIs []string
	// AppName is the name shown on the consent page; empty means "Evidenced".
	AppName string
	// Audience is what /authorize asks for; empty means "https://api.lever.co/v1/".
	Audience string
	// PublicURL is the address browsers use, for links inside objects; empty means "https://hire.lever.co".
	PublicURL string
	// Rules decides the points that lever/api.md leaves open; nil means DefaultRules.
	Rules *Rules
	// Rate is requests a second and Burst the size of the bucket (lever/api.md section 2, rate limits);
	// zero means 10 and 20, a negative Rate switches the limit off.
	Rate  float64
	Burst float64
	// RetryScale multiplies the waits between webhook attempts; zero means 1.
	RetryScale float64
	// Sleep acts out the Slow fault; nil means no waiting.
	Sleep func(time.Duration)
	// Control serves /control/*, the surface for black-box tests and demos.
	Control bool
}

// Lever is one simulated Lever with any number of customer accounts.
//
// All methods are safe for concurrent use: one mutex guards the whole state. Nothing runs in the
// background; what is due happens inside the next call.
type Lever struct {
	opts  Options
	rules Rules

	mu       sync.Mutex
	at       time.Time // the time of the call in progress
	rng      *rand.Rand
	faultRNG *rand.Rand
	accounts []*account
	codes    map[string]*code
	access   map[string]*accessToken
	refresh  map[string]*refreshToken
	buckets  map[string]*bucket
	sessions map[string]session
	queue    []*pending
	faults   []*armedFault
	late     []lateCall
	requests []Request
	reqCount map[string]int
	flooded  atomic.Int64
}

// New makes an empty simulated Lever. Call Seed to add customer accounts.
func New(opts Options) *Lever {
	if opts.Now == nil {
		panic("levertest: Options.Now is required")
	}
	if opts.Audience == "" {
		opts.Audience = "https://api.lever.co/v1/"
	}
	if opts.AppName == "" {
		opts.AppName = "Evidenced"
	}
	if opts.PublicURL == "" {
		opts.PublicURL = "https://hire.lever.co"
	}
	if opts.Rate == 0 {
		opts.Rate = 10
	}
	if opts.Burst == 0 {
		opts.Burst = 20
	}
	if opts.RetryScale == 0 {
		opts.RetryScale = 1
	}
	rules := DefaultRules()
	if opts.Rules != nil {
		rules = *opts.Rules
	}
	return &Lever{
		opts: opts, rules: rules, at: opts.Now(),
		rng:      rand.New(rand.NewPCG(opts.Seed, 0x1e7e2)),
		faultRNG: rand.New(rand.NewPCG(opts.Seed, 0xfa017)),
		codes:    map[string]*code{}, access: map[string]*accessToken{}, refresh: map[string]*refreshToken{},
		buckets: map[string]*bucket{}, sessions: map[string]session{}, reqCount: map[string]int{},
	}
}

// Rules returns the switches in force.
func (l *Lever) Rules() Rules {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rules
}

// SetRules changes the switches from now on.
func (l *Lever) SetRules(rules Rules) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rules = rules
}

// Handler serves the API under /v1, OAuth under /authorize and /oauth/token, the web pages under / and,
// when Options.Control is set, /control/*.
func (l *Lever) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/v1/", l.serveAPI)
	mux.HandleFunc("POST /oauth/token", l.serveToken)
	web := http.NewServeMux()
	l.registerWeb(web)
	if l.opts.Control {
		l.registerControl(web)
	}
	mux.Handle("/", http.NewCrossOriginProtection().Handler(web))
	return mux
}

// enter takes the lock, reads the clock and applies every late commit that has fallen due.
// The caller must call l.mu.Unlock when done.
func (l *Lever) enter() {
	l.mu.Lock()
	l.settle(l.opts.Now())
}

// millis is the time of the call in progress in milliseconds since the epoch (lever/api.md section 0).
func (l *Lever) millis() int64 { return l.at.UnixMilli() }

// StateHash is a digest of everything all accounts hold now. Equal seeds and equal calls give equal digests.
func (l *Lever) StateHash() string {
	l.enter()
	defer l.mu.Unlock()
	sum := sha256.New()
	for _, st := range l.accounts {
		fmt.Fprintln(sum, st.id, st.name)
		for _, part := range st.everything() {
			if err := json.NewEncoder(sum).Encode(part); err != nil {
				panic(fmt.Sprintf("levertest: encode state: %v", err))
			}
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// newID makes a UUID (version 4 layout) from the given source.
func newID(rng *rand.Rand) string {
	a, b := rng.Uint64(), rng.Uint64()
	a = a&^0xf000 | 0x4000
	b = b&^(3<<62) | 2<<62
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", a>>32, a>>16&0xffff, a&0xffff, b>>48, b&0xffffffffffff)
}

// newHex makes n random bytes in lower-case hexadecimal.
func newHex(rng *rand.Rand, n int) string {
	raw := make([]byte, n)
	for i := range raw {
		raw[i] = byte(rng.Uint32())
	}
	return hex.EncodeToString(raw)
}
