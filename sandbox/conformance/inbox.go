package main

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"path"
	"sync"
	"time"
)

// delivery is one attempt of a webhook, without the data in it.
type delivery struct {
	place       string // the last part of the address
	event       string
	hasID       bool
	token       string
	signature   string
	triggeredAt int64
}

// answer is how an attempt is answered: with a status, after some time.
type answer struct {
	status int
	after  time.Duration
}

// inbox takes what Lever's webhooks bring. It is safe for concurrent use.
type inbox struct {
	now  func() time.Time
	hold func(time.Duration)

	mu     sync.Mutex
	got    []delivery
	answer func(before int) answer // by how many attempts came to the same place before; nil = 200 at once
}

func newInbox(now func() time.Time, hold func(time.Duration)) *inbox {
	return &inbox{now: now, hold: hold}
}

// listen serves until ctx ends.
func (i *inbox) listen(ctx context.Context, address string) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: i, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	context.AfterFunc(ctx, func() { _ = server.Close() }) // the program ends; nobody is left to tell
	go func() { _ = server.Serve(listener) }()            // ends with Close
	return nil
}

// ServeHTTP implements http.Handler.
func (i *inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body struct {
		ID          *string `json:"id"`
		Event       string  `json:"event"`
		Token       string  `json:"token"`
		Signature   string  `json:"signature"`
		TriggeredAt int64   `json:"triggeredAt"`
	}
	if json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&body) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	d := delivery{path.Base(r.URL.Path), body.Event, body.ID != nil, body.Token, body.Signature, body.TriggeredAt}
	i.mu.Lock()
	before := len(i.at(d.place))
	i.got = append(i.got, d)
	say := answer{status: http.StatusOK}
	if i.answer != nil {
		say = i.answer(before)
	}
	i.mu.Unlock()
	if say.after > 0 {
		i.hold(say.after)
	}
	w.WriteHeader(say.status)
}

// at lists what came to a place; the lock must be held.
func (i *inbox) at(place string) (list []delivery) {
	for _, d := range i.got {
		if d.place == place {
			list = append(list, d)
		}
	}
	return list
}

// came lists what came to a place so far.
func (i *inbox) came(place string) []delivery {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.at(place)
}

// says sets how attempts are answered from now on.
func (i *inbox) says(how func(before int) answer) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.answer = how
}

// await waits until n attempts have come to a place, at most for a time.
func (l *lab) await(ctx context.Context, place string, n int, most time.Duration) ([]delivery, error) {
	for began := l.now(); ; {
		if got := l.inbox.came(place); len(got) >= n || l.now().Sub(began) >= most {
			return got, nil
		}
		if err := l.wait(ctx, 500*time.Millisecond); err != nil {
			return nil, err
		}
	}
}
