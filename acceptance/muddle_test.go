package acceptance

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

var muddled = flag.Bool("muddle", false, "have AWS double, reorder and redrive messages of decisions too, and kill processes: for a stack without other tests")

// killed is how many processes of decision-push die.
const killed = 6

// muddle does to a queue and to the function behind it what AWS may do to any: messages come twice, late and in another
// order, some lie in the dead-letter queue until a person moves them back, and processes die on their way. A message is
// made as the functions make theirs.
type muddle struct {
	sqs                  *sqs.Client
	queue, dead          string // URLs
	function, connection string
}

func newMuddle(t *testing.T, connection string) *muddle {
	t.Helper()
	e := world.Endpoints
	owner, err := e.Cloud(t.Context(), "admin")
	if err != nil {
		t.Fatal(err)
	}
	m := &muddle{sqs.NewFromConfig(owner), e.Queues["Decision"], e.Queues["DecisionDlq"], e.Functions["DecisionPushFunction"], connection}
	if m.queue == "" || m.dead == "" || m.function == "" {
		t.Fatal("the addresses name no queue of decisions, or no function")
	}
	return m
}

// around hands decisions over in the middle of all of it.
func (m *muddle) around(t *testing.T, hand func() map[string]handed) map[string]handed {
	t.Helper()
	deaths := make(chan int, 1)
	dying, over := context.WithTimeout(t.Context(), 20*time.Second)
	defer over()
	go func() { deaths <- m.kill(dying, killed) }()
	sent := hand()
	ids := slices.Sorted(maps.Keys(sent))
	m.again(t, ids)
	m.redrive(t, ids[:20])
	if n := <-deaths; n < killed && world.Endpoints.AWS != "" { // on AWS nobody can
		t.Errorf("only %d processes were killed, want %d", n, killed)
	}
	t.Logf("%d messages sent twice more, 20 redriven, %d processes killed", len(ids), killed)
	return sent
}

func (m *muddle) send(ctx context.Context, t *testing.T, url, id string, delay int32) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"connection": m.connection, "kind": "decision", "target": id})
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.sqs.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(url), MessageBody: aws.String(string(body)), DelaySeconds: delay})
	if err != nil {
		t.Error(err)
	}
}

// again sends a message of each decision twice more, in another order and up to 20 s late.
func (m *muddle) again(t *testing.T, ids []string) {
	t.Helper()
	for _, id := range slices.Concat(ids, ids) {
		m.send(t.Context(), t, m.queue, id, rand.Int32N(20))
	}
}

// redrive puts messages into the dead-letter queue and moves back whatever lies there, as the console does.
func (m *muddle) redrive(t *testing.T, ids []string) {
	t.Helper()
	for _, id := range ids {
		m.send(t.Context(), t, m.dead, id, 0)
	}
	moved := 0
	for end := time.Now().Add(30 * time.Second); moved < len(ids); {
		got, err := m.sqs.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: aws.String(m.dead), MaxNumberOfMessages: 10, WaitTimeSeconds: 1})
		if err != nil || time.Now().After(end) {
			t.Fatalf("only %d of %d messages moved back, %v", moved, len(ids), err)
		}
		for _, message := range got.Messages {
			if _, err := m.sqs.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: aws.String(m.queue), MessageBody: message.Body}); err != nil {
				t.Fatal(err)
			}
			if _, err := m.sqs.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: aws.String(m.dead), ReceiptHandle: message.ReceiptHandle}); err != nil {
				t.Fatal(err)
			}
			moved++
		}
	}
}

// kill ends processes of the function on this machine wherever they are, without a warning, until so many have died or ctx
// is over, and returns how many did.
func (m *muddle) kill(ctx context.Context, most int) (killed int) {
	mark := []byte("AWS_LAMBDA_FUNCTION_NAME=" + m.function + "\x00")
	for ctx.Err() == nil && killed < most {
		time.Sleep(time.Duration(100+rand.IntN(400)) * time.Millisecond)
		all, err := filepath.Glob("/proc/[0-9]*/environ")
		if err != nil {
			return killed
		}
		for _, file := range all {
			environment, err := os.ReadFile(file)
			if err != nil || !bytes.Contains(append(environment, 0), mark) {
				continue
			}
			id, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
			if err != nil {
				continue
			}
			if process, err := os.FindProcess(id); err == nil && process.Kill() == nil {
				killed++
				break
			}
		}
	}
	return killed
}
