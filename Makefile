# Two commands do all the set-up: `make run` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
export PYTHONPATH := src

.DEFAULT_GOAL := help
.PHONY: help run demo test check format openapi openapi-check openapi-breaking examples sdk-check fuzz fuzz-parsers baseline bench faults faults-full soak test-operations tools lock clean

help: ## What can be done here
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

.venv/made:
	$(PYTHON) -m venv .venv
	touch $@

.venv/run: requirements/run.txt | .venv/made
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	touch $@

.venv/dev: requirements/dev.txt | .venv/made
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	touch $@ .venv/run

.venv/fuzz: requirements/fuzz.txt | .venv/dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/fuzz.txt
	touch $@

run: .venv/run ## Everything on this machine: PostgreSQL, API, worker, demo shop (DATA_DIR, PORT)
	@exec $(BIN)/python -m aftersales_api dev

demo: .venv/run ## Tell the main story with real signed calls and the sandbox clock
	@$(BIN)/python -m aftersales_api demo

test: .venv/dev ## All tests, on a real embedded PostgreSQL (or AFTERSALES_DATABASE_URL)
	$(BIN)/python -m pytest -q -n auto --dist loadfile

check: .venv/dev ## Format, lint, types, import contracts, migrations, document and what it promised
	$(BIN)/ruff format --check src tests bench migrations sdk
	$(BIN)/ruff check src tests bench migrations sdk
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/squawk --config migrations/squawk.toml migrations/sql/*.sql
	$(MAKE) --no-print-directory openapi-check openapi-breaking

format: .venv/dev ## Put the code in form
	$(BIN)/ruff format src tests bench migrations sdk
	$(BIN)/ruff check --fix src tests bench migrations sdk

openapi: .venv/dev ## Write openapi/openapi.json
	$(BIN)/python -m aftersales_api openapi

openapi-check: .venv/dev ## Fail when openapi/openapi.json is not current
	$(BIN)/python -m aftersales_api openapi --check

examples: .venv/dev ## Choose the document's examples anew from what the tests say
	rm -rf .build/examples && mkdir -p .build/examples
	AFTERSALES_EXAMPLES=$(CURDIR)/.build/examples $(BIN)/python -m pytest -q -n auto --dist loadfile --ignore tests/http/test_examples.py tests/http tests/scenarios
	$(BIN)/python sdk/examples.py .build/examples
	$(MAKE) --no-print-directory openapi

sdk-check: .venv/dev ## Client generators, linters and two clients' stories (needs node, java)
	$(BIN)/python sdk/check.py

fuzz: .venv/dev ## schemathesis against a server of its own (FUZZ_EXAMPLES=200 for the full run)
	$(BIN)/python sdk/fuzz.py

fuzz-parsers: .venv/fuzz ## Coverage-guided fuzzing of what reads strangers' bytes (FUZZ_SECONDS=600 of CPU each for the full run)
	$(BIN)/python tests/fuzzing/run.py

openapi-breaking: .venv/dev ## Fail when the document breaks what HEAD promised (openapi/allowed_breaks.txt)
	$(BIN)/python sdk/breaking.py

baseline: .venv/dev ## Write the first migration from the models (until the first release)
	$(BIN)/python migrations/write_baseline.py

bench: .venv/dev ## Measure the hot paths beside their raw-driver limit (PATHS=inbound for one)
	$(BIN)/python -m bench $(PATHS)

faults: .venv/dev tools ## The fault suite: kills, restarts, slow peers; writes docs/reliability.md
	$(BIN)/python -m pytest -q tests/faults --override-ini=addopts=-ra --maxfail=0

faults-full: .venv/dev tools ## The same at the design's counts (20,000 keys, 200 kills, a herd of 100,000)
	FAULTS_SCALE=full $(BIN)/python -m pytest -q tests/faults --override-ini=addopts=-ra --maxfail=0

soak: .venv/dev ## Thousands of orders while PostgreSQL restarts and processes are killed (SOAK_DELIVERIES=10000)
	$(BIN)/python -m pytest -q tests/soak --override-ini=addopts=-ra

test-operations: .venv/dev tools ## Real replica, pgbouncer, back-ups, migrations while serving, other releases of PostgreSQL
	$(BIN)/python -m pytest -q tests/operations --override-ini=addopts=-ra

tools: # Debian packages that the heavy suites use; without them (and without the right to install) their tests say so
	@for each in pgbouncer faketime; do \
	  PATH=$$PATH:/usr/sbin command -v $$each >/dev/null || apt-get install -y -qq $$each >/dev/null || true; done

lock: ## Write the locked, hashed requirement sets (needs uv)
	uv pip compile -q --universal --generate-hashes --no-header --no-annotate pyproject.toml -o requirements/production.txt
	uv pip compile -q --universal --generate-hashes --no-header --no-annotate --extra otel pyproject.toml -o requirements/production-otel.txt
	uv pip compile -q --universal --generate-hashes --no-header --no-annotate --extra embedded pyproject.toml -o requirements/run.txt
	uv pip compile -q --universal --generate-hashes --no-header --no-annotate --extra test --extra otel --extra embedded pyproject.toml -o requirements/dev.txt
	uv pip compile -q --universal --generate-hashes --no-header --no-annotate --extra fuzz pyproject.toml -o requirements/fuzz.txt

clean: ## Remove what was made here
	rm -rf .venv .data .pytest_cache .mypy_cache .ruff_cache .hypothesis
