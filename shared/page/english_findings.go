package page

// englishFindings has for each code a title, what it means for the reader, and, where somebody must act, what to do:
// .do alone or as numbered steps .do.1, .do.2. {0} is the time since when, {1} and {2} come from the facts.
var englishFindings = words{
	"finding.revoked.title":         "Access was revoked in Lever on {0}",
	"finding.revoked.title.unknown": "Access was revoked in Lever",
	"finding.revoked.means":         "Nothing syncs since. Decisions taken meanwhile are kept for 30 days and delivered after you reconnect.",
	"finding.revoked.do":            "Reconnect as a Super Admin of Lever.",

	"finding.webhooks-left.title": "{1} webhooks may remain in Lever",
	"finding.webhooks-left.means": "Lever could not be asked to remove them. They do no harm: what they send is refused.",
	"finding.webhooks-left.do.1":  "In Lever, open *Settings > Integration & API > Webhooks*.",
	"finding.webhooks-left.do.2":  "Remove those whose address starts with {3}",
	"finding.webhooks-left.do.3":  "Press *I have removed them*.",

	"finding.connect-scope-missing.title": "Lever granted less than needed: {1}",
	"finding.connect-scope-missing.means": "So the last try to connect changed nothing.",
	"finding.connect-scope-missing.do":    "Connect again and accept all permissions.",
	"finding.connect-account-taken.title": "This Lever account is connected to another Evidenced organisation",
	"finding.connect-account-taken.means": "So the last try to connect changed nothing. A Lever account can serve one organisation.",
	"finding.connect-account-taken.do":    "If both organisations are yours, contact support. Otherwise connect another Lever account.",
	"finding.connect-failed.title":        "The last try to connect did not work",
	"finding.connect-failed.means":        "It changed nothing. Often this passes, for example when Lever did not answer in time.",
	"finding.connect-failed.do":           "Connect again.",

	"finding.lever-down.title": "Lever has not answered since {0}",
	"finding.lever-down.means": "Nothing is lost. Evidenced keeps trying, and catches up by itself; what you see here is as old as that.",

	"finding.authoriser-deactivated.title": "Lever ties the connection to {1}, who was deactivated",
	"finding.authoriser-deactivated.means": "It can stop at any time.",
	"finding.authoriser-deactivated.do":    "Reconnect as another Super Admin.",
	"finding.authoriser-demoted.title":     "Lever ties the connection to {1}, who is no longer Super Admin",
	"finding.authoriser-demoted.means":     "It can stop at any time.",
	"finding.authoriser-demoted.do":        "Reconnect as a Super Admin.",

	"finding.grant-expiring.title": "The connection must be renewed once a year: by {1}",
	"finding.grant-expiring.means": "After that day Lever no longer lets Evidenced in and nothing syncs.",
	"finding.grant-expiring.do":    "Reconnect now; nothing is interrupted.",

	"finding.grant-idle.title": "Lever ends a connection that stood still for 90 days: on {1}",
	"finding.grant-idle.means": "Nothing could be read from Lever since {0}. After that day Lever no longer lets Evidenced in.",
	"finding.grant-idle.do":    "Reconnect now; nothing is lost.",

	"finding.scope-missing.title": "Lever granted less than needed: {1}",
	"finding.scope-missing.lost":  "*{0}*: without it, {1}",
	"finding.scope-missing.means": "The rest syncs.",
	"finding.scope-missing.do":    "Reconnect and accept all permissions.",

	"finding.webhooks-refused.title":  "Lever did not grant webhooks",
	"finding.webhooks-refused.means":  "Everything syncs, but changes arrive about a minute late, those of interviews some minutes.",
	"finding.webhooks-refused.do":     "Reconnect and accept all permissions.",
	"finding.webhooks-missing.title":  "Webhooks are missing in Lever",
	"finding.webhooks-missing.means":  "They are being put back. Until then changes arrive about a minute late, those of interviews some minutes; nothing is lost.",
	"finding.webhooks-repaired.title": "Webhooks were missing or changed in Lever",
	"finding.webhooks-repaired.means": "We put them back at {0}. If they stand switched off in Lever now, switch them on again.",

	"finding.webhooks-off.title.one":   "A webhook looks switched off in Lever",
	"finding.webhooks-off.title.other": "{0} webhooks look switched off in Lever",
	"finding.webhooks-off.means":       "Sync still works, about a minute later than it could, for interviews some minutes.",
	"finding.webhooks-off.event.one":   "*{1}*: a change came without its webhook, {2}",
	"finding.webhooks-off.event.other": "*{1}*: {0} changes since {2} came without their webhook",
	"finding.webhooks-off.do.1":        "In Lever, as a Super Admin, open *Settings > Integration & API > Webhooks*.",
	"finding.webhooks-off.do.2":        "Switch on the webhooks named above whose address starts with {3}",
	"finding.webhooks-off.do.3":        "Press *I have switched it on*. This then waits for the next event of that kind, and goes when it arrives.",
	"finding.webhooks-awaited.title":   "Waiting for the next event",
	"finding.webhooks-awaited.means":   "These are said to be switched on, or their test arrived. Each goes from this list with its next event: {1}.",

	"finding.decisions-stuck.title.one":   "One decision could not be delivered to Lever",
	"finding.decisions-stuck.title.other": "{0} decisions could not be delivered to Lever",
	"finding.decisions-stuck.means":       "In Lever the latest version is missing. In Evidenced everything is kept.",
	"finding.decisions-stuck.do":          "Look at the decisions below: try again, or dismiss.",

	"finding.records-broken.title":       "{1} could not be read",
	"finding.records-broken.means":       "The rest syncs. What could not be read is tried again with each full resync.",
	"finding.records-broken.do":          "Report it to support.",
	"finding.work-set-aside.title.one":   "One task was given up after many attempts",
	"finding.work-set-aside.title.other": "{0} tasks were given up after many attempts",
	"finding.work-set-aside.means":       "The rest syncs. The next full resync may repair it.",
	"finding.work-set-aside.do":          "Press Check again; if it comes back, report it to support.",

	"finding.rate-taken.title":   "Another app uses most of your Lever limit",
	"finding.rate-taken.means":   "Since {0} Lever has refused some requests because too many came. Syncing takes longer; nothing is lost.",
	"finding.removed-many.title": "{1} of {2} candidates are gone in Lever since the full check before",
	"finding.removed-many.means": "The full check at {0} did not find them. Each was looked up one by one in Lever before it was removed here.",

	"finding.confidential-not-granted.title": "Confidential jobs are not synced, as you chose",
	"finding.confidential-not-granted.means": "They, their candidates and interviews stay invisible in Evidenced.",
	"finding.confidential-not-granted.do":    "Reconnect with access",

	"finding.since":            "Since {0}",
	"finding.tried":            "Tried at {0}",
	"finding.action.reconnect": "Reconnect",
	"finding.action.connect":   "Connect again",
	"finding.action.review":    "Go to the decisions",
	"finding.action.removed":   "I have removed them",
	"finding.action.support":   "Write to {0} and quote the reference {1}.",
	"finding.help":             "Help: {0}, reference {1}",
}
