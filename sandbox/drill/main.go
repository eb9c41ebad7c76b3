// Command drill raises the condition of each alarm of a running sandbox where that is possible there, and shows the metric:
// the alarm with its threshold as it is deployed, the value that was seen, whether it would stand, and the heading of the
// runbook. What cannot be raised on the emulator has its reason in exercise.go.
//
//	drill           every alarm, in six minutes
//	drill -quick    without the alarms on five minutes of silence or waiting, in four
//
// CloudWatch's part is played here: the emulator neither reads metrics out of log lines nor keeps those of queues, APIs and
// streams. So the values are read where they come from (the functions' log, the queues, the emulator's own metrics of
// Lambda, the answers of the API), and the definition of each alarm, read from the deployed stack, is applied to them.
// Minutes and hours of waiting are passed over by moving times on the to-do list back by hand.
//
// It ends with a code other than 0 when an alarm that should be raised was not, when one stood before anything was wrong,
// or when one has neither an exercise nor a reason. It breaks functions and switches things off while it runs, so it wants
// a stack to itself: `make drill` starts one. The addresses stand in the file that the variable ENDPOINTS names, else in
// .sandbox/endpoints.json.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// limit bounds the whole drill.
const limit = 8 * time.Minute

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	quick := flag.Bool("quick", false, "leave out the alarms on five minutes of silence or waiting")
	flag.Parse()
	err := run(ctx, os.Stdout, cmp.Or(os.Getenv("ENDPOINTS"), ".sandbox/endpoints.json"), *quick)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "\ndrill: "+err.Error())
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, path string, quick bool) (err error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	d, err := open(ctx, out, path)
	if err != nil {
		return err
	}
	if err := d.covered(); err != nil {
		return err
	}
	if err := d.calm(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.quieted.all(context.WithoutCancel(ctx))) }()
	for _, e := range d.exercises(quick) {
		if err := d.play(ctx, e); err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
	}
	return d.close(quick)
}
