package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/evidenced/lever-integration/shared/page"
)

func (t *tool) encode(v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	_, err = fmt.Fprintln(t.out, string(raw))
	return err
}

// statusReply is how a tenant's connection is doing, as the API shows it.
type statusReply struct {
	Tenant     string `json:"tenant"`
	Connection string `json:"connectionId"`
	State      string `json:"state"`
	Connected  int64  `json:"connectedAt"`
	Ended      int64  `json:"endedAt"`
	RenewBy    int64  `json:"renewBy"`
	DeltaAt    int64  `json:"deltaAt"`
	Broken     int    `json:"broken"`
	Records    []struct {
		Kind  string `json:"kind"`
		Count int    `json:"count"`
	} `json:"records"`
	Resync *struct {
		Done     int `json:"done"`
		Expected int `json:"expected"`
	} `json:"resync"`
	Check *struct {
		At    int64   `json:"at"`
		Match bool    `json:"match"`
		Drift []drift `json:"drift"`
	} `json:"lastFullCheck"`
	Hooks []struct {
		Name     string `json:"name"`
		Status   string `json:"status"`
		LastSeen int64  `json:"lastSeen"`
	} `json:"webhooks"`
	Decisions struct {
		Delivered int `json:"delivered"`
		Waiting   int `json:"waiting"`
		Attention int `json:"attention"`
	} `json:"decisions"`
	Findings []struct {
		Code  string `json:"code"`
		Level string `json:"level"`
		Since int64  `json:"since"`
	} `json:"findings"`
	Work []task `json:"work"`
}

func status(ctx context.Context, t *tool, args []string) error {
	s, done, err := ask[statusReply](ctx, t, "tenants/"+args[0])
	if err != nil || done {
		return err
	}
	fmt.Fprintf(t.out, "%s is %s", s.Tenant, s.State)
	if s.Connection != "" {
		fmt.Fprintf(t.out, ", connection %s, connected %s", s.Connection, t.ago(s.Connected))
	}
	if s.Ended > 0 {
		fmt.Fprintf(t.out, ", ended %s", t.ago(s.Ended))
	}
	fmt.Fprintln(t.out, ".")
	for _, f := range s.Findings {
		fmt.Fprintf(t.out, "! %s (%s)%s\n", f.Code, f.Level, t.since(f.Since))
		if words := page.Brief(f.Code); words != "" { // a newer API may know others
			fmt.Fprintf(t.out, "    %s.\n", words)
		}
	}
	if s.Connection == "" {
		return nil
	}
	t.synced(s)
	if s.State == "disconnecting" || s.State == "disconnected" {
		s.Hooks = nil // they went with it; what may remain at Lever is a finding
	}
	for _, h := range s.Hooks {
		fmt.Fprintf(t.out, "  webhook %-32s %-10s last %s\n", h.Name, h.Status, t.ago(h.LastSeen))
	}
	for _, w := range s.Work {
		fmt.Fprintf(t.out, "  work    %s\n", t.task(w))
	}
	return nil
}

// synced says how far and how fresh the mirror is, and what became of decisions.
func (t *tool) synced(s statusReply) {
	counts := []string{}
	for _, r := range s.Records {
		counts = append(counts, plural(r.Count, r.Kind))
	}
	fmt.Fprintf(t.out, "  mirror  %s; %d could not be read\n", strings.Join(counts, ", "), s.Broken)
	fmt.Fprintf(t.out, "  delta   last %s\n", t.ago(s.DeltaAt))
	if s.Resync != nil {
		fmt.Fprintf(t.out, "  resync  %s\n", bar(s.Resync.Done, s.Resync.Expected))
	}
	if s.Check != nil {
		found := "everything matched"
		if !s.Check.Match {
			found = "it repaired what differed"
		}
		fmt.Fprintf(t.out, "  check   last complete one %s; %s\n%s", t.ago(s.Check.At), found, drifted(s.Check.Drift))
	}
	fmt.Fprintf(t.out, "  decisions  %d delivered in 7 days, %d waiting, %d undeliverable\n", s.Decisions.Delivered, s.Decisions.Waiting, s.Decisions.Attention)
}

// drift is what a complete comparison with Lever found of one kind.
type drift struct {
	Kind    string `json:"kind"`
	Checked int    `json:"checked"`
	Missing int    `json:"missing"`
	Extra   int    `json:"extra"`
	Stale   int    `json:"stale"`
	Broken  int    `json:"broken"`
}

// drifted has a line for each kind of which not everything was as at Lever.
func drifted(kinds []drift) (lines string) {
	for _, d := range kinds {
		found := []string{}
		for _, f := range []struct {
			n    int
			what string
		}{{d.Missing, "missing"}, {d.Extra, "too many"}, {d.Stale, "out of date"}, {d.Broken, "unreadable"}} {
			if f.n > 0 {
				found = append(found, fmt.Sprintf("%d %s", f.n, f.what))
			}
		}
		if len(found) > 0 {
			lines += fmt.Sprintf("          %s: %s\n", plural(d.Checked, d.Kind), strings.Join(found, ", "))
		}
	}
	return lines
}

// plural counts things in English.
func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// sight is what is known of one record.
type sight struct {
	ID           string `json:"id"`
	State        string `json:"state"`
	Reason       string `json:"reason"`
	Version      int64  `json:"version"`
	FetchedAt    int64  `json:"fetchedAt"`
	ChangedAt    int64  `json:"changedAt"`
	LeftAt       int64  `json:"leftAt"`
	EraseAt      int64  `json:"eraseAt"`
	Confidential bool   `json:"confidential"`
}

func why(ctx context.Context, t *tool, args []string) error {
	w, done, err := ask[struct {
		Candidate  string    `json:"candidate"`
		Connection string    `json:"connectionId"`
		State      string    `json:"state"`
		Record     *sight    `json:"record"`
		Interviews []sight   `json:"interviews"`
		Work       []task    `json:"work"`
		Decisions  []verdict `json:"decisions"`
		DeltaAt    int64     `json:"deltaAt"`
		SweptAt    int64     `json:"sweptAt"`
	}](ctx, t, "tenants/"+args[0]+"/candidates/"+args[1])
	if err != nil || done {
		return err
	}
	if w.State != "connected" {
		fmt.Fprintf(t.out, "The connection %s is %s: nothing is asked at Lever any more.\n", w.Connection, w.State)
	}
	if w.Record == nil && (w.State == "disconnecting" || w.State == "disconnected") {
		_, err := fmt.Fprintf(t.out, "What it held is erased, so nothing can be said about candidate %s.\n", w.Candidate)
		return err
	}
	if w.Record == nil {
		fmt.Fprintf(t.out, "Candidate %s was never seen by connection %s. Either the id is of another account, or Lever never showed it to us,\n"+
			"as a confidential one without that permission. Try: leverctl replay %s %s\n", w.Candidate, w.Connection, args[0], w.Candidate)
	} else {
		fmt.Fprint(t.out, t.seen("Candidate", *w.Record))
	}
	for _, i := range w.Interviews {
		fmt.Fprint(t.out, t.seen("Interview", i))
	}
	for _, item := range w.Work {
		fmt.Fprintf(t.out, "A look is asked for: %s, asked %s.\n", t.task(item), t.ago(item.AskedAt))
	}
	if len(w.Work) == 0 {
		fmt.Fprintln(t.out, "No look at it is asked for: every webhook about it that arrived has been answered by a fetch.")
	}
	for _, d := range w.Decisions {
		fmt.Fprintf(t.out, "%s\n", t.verdict(d))
	}
	fmt.Fprintf(t.out, "Lever's changes were last read to their end %s; the last complete comparison ended %s.\n", t.ago(w.DeltaAt), t.ago(w.SweptAt))
	return nil
}

// reasons says why a record is not active.
var reasons = map[string]string{
	"archived": "it was archived in Lever", "hired": "it was hired in Lever", "deleted": "it was deleted in Lever",
	"unreadable": "Lever no longer shows it to us", "candidate-left": "its candidate is no longer active",
}

// seen tells the story of one record.
func (t *tool) seen(what string, s sight) string {
	if s.Version == 0 && s.State == "removed" { // the trace of a look, which keeps an older copy out
		return fmt.Sprintf("%s %s is not here, and the platform never saw it: when Lever was asked last, by a fetch that started %s,\n"+
			"it showed none of this id. Check the id; a confidential one needs that permission.\n", what, s.ID, t.ago(s.FetchedAt))
	}
	text := fmt.Sprintf("%s %s is %s", what, s.ID, s.State)
	if reason, known := reasons[s.Reason]; known {
		text += ", because " + reason
	} else if s.Reason != "" {
		text += ", because of " + s.Reason
	}
	text += fmt.Sprintf(".\n  Lever last showed it as it is to a fetch that started %s.\n", t.ago(s.FetchedAt))
	if s.Version == 0 {
		return text + "  The platform never saw it.\n"
	}
	text += fmt.Sprintf("  Its content last changed here %s; the platform knows that as version %d.\n", t.ago(s.ChangedAt), s.Version)
	if s.LeftAt > 0 {
		text += fmt.Sprintf("  It left %s.\n", t.ago(s.LeftAt))
	}
	if s.EraseAt > 0 {
		text += fmt.Sprintf("  Its data is erased %s.\n", t.ago(s.EraseAt))
	}
	if s.Confidential {
		text += "  It is confidential.\n"
	}
	return text
}
