# Every target works from a fresh clone with Go, Python 3.11 or later and GNU make; the rest is installed into the checkout.
# Those with a browser (looks, screens, acceptance) also want Chromium and, once, npm, and say so.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run release demo test quick unit measures rules looks screens roles drill acceptance suite beside trouble deploys rollback lint checkov attack contract simulate simulate-connection simulate-decisions mutants bench conformance cleanse deploy leverctl logs tools browser sandbox

# The sandbox's own program; go's cache makes a second build a matter of a moment.
SANDBOX := .sandbox/bin/run
# Packages that need neither a deployed stack nor a browser.
UNIT = $$(go list ./... | grep -v -e /acceptance -e /templaterules -e /sandbox/gallery -e /sandbox/bench -e /sandbox/conformance)
TESTFLAGS ?=
# What the tests on a stack wait for once it stands.
HOLD ?=
SEEDS ?= 10000
# Those of sandbox/release, whose test compares them.
RELEASE_FLAGS = '-trimpath' '-tags=lambda.norpc,nethttpomithttp2' '-ldflags=-s -w' '-gcflags=all=-l' '-gcflags=runtime/...=' '-gcflags=internal/...=' '-gcflags=crypto/...='
RULES ?= -table
ROLES ?=
DRILL ?=
ATTACK ?=
PAGE ?=
CONTRACT ?=
# Of make deploy, and from its command line only: a REGION that a shell happens to export must not move a stack.
REGION =
STACK =

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: sandbox ## start the whole stack on this machine, with a simulated Lever and a stand-in for Evidenced; Ctrl-C stops it
	@$(SANDBOX)

demo: sandbox ## start the stack, play the story on it without hands and stop
	@go build -o .sandbox/bin/demo ./sandbox/demo
	@$(SANDBOX) -once -- .sandbox/bin/demo

release: ## every check that make test leaves out, one after the other; about two hours
	@for check in demo contract trouble deploys rollback drill roles attack simulate simulate-connection mutants conformance bench; do \
	  echo "== make $$check"; $(MAKE) --no-print-directory $$check; done

test: sandbox browser tools ## everything one needs to trust a change: unit, template rules, looks, acceptance and browser
	@echo wait > .sandbox/hold
	@FLAGS='$(TESTFLAGS)' $(MAKE) --no-print-directory -j3 --output-sync=target HOLD='sh acceptance/held.sh .sandbox/hold &&' quick suite beside

# While they run, the stacks of the acceptance suite start.
quick:
	@trap 'echo failed > .sandbox/hold' EXIT; \
	MAKEFLAGS= $(MAKE) --no-print-directory -j3 --output-sync=target unit measures looks rules RULES= TESTFLAGS="$$FLAGS"; \
	trap - EXIT; rm .sandbox/hold

unit: ## unit tests alone, with the race detector and in random order
	@go test -race -shuffle=on $(TESTFLAGS) $(UNIT)

# The race detector makes them four times as long, and most of them do one thing at a time; it sees those that do not.
measures: ## the service levels that are measured with every change, and the questions of make conformance
	@go test -shuffle=on $(TESTFLAGS) ./sandbox/bench ./sandbox/conformance
	@go test -race $(TESTFLAGS) -run '^TestServiceLevels$$/^(cold_sweep|a_burst|lanes|another_program)$$' ./sandbox/bench

rules: tools ## the rules that the template keeps, over its expanded form, and as a table which of them notices what is broken
	@cd sandbox/templaterules && go test -count=1 $(TESTFLAGS) -args $(RULES)

looks: browser ## every page in every state: WCAG 2.2 AA with axe-core, keyboard, phone width, without script
	@go test -count=1 $(TESTFLAGS) ./sandbox/gallery

screens: browser ## take the pictures of all pages anew, into docs/screens
	@go run ./sandbox/gallery docs/screens

# Two stacks side by side, because an emulator uses one core: the canaries stop all queues for a while and leverctl ends every
# connection, so they have one of their own, one package after the other.
acceptance: sandbox browser ## the black-box suite and the browser test, and beside it the canaries and leverctl, on stacks of their own
	@$(MAKE) --no-print-directory -j2 --output-sync=target suite beside

suite: sandbox browser
	@SMALL_COMPANIES=22 $(SANDBOX) -once -- sh -c '$(HOLD) go test -count=1 -timeout 20m $(TESTFLAGS) ./acceptance'

beside: sandbox
	@SANDBOX_NAME=beside SMALL_COMPANIES=9 $(SANDBOX) -once -- sh -c \
	  '$(HOLD) go test -count=1 -p 1 -timeout 20m $(TESTFLAGS) ./acceptance/canary ./acceptance/store ./acceptance/operator'

trouble: sandbox ## 200 decisions on a stack of its own while Lever and AWS do everything wrong: lost, late, doubled, redriven, killed
	@SMALL_COMPANIES=2 $(SANDBOX) -once -- go test -count=1 -timeout 9m -run '^TestDecisionsStandOnce' -v ./acceptance -muddle

deploys: sandbox tools ## type every deploy of docs/operator.md as it stands there, onto an emulator of its own
	@DEPLOYS=1 SMALL_COMPANIES=2 $(SANDBOX) -once -- go test -count=1 -timeout 30m $(TESTFLAGS) -v ./acceptance/deploy

rollback: sandbox tools ## deploy a next version of the code over a stack of its own, with data, and take it back
	@SMALL_COMPANIES=2 $(SANDBOX) -once -- go test -count=1 -timeout 15m $(TESTFLAGS) -v ./acceptance/rollback

contract: sandbox ## generated calls to every route of the platform API on a stack of its own, held against docs/api
	@$(SANDBOX) -contract
	@go build -o .sandbox/bin/schemathesis ./sandbox/schemathesis
	@SMALL_COMPANIES=2 $(SANDBOX) -once -- .sandbox/bin/schemathesis $(CONTRACT)

roles: sandbox ## take each action out of each role in turn and see who notices; ROLES="-sample 12" for a few
	@go build -o .sandbox/bin/roles ./sandbox/roles
	@SMALL_COMPANIES=6 $(SANDBOX) -once -- .sandbox/bin/roles $(ROLES)

drill: sandbox ## raise the condition of each alarm on a stack of its own and show what the alarm sees; DRILL=-quick for the short one
	@go build -o .sandbox/bin/drill ./sandbox/drill
	@SMALL_COMPANIES=1 $(SANDBOX) -once -- .sandbox/bin/drill $(DRILL)

lint: tools ## gofumpt, vet, staticcheck, cfn-lint, sam validate and checkov
	@unformatted=$$(go tool gofumpt -l $$(git ls-files --cached --others --exclude-standard '*.go')); \
	  if [ -n "$$unformatted" ]; then echo "not formatted (go tool gofumpt -w FILE):"; echo "$$unformatted"; exit 1; fi
	@go mod tidy -diff >/dev/null || { echo "go.mod is not tidy (go mod tidy)"; exit 1; }
	@go vet ./...
	@go tool staticcheck ./...
	@.venv-sam/bin/cfn-lint -c I -t template.yaml sandbox/run/stand-in.yaml
	@AWS_DEFAULT_REGION=eu-west-1 SAM_CLI_TELEMETRY=0 .venv-sam/bin/sam validate --lint --template-file template.yaml
	@$(MAKE) --no-print-directory checkov

checkov: tools ## checkov over the expanded template; what it does not know stands beside the resource, with the reason
	@$(SANDBOX) -checkov
	@AWS_DEFAULT_REGION=eu-west-1 .venv-sam/bin/python sandbox/templaterules/expand.py template.yaml samconfig.toml expanded >.sandbox/expanded.json
	@cd .sandbox && BC_SKIP_MAPPING=TRUE ../.venv-checkov/bin/checkov -f expanded.json --framework cloudformation --compact --quiet --skip-download

attack: sandbox ## some 160 attacks on a stack of its own, then some with their defence taken away, as tables; ATTACK="-only webhook" for a few
	@go build -o .sandbox/bin/attack ./sandbox/attack
	@SMALL_COMPANIES=4 $(SANDBOX) -once -- .sandbox/bin/attack $(ATTACK)

simulate: ## small worlds from seeds, with faults and kills, then decisions: make simulate [SEEDS=10000], or SEED=7 for one world with a trace
	@go test -c -o .sandbox/bin/simulate ./shared/simulation
	@cd shared/simulation && GOGC=1600 ../../.sandbox/bin/simulate -test.run '^TestSimulatedSeeds$$' -test.timeout 0 \
	  $(if $(SEED),-seed $(SEED) -kill '$(KILL)',-seeds $(SEEDS) -each | tee ../../.sandbox/simulation-$(SEEDS))
	$(if $(SEED),,@$(MAKE) --no-print-directory simulate-decisions)

simulate-connection: ## refresh, connect, keeper and disconnect of a connection under SEEDS=10000 seeds, with the loss window
	@go test -count=1 -v -timeout 60m -run '^TestSimulated' ./shared/connection -seeds $(SEEDS)

simulate-decisions: ## 10,000 decisions through everything that goes wrong, by seed
	@go test -count=1 -v -timeout 60m -run '^TestSimulatedDecisions$$' ./shared/decision -decisions $(SEEDS)

mutants: ## take each rule away in turn and see that the simulations notice; writes the table in docs/correctness.md
	@go run ./sandbox/mutants -page docs/correctness.md

bench: ## every published number beside its bound; PAGE=docs/service-levels.md writes them into that page
	@mkdir -p .sandbox
	@[ -e .sandbox/simulation-10000 ] || $(MAKE) --no-print-directory simulate SEEDS=10000
	@go test -count=1 -timeout 60m -run '^(TestCost|TestSimulatedPace)' -v ./shared/decision >.sandbox/decision-levels \
	  || { cat .sandbox/decision-levels; exit 1; }
	@go test -count=1 -timeout 60m -run '^TestServiceLevels$$' ./sandbox/bench -full -also $(CURDIR)/.sandbox/decision-levels,$(CURDIR)/.sandbox/simulation-10000 \
	  -page "$(if $(PAGE),$(abspath $(PAGE)))"

conformance: ## ask the Lever account of the environment what the documentation leaves open; without one, the simulated Lever in each variant
	@go run ./sandbox/conformance

cleanse: ## clean a restored mirror table of what was erased since, and put the rest back: make cleanse RESTORED=table CONNECTIONS=table KEY=arn INTO=mirror-table
	@go run ./cmd/cleanse -restored "$(RESTORED)" -connections "$(CONNECTIONS)" -key "$(KEY)" -into "$(INTO)"

deploy: tools ## build and deploy to AWS: make deploy ENV=dev [REGION=eu-central-1] [STACK=name] (first time: DEPLOY_ARGS=--guided)
	@case "$(ENV)" in dev|staging|production) ;; *) echo "say which: make deploy ENV=dev, staging or production"; exit 2;; esac
	@CGO_ENABLED=0 GOFLAGS="$(RELEASE_FLAGS)" SAM_CLI_TELEMETRY=0 \
	  .venv-sam/bin/sam build --config-env $(ENV)
	@for folder in .aws-sam/build/*Function; do \
	  echo "$$(git describe --always --dirty) $$(date -u +%FT%TZ)" >$$folder/release; done # else a change of settings alone makes no version
	@SAM_CLI_TELEMETRY=0 .venv-sam/bin/sam deploy --config-env $(ENV) $(if $(REGION),--region $(REGION)) $(if $(STACK),--stack-name $(STACK)) $(DEPLOY_ARGS)

leverctl: ## build the operators' command into bin/leverctl; docs/operator.md shows it
	@CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o bin/leverctl ./cmd/leverctl

logs: sandbox ## what the functions of the running sandbox have logged: make logs [FUNCTION=webhook-intake]
	@$(SANDBOX) -logs $(FUNCTION)

sandbox:
	@[ -e $(SANDBOX) ] || echo "building the sandbox's own program; the first time this takes a minute …"
	@go build -o $(SANDBOX) ./sandbox/run

tools: sandbox
	@$(SANDBOX) -tools

browser:
	@sandbox/tools/chromium
	@sandbox/tools/axe
