package acceptance

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

var muddled = flag.Bool("muddle", false, "have AWS refuse, double, reorder and redrive messages of decisions too, and kill processes: for a stack without other tests")

const (
	died = 6  // processes of decision-push that leave a claim behind, at least
	dead = 20 // messages that fail until the queue sets them aside, at least
)

// muddle does to a queue and to the function behind it what AWS may do to any: messages come twice, late and in another
// order; processes die at work; and its tables are refused for a while, so that messages fail until they lie in the
// dead-letter queue, from which a person moves them back. A message is made as the functions make theirs.
type muddle struct {
	sqs           *sqs.Client
	logs          *cloudwatchlogs.Client
	queue, aside  string // URLs
	function, log string
	connection    string
	began         time.Time
}

func newMuddle(t *testing.T, connection string) *muddle {
	t.Helper()
	e := world.Endpoints
	owner, err := e.Cloud(t.Context(), "admin")
	if err != nil {
		t.Fatal(err)
	}
	m := &muddle{
		sqs.NewFromConfig(owner), cloudwatchlogs.NewFromConfig(owner), e.Queues["Decision"], e.Queues["DecisionDlq"],
		e.Functions["DecisionPushFunction"], e.LogGroups["DecisionPushLogGroup"], connection, time.Now(),
	}
	if m.queue == "" || m.aside == "" || m.function == "" || m.log == "" {
		t.Fatal("the addresses name no queue of decisions, no function or no log")
	}
	m.visible(t.Context(), t, "4") // so that a message whose process died comes again within the test
	t.Cleanup(func() { m.visible(context.WithoutCancel(t.Context()), t, "360") })
	return m
}

// visible sets after how many seconds a message comes again that was not deleted.
func (m *muddle) visible(ctx context.Context, t *testing.T, seconds string) {
	t.Helper()
	_, err := m.sqs.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{
		QueueUrl: &m.queue, Attributes: map[string]string{string(types.QueueAttributeNameVisibilityTimeout): seconds},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// around hands decisions over while processes die at work and each message comes twice more, and waits until another
// process has found what enough of the dead left behind.
func (m *muddle) around(t *testing.T, hand func() map[string]handed) map[string]handed {
	t.Helper()
	deaths := make(chan int, 1)
	dying, over := context.WithTimeout(t.Context(), 30*time.Second)
	defer over()
	go func() { deaths <- m.kill(dying, 4*died) }()
	sent := hand()
	m.again(t, slices.Sorted(maps.Keys(sent)))
	t.Logf("%d messages sent twice more, %d processes killed", len(sent), <-deaths)
	if world.Endpoints.AWS == "" {
		return sent // on AWS nobody can kill them
	}
	eventually(t, patience, "claims of dead processes that others took over", func(ctx context.Context) (bool, string, error) {
		n, err := m.takenOver(ctx)
		return n >= died, fmt.Sprintf("%d of %d", n, died), err
	})
	n, err := m.takenOver(t.Context())
	t.Logf("%d claims of processes that died at work were taken over, %v", n, err)
	return sent
}

// refuse has AWS refuse the tables to decision-push in the middle of what is handed over, so that some of it stops half
// done and messages fail until they are set aside; then a person moves those back.
func (m *muddle) refuse(t *testing.T, hand func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		hand()
	}()
	time.Sleep(time.Second)
	giveBack, err := world.Forbid(t.Context(), "DecisionPushRole", "dynamodb:*")
	if err != nil {
		t.Fatal(err)
	}
	<-done
	eventually(t, patience, "messages that were set aside", func(ctx context.Context) (bool, string, error) {
		n, err := m.length(ctx, m.aside)
		return n >= dead, fmt.Sprintf("%d of %d", n, dead), err
	})
	if err := giveBack(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d messages failed until they were set aside and were moved back", m.redrive(t))
}

// length is about how many messages a queue holds.
func (m *muddle) length(ctx context.Context, url string) (int, error) {
	name := types.QueueAttributeNameApproximateNumberOfMessages
	got, err := m.sqs.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []types.QueueAttributeName{name}})
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(got.Attributes[string(name)])
}

// takenOver counts, in the log of the function, the claims that nobody gave back.
func (m *muddle) takenOver(ctx context.Context) (found int, err error) {
	pages := cloudwatchlogs.NewFilterLogEventsPaginator(m.logs, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &m.log, StartTime: aws.Int64(m.began.UnixMilli())})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return found, err
		}
		for _, event := range page.Events {
			found += strings.Count(aws.ToString(event.Message), `"claim taken over"`)
		}
	}
	return found, nil
}

func (m *muddle) send(ctx context.Context, t *testing.T, url, id string, delay int32) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"connection": m.connection, "kind": "decision", "target": id})
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.sqs.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(url), MessageBody: aws.String(string(body)), MessageGroupId: &m.connection, DelaySeconds: delay})
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

// redrive moves back whatever lies in the dead-letter queue, as the console does, and returns how much.
func (m *muddle) redrive(t *testing.T) (moved int) {
	t.Helper()
	for {
		got, err := m.sqs.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &m.aside, MaxNumberOfMessages: 10, WaitTimeSeconds: 1})
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Messages) == 0 {
			return moved
		}
		for _, message := range got.Messages {
			if _, err := m.sqs.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &m.queue, MessageBody: message.Body, MessageGroupId: &m.connection}); err != nil {
				t.Fatal(err)
			}
			if _, err := m.sqs.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: &m.aside, ReceiptHandle: message.ReceiptHandle}); err != nil {
				t.Fatal(err)
			}
			moved++
		}
	}
}

// kill ends processes of the function on this machine wherever they are, without a warning, until so many have died or ctx
// is over, and returns how many did.
func (m *muddle) kill(ctx context.Context, most int) (killed int) {
	if world.Endpoints.AWS == "" {
		return 0 // not on this machine
	}
	mark := []byte("AWS_LAMBDA_FUNCTION_NAME=" + m.function + "\x00")
	ours := []byte("AWS_ENDPOINT_URL=" + world.Endpoints.AWS + "\x00") // another sandbox has functions of the same name
	for ctx.Err() == nil && killed < most {
		time.Sleep(time.Duration(100+rand.IntN(400)) * time.Millisecond)
		all, err := filepath.Glob("/proc/[0-9]*/environ")
		if err != nil {
			return killed
		}
		for _, file := range all {
			environment, err := os.ReadFile(file)
			if err != nil || !bytes.Contains(append(environment, 0), mark) || !bytes.Contains(append(environment, 0), ours) {
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
