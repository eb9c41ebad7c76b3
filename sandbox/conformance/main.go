// Command conformance asks a Lever account the questions that lever/api.md leaves open and prints what was assumed beside
// what Lever did. It reads only, unless a posting is named for it to write to; what it writes it takes away again.
//
// Without an account in the environment it asks the simulated Lever in each of its variants, and ends with an error unless
// every table names exactly what that variant does otherwise. The settings are listed by -help. Nothing that it prints
// holds a token, an id or personal data.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	asJSON := flag.Bool("json", false, "print JSON in place of tables")
	flag.Usage = func() { fmt.Fprint(flag.CommandLine.Output(), usage) }
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Getenv, *asJSON, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run asks the account of the environment, or the simulated Lever when there is none.
func run(ctx context.Context, getenv func(string) string, asJSON bool, out io.Writer) error {
	s, given, err := readSettings(getenv)
	if err != nil {
		return err
	}
	if !given {
		return rehearse(ctx, asJSON, out)
	}
	l, err := newLab(ctx, s, bufio.NewReader(os.Stdin))
	if err != nil {
		return err
	}
	findings, asking := l.askAll(ctx)
	if asJSON {
		err = printJSON(out, map[string]any{"findings": findings, "notAsked": notAsked()})
	} else {
		err = printTables(out, findings)
	}
	if err != nil {
		return err
	}
	return asking
}

func printJSON(out io.Writer, v any) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
