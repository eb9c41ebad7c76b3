package main

import "strings"

// folders are the functions, in the order of the template.
func folders() []string {
	return []string{
		"integration-page", "oauth-callback", "webhook-intake", "hint-worker", "sync-dispatch", "delta-sync", "full-resync",
		"decision-push", "platform-api", "change-publisher",
	}
}

// each names the alarm of every function that ends in a word.
func each(suffix string) []string {
	var names []string
	for _, folder := range folders() {
		var name strings.Builder
		for part := range strings.SplitSeq(folder, "-") {
			name.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
		names = append(names, name.String()+suffix)
	}
	return names
}

// unraised are the alarms whose condition cannot be raised here, with the reason.
func unraised() map[string]string {
	return map[string]string{
		"FullResyncAge":           "a queue would have to stand for fifteen minutes; DeltaSyncAge and DecisionPushAge show the same in five",
		"SyncDispatchDeadLetters": "the emulator's scheduler drops a tick that it cannot deliver instead of setting it aside",
	}
}

// exercises are all that goes wrong, one after the other. What takes five minutes begins in the middle and ends last.
func (d *drill) exercises(quick bool) []exercise {
	broken, starved := &repairs{}, &repairs{}
	list := []exercise{
		{
			"no function finds its settings, and messages come", append(each("Errors"),
				"HintWorkerDeadLetters", "DeltaSyncDeadLetters", "FullResyncDeadLetters", "DecisionPushDeadLetters", "PlatformApiFaults"),
			func(ctx ctx) error { return d.unsettleAll(ctx, broken) }, broken.all, false,
		},
		{"no function has concurrency", each("Throttles"), func(ctx ctx) error { return d.starveAll(ctx, starved) }, starved.all, false},
		{
			"Lever is down for a customer, for hours",
			[]string{"HintWorkerOverdue", "DeltaSyncOverdue", "FullResyncOverdue", "DecisionPushOverdue"},
			d.leverDown, d.clearFaults, true,
		},
		{"a full resync comes to its end after seven hours", []string{"FullResyncSlow"}, d.slowSweep, nil, false},
	}
	if !quick {
		list = append(list, exercise{"dispatch stops, and two queues are no longer read", nil, d.quiet, nil, true})
	}
	list = append(
		list,
		exercise{"nothing is published for more than a minute", []string{"ChangePublisherLag", "ChangePublisherDeadLetters"}, d.unpublished, nil, false},
		exercise{"more than 500 changes at Lever went unnoticed", []string{"FullResyncDrift"}, d.drifted, nil, false},
		exercise{"Lever answers 429", []string{"DeltaSyncLeverThrottles"}, d.throttled, d.clearFaults, false},
		exercise{"Lever's login is down", []string{"DeltaSyncRefreshFailures"}, d.unrenewed, d.clearFaults, false},
		exercise{"a customer revokes the access in Lever", []string{"IntegrationPageNeedsAttention"}, d.revoked, nil, false},
	)
	if !quick {
		list = append(
			list,
			exercise{"the queue of hints is not read for two minutes", []string{"HintWorkerAge"}, d.hintsWait, d.hintsRead, false},
			exercise{"five minutes have passed since dispatch stopped", []string{"SyncDispatchSilent", "DeltaSyncAge", "DecisionPushAge"}, d.fiveMinutes, d.quieted.all, false},
		)
	}
	return list
}
