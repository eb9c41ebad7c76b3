package simulation

import (
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/evidenced/lever-integration/shared/change"
	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/table"
)

// written checks each change of the tables as it happens.
func (p *Play) written(name table.Name, before, after table.Item) {
	pk, sk := text(before, after, "pk"), text(before, after, "sk")
	if name == table.Connections && sk == "state" && after != nil {
		p.learn(pk, after)
	}
	p.private(name, pk, after)
	switch name {
	case table.Mirror:
		p.mirrored(pk, sk, before, after)
	case table.Work:
		if !strings.HasPrefix(pk, "budget#") {
			p.claimed("work "+sk+" of "+pk, before, after, "heldUntil")
			if target, hint := strings.CutPrefix(sk, "hint#opportunity/"); hint && after == nil {
				p.looked(pk, target, before)
			}
		}
	case table.Connections:
		if sk == "refresh" || sk == "hook-lease" {
			p.claimed(sk+" of "+pk, before, after, "until")
		}
		if kind, ok := strings.CutPrefix(sk, "roll#"); ok && after != nil {
			p.rolled(pk+"#"+kind+"/", number(after["fetched"]))
		}
	}
	p.afterwards(name, pk, sk, before, after)
}

// rolled notes that a complete list confirmed all records whose keys have the prefix.
func (p *Play) rolled(prefix string, fetched int64) {
	for key := range p.fetched {
		if strings.HasPrefix(key, prefix) {
			p.fetched[key] = max(p.fetched[key], fetched)
		}
	}
}

// mirrored checks a change of a record: no older fetch over a newer one, and no removal without what invariant I6 asks.
func (p *Play) mirrored(pk, sk string, before, after table.Item) {
	key := pk + "/" + sk
	if after == nil {
		delete(p.shown, key)
		if p.ending(attribute(before, "connection")) {
			delete(p.fetched, key)
		} else if attribute(before, "state") == "active" {
			p.left(key, sk, before, p.last)
		}
		return // the fetch that deleted it stays in mind: nothing older may come after it
	}
	fetched := number(after["fetched"])
	if fetched < p.fetched[key] {
		p.violate("I2", "%s went back to a fetch that began %s before the one applied", key, time.Duration(p.fetched[key]-fetched)*time.Microsecond)
	}
	if fetched > p.fetched[key] {
		p.looker[key] = p.current
		if p.current != nil {
			p.current.shown = append(p.current.shown, key)
		}
	}
	p.fetched[key], p.shown[key] = fetched, after
	was, is := "", attribute(after, "state")
	if before != nil {
		was = attribute(before, "state")
	}
	if was == "active" && is != "active" {
		p.left(key, sk, after, time.UnixMicro(fetched))
	}
	p.tells(before, after)
}

// left is invariant I6: what left the mirror was not active at Lever at some moment that its fetch could see.
func (p *Play) left(key, id string, after table.Item, fetched time.Time) {
	p.Result.Removals++
	if attribute(after, "reason") == "candidate-left" {
		return // it goes with its candidate, whose own leaving is checked
	}
	t := p.truths[id]
	l := p.links[attribute(after, "connection")]
	if l == nil || time.UnixMilli(l.connectedAt).After(fetched) {
		return // fetched under another grant than the one that holds now; a reconnect sweeps everything
	}
	if t != nil && t.shown(l.confidential) && t.since.Before(fetched.Add(-stalest-time.Second)) {
		p.violate("I6", "%s left as %s, although Lever has shown it as active since %s", key, attribute(after, "reason"), t.since.Sub(p.started).Round(time.Second))
	}
}

// tells is invariant I4 for the events that a change causes.
func (p *Play) tells(before, after table.Item) {
	events, err := change.From(table.Mirror, before, after)
	if err != nil {
		p.violate("I4", "no event can be derived: %v", err)
	}
	if len(events) > 0 && attribute(after, "news") != "yes" {
		p.violate("I2", "the stream's filter would keep the event about %s from change-publisher", events[0].Detail.ID)
	}
	for _, e := range events {
		if t := p.owners[e.Detail.ID]; t != nil && t.name != e.Detail.Tenant {
			p.violate("I4", "an event about %s goes to %s", e.Detail.ID, e.Detail.Tenant)
		}
	}
}

// claimed checks that nobody takes a claim or lease from whoever holds it.
func (p *Play) claimed(what string, before, after table.Item, until string) {
	if before == nil || after == nil {
		return
	}
	was, is := attribute(before, "holder"), attribute(after, "holder")
	left := time.UnixMilli(number(before[until])).Sub(p.last)
	if was != "" && is != "" && was != is && left > 10*time.Millisecond {
		p.violate("I5", "%s was taken from its holder %s before its time", what, left)
	}
}

// ending says whether a connection is being taken down, or was.
func (p *Play) ending(id string) bool {
	l := p.links[id]
	return l == nil || l.state == connection.Disconnecting || l.state == connection.Disconnected
}

// afterwards is invariant I7: nothing of a connection is written once it has ended.
func (p *Play) afterwards(name table.Name, pk, sk string, before, after table.Item) {
	id, _, _ := strings.Cut(strings.TrimPrefix(pk, "budget#"), "#")
	if name == table.Hooks {
		id = text(before, after, "connection")
	}
	l := p.links[id]
	moved := l != nil && name == table.Connections && sk == "state" && before != nil && attribute(before, "state") != string(connection.Disconnected)
	if l != nil && l.state == connection.Disconnected && !moved && !strings.HasPrefix(sk, "activity#") && name != table.Work { // a late webhook's hint comes and goes; that none stays is checked at quiet
		p.violate("I7", "%s item %s %s was written after its connection had ended", name, pk, sk)
	}
}

func attribute(item table.Item, name string) string {
	switch v := item[name].(type) {
	case *types.AttributeValueMemberS:
		return v.Value
	case *types.AttributeValueMemberN:
		return v.Value
	}
	return ""
}

func text(before, after table.Item, name string) string {
	if after != nil {
		return attribute(after, name)
	}
	return attribute(before, name)
}

func number(v types.AttributeValue) int64 {
	n, ok := v.(*types.AttributeValueMemberN)
	if !ok {
		return 0
	}
	i, _ := strconv.ParseInt(n.Value, 10, 64)
	return i
}
