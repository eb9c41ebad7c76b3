package templaterules

import (
	"fmt"
	"slices"
	"strings"
)

const fourteenDays = 14 * 24 * 60 * 60

// watched says whether an alarm watches a metric of a queue.
func (t *Template) watched(queue, metric string) bool {
	return slices.ContainsFunc(t.resources("AWS::CloudWatch::Alarm"), func(id string) bool {
		p := t.properties(id)
		dimensions := list(p["Dimensions"])
		return text(p, "MetricName") == metric && len(dimensions) == 1 && refers(dig(dimensions[0])["Value"]) == queue
	})
}

// everyQueueHasItsDeadLetters: five tries, then a queue of its own that keeps 14 days and has an alarm.
func everyQueueHasItsDeadLetters(t *Template) (faults []string) {
	for _, id := range t.resources("AWS::SQS::Queue") {
		p := t.properties(id)
		if number(p, "MessageRetentionPeriod") != fourteenDays || p["SqsManagedSseEnabled"] != true {
			faults = append(faults, id+" does not keep 14 days, or is not encrypted")
		}
		if strings.HasSuffix(id, "Dlq") {
			if !t.watched(id, "ApproximateNumberOfMessagesVisible") {
				faults = append(faults, id+" has no alarm")
			}
			continue
		}
		redrive := dig(p, "RedrivePolicy")
		if want := strings.TrimSuffix(id, "Queue") + "Dlq"; refers(redrive["deadLetterTargetArn"]) != want || number(redrive, "maxReceiveCount") != 5 {
			faults = append(faults, fmt.Sprintf("%s does not redrive to %s after five tries", id, want))
		}
		if !t.watched(id, "ApproximateAgeOfOldestMessage") {
			faults = append(faults, id+" has no alarm on its oldest message")
		}
	}
	return faults
}

// everyQueueDemandsTLS: one refusal names every queue, except on the emulator.
func everyQueueDemandsTLS(t *Template) (faults []string) {
	p := t.properties("QueueTlsPolicy")
	var named []string
	for _, queue := range list(p["Queues"]) {
		named = append(named, refers(queue))
	}
	for _, id := range t.resources("AWS::SQS::Queue") {
		if !slices.Contains(named, id) {
			faults = append(faults, id+" takes calls without TLS")
		}
	}
	want := `{"Action":"sqs:*","Condition":{"Bool":{"aws:SecureTransport":"false"}},"Effect":"Deny","Principal":"*","Resource":"*","Sid":"OnlyOverTls"}`
	if statements := list(dig(p, "PolicyDocument")["Statement"]); len(statements) != 1 || as(statements[0]) != want {
		faults = append(faults, "the refusal of calls without TLS is another: "+as(statements))
	}
	if as(dig(t.expanded, "Conditions")["DemandsTls"]) != `{"Fn::Not":[{"Fn::Equals":[{"Ref":"Environment"},"sandbox"]}]}` {
		faults = append(faults, "TLS may be waived on the sandbox only")
	}
	return faults
}

// source is a queue or stream that triggers a function.
type source struct {
	mapping  object
	function string
	from     string // logical id of the queue or table
}

func (t *Template) sources() []source {
	var found []source
	for _, id := range t.resources("AWS::Lambda::EventSourceMapping") {
		p := t.properties(id)
		found = append(found, source{mapping: p, function: t.liveOf(refers(p["FunctionName"])), from: refers(p["EventSourceArn"])})
	}
	return found
}

// messagesStayHidden: a queue hides a message six times as long as its function may take, as AWS advises.
func messagesStayHidden(t *Template) (faults []string) {
	for _, s := range t.sources() {
		if t.kind(s.from) != "AWS::SQS::Queue" {
			continue
		}
		if hidden, limit := number(t.properties(s.from), "VisibilityTimeout"), number(t.properties(s.function), "Timeout"); hidden < 6*limit {
			faults = append(faults, fmt.Sprintf("%s hides a message %.0f s, less than six times the %.0f s of %s", s.from, hidden, limit, s.function))
		}
	}
	return faults
}

// batchesFailInPart: one bad record does not repeat the others, and a queue cannot eat the whole account's concurrency.
func batchesFailInPart(t *Template) (faults []string) {
	for _, s := range t.sources() {
		if as(s.mapping["FunctionResponseTypes"]) != `["ReportBatchItemFailures"]` {
			faults = append(faults, fmt.Sprintf("%s repeats whole batches of %s", s.function, s.from))
		}
		if t.kind(s.from) == "AWS::DynamoDB::Table" {
			failed := refers(dig(s.mapping, "DestinationConfig", "OnFailure")["Destination"])
			if s.mapping["BisectBatchOnFunctionError"] != true || !strings.HasSuffix(failed, "Dlq") || number(s.mapping, "MaximumRetryAttempts") < 1 {
				faults = append(faults, "one bad record stops the stream of "+s.from)
			}
			continue
		}
		most := number(dig(s.mapping, "ScalingConfig"), "MaximumConcurrency")
		reserved := list(dig(t.properties(s.function), "ReservedConcurrentExecutions")["Fn::If"])
		if len(reserved) != 3 || most < 2 || as(reserved[1]) == "" || number(object{"n": reserved[1]}, "n") <= most {
			faults = append(faults, fmt.Sprintf("%s: the concurrency of %s is not below what is reserved", s.function, s.from))
		}
	}
	return faults
}

// loopsAreMeant: RecursiveLoop is allowed exactly where a function feeds the queue that triggers it.
func loopsAreMeant(t *Template) (faults []string) {
	feeds := map[string]bool{}
	for _, s := range t.sources() {
		for _, statement := range t.statements(refers(t.properties(s.function)["Role"])) {
			if !slices.Contains(texts(statement["Action"]), "sqs:SendMessage") {
				continue
			}
			for _, resource := range list(statement["Resource"]) {
				feeds[s.function] = feeds[s.function] || refers(resource) == s.from
			}
		}
	}
	for _, id := range t.resources("AWS::Lambda::Function") {
		if allowed := text(t.properties(id), "RecursiveLoop") == "Allow"; allowed != feeds[id] {
			faults = append(faults, fmt.Sprintf("%s: RecursiveLoop allowed %t, feeds its own queue %t", id, allowed, feeds[id]))
		}
	}
	return faults
}

// schedulesFailLoudly: a tick is retried, then set aside.
func schedulesFailLoudly(t *Template) (faults []string) {
	schedules := t.resources("AWS::Scheduler::Schedule")
	if len(schedules) != 1 {
		faults = append(faults, fmt.Sprintf("there are %d schedules, not one", len(schedules)))
	}
	for _, id := range schedules {
		target := dig(t.properties(id), "Target")
		if t.kind(refers(dig(target, "DeadLetterConfig")["Arn"])) != "AWS::SQS::Queue" || number(dig(target, "RetryPolicy"), "MaximumRetryAttempts") < 1 {
			faults = append(faults, id+" has no retry or no dead-letter queue")
		}
		if refers(target["RoleArn"]) != "ScheduleRole" {
			faults = append(faults, id+" does not use its own role")
		}
	}
	return faults
}
