// Package acceptance tests the deployed stack from outside: it knows addresses and nothing else. Most tests
// share one connected organisation and take candidates of their own from it; those that end a connection have an account
// at Lever of their own. So all run in parallel, with the deployed roles and IAM enforced.
// Every reply of the platform API and every event of the bus, in whichever test it comes, is held against docs/api.
//
// The addresses stand in the file that the variable ENDPOINTS names. `make acceptance` starts a stack, sets it and runs
// everything; beside a running `make run`, use
//
//	ENDPOINTS=$PWD/.sandbox/endpoints.json go test -count=1 ./acceptance
//
// The attacks need companies of the simulated Lever for themselves: start it with SMALL_COMPANIES=22 make run.
package acceptance

import (
	"context"
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/evidenced/lever-integration/sandbox/story"
)

// world is the stack under test; TestMain sets it once.
var world *story.World

func TestMain(m *testing.M) {
	path := os.Getenv("ENDPOINTS")
	if path == "" {
		fmt.Fprintln(os.Stderr, "acceptance: these tests need a running stack. Run `make acceptance`, or `make run` in another\n"+
			"terminal and then: ENDPOINTS=$PWD/.sandbox/endpoints.json go test -count=1 ./acceptance")
		os.Exit(1)
	}
	opened, err := story.Open(context.Background(), path)
	if err != nil {
		fmt.Fprintln(os.Stderr, "acceptance:", err)
		os.Exit(1)
	}
	world = opened
	stop, err := watchContract()
	if err != nil {
		fmt.Fprintln(os.Stderr, "acceptance:", err)
		os.Exit(1)
	}
	// The tests mostly wait, and some wait for others (see turn), so there must be room for all of them at once.
	flag.Parse()
	if err := flag.Set("test.parallel", "64"); err != nil {
		fmt.Fprintln(os.Stderr, "acceptance:", err)
		os.Exit(1)
	}
	code := m.Run()
	if err := stop(); err != nil {
		fmt.Fprintln(os.Stderr, "acceptance: the contract was broken:", err)
		code = 1
	}
	os.Exit(code)
}
