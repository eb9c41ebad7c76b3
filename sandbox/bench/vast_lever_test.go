package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/table"
)

// RoundTrip implements http.RoundTripper.
func (v *vast) RoundTrip(r *http.Request) (*http.Response, error) {
	v.mu.Lock()
	v.calls++
	v.mu.Unlock()
	v.sample()
	var body string
	switch parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/"); {
	case r.URL.Path == "/v1/opportunities":
		from, _ := strconv.Atoi(r.URL.Query().Get("offset")) // "" is the beginning
		var page []string
		for i := from; i < min(from+100, v.people); i++ {
			page = append(page, strings.ReplaceAll(string(v.pattern), patternID, personID(i)))
		}
		next := `"hasNext":false`
		if from+100 < v.people {
			next = fmt.Sprintf(`"hasNext":true,"next":"%d"`, from+100)
		}
		body = `{"data":[` + strings.Join(page, ",") + `],` + next + `}`
	case len(parts) == 4 && parts[3] == "interviews":
		body = `{"data":[` + strings.ReplaceAll(string(v.interview), patternID, parts[2]) + `],"hasNext":false}`
	default:
		return v.way.RoundTrip(r)
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// patterns reads the pattern from a small account that was swept, and takes over the world.
func (v *vast) patterns(t *testing.T, w *World, account *levertest.Account, connection string) {
	t.Helper()
	o := active(account)[0]
	raw, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	app, _ := account.Application(o.ID)
	expanded, err := json.Marshal(app)
	if err != nil {
		t.Fatal(err)
	}
	i, err := json.Marshal(account.Interviews(o.ID)[0])
	if err != nil {
		t.Fatal(err)
	}
	patternize := func(raw []byte, ids ...string) []byte {
		s := string(raw)
		for _, id := range ids {
			s = strings.ReplaceAll(s, id, patternID)
		}
		return []byte(s)
	}
	if app.ID != "" {
		raw = []byte(strings.Replace(string(raw), `"applications":["`+app.ID+`"]`, `"applications":[`+string(expanded)+`]`, 1))
	}
	v.pattern, v.interview = patternize(raw, o.ID), patternize(i, account.Interviews(o.ID)[0].ID, o.ID)
	// The interview takes the id of its candidate, so that one number names both.
	for _, item := range w.Memory.Dump(table.Mirror) {
		id, _ := item["id"].(*types.AttributeValueMemberS)
		switch id.Value {
		case o.ID:
			v.candidate = item
		case account.Interviews(o.ID)[0].ID:
			item["doc"] = text(strings.ReplaceAll(item["doc"].(*types.AttributeValueMemberS).Value, o.ID, patternID))
			v.meeting = item
		}
	}
	if v.candidate == nil || v.meeting == nil {
		t.Fatal("the pattern is not in the mirror")
	}
	if connection == "" {
		t.Fatal("no connection")
	}
}
