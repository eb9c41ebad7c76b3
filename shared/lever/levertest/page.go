package levertest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// sortKey is the order of lists: rank ascending, then time descending, then id (lever/api.md section 2).
type sortKey struct {
	rank int
	at   int64
	id   string
}

// firstOffset is a token in front of everything.
const firstOffset = "%5B-1%2C0%2C%22%22%5D"

func compareKeys(a, b sortKey) int {
	return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(b.at, a.at), cmp.Compare(a.id, b.id))
}

// offset is the page token that starts at the key: percent-encoded JSON, as recorded in 2026.
func (k sortKey) offset() string {
	raw, _ := json.Marshal([]any{k.rank, k.at, k.id}) // plain values always encode
	return url.QueryEscape(string(raw))
}

func parseOffset(token string) (sortKey, bool) {
	var k sortKey
	raw, err := url.QueryUnescape(token)
	if err != nil {
		return k, false
	}
	var parts []json.RawMessage
	if json.Unmarshal([]byte(raw), &parts) != nil || len(parts) != 3 {
		return k, false
	}
	ok := json.Unmarshal(parts[0], &k.rank) == nil && json.Unmarshal(parts[1], &k.at) == nil && json.Unmarshal(parts[2], &k.id) == nil
	return k, ok
}

// row is an object with its place in the list.
type row struct {
	key   sortKey
	value any
}

// limit reads the page size, 1 to 100.
func (c *call) limit() (int, error) {
	text := c.in.query.Get("limit")
	if text == "" {
		return 100, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, badRequest("limit must be a number")
	}
	if n < 1 || n > 100 {
		if !c.rules.ClampLimit {
			return 0, badRequest("limit must be between 1 and 100")
		}
		n = min(max(n, 1), 100)
	}
	return n, nil
}

// page cuts one page out of the rows and renders its objects.
func (c *call) page(rows []row) (int, any, error) {
	limit, err := c.limit()
	if err != nil {
		return 0, nil, err
	}
	slices.SortFunc(rows, func(a, b row) int { return compareKeys(a.key, b.key) })
	if token := c.in.query.Get("offset"); token != "" {
		from, ok := parseOffset(token)
		if !ok {
			return 0, nil, badRequest("Invalid offset token")
		}
		start, _ := slices.BinarySearchFunc(rows, from, func(r row, k sortKey) int { return compareKeys(r.key, k) })
		rows = rows[start:]
	}
	body := map[string]any{"hasNext": len(rows) > limit}
	if len(rows) > limit {
		body["next"] = rows[limit].key.offset()
		rows = rows[:limit]
	}
	items := make([]any, 0, len(rows))
	for _, r := range rows {
		items = append(items, c.render(r.value))
	}
	body["data"] = items
	return http.StatusOK, body, nil
}

// inOrder keys rows by their position, for lists in a fixed order.
func inOrder[T any](values []T, id func(T) string) []row {
	rows := make([]row, 0, len(values))
	for i, v := range values {
		rows = append(rows, row{sortKey{i, 0, id(v)}, v})
	}
	return rows
}

// render applies include and expand to an object (lever/api.md section 2; expand wins over include).
func (c *call) render(value any) any {
	include, expand := c.values("include"), c.values("expand")
	if len(include) == 0 && len(expand) == 0 {
		return value
	}
	raw, _ := json.Marshal(value) // these are plain structs
	var object map[string]any
	_ = json.Unmarshal(raw, &object) // it was encoded a line above
	for name, field := range object {
		if slices.Contains(expand, name) {
			object[name] = c.expand(name, field)
		} else if len(include) > 0 && name != "id" && !slices.Contains(include, name) {
			delete(object, name)
		}
	}
	return object
}

// expand turns ids into objects; what is unknown stays an id.
func (c *call) expand(name string, field any) any {
	if list, ok := field.([]any); ok {
		out := make([]any, len(list))
		for i, one := range list {
			out[i] = c.expand(name, one)
		}
		return out
	}
	id, ok := field.(string)
	if !ok {
		return field
	}
	switch name {
	case "applications":
		return orID(c.st.apps.get(id, c.in.asOf), id)
	case "contact":
		return orID(c.st.contacts.get(id, c.in.asOf), id)
	case "stage":
		if i := c.st.stageIndex(id); i >= 0 {
			return c.st.stages[i]
		}
	case "owner", "followers", "sourcedBy", "user", "hiringManager":
		return orID(c.st.users.get(id, c.in.asOf), id)
	}
	return id
}

func orID[T any](found *T, id string) any {
	if found == nil {
		return id
	}
	return found
}

// values are the repeated values of a parameter; the form name[] is accepted too.
func (c *call) values(name string) []string {
	return append(slices.Clone(c.in.query[name]), c.in.query[name+"[]"]...)
}
