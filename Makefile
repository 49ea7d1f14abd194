# One line a target where it can be. `make help` lists them.
GO ?= go
GOLANGCI = github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
ACTIONLINT = github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
GOVULNCHECK = golang.org/x/vuln/cmd/govulncheck@v1.9.0
VULNDB = golang.org/x/vulndb

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.PHONY: build
build: ## Build bin/reconcile
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/reconcile ./cmd/reconcile

.PHONY: test
test: ## Run all tests
	$(GO) test -race -shuffle=on -timeout 40m ./...

.PHONY: conformance
conformance: ## Run clients of others against the landscape (needs node and the npm registry)
	RECONCILE_CONFORMANCE=1 $(GO) test -count=1 -v -run 'CloudSDK|Destconn|Contract|SCIM|DestinationService|Page' ./e2e/conformance

.PHONY: demo
demo: ## Show the whole job on the embedded landscape; no credentials needed
	@$(GO) run ./e2e/demo

.PHONY: lint
lint: ## Format, vet and house rules
	@test -z "$$(gofmt -l cmd pkg e2e)" || { gofmt -l cmd pkg e2e; exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags live ./e2e/conformance
	$(GO) run $(GOLANGCI) run --allow-parallel-runners
	$(GO) run $(ACTIONLINT) -shellcheck= manifests/ci/github-actions.yaml
	$(GO) run -C e2e/lint .

.PHONY: vuln
vuln: dist/vulndb ## Look for known vulnerabilities in what is used, with the toolchain that go.mod names
	GOTOOLCHAIN="$$(sed -n 's/^toolchain //p' go.mod)" $(GO) run $(GOVULNCHECK) -db file://$(CURDIR)/dist/vulndb ./...

# The Go vulnerability database, from its module: where modules come from, it comes from,
# too, also on networks that do not let https://vuln.go.dev through.
.PHONY: dist/vulndb
dist/vulndb:
	@rm -rf $@ && mkdir -p $@
	$(GO) run $(VULNDB)/cmd/indexdb@latest -out $@ -vulns \
		"$$($(GO) mod download -json $(VULNDB)@latest | sed -n 's/^.*"Dir": "\(.*\)",*$$/\1/p')/data/osv"

.PHONY: generate
generate: ## Write the JSON Schemas and the table of what is simulated
	$(GO) run ./cmd/reconcile schema > manifests/schema/integration.schema.json
	$(GO) run ./cmd/reconcile schema --result > manifests/schema/result.schema.json
	$(GO) run ./cmd/reconcile graph -f examples/ias/integration.yaml --format svg > examples/ias/integration.svg
	UPDATE=1 $(GO) test -count=1 -run CoverageDocument ./pkg/simulator

.PHONY: man
man: ## Write the man pages to dist/man
	$(GO) run ./cmd/reconcile man dist/man

.PHONY: fuzz
fuzz: ## Fuzz every parser for 20 seconds each
	@for p in $$($(GO) list ./...); do for f in $$($(GO) test -list '^Fuzz' $$p | grep '^Fuzz'); do $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime 20s -fuzzminimizetime 20x $$p || exit 1; done; done

.PHONY: bench
bench: ## Print calls, time and memory of the main paths
	$(GO) test -run '^$$' -bench . -benchmem ./pkg/... ./e2e

.PHONY: tidy
tidy: ## Check that go.mod and go.sum say what is used
	$(GO) mod tidy -diff

.PHONY: ci
ci: lint tidy build test ## What CI runs
