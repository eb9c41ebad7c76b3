// Command demo plays the whole story without hands against a running stack and says how long each step took: connect,
// webhooks, first full resync, a stage change, a decision, disconnect. It goes through the same pages as a person and
// ends with a code other than 0 at the first miss. `make demo` starts a stack of its own for it; the addresses stand in
// the file that the variable ENDPOINTS names, else in .sandbox/endpoints.json.
package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/evidenced/lever-integration/sandbox/story"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, cmp.Or(os.Getenv("ENDPOINTS"), ".sandbox/endpoints.json")); err != nil {
		fmt.Fprintln(os.Stderr, "\ndemo: "+err.Error())
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, path string) error {
	world, err := story.Open(ctx, path)
	if err != nil {
		return err
	}
	p := &play{world: world}
	if err := p.cast(ctx); err != nil {
		return err
	}
	t := &teller{out: out, start: time.Now()}
	for _, s := range p.steps() {
		if err := t.tell(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	_, err = fmt.Fprintf(out, "\nThe whole story took %.1f s.\n", time.Since(t.start).Seconds())
	return err
}

// step is one part of the story. Its deed says in words what came of it.
type step struct {
	name string
	deed func(context.Context) (string, error)
}

// teller prints each step with its time.
type teller struct {
	out   io.Writer
	start time.Time
}

func (t *teller) tell(ctx context.Context, s step) error {
	begun := time.Now()
	result, err := s.deed(ctx)
	mark := "ok  "
	if err != nil {
		mark, result = "MISS", ""
	}
	_, printErr := fmt.Fprintf(t.out, "%s %7.1f s  %-34s %6.2f s  %s\n", mark, time.Since(t.start).Seconds(), s.name, time.Since(begun).Seconds(), result)
	return cmp.Or(err, printErr)
}
