# make up      deploy stack `local` (APP=path/to/a/next/app for an app of yours) and print its URL
# make test    every test
# make help    the rest
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3.11
STACK ?= local
ENV := source .nextcore/env$(if $(filter cluster,$(STACK)),; source .nextcore/cluster-env)
SELECT := python -m offline.foreign_salt $(STACK); pulumi stack select --create $(STACK) >/dev/null; python -m offline.stale_lock $(STACK)
ifdef APP
export NEXTCORE_APP := $(abspath $(APP))
endif

.PHONY: help setup up preview down bench soak test check unit builder-test api-test browser-test e2e engine-test cluster cluster-down

help:  ## this list
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup:  ## install and build what this machine lacks
	@$(PYTHON) -m offline.setup

up: setup  ## deploy: make up [APP=dir] [STACK=local]
	@$(ENV); $(SELECT); pulumi up --yes --skip-preview --stack $(STACK)
	@$(ENV); echo "$$(pulumi stack output url --stack $(STACK))"

preview: setup  ## what `make up` would change
	@$(ENV); $(SELECT); pulumi preview --diff --stack $(STACK)

down:  ## take the stack away; ALL=1 also stops the Docker daemon that set-up started
	@test -f .nextcore/env || { echo "nothing to take down: there is no .nextcore/env"; exit 0; }; \
	$(ENV); if pulumi stack select $(STACK) 2>/dev/null; then python -m offline.stale_lock $(STACK); pulumi destroy --yes --stack $(STACK) && pulumi stack rm --yes --preserve-config $(STACK); fi
	@if [ -n "$(ALL)" ]; then $(PYTHON) -m offline.setup stop; fi

bench: setup  ## figures beside those of node, in one run (needs wrk; nothing else should run on the machine)
	@cd bench/rival && npm ci --silent
	@$(ENV); for figure in cold_start request_rate preview_size; do python -m bench.$$figure; done

soak: setup  ## memory and requests/s over 200,000 requests, beside node (20 min; needs wrk)
	@$(ENV); python -m bench.soak

cluster:  ## Kubernetes with Knative on this machine; first time 8 min of building, then 30 s; needs root
	@$(PYTHON) -m offline.cluster up

cluster-down:  ## stop it; PURGE=1 also removes its state
	@$(PYTHON) -m offline.cluster down $(if $(PURGE),--purge)

test: setup check  ## every test; two kinds at a time: make -j2 -O test
	@$(MAKE) --no-print-directory builder-test browser-test api-test
	@$(MAKE) --no-print-directory engine-test unit

# Not beside the browser: it breaks off what it loads whenever an interface comes or goes. Docker's tests and Knative's are
# not beside each other: both watch the images of one daemon.
engine-test:
	@$(MAKE) --no-print-directory e2e
	@$(MAKE) --no-print-directory e2e TARGET=knative

check:
	@$(ENV); ruff check . && ruff format --check . && mypy

unit:
	@$(PYTHON) -m offline.cluster build  # its API server and etcd serve the tests of the Kubernetes stand-in
	@$(ENV); pytest -q tests --ignore=tests/e2e --ignore=tests/e2e_knative

builder-test:
	@$(ENV); python -m offline.fixture_packages packages/distribution-builder/test/fixtures/natives
	@$(ENV); export NEXTCORE_REDIS=$$(python -m offline.redis) NEXTCORE_VERSITYGW=$$(python -m offline.services.versitygw); cd packages/distribution-builder && npm run --silent typecheck && npm test --silent

api-test:
	@cd examples/api && go vet -tags nodynamic ./... && go test -tags nodynamic ./...
	@cd packages/health-probe && go vet ./...
	@cd packages/caddy && go vet ./... && go test ./...

browser-test:  ## the example app in a real headless Chromium (downloads one the first time, 110 MB)
	@$(ENV); export NEXTCORE_CHROMIUM=$$(python -m offline.chromium); cd packages/distribution-builder && npm run --silent browser-test

e2e:  ## end to end on the real Docker daemon; TARGET=knative: on the cluster; EXAMPLE=product: front end, API, database
	@$(ENV); NEXTCORE_TARGET=$(TARGET) pytest -q $(if $(EXAMPLE),tests/e2e/$(EXAMPLE),$(if $(filter knative,$(TARGET)),tests/e2e_knative,tests/e2e))
