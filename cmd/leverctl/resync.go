package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// resync asks for a complete comparison with Lever and follows it to its end. Ctrl-C only ends the looking.
func resync(ctx context.Context, t *tool, args []string) error {
	before, _, err := t.status(ctx, args[0])
	if err != nil {
		return err
	}
	if t.opts.noWait {
		return t.look(ctx, args[0], map[string]any{}, "Everything will be compared. Its progress: leverctl status "+args[0])
	}
	if _, err := t.api.call(ctx, http.MethodPost, "tenants/"+args[0]+"/resyncs", map[string]any{}); err != nil {
		return err
	}
	last := ""
	for {
		now, answer, err := t.status(ctx, args[0])
		if ctx.Err() != nil {
			return errors.New("it goes on by itself. Look again with: leverctl status " + args[0])
		}
		if err != nil {
			return err
		}
		if now.State != "connected" {
			return fmt.Errorf("the connection is %s now, so nothing is compared any more", now.State)
		}
		if now.Check != nil && (before.Check == nil || now.Check.At > before.Check.At) {
			return t.compared(now, answer)
		}
		if now.Resync != nil {
			last = t.line(bar(now.Resync.Done, now.Resync.Expected), last)
		}
		if t.sleep(ctx, followEvery) != nil {
			return errors.New("it goes on by itself. Look again with: leverctl status " + args[0])
		}
	}
}

func (t *tool) status(ctx context.Context, tenant string) (s statusReply, answer []byte, err error) {
	if answer, err = t.api.call(ctx, http.MethodGet, "tenants/"+tenant, nil); err != nil {
		return s, nil, err
	}
	return s, answer, decode(answer, &s)
}

// compared says what a comparison found.
func (t *tool) compared(s statusReply, answer []byte) error {
	if t.live {
		fmt.Fprintln(t.err)
	}
	says := strings.TrimSpace(string(answer))
	if !t.json {
		says = "Everything was compared and matched."
		if !s.Check.Match {
			says = "Everything was compared, and what differed was repaired."
		}
		says = strings.TrimSuffix(says+"\n"+drifted(s.Check.Drift), "\n")
	}
	_, err := fmt.Fprintln(t.out, says)
	return err
}
