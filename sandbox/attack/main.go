// Command attack attacks the stack of the local sandbox and prints what came of it as two tables: first every attack of
// package intruder, with the answer that is right, the answer that came and the state that must not have changed; then
// the same attacks with one defence taken out of one build at a time, which must succeed. It ends with an error when an
// attack was not held, or when one succeeds too little without its defence to show that it would be noticed.
//
//	make attack
//	ENDPOINTS=$PWD/.sandbox/endpoints.json go run ./sandbox/attack -only 'signature' -breaches=false
//
// Every change to the stack is taken back, also when the command is stopped; still, use a sandbox that nobody needs.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"syscall"

	"github.com/evidenced/lever-integration/sandbox/intruder"
	"github.com/evidenced/lever-integration/sandbox/story"
)

func main() {
	only := flag.String("only", "", "attack only what has a name that this regular expression finds")
	attacks := flag.Bool("attacks", true, "make the attacks on the stack as it is")
	breaches := flag.Bool("breaches", true, "take defences away and make their attacks again")
	list := flag.Bool("list", false, "print the table of docs/security.md and attack nothing")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *only, *attacks, *breaches, *list)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "attack:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, only string, attacks, breaches, list bool) error {
	if list {
		fmt.Print(intruder.Table())
		return nil
	}
	path := os.Getenv("ENDPOINTS")
	if path == "" {
		return errors.New("this needs a running stack: make attack starts one, or set ENDPOINTS beside a running make run")
	}
	chosen, err := regexp.Compile(only)
	if err != nil {
		return fmt.Errorf("read -only: %w", err)
	}
	world, err := story.Open(ctx, path)
	if err != nil {
		return err
	}
	fmt.Println("connecting two companies …")
	ground, err := intruder.Prepare(ctx, world)
	if err != nil {
		return err
	}
	var faults []error
	if attacks {
		faults = append(faults, attackAll(ctx, ground, chosen, os.Stdout))
	}
	if breaches {
		faults = append(faults, breachAll(ctx, ground, chosen, os.Stdout))
	}
	return errors.Join(faults...)
}
