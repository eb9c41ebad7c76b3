package templaterules

import (
	"fmt"
	"strings"

	"github.com/evidenced/lever-integration/shared/table"
)

// indexesHoldWhatTheCodeReads: keys and projected attributes of each index as package table has them, which the store in
// memory, and so every test, keeps to.
func indexesHoldWhatTheCodeReads(t *Template) (faults []string) {
	found := map[table.Index]bool{}
	for _, id := range t.resources("AWS::DynamoDB::Table") {
		for _, index := range list(t.properties(id)["GlobalSecondaryIndexes"]) {
			i := dig(index)
			name := table.Index(text(i, "IndexName"))
			found[name] = true
			at := table.SchemaOf(name)
			keys := fmt.Sprintf(`[{"AttributeName":%q,"KeyType":"HASH"},{"AttributeName":%q,"KeyType":"RANGE"}]`, at.Partition, at.Sort)
			want := `{"ProjectionType":"ALL"}`
			switch names := table.Projected(name); {
			case names != nil && len(names) == 0:
				want = `{"ProjectionType":"KEYS_ONLY"}`
			case names != nil:
				want = fmt.Sprintf(`{"NonKeyAttributes":["%s"],"ProjectionType":"INCLUDE"}`, strings.Join(names, `","`))
			}
			if as(i["KeySchema"]) != keys || as(i["Projection"]) != want {
				faults = append(faults, fmt.Sprintf("index %s of %s holds %s by %s, not %s by %s", name, id, as(i["Projection"]), as(i["KeySchema"]), want, keys))
			}
		}
	}
	for _, name := range table.Indexes()[1:] {
		if !found[name] {
			faults = append(faults, fmt.Sprintf("no table has the index %s", name))
		}
	}
	return faults
}

// streamsTellTheNews: change-publisher is called for what the code marks as news, and for nothing less.
func streamsTellTheNews(t *Template) (faults []string) {
	want := map[string]string{
		"MirrorTable":      `[{"Pattern":"{\"dynamodb\":{\"NewImage\":{\"news\":{\"S\":[\"yes\"]}}}}"}]`,
		"ConnectionsTable": `[{"Pattern":"{\"dynamodb\":{\"Keys\":{\"sk\":{\"S\":[\"state\"]}}}}"}]`,
		"DecisionsTable":   "null",
	}
	for _, s := range t.sources() {
		pattern, ok := want[s.from]
		if got := as(dig(s.mapping, "FilterCriteria")["Filters"]); ok && got != pattern {
			faults = append(faults, fmt.Sprintf("the stream of %s is filtered by %s, not %s", s.from, got, pattern))
		}
	}
	return faults
}
