package templaterules

// Rule is one property of the template, named so that the name says what holds.
type Rule struct {
	Name  string
	Check func(*Template) []string // what breaks it, one line each
}

// Rules are all rules.
func Rules() []Rule {
	return []Rule{
		{"one name from folder to alarm", oneNameFromFolderToAlarm},
		{"every function has its own role", everyFunctionHasItsOwnRole},
		{"every function is bounded", everyFunctionIsBounded},
		{"every log ends", everyLogEnds},
		{"secrets are ARNs", secretsAreARNs},
		{"environments match the configuration", environmentsMatch},
		{"every queue has its dead letters", everyQueueHasItsDeadLetters},
		{"every queue demands TLS", everyQueueDemandsTLS},
		{"messages stay hidden", messagesStayHidden},
		{"batches fail in part", batchesFailInPart},
		{"loops are meant", loopsAreMeant},
		{"schedules fail loudly", schedulesFailLoudly},
		{"wildcards have reasons", wildcardsHaveReasons},
		{"nothing is granted past the roles", nothingIsGrantedPastTheRoles},
		{"keys open only for their purpose", keysOpenOnlyForTheirPurpose},
		{"keys rotate and stay", keysRotateAndStay},
		{"intake does two things", intakeDoesTwoThings},
		{"logs go home", logsGoHome},
		{"platform role knows one tenant", platformRoleKnowsOneTenant},
		{"bus serves named accounts", busServesNamedAccounts},
		{"operator role knows no tenant", operatorRoleKnowsNoTenant},
		{"roles reach their own routes", rolesReachTheirOwnRoutes},
		{"tables are safe", tablesAreSafe},
		{"indexes hold what the code reads", indexesHoldWhatTheCodeReads},
		{"streams tell the news", streamsTellTheNews},
		{"routes say who may call", routesSayWhoMayCall},
		{"access log is discreet", accessLogIsDiscreet},
		{"own name leads to the API", ownNameLeadsToTheAPI},
		{"alarms lead somewhere", alarmsLeadSomewhere},
		{"runbook answers alarms", runbookAnswersAlarms},
		{"dashboard shows alarms", dashboardShowsAlarms},
		{"what is measured is watched", whatIsMeasuredIsWatched},
		{"skips have reasons", skipsHaveReasons},
		{"everything calls the alias", everythingCallsTheAlias},
		{"new code comes by canary", newCodeComesByCanary},
		{"rollout role moves aliases", rolloutRoleMovesAliases},
		{"what is built is deployed", whatIsBuiltIsDeployed},
		{"builds are fresh", buildsAreFresh},
		{"environments say their names", environmentsSayTheirNames},
		{"region is nowhere fixed", regionIsNowhereFixed},
		{"parameters explain themselves", parametersExplainThemselves},
		{"every parameter has its group", everyParameterHasItsGroup},
		{"resources explain themselves", resourcesExplainThemselves},
	}
}
