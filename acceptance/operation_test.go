package acceptance

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/uuid"
)

// run is an operation over connections.
type run struct {
	ID    string `json:"id"`
	Over  bool   `json:"over"`
	Done  int    `json:"done"`
	Total int    `json:"total"`
}

// operate has an operator start a run and waits for its end.
func operate(t *testing.T, body string) run {
	t.Helper()
	reply, err := world.Operator.Send(t.Context(), http.MethodPost, "/v1/operations/runs", []byte(body))
	if err != nil || reply.Status != http.StatusAccepted {
		t.Fatalf("%d %s, %v", reply.Status, reply.Body, err)
	}
	var r run
	if err := json.Unmarshal(reply.Body, &r); err != nil {
		t.Fatal(err)
	}
	eventually(t, nextMinute, "the end of the operation", func(ctx context.Context) (bool, string, error) {
		reply, err := world.Operator.Send(ctx, http.MethodGet, "/v1/operations/runs/"+r.ID, nil)
		if err != nil {
			return false, "", err
		}
		return r.Over, string(reply.Body), json.Unmarshal(reply.Body, &r)
	})
	return r
}

// sealed reads the wrapped key and the ciphertext of each sealed value of the shared connection.
func (o *organisation) sealed(t *testing.T) (parts [][]byte) {
	t.Helper()
	keys := []map[string]types.AttributeValue{key(o.connection, "tokens")}
	tables := []string{"Connections"}
	hooks, err := world.OwnWebhooks(t.Context(), o.account)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range hooks {
		keys = append(keys, key("hook#"+h.URL[len(world.Endpoints.API)+len("/webhooks/lever/"):], "secret"))
		tables = append(tables, "Hooks")
	}
	for i, k := range keys {
		out, err := world.Store().GetItem(t.Context(), &dynamodb.GetItemInput{
			TableName: aws.String(world.Endpoints.Tables[tables[i]]), Key: k, ConsistentRead: aws.Bool(true),
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"sealed", "token"} {
			value, ok := out.Item[name].(*types.AttributeValueMemberM)
			if !ok {
				continue
			}
			for _, half := range []string{"key", "text"} {
				if raw, ok := value.Value[half].(*types.AttributeValueMemberB); ok {
					parts = append(parts, raw.Value)
				}
			}
		}
	}
	if len(parts) != 2*9 {
		t.Fatalf("%d sealed parts, want those of one pair of tokens and eight signature tokens", len(parts))
	}
	return parts
}

func key(pk, sk string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: pk}, "sk": &types.AttributeValueMemberS{Value: sk}}
}

func TestAResealChangesWhatIsStoredAndNobodyNotices(t *testing.T) {
	o := join(t)
	before := o.sealed(t)
	if r := operate(t, `{"kind":"reseal","all":true}`); r.Done != r.Total || r.Total < 1 {
		t.Errorf("%d of %d connections", r.Done, r.Total)
	}
	for _, now := range o.sealed(t) {
		if slices.ContainsFunc(before, func(then []byte) bool { return bytes.Equal(then, now) }) {
			t.Error("a wrapped key or a ciphertext is as it was")
		}
	}
	o.moved(t, o.anyCandidate(t).ID) // by a webhook that is verified and a fetch that is authorised
}

func TestAnOperatorSeesWhyAndNobodysData(t *testing.T) {
	o := join(t)
	one := o.anyCandidate(t)
	for _, path := range []string{"connections", "overdue", "tenants/" + o.tenant, "tenants/" + o.tenant + "/candidates/" + one.ID, "tenants/" + o.tenant + "/decisions"} {
		reply, err := world.Operator.Send(t.Context(), http.MethodGet, "/v1/operations/"+path, nil)
		if err != nil || reply.Status != http.StatusOK {
			t.Errorf("%s: %d %s, %v", path, reply.Status, reply.Body, err)
		}
		if bytes.Contains(reply.Body, []byte(one.Name)) {
			t.Errorf("%s names the candidate", path)
		}
	}
}

// held plants a work item of the shared connection that has been due for a while and that nobody takes, as somebody holds it.
// It counts as asked for just now, so no measure of what waits sees it.
func (o *organisation) held(t *testing.T) (target string) {
	t.Helper()
	now, target := time.Now(), "opportunity/"+uuid.NewString()
	item, name := key(o.connection, "hint#"+target), aws.String(world.Endpoints.Tables["Work"])
	t.Cleanup(func() {
		_, err := world.Store().DeleteItem(context.WithoutCancel(t.Context()), &dynamodb.DeleteItemInput{TableName: name, Key: key(o.connection, "hint#"+target)})
		if err != nil {
			t.Error(err)
		}
	})
	item["duePk"], item["holder"] = &types.AttributeValueMemberS{Value: "due#0"}, &types.AttributeValueMemberS{Value: "acceptance"}
	for name, value := range map[string]int64{
		"rev": 1, "seq": 1, "claimedSeq": 1, "dueAt": now.Add(-5 * time.Minute).UnixMilli(), "findAt": now.Add(-5 * time.Minute).UnixMilli(),
		"heldUntil": now.Add(10 * time.Minute).UnixMilli(), "askedAt": now.UnixMilli(), "firstAsked": now.UnixMilli(),
	} {
		item[name] = &types.AttributeValueMemberN{Value: strconv.FormatInt(value, 10)}
	}
	if _, err := world.Store().PutItem(t.Context(), &dynamodb.PutItemInput{TableName: name, Item: item}); err != nil {
		t.Fatal(err)
	}
	return target
}

func TestOverdueWorkNamesItsTenant(t *testing.T) {
	o := join(t)
	target := o.held(t)
	eventually(t, soon, "the overdue work", func(ctx context.Context) (bool, string, error) {
		reply, err := world.Operator.Send(ctx, http.MethodGet, "/v1/operations/overdue?limit=200", nil)
		if err != nil {
			return false, "", err
		}
		var list struct {
			Data []struct{ Tenant, ConnectionID, Target string }
		}
		if err := json.Unmarshal(reply.Body, &list); err != nil {
			return false, "", err
		}
		for _, l := range list.Data {
			if l.Target == target {
				return l.Tenant == o.tenant && l.ConnectionID == o.connection, string(reply.Body), nil
			}
		}
		return false, string(reply.Body), nil
	})
}

// Neither side reaches the other's routes, and nobody else reaches any.
func TestAttackTheOperatorsRoutesAreTheirsAlone(t *testing.T) {
	turn(t, 0)
	tenant := known(t)
	send(t, world.Platform, http.MethodGet, "/v1/operations/connections", "", http.StatusForbidden, "")
	send(t, world.Outsider, http.MethodGet, "/v1/operations/connections", "", http.StatusForbidden, "")
	send(t, world.Unsigned, http.MethodPost, "/v1/operations/runs", `{"kind":"end","all":true}`, http.StatusForbidden, "")
	send(t, world.Operator, http.MethodGet, "/v1/tenants/"+tenant+"/candidates", "", http.StatusForbidden, "")
	send(t, world.Operator, http.MethodPut, "/v1/tenants/"+tenant+"/settings", "{}", http.StatusForbidden, "")
	send(t, world.Operator, http.MethodGet, "/v1/operations/runs/none", "", http.StatusNotFound, "not-found")
	send(t, world.Operator, http.MethodPost, "/v1/operations/runs", `{"kind":"end"}`, http.StatusBadRequest, "bad-operation")
}
