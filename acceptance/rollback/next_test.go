package rollback

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/evidenced/lever-integration/sandbox/platform"
	"github.com/evidenced/lever-integration/sandbox/release"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/table"
)

const root = "../.."

// next is what the next version changes in the source: the schema, a field of a document, an attribute of a record and
// a field of a message.
func next() map[string][]string {
	return map[string][]string{
		"shared/mirror/record.go": {
			"const Schema = 1\n", "const Schema = 2\n",
			"	Schema       int    `dynamodbav:\"schema\"`", "	Next         string `dynamodbav:\"next,omitempty\"`\n	Schema       int    `dynamodbav:\"schema\"`",
		},
		"shared/mirror/apply.go":     {"	n.Fetched, n.News = fetched, \"\"\n", "	n.Fetched, n.News, n.Next = fetched, \"\", \"of the next version\"\n"},
		"shared/mirror/document.go":  {"	Name           string   `json:\"name\"`\n", "	Name string `json:\"name\"`\n	Next string `json:\"next,omitempty\"`\n"},
		"shared/mirror/translate.go": {"Name: str(o.Name), Headline:", "Name: str(o.Name), Next: \"more\", Headline:"},
		"shared/work/nudge.go":       {"	Hops int `json:\"hops,omitempty\"`\n", "	Hops int `json:\"hops,omitempty\"`\n	Lane string `json:\"lane\"`\n"},
	}
}

// deploy puts the next version into the stack and returns the versions that were live before, by deployed name.
func (s *stack) deploy(t *testing.T) map[string]string {
	t.Helper()
	overlay, before := overlayOf(t), map[string]string{}
	code := map[string][]byte{}
	for folder := range changed() {
		built, err := release.Build(t.Context(), root, folder, overlay)
		if err != nil {
			t.Fatal(err)
		}
		code[folder] = built
	}
	for folder, logical := range changed() {
		name := s.world.Endpoints.Functions[logical]
		if _, err := s.lambda.UpdateFunctionCode(t.Context(), &lambda.UpdateFunctionCodeInput{FunctionName: &name, ZipFile: code[folder]}); err != nil {
			t.Fatal(err)
		}
		version, err := release.Publish(t.Context(), s.lambda, name)
		if err != nil {
			t.Fatal(err)
		}
		before[name] = version
	}
	return before
}

func overlayOf(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	all := struct{ Replace map[string]string }{map[string]string{}}
	for file, changes := range next() {
		path, err := filepath.Abs(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text := string(source)
		for i := 0; i < len(changes); i += 2 {
			if strings.Count(text, changes[i]) != 1 {
				t.Fatalf("%q does not stand once in %s; adapt this test to the source", changes[i], file)
			}
			text = strings.Replace(text, changes[i], changes[i+1], 1)
		}
		all.Replace[path] = filepath.Join(folder, strings.ReplaceAll(file, "/", "-"))
		if err := os.WriteFile(all.Replace[path], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(folder, "overlay.json")
	if err := os.WriteFile(overlay, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return overlay
}

// record is what this test wants to know of a stored record.
type record struct {
	version int64
	schema  int
	next    string // the attribute of the next version
	full    bool   // the document holds the field of the next version, where it has one
	stage   string
}

// records reads the records of the connection that are no tombstones.
func (s *stack) records(t *testing.T) map[string]record {
	t.Helper()
	found := map[string]record{}
	for _, kind := range mirror.Kinds() {
		pages := dynamodb.NewQueryPaginator(s.world.Store(), &dynamodb.QueryInput{
			TableName: aws.String(s.world.Endpoints.Tables["Mirror"]), ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("pk = :pk"),
			ExpressionAttributeValues: map[string]types.AttributeValue{":pk": &types.AttributeValueMemberS{Value: s.connection + "#" + string(kind)}},
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, item := range page.Items {
				r, err := table.Decode[mirror.Record](item)
				if err != nil {
					t.Fatal(err)
				}
				if r.State != mirror.Active {
					continue
				}
				var doc struct{ Next, StageID string }
				if err := json.Unmarshal([]byte(r.Doc), &doc); err != nil {
					t.Fatal(err)
				}
				next, _ := item["next"].(*types.AttributeValueMemberS)
				one := record{version: r.Version, schema: r.Schema, full: doc.Next != "" || kind != mirror.Candidate, stage: doc.StageID}
				if next != nil {
					one.next = next.Value
				}
				found[string(kind)+" "+r.ID] = one
			}
		}
	}
	if len(found) < 10 {
		t.Fatalf("only %d records", len(found))
	}
	return found
}

func (s *stack) look(done func(platform.Connection) (bool, string)) func(context.Context) (bool, string, error) {
	return func(ctx context.Context) (bool, string, error) {
		c, err := s.world.Platform.Connection(ctx, s.tenant)
		if err != nil {
			return false, "", err
		}
		ok, seen := done(c)
		return ok, seen, nil
	}
}

func (s *stack) staged(id, stage string) func(context.Context) (bool, string, error) {
	return func(ctx context.Context) (bool, string, error) {
		r, err := s.world.Platform.Candidate(ctx, s.tenant, id)
		if err != nil || r.Data == nil {
			return false, "no data", err
		}
		return r.Data.StageID == stage, r.Data.StageID, nil
	}
}

func (s *stack) noted(id string) func(context.Context) (bool, string, error) {
	return func(ctx context.Context) (bool, string, error) {
		notes, err := s.account.Notes(ctx, id)
		return len(notes) == 1, "no note", err
	}
}
