package main

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
)

// longestCursor is more than any cursor has.
const longestCursor = 4096

// cursor marks the store's place with the connection and with the list it belongs to, so that it is not taken for
// another's and that a damaged one is noticed. It is no secret and proves nothing; the store reads only within the
// tenant's own connection anyway.
func cursor(place, connection, list string) string {
	if place == "" {
		return ""
	}
	return mark(connection) + "." + mark(list, place) + "." + place
}

// place opens a cursor for the given connection and list. One of an earlier connection says so, because then the
// consumer's copy is of another Lever account or time and has to be rebuilt.
func place(cursor, connection, list string) (string, error) {
	if cursor == "" {
		return "", nil
	}
	parts := strings.SplitN(cursor, ".", 3)
	if len(cursor) > longestCursor || len(parts) != 3 || !isMark(parts[0]) || parts[1] != mark(list, parts[2]) {
		return "", refuse(http.StatusBadRequest, "bad-cursor", "The cursor is not one that this call gave out; start again without it.")
	}
	if parts[0] != mark(connection) {
		return "", refuse(http.StatusGone, "stale-cursor", "The organisation was connected anew since this cursor was given out; start again without it.")
	}
	return parts[2], nil
}

const markLength = 16

func mark(texts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(texts, "\n")))
	return hex.EncodeToString(sum[:])[:markLength]
}

func isMark(text string) bool {
	_, err := hex.DecodeString(text)
	return err == nil && len(text) == markLength
}
