package decision

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"regexp"
	"strconv"
	"strings"

	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/secret"
)

// Marker makes and verifies the last line of a note, by which we recognise our own. Only the holder of the key can make
// one; the key outlives connections, so that a note is recognised after a reconnect. The code in it covers tenant,
// opportunity, decision and version: a marker pasted into another note of another candidate, or altered, does not count.
// It does not cover the text, because Lever may tidy that.
type Marker struct{ Key secret.String }

// markerWord begins each marker.
const markerWord = "Ref. evidenced/"

var (
	markerPattern = regexp.MustCompile(`Ref\. evidenced/([A-Za-z0-9][A-Za-z0-9._~-]{0,127})/v([1-9][0-9]{0,18})/([a-z2-7]{20})$`)
	markerCode    = base32.StdEncoding.WithPadding(base32.NoPadding)
)

// line is the marker of one version of d.
func (m Marker) line(d *Decision, version int64) string {
	return markerWord + d.ID() + "/v" + strconv.FormatInt(version, 10) + "/" + m.code(d, version)
}

// code is 100 bits of HMAC-SHA256, in lower-case base32. No part can contain the separator.
func (m Marker) code(d *Decision, version int64) string {
	mac := hmac.New(sha256.New, []byte(m.Key.Reveal()))
	parts := []string{"evidenced-note-v1", d.Tenant(), d.Opportunity, d.ID(), strconv.FormatInt(version, 10)}
	mac.Write([]byte(strings.Join(parts, "\x00"))) // a hash never fails
	return strings.ToLower(markerCode.EncodeToString(mac.Sum(nil)))[:20]
}

// version returns which version of d a comment shows, by the genuine marker at its end; ok is false for any other text.
func (m Marker) version(d *Decision, text string) (version int64, ok bool) {
	found := markerPattern.FindStringSubmatch(strings.TrimSpace(text))
	if found == nil || found[1] != d.ID() {
		return 0, false
	}
	version, err := strconv.ParseInt(found[2], 10, 64)
	if err != nil || !hmac.Equal([]byte(found[3]), []byte(m.code(d, version))) {
		return 0, false
	}
	return version, true
}

// thread is a note as far as a decision is concerned.
type thread struct {
	id        string
	root      int64 // the version that its first comment shows; 0 = the note is not ours
	newest    int64 // the highest version shown by any of its comments
	comments  int
	createdAt int64 // milliseconds since the epoch
	deletedAt int64 // milliseconds since the epoch; 0 = it stands
}

func (m Marker) thread(d *Decision, n *lever.Note) thread {
	t := thread{id: n.ID, comments: len(n.Fields)}
	if n.CreatedAt != nil {
		t.createdAt = int64(*n.CreatedAt)
	}
	if n.DeletedAt != nil {
		t.deletedAt = int64(*n.DeletedAt)
	}
	for i, field := range n.Fields {
		if field.Value == nil {
			continue
		}
		version, ok := m.version(d, *field.Value)
		if !ok {
			continue
		}
		if i == 0 {
			t.root = version
		}
		t.newest = max(t.newest, version)
	}
	return t
}
