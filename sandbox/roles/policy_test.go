package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const sample = `{"Version": "2012-10-17", "Statement": [
	{"Sid": "Work", "Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:PutItem"], "Resource": "arn:one"},
	{"Sid": "Mirror", "Effect": "Allow", "Action": ["dynamodb:GetItem"], "Resource": ["arn:two", "arn:three"]},
	{"Sid": "Nudge", "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:four", "Condition": {"StringEquals": {"k": ["v"]}}}
]}`

func TestOneActionIsTakenOutOfOneStatement(t *testing.T) {
	t.Parallel()
	d, err := parse(sample)
	if err != nil {
		t.Fatal(err)
	}
	all := d.units("delta-sync")
	want := []unit{
		{"delta-sync", "Work", "dynamodb:GetItem"},
		{"delta-sync", "Work", "dynamodb:PutItem"},
		{"delta-sync", "Mirror", "dynamodb:GetItem"},
		{"delta-sync", "Nudge", "sqs:SendMessage"},
	}
	if diff := cmp.Diff(want, all, cmp.AllowUnexported(unit{})); diff != "" {
		t.Fatal(diff)
	}
	for _, gone := range all {
		left, err := parse(d.without(gone).text())
		if err != nil {
			t.Fatal(err)
		}
		others := slices.DeleteFunc(slices.Clone(all), func(u unit) bool { return u == gone })
		if diff := cmp.Diff(others, left.units("delta-sync"), cmp.AllowUnexported(unit{})); diff != "" {
			t.Errorf("without %s: %s", gone, diff)
		}
	}
	if got := d.without(all[:3]...); len(got.Statement) != 1 || got.Statement[0]["Condition"] == nil {
		t.Errorf("without the first three: %+v", got)
	}
	if diff := cmp.Diff(all, d.units("delta-sync"), cmp.AllowUnexported(unit{})); diff != "" {
		t.Errorf("the policy itself changed: %s", diff)
	}
}

func TestAStatementWithoutANameIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := parse(`{"Statement": [{"Action": "s3:GetObject"}]}`); err == nil {
		t.Error("it was taken")
	}
}

func TestASampleIsSpreadAndWordsNarrow(t *testing.T) {
	t.Parallel()
	var all []unit
	for _, role := range []string{"a", "b", "c", "d"} {
		all = append(all, unit{role, "Work", "dynamodb:GetItem"}, unit{role, "Nudge", "sqs:SendMessage"})
	}
	roles := map[string]bool{}
	for _, u := range choose(all, "", 4) {
		roles[u.role] = true
	}
	if len(roles) != 4 {
		t.Errorf("a sample of four is of %d roles", len(roles))
	}
	if got := choose(all, "c nudge", 0); len(got) != 1 || got[0] != (unit{"c", "Nudge", "sqs:SendMessage"}) {
		t.Errorf("chosen: %v", got)
	}
	if got := choose(all, "", 100); len(got) != len(all) {
		t.Errorf("a sample larger than all has %d", len(got))
	}
}

func TestLogicalIdsBecomeFolders(t *testing.T) {
	t.Parallel()
	for logical, want := range map[string]string{"WebhookIntake": "webhook-intake", "PlatformApi": "platform-api", "Schedule": "schedule"} {
		if got := folder(logical); got != want {
			t.Errorf("%s became %s", logical, got)
		}
	}
}

func TestEveryPlayedRoleIsExplainedOnlyWhereTheEmulatorActsItself(t *testing.T) {
	t.Parallel()
	if (unit{"delta-sync", "Nudge", "sqs:SendMessage"}).why() != "" {
		t.Error("a nudge needs no explanation")
	}
	if (unit{"delta-sync", "TakeMessages", "sqs:ReceiveMessage"}).why() == "" || (unit{"change-publisher", "SetAside", "sqs:SendMessage"}).why() == "" {
		t.Error("what the emulator does itself has no explanation")
	}
}

func TestTheListingNamesWhatNobodyNoticedAndWhatWasNotTried(t *testing.T) {
	t.Parallel()
	if err := (result{noticed: 3, explained: 1}).verdict(); err != nil {
		t.Errorf("a whole run: %v", err)
	}
	for _, r := range []result{{unnoticed: []string{"delta-sync Mirror dynamodb:GetItem"}}, {untried: []string{"delta-sync Mirror dynamodb:GetItem: busy"}}} {
		if err := r.verdict(); err == nil || !strings.Contains(err.Error(), "delta-sync Mirror dynamodb:GetItem") {
			t.Errorf("%+v: %v", r, err)
		}
	}
}
