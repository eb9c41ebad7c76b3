// Command roles shows that the deployed roles hold nothing they do not need: it takes each action out of each role of a
// running sandbox in turn, plays what the role is for, and wants to see it fail. The rule that the roles hold all they
// need is shown by the acceptance suite, which passes under them.
//
// Each play has an organisation and a connection of its own, on one of the small companies of the simulated Lever, so
// what a missing right leaves half done troubles nobody after it. An action whose loss cannot show on the emulator has
// its reason in explained.go; all of these are taken away together in one further play of each role, which must pass.
//
//	roles                     every action of every role
//	roles -sample 12          a dozen, spread over the roles
//	roles -only "delta-sync"  those whose line contains the words
//
// It ends with a code other than 0 and a list when an action is neither noticed nor explained, or could not be tried. It changes the roles of the stack
// while it runs and leaves refused work behind, so it wants a stack to itself: `make roles` starts one. The addresses
// stand in the file that the variable ENDPOINTS names, else in .sandbox/endpoints.json.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	only := flag.String("only", "", "take only the actions whose line (role, statement, action) contains this")
	sample := flag.Int("sample", 0, "take only this many actions, spread over the roles")
	flag.Parse()
	err := run(ctx, cmp.Or(os.Getenv("ENDPOINTS"), ".sandbox/endpoints.json"), *only, *sample)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "\nroles: "+err.Error())
		os.Exit(1)
	}
}

func run(ctx context.Context, path, only string, sample int) error {
	l, err := open(ctx, path)
	if err != nil {
		return err
	}
	roles, err := l.cloud.roles(ctx)
	if err != nil {
		return err
	}
	t := &trial{lab: l, roles: roles, out: os.Stdout}
	return t.run(ctx, only, sample)
}
