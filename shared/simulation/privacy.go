package simulation

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/evidenced/lever-integration/shared/table"
)

// private is invariant I4: no item holds an id of somebody else's object, nor a token in the clear.
func (p *Play) private(name table.Name, pk string, after table.Item) {
	if after == nil {
		return
	}
	owner := p.owner(name, pk, after)
	bare := name == table.Work || name == table.Hooks || name == table.Connections
	for attr, value := range after {
		p.strings(value, func(s string) {
			if bare && personal(s) {
				p.violate("I4", "personal data stands in %s item %s, %s", name, pk, attr)
			}
			p.guards(owner, s, func() string { return fmt.Sprintf("%s item %s, %s", name, pk, attr) })
		})
	}
	if name == table.Mirror {
		if a := p.accountOf(attribute(after, "connection")); a != nil && attribute(after, "state") != "removed" {
			if t := p.truths[attribute(after, "id")]; t != nil && t.account.ID() != a.ID() {
				p.violate("I4", "%s stands under a connection to another account", attribute(after, "id"))
			}
		}
		if !strings.HasPrefix(pk, attribute(after, "connection")+"#") {
			p.violate("I4", "a record of %s stands under %s", attribute(after, "connection"), pk)
		}
	}
}

// personal says whether a text holds an address of a person of the simulated companies.
func personal(s string) bool {
	return strings.Contains(s, "@person.example") || strings.Contains(s, "@company.example")
}

// owner finds whose an item is; nil when nobody's in particular.
func (p *Play) owner(name table.Name, pk string, after table.Item) *tenant {
	id, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(pk, "budget#"), "decisions#"), "#")
	if t := p.tenantOf(id); t != nil {
		return t
	}
	word := attribute(after, "tenant")
	if name == table.Decisions || strings.HasPrefix(pk, "decisions#") {
		word = id
	}
	if rest, ok := strings.CutPrefix(pk, "tenant#"); ok {
		word = rest
	}
	for _, t := range p.tenants {
		if t.name == word {
			return t
		}
	}
	return nil
}

// guards looks for ids and tokens in a text that belongs to owner.
func (p *Play) guards(owner *tenant, s string, where func() string) {
	for _, secret := range p.secrets {
		if strings.Contains(s, secret) {
			p.violate("I4", "a token stands in the clear in %s", where())
		}
	}
	if owner == nil {
		return
	}
	for i := strings.IndexByte(s, '-'); i >= 0 && i+28 <= len(s); {
		if i >= 8 && s[i+5] == '-' && s[i+10] == '-' && s[i+15] == '-' {
			if whose := p.owners[s[i-8:i+28]]; whose != nil && whose != owner {
				p.violate("I4", "%s of %s in %s of %s", s[i-8:i+28], whose.name, where(), owner.name)
			}
			i += 27
		}
		next := strings.IndexByte(s[i+1:], '-')
		if next < 0 {
			return
		}
		i += 1 + next
	}
}

func (p *Play) strings(v types.AttributeValue, visit func(string)) {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		visit(v.Value)
	case *types.AttributeValueMemberB:
		visit(string(v.Value))
	case *types.AttributeValueMemberL:
		for _, one := range v.Value {
			p.strings(one, visit)
		}
	case *types.AttributeValueMemberM:
		for _, one := range v.Value {
			p.strings(one, visit)
		}
	}
}

// checkMessage is invariant I4 for what is sent to the queues.
func (p *Play) checkMessage(m *message) {
	t := p.tenantOf(m.connection())
	if t == nil {
		return
	}
	body := m.nudge.Target
	if m.arrival != nil {
		body = m.arrival.Opportunity + " " + m.arrival.Interview + " " + m.arrival.Stage
	}
	p.guards(t, body, func() string { return "a message" })
}
