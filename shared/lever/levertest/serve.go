package levertest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	maxBody      = 1 << 20
	requestsKept = 10_000
)

// inbound is a request taken off the wire.
type inbound struct {
	method, path string
	query        url.Values
	header       http.Header
	body         []byte
	asOf         time.Time // for stale reads
	grant        *grant    // set when a late commit was already let in
}

// Request is one line of the log of API and token requests. Status is 0 when the connection was broken.
type Request struct {
	At      time.Time
	Method  string
	Path    string // the template, for example /v1/opportunities/{id}
	URL     string // the path as asked, without the query
	Status  int
	Account string // whose token, code or refresh token it carried; empty when that is not known
	Grant   string
	Fault   Effect
}

// lateCall is a request whose work is still to be done.
type lateCall struct {
	due  time.Time
	work func()
}

// outcome is how a request ends on the wire.
type outcome struct {
	reply reply
	abort bool
	sleep time.Duration
	flood int64 // bytes to send in place of the reply's body
}

// Requests returns the log of the last 10,000 API and token requests, oldest first.
func (l *Lever) Requests() []Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.requests)
}

// LastRequest returns the newest line of the log; zero when there is none.
func (l *Lever) LastRequest() Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.requests) == 0 {
		return Request{}
	}
	return l.requests[len(l.requests)-1]
}

// RequestCount is how many requests of a method and path template ever came ("GET /v1/users").
func (l *Lever) RequestCount(methodAndPath string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reqCount[methodAndPath]
}

// settle moves the clock to now and does the late work that has fallen due, at its own time.
func (l *Lever) settle(now time.Time) {
	for {
		next := -1
		for i, c := range l.late {
			if !c.due.After(now) && (next < 0 || c.due.Before(l.late[next].due)) {
				next = i
			}
		}
		if next < 0 {
			break
		}
		c := l.late[next]
		l.late = slices.Delete(l.late, next, next+1)
		l.at = c.due
		c.work()
	}
	l.at = now
}

func (l *Lever) serveAPI(w http.ResponseWriter, r *http.Request) {
	route, _ := matchRoute(r.Method, r.URL.Path)
	l.serve(w, r, route.template, l.dispatch)
}

func (l *Lever) serveToken(w http.ResponseWriter, r *http.Request) {
	l.serve(w, r, tokenPath, l.token)
}

// serve takes a machine's request through faults, work and log.
func (l *Lever) serve(w http.ResponseWriter, r *http.Request, template string, work func(*inbound) reply) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	in := &inbound{method: r.Method, path: r.URL.Path, query: r.URL.Query(), header: r.Header, body: body}
	out := l.process(in, template, work)
	if out.sleep > 0 && l.opts.Sleep != nil {
		l.opts.Sleep(out.sleep)
	}
	if out.abort {
		panic(http.ErrAbortHandler)
	}
	out.reply.write(w)
	l.pour(w, out.flood)
}

// pour sends bytes of white space without holding them, until all are sent or the caller hangs up.
func (l *Lever) pour(w io.Writer, bytes int64) {
	piece := []byte(strings.Repeat(" ", 64<<10))
	for sent := int64(0); sent < bytes; {
		n, err := w.Write(piece[:min(int64(len(piece)), bytes-sent)])
		sent += int64(n)
		l.flooded.Add(int64(n))
		if err != nil {
			return
		}
	}
}

// Flooded is how many bytes of FloodReply answers callers have taken so far, give or take what the network holds.
func (l *Lever) Flooded() int64 { return l.flooded.Load() }

func (l *Lever) process(in *inbound, template string, work func(*inbound) reply) outcome {
	l.enter()
	defer l.mu.Unlock()
	g := l.bearer(in)
	line := Request{At: l.at, Method: in.method, Path: template, URL: in.path}
	if g != nil {
		line.Account, line.Grant = g.st.id, g.id
	}
	if template == tokenPath {
		line.Account = l.owner(in)
	}
	f := l.pick(in, template, line.Account)
	out := l.disturbed(f, in, work)
	if line.Fault = f.Effect; !out.abort {
		line.Status = out.reply.status
	}
	l.record(line)
	return out
}

func (l *Lever) record(line Request) {
	l.reqCount[line.Method+" "+line.Path]++
	l.requests = append(l.requests, line)
	if len(l.requests) > requestsKept {
		l.requests = slices.Clone(l.requests[requestsKept/10:])
	}
}

// disturbed does the work under a fault.
func (l *Lever) disturbed(f Fault, in *inbound, work func(*inbound) reply) outcome {
	switch f.Effect {
	case StatusReply:
		return outcome{reply: l.errorReply(plainFailure(f.Status))}
	case HTMLReply:
		return outcome{reply: htmlFailure(f.Status)}
	case ResetConnection:
		return outcome{abort: true}
	case RedirectReply:
		return outcome{reply: redirected(f)}
	case FloodReply:
		header := http.Header{"Content-Type": {"application/json; charset=utf-8"}}
		return outcome{reply: reply{http.StatusOK, header, nil}, flood: f.Bytes}
	case ExpiredOffset:
		return outcome{reply: l.errorReply(badRequest("Invalid offset token"))}
	case LateCommit:
		in.grant = l.bearer(in)
		l.late = append(l.late, lateCall{l.at.Add(f.Delay), func() { work(in) }})
		return l.broken(f)
	case StaleRead:
		in.asOf = l.at.Add(-f.Delay)
	}
	out := outcome{reply: work(in)}
	switch f.Effect {
	case LostReply:
		return l.broken(f)
	case SlowReply:
		out.sleep = f.Delay
	case TruncatedBody:
		out.reply.body = out.reply.body[:len(out.reply.body)/2]
	default:
		out.reply = l.spoil(f.Effect, in, out.reply)
	}
	return out
}

// broken is a request of which the caller learns nothing: the connection breaks, or an edge server answers.
func (l *Lever) broken(f Fault) outcome {
	if f.Status == 0 {
		return outcome{abort: true}
	}
	return outcome{reply: l.errorReply(plainFailure(f.Status))}
}

func plainFailure(status int) error {
	messages := map[int]string{
		0: "You have exceeded your request rate of 10 r/s.", http.StatusTooManyRequests: "You have exceeded your request rate of 10 r/s.",
		http.StatusUnauthorized: "The request requires authentication.", http.StatusForbidden: "You do not have access to this resource.",
		http.StatusServiceUnavailable: "Service unavailable",
	}
	message, known := messages[status]
	if !known {
		message = "Internal server error"
	}
	if status == 0 {
		status = http.StatusTooManyRequests
	}
	return refuse(status, message)
}

func htmlFailure(status int) reply {
	if status == 0 {
		status = http.StatusBadGateway
	}
	page := "<html><head><title>" + http.StatusText(status) + "</title></head><body><center><h1>" + http.StatusText(status) + "</h1></center></body></html>"
	return reply{status, http.Header{"Content-Type": {"text/html"}}, []byte(page)}
}

func redirected(f Fault) reply {
	if f.Status == 0 {
		f.Status = http.StatusFound
	}
	return reply{status: f.Status, header: http.Header{"Location": {f.Location}}}
}

// spoil alters a list's body.
func (l *Lever) spoil(effect Effect, in *inbound, r reply) reply {
	var list struct {
		Data    []json.RawMessage `json:"data"`
		HasNext *bool             `json:"hasNext,omitempty"`
		Next    string            `json:"next,omitempty"`
	}
	if effect == "" || json.Unmarshal(r.body, &list) != nil || list.Data == nil || r.status != http.StatusOK {
		return r
	}
	switch effect {
	case TruncatedPage:
		list.Data = list.Data[:len(list.Data)/2]
	case EmptiedPage:
		list.Data = []json.RawMessage{}
	case RepeatedPage:
		list.HasNext, list.Next = ptr(true), in.query.Get("offset")
		if list.Next == "" {
			list.Next = firstOffset
		}
	case FilteredPage:
		list.Data = slices.DeleteFunc(list.Data, func(json.RawMessage) bool { return l.faultRNG.IntN(4) == 0 })
	case NextMissing:
		list.HasNext, list.Next = ptr(true), ""
	case UnknownFields:
		for i, row := range list.Data {
			list.Data[i] = append([]byte(`{"x-new-field":{"a":[1,2,{}]},`), row[1:]...)
		}
	case BrokenRows:
		for i, row := range list.Data {
			list.Data[i] = append(bytes.TrimSuffix(bytes.TrimSpace(row), []byte("}")), `,"name":{"was":"text"}}`...)
		}
	default:
		return r
	}
	return jsonReply(r.status, list)
}
