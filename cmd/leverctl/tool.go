package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
)

// tool is one invocation with what it touches of the world.
type tool struct {
	out, err io.Writer
	live     bool // progress may be drawn over
	sleep    func(context.Context, time.Duration) error
	now      func() time.Time
	dial     func(ctx context.Context, address string) (*client, error)

	json bool
	api  *client
	opts options
}

// options are the flags of all commands; each command names those it knows.
type options struct {
	all, noWait bool
	sure        int
	limit       int
}

// command is one thing to type.
type command struct {
	name  string
	takes string // its arguments, for the usage
	flags string // the flags it knows besides --json and --api, separated by blanks
	says  string
	do    func(ctx context.Context, t *tool, args []string) error
}

func commands() []command {
	return []command{
		{"status", "TENANT", "", "how the connection of a tenant is doing, and every work item of it", status},
		{"why", "TENANT CANDIDATE", "", "why a candidate is as it is here, in words", why},
		{"replay", "TENANT CANDIDATE", "", "look at one candidate and its interviews at Lever again", replay},
		{"resync", "TENANT", "no-wait", "compare everything of a tenant with Lever again", resync},
		{"undelivered", "TENANT", "limit", "decisions that are neither delivered nor dismissed", undelivered},
		{"connections", "", "", "all connections that have not ended", connections},
		{"quarantine", "", "", "work that is set aside and records that cannot be read, of all connections", quarantine},
		{"overdue", "", "limit", "work that should have been done by now", overdue},
		{"reseal", "[TENANT]", "all no-wait", "seal tokens and signature tokens anew: of a tenant, or with --all of everybody", reseal},
		{"end", "[TENANT]", "all sure no-wait", "end the connection of a tenant with --sure 1, or with --all --sure N of all N", end},
		{"runs", "", "limit", "the newest re-seals and ends with their progress", runs},
		{"follow", "RUN", "", "follow a re-seal or an end until it is over", follow},
	}
}

var (
	errUsage = errors.New("usage") // the command was typed wrongly; what to type has been said
	errHelp  = errors.New("help")  // help was asked for, and given
)

// main runs one command and returns the exit code: 0, 1 when it failed, 2 when it was typed wrongly.
func (t *tool) main(ctx context.Context, args []string, address string) int {
	err := t.run(ctx, args, address)
	switch {
	case err == nil, errors.Is(err, errHelp):
		return 0
	case errors.Is(err, errUsage):
		return 2
	}
	fmt.Fprintf(t.err, "leverctl: %v\n", err)
	return 1
}

func (t *tool) run(ctx context.Context, args []string, address string) error {
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		t.usage()
		if len(args) == 0 {
			return errUsage
		}
		return nil
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return t.do(ctx, c, args[1:], address)
		}
	}
	fmt.Fprintf(t.err, "leverctl: there is no command %q; leverctl help lists them\n", args[0])
	return errUsage
}

// idForm is what an id may be; it is checked here so that a slip makes no strange path.
var idForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$`)

func (t *tool) do(ctx context.Context, c command, args []string, address string) error {
	rest, address, err := t.parse(c, args, address)
	if err != nil {
		return err
	}
	least, most := strings.Count(c.takes, "TENANT")+strings.Count(c.takes, "CANDIDATE")+strings.Count(c.takes, "RUN"), 0
	if most = least; strings.HasPrefix(c.takes, "[") {
		least = 0
	}
	if len(rest) < least || len(rest) > most {
		fmt.Fprintf(t.err, "leverctl: type: leverctl %s\n", c.usage())
		return errUsage
	}
	for _, id := range rest {
		if !idForm.MatchString(id) {
			return fmt.Errorf("%q is not an id: ids are 1 to 128 letters, digits and . _ ~ - ", id)
		}
	}
	if address == "" {
		return errors.New("the address of the API is not known.\nSet LEVERCTL_API, or --api, to the output ApiUrl of the stack")
	}
	if t.api, err = t.dial(ctx, address); err != nil {
		return err
	}
	return c.do(ctx, t, rest)
}

// parse reads the flags, which may stand before, between or after the arguments.
func (t *tool) parse(c command, args []string, address string) (rest []string, api string, err error) {
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.BoolVar(&t.json, "json", false, "print what the API answers, for programs")
	flags.StringVar(&address, "api", address, "`address` of the API; else LEVERCTL_API")
	for _, name := range strings.Fields(c.flags) {
		switch name {
		case "all":
			flags.BoolVar(&t.opts.all, "all", false, "every connection, not that of one tenant")
		case "no-wait":
			flags.BoolVar(&t.opts.noWait, "no-wait", false, "do not follow it until it is over")
		case "sure":
			flags.IntVar(&t.opts.sure, "sure", -1, "the `number` of connections that will end, as a sign that you mean it")
		case "limit":
			flags.IntVar(&t.opts.limit, "limit", 50, "the most to show, up to 200")
		}
	}
	for len(args) > 0 {
		switch err := flags.Parse(args); {
		case errors.Is(err, flag.ErrHelp):
			c.help(t.out, flags)
			return nil, "", errHelp
		case err != nil:
			fmt.Fprintf(t.err, "leverctl: %v\n", err)
			c.help(t.err, flags)
			return nil, "", errUsage
		}
		if args = flags.Args(); len(args) > 0 {
			rest, args = append(rest, args[0]), args[1:]
		}
	}
	return rest, address, nil
}

// help says what a command does and takes.
func (c command) help(to io.Writer, flags *flag.FlagSet) {
	fmt.Fprintf(to, "%s.\ntype: leverctl %s\n", c.says, c.usage())
	flags.SetOutput(to)
	flags.PrintDefaults()
}

func (c command) usage() string {
	text := c.name
	if c.takes != "" {
		text += " " + c.takes
	}
	for _, name := range strings.Fields(c.flags) {
		if name == "sure" || name == "limit" {
			name += " N"
		}
		text += " [--" + name + "]"
	}
	return text + " [--json]"
}

func (t *tool) usage() {
	fmt.Fprintln(t.out, "leverctl looks after the Lever integration. Commands:")
	for _, c := range commands() {
		fmt.Fprintf(t.out, "  %-44s %s\n", c.usage(), c.says)
	}
	fmt.Fprint(t.out, `
leverctl COMMAND --help says what its flags do.

It calls the operators' routes of the API at LEVERCTL_API (or --api): the output ApiUrl of the stack. AWS_PROFILE and
AWS_REGION choose the credentials, which must be the operator role (output OperatorRoleArn). Times are in UTC.
`)
}

// ask calls a route and decodes its answer. With --json the answer is printed as it is and done is true.
func ask[T any](ctx context.Context, t *tool, path string) (answer T, done bool, err error) {
	body, err := t.api.call(ctx, "GET", path, nil)
	if err != nil {
		return answer, false, err
	}
	if t.json {
		_, err := fmt.Fprintln(t.out, strings.TrimSpace(string(body)))
		return answer, true, err
	}
	return answer, false, decode(body, &answer)
}

func decode(body []byte, into any) error {
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("the API's answer is not what this leverctl knows: %w\nThe deployed version may be another", err)
	}
	return nil
}
