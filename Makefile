# The whole set-up is here: a machine with Python 3.11+, make and git needs nothing else.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run test check bench demo format sync node chromium clean

export UV_PYTHON_DOWNLOADS ?= never
PORT ?= 8000
UV = $(shell python3 .ci/bootstrap)
RUN = .venv/bin

help: ## What there is
	@grep -hE '^[a-z]+:.*##' Makefile | awk -F ':.*## ' '{ printf "  make %-10s %s\n", $$1, $$2 }'

run: ## Serve the demo on http://127.0.0.1:8000
	@uv="$(UV)" && test -n "$$uv" && "$$uv" sync --quiet --frozen --no-dev --inexact
	@$(RUN)/segue serve --demo --port $(PORT)

test: sync node chromium ## Everything, on SQLite and PostgreSQL, in a real Chromium
	@PATH="$(CURDIR)/$(RUN):$$PATH" node --test --test-reporter=dot 'tests/js/*.test.js'
	@PATH="$(CURDIR)/$(RUN):$$PATH" .ci/hubspot test
	@PATH="$(CURDIR)/$(RUN):$$PATH" .ci/salesforce test
	@TMPDIR=$$(.ci/scratch) $(RUN)/pytest -n 3 --dist loadfile --no-loadscope-reorder

check: sync node ## ruff, mypy strict, import-linter, tsc, Apex and flows
	@$(RUN)/ruff check .
	@$(RUN)/ruff format --check .
	@$(RUN)/mypy
	@$(RUN)/lint-imports
	@PATH="$(CURDIR)/$(RUN):$$PATH" tests/node/node_modules/.bin/tsc -p static/tsconfig.json
	@PATH="$(CURDIR)/$(RUN):$$PATH" .ci/hubspot types
	@PATH="$(CURDIR)/$(RUN):$$PATH" .ci/salesforce check

bench: sync node chromium ## Every figure we claim, with its peer, into benchmarks/results.json
	@$(RUN)/python -m benchmarks

demo: ## Rebuild the demo's clips from its script (minutes; what it makes is checked in)
	@uv="$(UV)" && "$$uv" sync --quiet --frozen --group demo
	@$(RUN)/python -m demo.make

format: sync ## Put the code in shape
	@$(RUN)/ruff check --fix .
	@$(RUN)/ruff format .

sync:
	@uv="$(UV)" && test -n "$$uv" && "$$uv" sync --quiet --frozen --inexact

node: sync
	@PATH="$(CURDIR)/$(RUN):$$PATH" .ci/node

chromium:
	@.ci/chromium

clean: ## Forget the demo's data and the tools (the checkout stays)
	rm -rf .segue .venv .tools tests/node*/node_modules tests/node-*/.built
