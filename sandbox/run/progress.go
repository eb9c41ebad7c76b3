package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// progress prints what the sandbox is doing, each line with the seconds since the start. It is safe for concurrent use.
type progress struct {
	mutex sync.Mutex
	out   io.Writer
	start time.Time
}

func newProgress(out io.Writer) *progress {
	return &progress{out: out, start: time.Now()}
}

// say prints one line.
func (p *progress) say(format string, args ...any) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	fmt.Fprintf(p.out, "%6.1fs  %s\n", time.Since(p.start).Seconds(), fmt.Sprintf(format, args...))
}

// during says what begins, repeats it every 15 seconds for whoever wonders whether it still works, and says when it ended.
func (p *progress) during(what string, work func() error) error {
	p.say("%s …", what)
	began := time.Now()
	ticker := time.NewTicker(15 * time.Second)
	defer ticker.Stop()
	done := make(chan error, 1)
	go func() { done <- work() }()
	for {
		select {
		case err := <-done:
			if err == nil {
				p.say("%s: done in %.1f s", what, time.Since(began).Seconds())
			}
			return err
		case <-ticker.C:
			p.say("%s … still at it", what)
		}
	}
}
