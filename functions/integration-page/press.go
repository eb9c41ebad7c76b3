package main

import (
	"context"
	"encoding/base64"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/decision"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/portal"
)

// longestForm is the most that a form may carry; the largest of this page has some 500 bytes.
const longestForm = 16 << 10

// action is one deed of the page: the fields its form may have (true = several times) and what it does.
type action struct {
	fields map[string]bool
	do     func(h *handler, ctx context.Context, s portal.Session, form url.Values) error
}

// actions lists the deeds by the last part of their address. connect is the one that answers with a page of its own.
func actions() map[string]action {
	return map[string]action{
		"connect":    {map[string]bool{"confidential": false}, func(*handler, context.Context, portal.Session, url.Values) error { return nil }},
		"resync":     {nil, (*handler).resync},
		"candidate":  {map[string]bool{"candidate": false}, (*handler).candidate},
		"check":      {nil, (*handler).check},
		"disconnect": {map[string]bool{"confirmed": false}, (*handler).disconnect},
		"settings":   {map[string]bool{"notes": false, "notify": false, "outcome": true}, (*handler).settings},
		"retry":      {map[string]bool{"decision": false}, (*handler).retry},
		"dismiss":    {map[string]bool{"decision": false}, (*handler).dismiss},
		"awaiting":   {map[string]bool{"event": true}, (*handler).awaiting},
		"removed":    {nil, (*handler).removed},
	}
}

// press does what an admin pressed, and then shows the page again.
func (h *handler) press(ctx context.Context, req request) (response, error) {
	session, err := h.session(ctx, req)
	if err != nil {
		return response{}, err
	}
	if err := h.sameOrigin(req); err != nil {
		return response{}, err
	}
	name := strings.TrimPrefix(req.RawPath, "/portal/")
	deed := actions()[name]
	form, err := readForm(req, deed.fields)
	if err != nil {
		return response{}, err
	}
	if err := session.Check(name, form.Get("csrf")); err != nil {
		return response{}, err
	}
	if !session.Admin() {
		return response{}, errNotAdmin()
	}
	if name == "connect" {
		return h.connect(ctx, session, form)
	}
	if name == "disconnect" && form.Get("confirmed") != "yes" {
		return redirect("/portal?confirm=disconnect"), nil
	}
	if err := deed.do(h, ctx, session, form); err != nil {
		return response{}, err
	}
	return redirect("/portal?done=" + name), nil
}

// sameOrigin refuses forms of other sites by what browsers say of themselves. Pages with Referrer-Policy: no-referrer
// send the origin "null" with their own forms, so that word decides nothing; the anti-forgery token always does.
func (h *handler) sameOrigin(req request) error {
	site, origin := req.Headers["sec-fetch-site"], req.Headers["origin"]
	if site != "" && site != "same-origin" || origin != "" && origin != "null" && origin != h.origin {
		return fault.New(fault.Forbidden, "foreign-form", "The form was sent by another site.")
	}
	return nil
}

// readForm reads a form that has only the fields it may have, each once unless it may repeat.
func readForm(req request, fields map[string]bool) (url.Values, error) {
	bad := fault.New(fault.Invalid, "bad-form", "The form could not be read.")
	body := req.Body
	if len(body) > longestForm*4/3+4 {
		return nil, fault.New(fault.TooLarge, "bad-form", "The form is too large.")
	}
	if req.IsBase64Encoded {
		raw, err := base64.StdEncoding.DecodeString(body)
		if err != nil {
			return nil, bad
		}
		body = string(raw)
	}
	if len(body) > longestForm {
		return nil, fault.New(fault.TooLarge, "bad-form", "The form is too large.")
	}
	kind, _, err := mime.ParseMediaType(req.Headers["content-type"])
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, bad
	}
	form, err := url.ParseQuery(body)
	if err != nil {
		return nil, bad
	}
	for name, values := range form {
		many, known := fields[name]
		if !known && name != "csrf" || len(values) > 1 && !many {
			return nil, bad
		}
	}
	return form, nil
}

func (h *handler) connect(ctx context.Context, s portal.Session, form url.Values) (response, error) {
	address, err := h.connections.Begin(ctx, s, form.Get("confidential") == "yes")
	if err != nil {
		return response{}, err
	}
	content, err := h.pages.Leaving(s, address)
	if err != nil {
		return response{}, err
	}
	return html(http.StatusOK, content), nil
}

func (h *handler) resync(ctx context.Context, s portal.Session, _ url.Values) error {
	return h.connections.Resync(ctx, s.Tenant)
}

// candidateAt finds the id of a candidate in what an admin can copy: the address of their page in Lever, or the id alone.
var candidateAt = regexp.MustCompile(`^(?:https?://[^/?#]+/(?:[^?#]*/)?(?:candidates|opportunities)/)?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})(?:[/?#].*)?$`)

// candidate has Lever asked about one candidate and their interviews.
func (h *handler) candidate(ctx context.Context, s portal.Session, form url.Values) error {
	found := candidateAt.FindStringSubmatch(strings.TrimSpace(form.Get("candidate")))
	if found == nil {
		return fault.New(fault.Invalid, "no-candidate", "What was typed is no address of a candidate.")
	}
	return h.connections.ResyncOne(ctx, s.Tenant, strings.ToLower(found[1]))
}

func (h *handler) check(ctx context.Context, s portal.Session, _ url.Values) error {
	return h.checks.Check(ctx, s.Tenant)
}

func (h *handler) disconnect(ctx context.Context, s portal.Session, _ url.Values) error {
	return h.connections.Disconnect(ctx, s.Tenant, connection.Person{ID: s.UserID, Name: s.UserName})
}

// settings saves the form. All outcomes ticked means "all", so that an outcome added later is sent too; a form without
// any is a slip and not saved.
func (h *handler) settings(ctx context.Context, s portal.Session, form url.Values) error {
	chosen := connection.Settings{SecretNotes: form.Get("notes") == "secret", NotifyFollowers: form.Get("notify") == "yes"}
	for _, outcome := range decision.Outcomes() {
		if slices.Contains(form["outcome"], string(outcome)) {
			chosen.Outcomes = append(chosen.Outcomes, string(outcome))
		}
	}
	if len(chosen.Outcomes) == 0 {
		return fault.New(fault.Invalid, "no-outcome", "No outcome was chosen.")
	}
	if len(chosen.Outcomes) == len(decision.Outcomes()) {
		chosen.Outcomes = nil
	}
	return h.connections.SaveSettings(ctx, s.Tenant, chosen)
}

func (h *handler) retry(ctx context.Context, s portal.Session, form url.Values) error {
	_, err := h.decisions.Retry(ctx, s.Tenant, form.Get("decision"))
	return err
}

func (h *handler) dismiss(ctx context.Context, s portal.Session, form url.Values) error {
	_, err := h.decisions.Dismiss(ctx, s.Tenant, form.Get("decision"))
	return err
}

func (h *handler) removed(ctx context.Context, s portal.Session, _ url.Values) error {
	return h.connections.Removed(ctx, s.Tenant)
}

// awaiting notes which webhooks the admin says are on now.
func (h *handler) awaiting(ctx context.Context, s portal.Session, form url.Values) error {
	current, found, err := h.connections.Current(ctx, s.Tenant)
	if err != nil {
		return err
	}
	if !found || current.State != connection.Connected {
		return fault.New(fault.Conflict, "not-connected", "Lever is not connected.")
	}
	known := connection.Events()
	for _, event := range form["event"] {
		if !slices.Contains(known, event) {
			return fault.New(fault.Invalid, "bad-form", "There is no such webhook.")
		}
		if err := h.connections.Awaiting(ctx, current.ID(), event); err != nil {
			return err
		}
	}
	return nil
}
