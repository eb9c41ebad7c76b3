package intruder

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/evidenced/lever-integration/sandbox/platform"
)

// foreign makes an attack with every kind of id of the attacked company in one place of a call for the attacker's own.
func foreign(route, want string, call func(s *scene, id string) (method, path, body string)) Attack {
	return Attack{
		Name: "foreign ids: " + route, Sends: "the attacked company's ids of 12 kinds, in a call for the attacker's own organisation", Want: want,
		Defence: "every key begins with the caller's own organisation or connection", File: "functions/platform-api/record.go", watch: standing(),
		try: func(ctx context.Context, s *scene) (string, error) {
			var got tally
			for _, kind := range s.victim.kinds() {
				method, path, body := call(s, s.victim.ids[kind])
				r, err := s.World.Platform.Send(ctx, method, "/v1/tenants/"+s.attacker.Tenant+path, []byte(body))
				if err != nil {
					return "", err
				}
				got.add(kind, shape(r))
			}
			return got.String(), nil
		},
	}
}

// shape is an answer, and of a list how much is in it.
func shape(r platform.Reply) string {
	var list struct {
		Data []struct{ Data json.RawMessage }
	}
	if json.Unmarshal(r.Body, &list) == nil && list.Data != nil {
		return fmt.Sprintf("%s with %d records", answer(r), len(list.Data))
	}
	return answer(r)
}

// crossing are the attempts to reach one organisation through another.
func crossing() []Attack {
	get := func(path string) func(*scene, string) (string, string, string) {
		return func(_ *scene, id string) (string, string, string) {
			return http.MethodGet, fmt.Sprintf(path, url.QueryEscape(id)), ""
		}
	}
	attacks := []Attack{
		foreign("GET jobs/{id}", "404 not-found ×12", get("/jobs/%s")),
		foreign("GET candidates/{id}", "404 not-found ×12", get("/candidates/%s")),
		foreign("GET users/{id}", "404 not-found ×12", get("/users/%s")),
		foreign("GET interviews/{id}", "404 not-found ×12", get("/interviews/%s")),
		foreign("GET interviews?candidate=", "200 with 0 records ×12", get("/interviews?candidate=%s")),
		foreign("GET decisions/{id}", "404 decision-not-found ×12", get("/decisions/%s")),
		foreign("POST decisions/{id}/retries", "404 decision-not-found ×12", func(_ *scene, id string) (string, string, string) {
			return http.MethodPost, "/decisions/" + id + "/retries", "{}"
		}),
		foreign("POST decisions/{id}/dismissals", "404 decision-not-found ×12", func(_ *scene, id string) (string, string, string) {
			return http.MethodPost, "/decisions/" + id + "/dismissals", "{}"
		}),
		foreign("POST connection/confirmations", "400 connect-expired ×12", func(_ *scene, id string) (string, string, string) {
			return http.MethodPost, "/connection/confirmations", `{"attempt":"` + id + `","actingUser":{"id":"u-1","name":"Sample"}}`
		}),
		foreign("GET jobs?cursor=", "400 bad-cursor ×12", get("/jobs?cursor=%s")),
		foreign("GET candidates?cursor=", "400 bad-cursor ×12", get("/candidates?cursor=%s")),
		foreign("GET users?cursor=", "400 bad-cursor ×12", get("/users?cursor=%s")),
		foreign("GET interviews?cursor=", "400 bad-cursor ×12", get("/interviews?cursor=%s")),
		foreign("GET changes?since=", "400 bad-cursor ×12", get("/changes?since=%s")),
	}
	return append(attacks, append(otherCrossings(), detours()...)...)
}

// tenantRoutes are the calls below a tenant that need nothing but the tenant.
func tenantRoutes() []string {
	return []string{
		"GET /connection", "GET /jobs", "GET /candidates", "GET /users", "GET /interviews", "GET /changes", "GET /settings",
		"POST /resyncs", "GET /decisions/d-1",
	}
}

// otherCrossings are those that leave something to work off.
func otherCrossings() []Attack {
	return []Attack{
		{
			Name: "foreign ids: POST resyncs", Sends: "resyncs of the attacked company's ids of 12 kinds, asked for by the attacker's organisation", Want: "202 ×12, and nothing of the candidate",
			Defence: "they are looked up with the attacker's own token", File: "shared/connection/service.go", watch: unharmed(),
			try: func(ctx context.Context, s *scene) (string, error) {
				var got tally
				for _, kind := range s.victim.kinds() {
					r, err := s.World.Platform.Send(ctx, http.MethodPost, "/v1/tenants/"+s.attacker.Tenant+"/resyncs", []byte(`{"candidate":"`+s.victim.ids[kind]+`"}`))
					if err != nil {
						return "", err
					}
					got.add(kind, answer(r))
				}
				if err := s.settle(ctx, s.attacker); err != nil {
					return "", err
				}
				return got.String() + s.got(ctx, s.attacker.Tenant, s.victim.candidates[0].ID), nil
			},
		},
		{
			Name: "foreign ids: as a tenant", Sends: "the attacked company's ids of 11 kinds in the place of a tenant, on 9 routes", Want: "404 unknown-tenant ×99",
			Defence: "a tenant is looked up under a key of its own", File: "shared/connection/service.go", watch: standing(),
			try: func(ctx context.Context, s *scene) (string, error) {
				var got tally
				for _, kind := range s.victim.kinds() {
					if kind == "tenant" {
						continue
					}
					for _, route := range tenantRoutes() {
						method, path, _ := strings.Cut(route, " ")
						r, err := s.World.Platform.Send(ctx, method, "/v1/tenants/"+s.victim.ids[kind]+path, []byte(map[string]string{http.MethodPost: "{}"}[method]))
						if err != nil {
							return "", err
						}
						got.add(kind+" "+route, answer(r))
					}
				}
				return got.String(), nil
			},
		},
		{
			Name: "foreign ids: PUT decisions/{id}", Sends: "a decision under the attacked company's decision id, about its candidate", Want: "undeliverable, no note more",
			Defence: "a decision belongs to its organisation and is written with that one's token", File: "shared/decision/service.go", watch: standing(),
			try: func(ctx context.Context, s *scene) (string, error) {
				candidate := s.victim.candidates[3].ID
				before, err := s.victim.account.Notes(ctx, candidate)
				if err != nil {
					return "", err
				}
				d := decided(candidate, time.Now().UnixMilli())
				if _, err := s.World.Platform.PutDecision(ctx, s.attacker.Tenant, s.victim.decision, d); err != nil {
					return "", err
				}
				status, err := s.delivered(ctx, s.attacker, s.victim.decision)
				if err != nil {
					return "", err
				}
				after, err := s.victim.account.Notes(ctx, candidate)
				if len(after) != len(before) {
					return status.State + ", a note more", err
				}
				return status.State + ", no note more", err
			},
		},
	}
}

// detours are the ways around the place where a tenant stands.
func detours() []Attack {
	return []Attack{
		{
			Name: "foreign cursors", Sends: "cursors that the attacked company's lists and feed gave out, and forged ones with right marks around its place", Want: "410 stale-cursor ×5, forged 400 bad-cursor ×4, the attacker's own records ×1 (/changes)",
			Defence: "a cursor names its connection and list, and a place is read only in the caller's own partition", File: "functions/platform-api/cursor.go", watch: standing(), try: foreignCursors,
		},
		{
			Name: "page: another company's decision", Sends: "the attacked company's decision id in the forms Try again and Dismiss of the attacker's own page", Want: "404 other ×2",
			Defence: "decisions are looked up under the session's organisation", File: filePress, watch: standing(),
			try: func(ctx context.Context, s *scene) (string, error) {
				cookie, err := s.visiting(ctx, s.World.Visitor(s.attacker.Tenant, samePerson, "admin"))
				if err != nil {
					return "", err
				}
				visit := presser{cookie}
				var got tally
				id := "d-" + uuid.NewString()
				if err := s.decide(ctx, s.victim, id, s.victim.candidates[2].ID); err != nil {
					return "", err
				}
				for _, deed := range []string{"retry", "dismiss"} {
					a, err := s.press(ctx, visit, deed, with(visit.csrf(deed))+"&decision="+id, nil)
					if err != nil {
						return "", err
					}
					got.add(deed, a)
				}
				return got.String(), nil
			},
		},
		{
			Name: "tenant as a path", Sends: "the attacked company behind the attacker's by ../, %2f, %2e, //, ;, and keys of tables as tenants", Want: "refused ×12",
			Defence: "paths are compared as they came, and a tenant is an id", File: fileRouter, watch: standing(), try: pathTricks,
		},
		{
			Name: "tenant given a second time", Sends: "tenant= in query, body and header of calls for the attacker's own organisation", Want: "200 own ×1, 400 bad-query ×1, 400 bad-body ×1",
			Defence: "the tenant stands in the path, which IAM has seen, and nowhere else", File: fileRouter, watch: standing(),
			try: func(ctx context.Context, s *scene) (string, error) {
				base := "/v1/tenants/" + s.attacker.Tenant
				own, err := s.World.Platform.Connection(ctx, s.attacker.Tenant)
				if err != nil || own.ID != s.attacker.connection {
					return "another's connection", err
				}
				query, err := s.World.Platform.Send(ctx, http.MethodGet, base+"/connection?tenant="+s.victim.Tenant, nil)
				if err != nil {
					return "", err
				}
				inBody, err := s.World.Platform.Send(ctx, http.MethodPost, base+"/resyncs", []byte(`{"tenant":"`+s.victim.Tenant+`"}`))
				if err != nil {
					return "", err
				}
				return fmt.Sprintf("200 own ×1, %s ×1, %s ×1", answer(query), answer(inBody)), nil
			},
		},
	}
}

func mark(texts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(texts, "\n")))
	return hex.EncodeToString(sum[:])[:16]
}

func foreignCursors(ctx context.Context, s *scene) (string, error) {
	var got, forged tally
	for _, list := range []string{"/jobs", "/candidates", "/users", "/interviews", "/changes"} {
		r, err := s.World.Platform.Send(ctx, http.MethodGet, "/v1/tenants/"+s.victim.Tenant+list+"?limit=1", nil)
		if err != nil {
			return "", err
		}
		var page struct{ Next string }
		if err := json.Unmarshal(r.Body, &page); err != nil || page.Next == "" {
			return "no cursor of " + list, err
		}
		name, about := "cursor", strings.TrimSuffix(strings.TrimPrefix(list, "/"), "s")+" active false "
		if list == "/changes" {
			name, about = "since", "changes"
		}
		a, err := s.World.Platform.Send(ctx, http.MethodGet, "/v1/tenants/"+s.attacker.Tenant+list+"?limit=1&"+name+"="+url.QueryEscape(page.Next), nil)
		if err != nil {
			return "", err
		}
		got.add(list, shape(a))
		// The marks are no secret: whoever knows their own connection's id can make them.
		place := page.Next[strings.LastIndex(page.Next, ".")+1:]
		own := mark(s.attacker.connection) + "." + mark(about, place) + "." + place
		a, err = s.World.Platform.Send(ctx, http.MethodGet, "/v1/tenants/"+s.attacker.Tenant+list+"?limit=1&"+name+"="+url.QueryEscape(own), nil)
		if err != nil {
			return "", err
		}
		forged.add(list, s.whose(a))
	}
	return got.String() + ", forged " + forged.String(), nil
}

// whose says whose records an answer holds.
func (s *scene) whose(r platform.Reply) string {
	for _, id := range s.victim.ids {
		if strings.Contains(string(r.Body), id) {
			return "the attacked company's records"
		}
	}
	if r.Status == http.StatusOK {
		return "the attacker's own records"
	}
	return answer(r)
}

func pathTricks(ctx context.Context, s *scene) (string, error) {
	own, victim := s.attacker.Tenant, s.victim.Tenant
	var got tally
	for _, path := range []string{
		own + "/../" + victim + "/connection", own + "%2f..%2f" + victim + "/connection", own + "/%2e%2e/" + victim + "/connection", own + "//connection",
		own + ";" + victim + "/connection", own + "%00" + victim + "/connection", own + "%23/connection", "tenant%23" + victim + "/connection", s.victim.connection + "/connection",
		"account%23" + s.victim.account.ID + "/connection", "%2e%2e/connection", strings.Repeat("x", 129) + "/connection",
	} {
		r, err := s.World.Platform.Send(ctx, http.MethodGet, "/v1/tenants/"+path, nil)
		if err != nil {
			return "", err
		}
		if r.Status >= 400 && r.Status < 500 && !strings.Contains(string(r.Body), s.victim.connection) {
			got.add(path, "refused")
		} else {
			got.add(path, answer(r))
		}
	}
	return got.String(), nil
}
