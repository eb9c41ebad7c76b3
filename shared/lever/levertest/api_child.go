package levertest

import "net/http"

func listApplications(c *call) (int, any, error) {
	o, err := c.readable()
	if err != nil {
		return 0, nil, err
	}
	var rows []row
	if app := c.st.application(o.ID, c.in.asOf); app != nil {
		rows = append(rows, row{sortKey{0, app.CreatedAt, app.ID}, app})
	}
	return c.page(rows)
}

func getApplication(c *call) (int, any, error) {
	o, err := c.readable()
	if err != nil {
		return 0, nil, err
	}
	app := c.st.application(o.ID, c.in.asOf)
	if app == nil || app.ID != c.path["child"] {
		return 0, nil, notFound("applications", c.path["child"])
	}
	return http.StatusOK, data(c.render(app)), nil
}

func listDeletedApplications(c *call) (int, any, error) {
	w, err := c.deletedWindow(true)
	if err != nil {
		return 0, nil, err
	}
	var rows []row
	for _, d := range c.st.deletedApps {
		if w.holds(&d.DeletedAt) && c.known(d.DeletedAt) && (!d.confidential || c.grant.has(scopeConfidential)) {
			rows = append(rows, row{sortKey{0, d.DeletedAt, d.ID}, d})
		}
	}
	return c.page(rows)
}

func listInterviews(c *call) (int, any, error) {
	o, err := c.readable()
	if err != nil {
		return 0, nil, err
	}
	var rows []row
	for _, i := range c.st.interviewsOf(o.ID, c.in.asOf) {
		listed := *i
		listed.OpportunityID = ""
		rows = append(rows, row{sortKey{0, i.CreatedAt, i.ID}, &listed})
	}
	return c.page(rows)
}

func getInterview(c *call) (int, any, error) {
	o, err := c.readable()
	if err != nil {
		return 0, nil, err
	}
	i := c.st.interviews.get(c.path["child"], c.in.asOf)
	if i == nil || i.OpportunityID != o.ID {
		return 0, nil, notFound("interviews", c.path["child"])
	}
	return http.StatusOK, data(c.render(i)), nil
}

func getContact(c *call) (int, any, error) {
	p := c.st.contacts.get(c.path["id"], c.in.asOf)
	if p == nil {
		return 0, nil, notFound("contacts", c.path["id"])
	}
	return http.StatusOK, data(c.render(p)), nil
}
