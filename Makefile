# Two commands set everything up: `make demo` and `make test`. Each installs what it needs, by lock file.
PYTHON ?= python3
PROFILE ?= native
PORT ?= $(if $(filter zilla,$(PROFILE)),7143,8080)
TIER ?= free
SUB ?= alice
TTL ?= 3600
Q ?= What does Sluice do when Kafka is down?
BIN := .venv/bin
PY := $(BIN)/python
FILES ?= tests
WORKERS ?= 3
ROUNDS ?= 20
OUTAGE ?= 60
SECONDS ?= 60
STREAMS ?= 1000000
EXAMPLES ?= 100
SEED ?=
COMPOSE = docker compose -f docker-compose.yml $(if $(SCALE),-f docker-compose.scale.yml)
# The whole suite is shared by some processes, one more than two cores because most of it waits for others; tests/fixtures/groups.py says how.
SPREAD = $(if $(filter tests,$(FILES)),-n $(WORKERS) --dist loadscope --no-loadscope-reorder)

.DEFAULT_GOAL := help
.PHONY: help demo ask token load up down test chaos conform describe-fuzz check format types screenshots bench bench-peer lock generate clean

help: ## Show what can be done
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

.uv/bin/uv: requirements/bootstrap.txt
	@echo "sluice: installing the installer (uv)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "sluice: Python 3.11 or newer is needed; set PYTHON=python3.x" >&2; exit 1; }
	@$(PYTHON) -m venv .uv
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@touch $@

# `dev` holds all of `demo` at the same versions, so an environment with `dev` in it serves both.
.venv/.demo: requirements/demo.txt | .uv/bin/uv
	@echo "sluice: installing what the demo needs"
	@test -x $(PY) || .uv/bin/uv venv --quiet --python $(PYTHON) .venv
	@test -e .venv/.dev || .uv/bin/uv pip sync --quiet --python $(PY) --require-hashes requirements/demo.txt
	@touch $@

.venv/.dev: requirements/dev.txt | .uv/bin/uv
	@echo "sluice: installing what development needs"
	@test -x $(PY) || .uv/bin/uv venv --quiet --python $(PYTHON) .venv
	@.uv/bin/uv pip sync --quiet --python $(PY) --require-hashes requirements/dev.txt
	@touch .venv/.demo $@

demo: .venv/.demo ## Run the whole system here (PORT=8080; PROFILE=zilla for the contract of Zilla's demo; LOAD=1 for a mixed load)
	@PROFILE=$(PROFILE) PORT=$(PORT) LOAD=$(LOAD) $(PY) -m demo

ask: .venv/.demo ## Ask the running demo: make ask Q="..." TIER=standard
	@PROFILE=$(PROFILE) PORT=$(PORT) $(PY) -m demo.ask --tier "$(TIER)" --sub "$(SUB)" "$(Q)"

token: .venv/.demo ## Print a token: make token TIER=free SUB=alice (TTL=3600 seconds; negative: expired)
	@PROFILE=$(PROFILE) $(PY) -m demo.token --tier "$(TIER)" --sub "$(SUB)" --ttl="$(TTL)"

load: .venv/.demo ## Load documents into the running demo: make load DOCS="notes/ a.md" (VISIBILITY=public)
	@PROFILE=$(PROFILE) PORT=$(PORT) $(PY) -m demo.load $(if $(VISIBILITY),--visibility "$(VISIBILITY)") $(DOCS)

up: ## Run it in containers: docker-compose.yml, with an .env that is made at the first time (SCALE=1 for more of everything)
	@$(PYTHON) -m local.dotenv .env.example .env
	@$(COMPOSE) up --build --wait

down: ## Stop the containers; their volumes stay (SCALE=1 as for up)
	@$(COMPOSE) down

# The tests start some hundred processes: none shall compile what another has, and no broker lives long enough to
# earn the work of the JVM's second compiler.
test: export PYTHONDONTWRITEBYTECODE :=
test: export JDK_JAVA_OPTIONS := -XX:TieredStopAtLevel=1
test: .venv/.dev ## Run every test (FILES=tests/bus for some)
	@$(PY) -m pytest $(SPREAD) $(FILES)

chaos: export JDK_JAVA_OPTIONS := -XX:TieredStopAtLevel=1
chaos: .venv/.dev ## Break a whole system under load, and account for all that it accepted (SEED=any, ROUNDS=20, OUTAGE=60)
	@$(PY) -m tests.chaos --rounds $(ROUNDS) --outage $(OUTAGE) $(if $(SEED),--seed $(SEED))

conform: .venv/.dev ## Conformance, fuzzing and a flood of streams (ROUNDS=20, SECONDS=60, STREAMS=1000000; FUZZER=a Python that has atheris, H2SPEC=its binary)
	@for round in $$(seq $(ROUNDS)); do $(PY) -m pytest -q tests/ext_proc/transport || exit 1; done
	@$(or $(FUZZER),$(PY)) -m tests.ext_proc.transport.fuzz --seconds $(SECONDS)
	@$(PY) -m tests.ext_proc.transport.million --streams $(STREAMS)
	@$(if $(H2SPEC),$(PY) -m tests.ext_proc.transport.h2spec $(H2SPEC),echo "sluice: no H2SPEC given; docs/transport.md says where it comes from")

describe-fuzz: .venv/.dev ## Hold a live gateway to its own description, at length (EXAMPLES=100 for each operation, SEED=any)
	@$(PY) -m tests.system.fuzzing --examples $(EXAMPLES) $(if $(SEED),--seed $(SEED))

check: .venv/.dev ## Formatter, linter, types, import rules, fresh generated files
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy .
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/lint-imports --no-cache
	@$(PY) -m proto.generate --check
	@$(PY) -m ext_proc generate --check
	@$(PY) -m dashboards check
	@$(PY) -m demo.page.walkthrough --check
	@$(PY) -m bench.capacity --check

format: .venv/.dev ## Format and mend what can be mended
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

screenshots: .venv/.dev ## Take the pictures of the docs anew, from the demo that runs (needs chromium, or CHROMIUM)
	@PROFILE=$(PROFILE) PORT=$(PORT) $(PY) -m demo.page.shots

bench: .venv/.dev ## Measure against services of the usual make, side by side
	@$(PY) -m bench

bench-peer: .venv/.dev ## Measure another gateway beside it: POST=URL SSE=URL PID=1,2 TOKEN=... BODY=file
	@$(PY) -m bench.other

generate: .venv/.dev ## Make the generated files anew
	@$(PY) -m proto.generate
	@$(PY) -m ext_proc generate
	@$(PY) -m dashboards generate
	@$(PY) -m demo.page.walkthrough

lock: .uv/bin/uv ## Resolve the lock files anew
	@cd requirements && ../.uv/bin/uv pip compile -q --upgrade --generate-hashes --no-header --universal --python-version 3.11 bootstrap.in -o bootstrap.txt
	@.uv/bin/uv pip compile -q --upgrade --generate-hashes --no-header --universal --python-version 3.11 pyproject.toml --group local -o requirements/demo.txt
	@.uv/bin/uv pip compile -q --upgrade --generate-hashes --no-header --universal --python-version 3.11 pyproject.toml --group local --group dev --group bench -c requirements/demo.txt -o requirements/dev.txt

clean: ## Remove the demo's data, keys and index
	@rm -rf .sluice
