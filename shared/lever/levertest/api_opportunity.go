package levertest

import (
	"encoding/json"
	"net/http"
	"slices"
)

// decode reads a JSON body.
func (c *call) decode(into any) error {
	if err := json.Unmarshal(c.in.body, into); err != nil {
		return badRequest("the body is not valid JSON")
	}
	return nil
}

// readable returns the opportunity of the path, if the grant may see it.
func (c *call) readable() (*Opportunity, error) {
	id := c.path["id"]
	o := c.st.opps.get(id, c.in.asOf)
	if o == nil {
		return nil, notFound("opportunities", id)
	}
	return o, c.mayRead(o.Confidentiality, "opportunities", id)
}

func (c *call) opportunityKey(o *Opportunity) sortKey {
	return sortKey{c.st.stageIndex(o.Stage), o.LastAdvancedAt, o.ID}
}

func listOpportunities(c *call) (int, any, error) {
	keep, err := c.opportunityFilter()
	if err != nil {
		return 0, nil, err
	}
	var rows []row
	for _, o := range c.st.opps.all(c.in.asOf) {
		if keep(o) {
			rows = append(rows, row{c.opportunityKey(o), o})
		}
	}
	return c.page(rows)
}

func getOpportunity(c *call) (int, any, error) {
	o, err := c.readable()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, data(c.render(o)), nil
}

func listDeletedOpportunities(c *call) (int, any, error) {
	w, err := c.deletedWindow(false)
	if err != nil {
		return 0, nil, err
	}
	var rows []row
	for _, d := range c.st.deletedOpps {
		if !w.holds(&d.DeletedAt) || !c.known(d.DeletedAt) || d.Confidentiality == confidential && !c.grant.has(scopeConfidential) {
			continue
		}
		var value any = d
		if c.rules.DeletedItemsIDOnly {
			value = map[string]any{"id": d.ID, "deletedAt": d.DeletedAt, "deletedBy": d.DeletedBy}
		}
		rows = append(rows, row{sortKey{0, d.DeletedAt, d.ID}, value})
	}
	return c.page(rows)
}

// performAs reads the acting user.
func (c *call) performAs(required bool) error {
	id := c.in.query.Get("perform_as")
	if id == "" {
		if required {
			return badRequest("perform_as is required")
		}
		return nil
	}
	if _, err := c.user(id); err != nil {
		return err
	}
	c.by = id
	return nil
}

func createOpportunity(c *call) (int, any, error) {
	var body struct {
		Name     string   `json:"name"`
		Headline string   `json:"headline"`
		Stage    string   `json:"stage"`
		Origin   string   `json:"origin"`
		Owner    string   `json:"owner"`
		Emails   []string `json:"emails"`
		Tags     []string `json:"tags"`
		Postings []string `json:"postings"`
	}
	if err := c.performAs(true); err != nil {
		return 0, nil, err
	}
	if err := c.decode(&body); err != nil {
		return 0, nil, err
	}
	if len(body.Postings) > 1 {
		return 0, nil, badRequest("only one posting is allowed")
	}
	n := NewCandidate{Name: body.Name, Headline: body.Headline, Stage: body.Stage, Origin: body.Origin, Owner: body.Owner, Tags: body.Tags}
	if n.Owner == "" {
		n.Owner = c.by
	}
	if len(body.Emails) > 0 {
		n.Email = body.Emails[0]
	}
	if len(body.Postings) > 0 {
		n.Posting = body.Postings[0]
	}
	people := len(c.st.contacts.all(c.in.asOf))
	id, err := c.create(n)
	if err != nil {
		return 0, nil, err
	}
	deduped := people == len(c.st.contacts.all(c.in.asOf))
	return http.StatusCreated, map[string]any{"deduped": deduped, "data": c.st.opps.get(id, c.in.asOf)}, nil
}

// mutated answers a mutation the way the recordings do: with blank contact data (lever/api.md section 3.1).
func (c *call) mutated(err error) (int, any, error) {
	if err != nil {
		return 0, nil, err
	}
	o := *c.st.opps.get(c.path["id"], c.in.asOf)
	o.Name, o.Headline, o.Emails, o.Phones, o.Links = "", ptr(""), []string{}, []Phone{}, []string{}
	return http.StatusOK, data(o), nil
}

// writable checks that the opportunity may be changed and reads perform_as.
func (c *call) writable(body any) error {
	if _, err := c.readable(); err != nil {
		return err
	}
	if err := c.performAs(false); err != nil {
		return err
	}
	return c.decode(body)
}

func putStage(c *call) (int, any, error) {
	var body struct {
		Stage string `json:"stage"`
	}
	if err := c.writable(&body); err != nil {
		return 0, nil, err
	}
	return c.mutated(c.moveStage(c.path["id"], body.Stage))
}

func putArchived(c *call) (int, any, error) {
	var body struct {
		Reason          *string `json:"reason"`
		CleanInterviews bool    `json:"cleanInterviews"`
	}
	if err := c.writable(&body); err != nil {
		return 0, nil, err
	}
	if body.Reason == nil {
		return c.mutated(c.unarchive(c.path["id"]))
	}
	return c.mutated(c.archive(c.path["id"], *body.Reason, body.CleanInterviews))
}

func addTags(c *call) (int, any, error) {
	return c.retag(func(have, given []string) []string {
		have = slices.Clone(have)
		for _, tag := range given {
			if !slices.Contains(have, tag) {
				have = append(have, tag)
			}
		}
		return have
	})
}

func removeTags(c *call) (int, any, error) {
	return c.retag(func(have, given []string) []string {
		return slices.DeleteFunc(slices.Clone(have), func(tag string) bool { return slices.Contains(given, tag) })
	})
}

func (c *call) retag(change func(have, given []string) []string) (int, any, error) {
	var body struct {
		Tags []string `json:"tags"`
	}
	if err := c.writable(&body); err != nil {
		return 0, nil, err
	}
	c.touch(c.path["id"], func(o *Opportunity) { o.Tags = change(o.Tags, body.Tags) })
	return c.mutated(nil)
}
