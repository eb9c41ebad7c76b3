package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/evidenced/lever-integration/shared/lever/levertest"
)

// rehearsal is what one variant of the simulated Lever was found to do.
type rehearsal struct {
	Variant  string    `json:"variant"`
	Expected []string  `json:"expected"` // the questions whose answer the variant changes
	Findings []finding `json:"findings"`
}

// named lists the questions with a verdict.
func named(findings []finding, verdict string) []string {
	names := []string{}
	for _, f := range findings {
		if f.Verdict == verdict {
			names = append(names, f.Name)
		}
	}
	return names
}

// about lists the questions about a switch.
func about(rule string) []string {
	names := []string{}
	for _, q := range questions() {
		if rule != "" && q.rule == rule {
			names = append(names, q.name)
		}
	}
	return names
}

// rehearseAll asks the simulated Lever with its default rules and in each variant.
func rehearseAll(ctx context.Context) (all []rehearsal, err error) {
	variants := append([]levertest.Variant{{Name: "default rules", Rules: levertest.DefaultRules()}}, levertest.AllVariants()...)
	for _, v := range variants {
		findings, err := askSimulated(ctx, v.Rules)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", v.Name, err)
		}
		rule, _, _ := strings.Cut(v.Name, "=")
		all = append(all, rehearsal{v.Name, about(rule), findings})
	}
	return all, nil
}

// check says in which way a rehearsal does not name exactly what its variant does otherwise.
func (r rehearsal) check() error {
	var faults []error
	if got := named(r.Findings, otherwise); !slices.Equal(got, r.Expected) {
		faults = append(faults, fmt.Errorf("%s: named %v, should name %v", r.Variant, got, r.Expected))
	}
	for _, f := range r.Findings {
		if f.Verdict == notPut && (f.Name != "token-claims" || r.Variant != "OpaqueTokens") { // no JWT, no claims
			faults = append(faults, fmt.Errorf("%s: %s could not be asked: %s", r.Variant, f.Name, f.Why))
		}
	}
	return errors.Join(faults...)
}

// rehearse prints what each variant was found to do and ends with an error when one is not named exactly.
func rehearse(ctx context.Context, asJSON bool, out io.Writer) error {
	all, err := rehearseAll(ctx)
	if err != nil {
		return err
	}
	if asJSON {
		err = printJSON(out, all)
	} else {
		err = summarise(out, all)
	}
	for _, r := range all {
		err = errors.Join(err, r.check())
	}
	return err
}

func summarise(out io.Writer, all []rehearsal) error {
	var b strings.Builder
	fmt.Fprintf(&b, "No account is given, so the simulated Lever is asked, %d questions in each of %d variants.\n", len(questions()), len(all)-1)
	b.WriteString("For an account of Lever's sandbox: go run ./sandbox/conformance -help\n\n")
	for _, r := range all {
		fmt.Fprintf(&b, "%-30s %2d as assumed, otherwise:", r.Variant, len(named(r.Findings, asAssumed)))
		none := " nothing"
		for _, f := range r.Findings {
			if f.Verdict == otherwise {
				none = ""
				fmt.Fprintf(&b, " %s (%s, assumed %s)", f.Name, f.Found, f.Assumed)
			}
		}
		b.WriteString(none + "\n")
	}
	_, err := io.WriteString(out, b.String())
	return err
}
