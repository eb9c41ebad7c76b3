package levertest

import (
	"net/http"
	"slices"
	"strings"
)

func listUsers(c *call) (int, any, error) {
	withGone := c.in.query.Get("includeDeactivated") == "true"
	var rows []row
	for i, u := range c.st.users.all(c.in.asOf) {
		if u.DeactivatedAt != nil && !withGone || !c.oneOf("accessRole", u.AccessRole) || !c.oneOf("external_directory_id", deref(u.ExternalDirectoryID)) {
			continue
		}
		emails := c.values("email")
		if len(emails) > 0 && !slices.ContainsFunc(emails, func(e string) bool { return strings.EqualFold(e, deref(u.Email)) }) {
			continue
		}
		rows = append(rows, row{sortKey{i, 0, u.ID}, u})
	}
	return c.page(rows)
}

func getUser(c *call) (int, any, error) {
	u := c.st.users.get(c.path["id"], c.in.asOf)
	if u == nil {
		return 0, nil, notFound("users", c.path["id"])
	}
	return http.StatusOK, data(c.render(u)), nil
}

func listStages(c *call) (int, any, error) {
	return c.page(inOrder(c.st.stages, func(s Stage) string { return s.ID }))
}

func getStage(c *call) (int, any, error) {
	i := c.st.stageIndex(c.path["id"])
	if i < 0 {
		return 0, nil, notFound("stages", c.path["id"])
	}
	return http.StatusOK, data(c.st.stages[i]), nil
}

func listReasons(c *call) (int, any, error) {
	reasons := slices.DeleteFunc(slices.Clone(c.st.reasons), func(r ArchiveReason) bool { return !c.oneOf("type", r.Type) })
	return c.page(inOrder(reasons, func(r ArchiveReason) string { return r.ID }))
}

func getReason(c *call) (int, any, error) {
	r := c.st.reason(c.path["id"])
	if r == nil {
		return 0, nil, notFound("archive_reasons", c.path["id"])
	}
	return http.StatusOK, data(r), nil
}
