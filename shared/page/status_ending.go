package page

import (
	"html/template"

	"github.com/evidenced/lever-integration/shared/connection"
)

// ending says who is ending the connection, if that is known, and what goes on.
func (b statusBuilder) ending() []template.HTML {
	goes := b.rich("head.ending")
	switch code, by := b.ender(); code {
	case byPerson:
		return []template.HTML{b.rich("head.ending.person", ago(b.report.EndedAt), by), goes}
	case byEvidenced:
		return []template.HTML{b.rich("head.ending.evidenced", ago(b.report.EndedAt), b.pages.mailto(), b.report.Reference), goes}
	}
	return []template.HTML{goes}
}

// farewell says that it is over and who ended it, and where the permission can be withdrawn in Lever, which Lever lets only
// people do.
func (b statusBuilder) farewell() (facts, revoke []template.HTML) {
	if b.report.State != connection.Disconnected {
		return nil, nil
	}
	over := b.rich("head.ended", ago(b.report.EndedAt))
	switch code, by := b.ender(); code {
	case byPerson:
		over = b.rich("head.ended.person", ago(b.report.EndedAt), by)
	case byEvidenced:
		over = b.rich("head.ended.evidenced", ago(b.report.EndedAt), b.pages.mailto(), b.report.Reference)
	}
	return []template.HTML{over}, []template.HTML{b.rich("revoke.1"), b.rich("revoke.2")}
}

// The happenings that tell who ended a connection.
const (
	byPerson    = "disconnect-pressed"
	byEvidenced = "ended-by-evidenced"
)

// ender is the happening by which this connection was ended last, with the name of who pressed; "" when none is known, as
// where access was revoked in Lever first.
func (b statusBuilder) ender() (code, name string) {
	for _, a := range b.report.Activity { // newest first
		switch {
		case a.At < b.report.ConnectedAt: // of the time before it was connected again
			return "", ""
		case a.Code == byEvidenced:
			return byEvidenced, ""
		case a.Code == byPerson && len(a.Args) > 0 && a.Args[0] != "":
			return byPerson, a.Args[0]
		}
	}
	return "", ""
}
