package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// ours stands in every note that this program writes.
const ours = "Written by the conformance check of the Evidenced integration for Lever, which removes it again."

// noteQuestions ask about notes, on the first active candidate of the posting.
func noteQuestions() []question {
	return []question{
		{"note-reply", "What does the creation of a note answer?", "the whole note", "NoteReplyIDOnly", writing, func(ctx context.Context, l *lab) (string, error) {
			r, _, err := l.write(ctx, nil, ours, false)
			if err == nil && len(r.object()) <= 1 {
				return "the id alone", nil
			}
			return "the whole note", err
		}},
		{"secret-note", "Does the API list a secret note?", "yes", "HideSecretNotes", writing, secretNote},
		{"deleted-note", "What is a deleted note, asked for on its own?", "200 with deletedAt", "DeletedNotesVanish", writing, deletedNote},
		{"note-length", "Is a note of 10,000 characters kept whole?", "yes", "", writing, longNote},
		{"perform-as", "What is a note in the name of a user that there is not?", "400", "PerformAsStatus", writing, func(ctx context.Context, l *lab) (string, error) {
			r, _, err := l.write(ctx, url.Values{"perform_as": {"00000000-0000-4000-8000-000000000000"}}, ours, false)
			return r.said(), err
		}},
		{"persons-note", "What is the deletion of a note that a person wrote?", "403", "UINoteStatus", writing | somebody, personsNote},
	}
}

// subject is who may be written to: the first active candidate of the posting, always the same.
func (l *lab) subject(ctx context.Context) (string, error) {
	if l.candidate != "" {
		return l.candidate, nil
	}
	r, err := l.get(ctx, "/opportunities", "posting_id", l.set.posting, "archived", "false", "limit", "1")
	if err != nil {
		return "", err
	}
	rows := r.rows()
	if len(rows) == 0 {
		return "", unasked("the posting of LEVER_CONFORMANCE_POSTING has no active candidate")
	}
	l.candidate, _ = rows[0]["id"].(string)
	return l.candidate, nil
}

// write writes a note and remembers to remove it; id is empty when Lever refused.
func (l *lab) write(ctx context.Context, query url.Values, text string, secret bool) (r reply, id string, err error) {
	who, err := l.subject(ctx)
	if err != nil {
		return r, "", err
	}
	r, err = l.api(ctx, http.MethodPost, "/opportunities/"+who+"/notes", query, map[string]any{"value": text, "secret": secret})
	if err != nil {
		return r, "", err
	}
	if id, _ = r.object()["noteId"].(string); id == "" {
		id, _ = r.object()["id"].(string)
	}
	if id != "" {
		l.notes = append(l.notes, id)
	}
	return r, id, nil
}

// listed reads the subject's notes.
func (l *lab) listed(ctx context.Context) (rows []map[string]any, err error) {
	who, err := l.subject(ctx)
	offset := []string{}
	for range pages {
		r, failed := l.get(ctx, "/opportunities/"+who+"/notes", offset...)
		if err = errors.Join(err, failed); err != nil {
			return nil, err
		}
		rows = append(rows, r.rows()...)
		next, _ := r.body["next"].(string)
		if next == "" {
			break
		}
		offset = []string{"offset", next}
	}
	return rows, nil
}

// says tells whether a note begins with a text and still stands.
func says(note map[string]any, text string) bool {
	fields, _ := note["fields"].([]any)
	if len(fields) == 0 || note["deletedAt"] != nil {
		return false
	}
	first, _ := fields[0].(map[string]any)
	value, _ := first["value"].(string)
	return strings.HasPrefix(value, text)
}

func secretNote(ctx context.Context, l *lab) (string, error) {
	_, id, err := l.write(ctx, nil, ours, true)
	if err != nil {
		return "", err
	}
	rows, err := l.listed(ctx)
	for _, row := range rows {
		if row["id"] == id && id != "" {
			return "yes", err
		}
	}
	return "no", err
}

func deletedNote(ctx context.Context, l *lab) (string, error) {
	_, id, err := l.write(ctx, nil, ours, false)
	if err != nil || id == "" {
		return "", errors.Join(err, errors.New("the note could not be written"))
	}
	path := "/opportunities/" + l.candidate + "/notes/" + id
	if r, err := l.api(ctx, http.MethodDelete, path, nil, nil); err != nil || r.status != http.StatusNoContent {
		return "the deletion answers " + r.said(), err
	}
	r, err := l.get(ctx, path)
	if r.status == http.StatusOK && r.object()["deletedAt"] != nil {
		return "200 with deletedAt", err
	}
	return r.said(), err
}

func longNote(ctx context.Context, l *lab) (string, error) {
	text := ours + strings.Repeat(" 123456789", 1000)
	text = text[:10_000]
	r, id, err := l.write(ctx, nil, text, false)
	if err != nil || id == "" {
		return "refused with " + r.said(), err
	}
	rows, err := l.listed(ctx)
	for _, row := range rows {
		if row["id"] == id && !says(row, text) {
			return fmt.Sprintf("cut below %d characters", utf8.RuneCountInString(text)), err
		}
	}
	return "yes", err
}

// personsNote tries to delete a note that a person wrote for this question.
func personsNote(ctx context.Context, l *lab) (said string, err error) {
	if err := l.hand(ctx, writeNote); err != nil {
		return "", err
	}
	defer func() {
		if gone := l.hand(ctx, removeNote); err == nil {
			err = gone
		}
	}()
	rows, err := l.listed(ctx)
	if err != nil {
		return "", err
	}
	for _, row := range rows {
		if id, _ := row["id"].(string); says(row, byHand) {
			r, err := l.api(ctx, http.MethodDelete, "/opportunities/"+l.candidate+"/notes/"+id, nil, nil)
			return r.said(), err
		}
	}
	return "", unasked("the note with the text " + byHand + " is not listed")
}
