package levertest

import "net/http"

func listPostings(c *call) (int, any, error) {
	visible, err := c.visible()
	if err != nil {
		return 0, nil, err
	}
	updated, err := c.window("updated_at")
	if err != nil {
		return 0, nil, err
	}
	var rows []row
	for _, p := range c.st.postings.all(c.in.asOf) {
		if visible(p.Confidentiality) && updated.holds(&p.UpdatedAt) && c.oneOf("state", p.State) &&
			c.oneOf("distributionChannel", p.DistributionChannels...) && c.oneOf("team", deref(p.Categories.Team)) &&
			c.oneOf("department", deref(p.Categories.Department)) && c.oneOf("location", deref(p.Categories.Location)) &&
			c.oneOf("commitment", deref(p.Categories.Commitment)) && c.oneOf("tag", p.Tags...) {
			rows = append(rows, row{sortKey{0, p.CreatedAt, p.ID}, p})
		}
	}
	return c.page(rows)
}

func getPosting(c *call) (int, any, error) {
	p := c.st.postings.get(c.path["id"], c.in.asOf)
	if p == nil {
		return 0, nil, notFound("postings", c.path["id"])
	}
	if err := c.mayRead(p.Confidentiality, "postings", p.ID); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, data(c.render(p)), nil
}

func listDeletedPostings(c *call) (int, any, error) {
	w, err := c.deletedWindow(true)
	if err != nil {
		return 0, nil, err
	}
	var rows []row
	for _, d := range c.st.deletedPostings {
		if w.holds(&d.DeletedAt) && c.known(d.DeletedAt) && (!d.confidential || c.grant.has(scopeConfidential)) {
			rows = append(rows, row{sortKey{0, d.DeletedAt, d.ID}, d})
		}
	}
	return c.page(rows)
}
