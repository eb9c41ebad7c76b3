package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// deed is something that only a person can do in Lever's pages.
type deed struct {
	name, words string
}

// person does deeds. The answer is what was asked for, where the words ask for something.
type person interface {
	do(ctx context.Context, d deed) (answer string, err error)
}

// The deeds, in words for somebody who sits before Lever's pages.
var (
	switchOn     = deed{"switch on", "In Lever, Settings > Integrations and API > Webhooks, switch on every event group."}
	move         = deed{"move", "Move the first active candidate of the given posting to another stage."}
	moveUnseen   = deed{"move unseen", "Move the given confidential candidate to another stage."}
	hire         = deed{"hire", "Archive the first active candidate of the given posting as hired."}
	unarchive    = deed{"unarchive", "Make that candidate active again (unarchive)."}
	deleteOne    = deed{"delete", "Delete one candidate whom nobody needs (not of the given posting)."}
	merge        = deed{"merge", "Merge the profiles of two candidates whom nobody needs; it cannot be undone."}
	writeNote    = deed{"write note", "Write a note with the text " + byHand + " on the first active candidate of the given posting."}
	removeNote   = deed{"remove note", "Delete the note with the text " + byHand + " again, if it is still there."}
	addHook      = deed{"add webhook", "In Lever's Webhooks settings, add a webhook for Candidate Hired by hand, to any https address of yours ending in /" + byHand + "."}
	removeHook   = deed{"remove webhook", "Remove that webhook again."}
	rerun        = deed{"rerun", "In Lever's Webhooks settings, open the latest request to the conformance address and press Rerun."}
	hidePosting  = deed{"hide posting", "Make the given posting confidential."}
	showPosting  = deed{"show posting", "Make the given posting non-confidential again."}
	deactivate   = deed{"deactivate", "Deactivate the Lever user who authorised the app (another Super Admin must do it)."}
	reactivate   = deed{"reactivate", "Reactivate that user, and give back the role Super Admin if it is gone."}
	revoke       = deed{"revoke", "In Lever, Settings > Integrations and API > Authorized Apps, press Revoke Access for the app."}
	removeHooks  = deed{"remove webhooks", "In Lever's Webhooks settings, remove every webhook to the conformance address."}
	moveOnceMore = deed{"move again", "Move the first active candidate of the given posting once more to another stage."}
)

// byHand marks what a person makes.
const byHand = "conformance-by-hand"

// login is the deed of authorising the app; the answer is the address that the browser is sent back to.
func login(address string) deed {
	return deed{"login", "Open this address, log in as a Super Admin, accept, and paste here the address that the browser ends at:\n" + address}
}

// atTerminal asks the person before the terminal.
type atTerminal struct {
	in  *bufio.Reader
	out io.Writer
}

// do implements person.
func (a *atTerminal) do(ctx context.Context, d deed) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if _, err := fmt.Fprintf(a.out, "\n%s\nThen press Enter; s and Enter to leave this question out: ", d.words); err != nil {
		return "", err
	}
	line, err := a.in.ReadString('\n')
	if line = strings.TrimSpace(line); line == "s" || errors.Is(err, io.EOF) {
		return "", unasked("left out by the person")
	}
	return line, err
}

// hand asks for a deed without an answer.
func (l *lab) hand(ctx context.Context, d deed) error {
	_, err := l.person.do(ctx, d)
	return err
}
