package simulation

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/table"
)

// link is what the state of a connection says of it.
type link struct {
	tenant       *tenant
	account      *levertest.Account
	state        connection.State
	confidential bool
	connectedAt  int64
}

// learn keeps what the state of a connection says.
func (p *Play) learn(id string, state table.Item) {
	l := &link{state: connection.State(attribute(state, "state")), connectedAt: number(state["connectedAt"])}
	if b, ok := state["confidential"].(*types.AttributeValueMemberBOOL); ok {
		l.confidential = b.Value
	}
	account := attribute(state, "account")
	for _, t := range p.tenants {
		if t.name != attribute(state, "tenant") {
			continue
		}
		l.tenant = t
		for _, a := range t.accounts {
			known := p.truths[strings.TrimPrefix(account, "user-")]
			if a.ID() == account || known != nil && known.account.ID() == a.ID() {
				l.account = a
			}
		}
	}
	if l.account == nil {
		p.violate("I4", "connection %s is to an account that is not its tenant's", id)
	}
	p.links[id] = l
}

func (p *Play) accountOf(id string) *levertest.Account {
	if l := p.links[id]; l != nil {
		return l.account
	}
	return nil
}

func (p *Play) tenantOf(id string) *tenant {
	if l := p.links[id]; l != nil {
		return l.tenant
	}
	return nil
}
