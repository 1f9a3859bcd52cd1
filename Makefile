.PHONY: build demo fetch test race parts mutant bench bench-kit

# What every target needs is Go and a shell; the tests install the rest.

# The packages whose tests review whole services: one after another, for what
# they measure is time.
DRILLED = cmd/golive review mutants
# Reviews mostly wait: two cores bear three at once.
REVIEWS = 3

# The other modules of the tree: what a service inherits with kit, and what
# the benchmarks compare it with, is none of golive's.
MODULES = $(patsubst %/go.mod,%,$(wildcard */go.mod */*/go.mod))

build: ## bin/golive
	go build -o bin/golive ./cmd/golive

demo: ## review examples/orders, show the verdict, write golive-report.html
	@$(MAKE) --no-print-directory -j 2 build fetch
	@bin/golive review examples/orders --format text --format html=golive-report.html; code=$$?; \
	if [ $$code -eq 3 ]; then \
	  echo "golive: exit code 3: a gate does not hold, here because part of the standard is not judged yet" >&2; \
	elif [ $$code -ne 0 ]; then exit $$code; fi

fetch: # the modules of the examples, while golive is compiled
	@cd examples && go list -deps ./... >/dev/null

test: parts ## all tests
	go vet ./...
	go test $$(go list ./... | grep -v $(patsubst %,-e /%$$,$(DRILLED)))
	@for dir in $(MODULES); do \
	  echo "in $$dir:" && (cd $$dir && go vet ./... && go test ./...) || exit 1; \
	done
	go test -p 1 -parallel $(REVIEWS) -timeout 30m $(patsubst %,./%,$(DRILLED))
	@echo 'which mutant fails which requirement:' && cat bin/matrix.txt

race: parts ## the tests of kit under the race detector, which needs a C compiler
	@for dir in $(filter kit%,$(MODULES)); do \
	  echo "in $$dir:" && (cd $$dir && go test -race ./...) || exit 1; \
	done

parts: ## PostgreSQL, Redis, Chromium, Python, git: what the tests start for real
	sh .ci/parts

mutant: build ## make mutant NAME=no-timeout: review one service that is broken on purpose
	go build -o bin/mutant ./mutants
	@dir=$$(mktemp -d) && bin/mutant -repository $(NAME) $$dir && bin/golive review $$dir; code=$$?; rm -rf $$dir; exit $$code

bench: ## the benchmarks, each with its ratio or rate
	go test -run '^$$' -bench . -benchtime 3x ./bench

bench-kit: ## what kit costs, beside bare net/http and the frameworks that people use
	cd bench/peers && go run .
