package operator

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/sandbox/guide"
)

// looks is what the calls of the AWS CLI in docs/operator.md and docs/runbook.md say on a stack that is well. Where the emulator
// lacks what is asked, they are refused, with its words; the CLI has then held the call against AWS's own description of the
// service and sent it. As soon as the emulator learns it, its answer has to stand here.
var looks = map[string]string{
	"aws lambda list-event-source-mappings --query 'EventSourceMappings[].[State,FunctionArn]' --output text":                     `(?m)(^Enabled\s+\S*:STACK-change-publisher\S*\n(?:.*\n)*){3}`,
	"aws scheduler get-schedule --name <stack>-sync-dispatch":                                                                     `"State": "ENABLED"`,
	"aws sqs receive-message --queue-url <HintDlqUrl> --max-number-of-messages 10 --visibility-timeout 0":                         `^$`,
	"aws cloudformation describe-stacks --stack-name <stack> --query 'Stacks[0].Outputs[].[OutputKey,OutputValue]' --output text": `(?m)^HintDlqUrl\s+http`,
	"aws sqs get-queue-attributes --queue-url <HintDlqUrl> --attribute-names ApproximateNumberOfMessages QueueArn":                `(?s)("ApproximateNumberOfMessages": "\d+".*|"QueueArn": "arn:aws:sqs:\S+HintDlq.*){2}`,
	"aws sqs purge-queue --queue-url <PublisherDlqUrl>":                                                                           `^$`,
	"aws sqs purge-queue --queue-url <ScheduleDlqUrl>":                                                                            `^$`,
	"aws sqs start-message-move-task --source-arn <ARN of the queue>":                                                             `^\s*An error occurred \(InvalidAction\)`,
	"aws kms rotate-key-on-demand --key-id <SealingKeyArn>":                                                                       `^\s*An error occurred \(InvalidAction\)`,
	"aws cloudformation cancel-update-stack --stack-name lever-integration-production":                                            `CancelUpdateStack cannot be called from current stack status`,
}

// TestTheRunbookLooksIntoAWS types every call of the AWS CLI that stands in the text of the two documents.
func TestTheRunbookLooksIntoAWS(t *testing.T) {
	e := open(t).Endpoints
	documented, err := guide.Spans(root, "aws", "docs/operator.md", "docs/runbook.md")
	if err != nil {
		t.Fatal(err)
	}
	admin, err := guide.Open(root, e, os.Getenv("ENDPOINTS"), "admin", "<stack>", e.Stack, "lever-integration-production", e.Stack,
		"<HintDlqUrl>", e.Queues["HintDlq"], "<PublisherDlqUrl>", e.Queues["PublisherDlq"], "<ScheduleDlqUrl>", e.Queues["ScheduleDlq"],
		"<SealingKeyArn>", "arn:aws:kms:eu-west-1:000000000000:key/none", "<ARN of the queue>", "arn:aws:sqs:eu-west-1:000000000000:none")
	if err != nil {
		t.Fatal(err)
	}
	typed := map[string]bool{}
	for _, command := range documented {
		says, known := looks[command]
		if typed[command] = true; !known {
			t.Errorf("nobody has said here what %q answers", command)
			continue
		}
		out, err := admin.Type(t.Context(), command, "")
		refused := strings.Contains(out, "An error occurred")
		if (err != nil) != refused || !regexp.MustCompile(strings.ReplaceAll(says, "STACK", e.Stack)).MatchString(out) {
			t.Errorf("%s: %v, says\n%s\nwant %s", command, err, out, says)
		}
	}
	for command := range looks {
		if !typed[command] {
			t.Errorf("no document says %q any more", command)
		}
	}
}

// TestTheRunbookReadsTheLog follows its first advice on a sandbox.
func TestTheRunbookReadsTheLog(t *testing.T) {
	e := open(t).Endpoints
	documented, err := guide.Spans(root, "make logs", "docs/runbook.md")
	if err != nil || len(documented) != 1 {
		t.Fatalf("%q, %v", documented, err)
	}
	shell, err := guide.Open(root, e, os.Getenv("ENDPOINTS"), "admin", "hint-worker", "sync-dispatch") // which has something to say
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second) // it is called once a minute
	defer cancel()
	for {
		out, err := shell.Type(ctx, documented[0], "")
		if err != nil {
			t.Fatalf("%s: %v\n%s", documented[0], err, out)
		}
		if strings.Contains(out, `"message":"dispatched"`) {
			return
		}
		time.Sleep(time.Second)
	}
}
