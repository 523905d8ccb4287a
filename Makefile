# Needs Python 3.11 or later (PYTHON=... names another one), make and git; everything else goes into .venv.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
TORCH := torch==2.13.0
ONCE ?=
UPGRADE ?=
FAULTS ?=
TESTS ?= tests
WORKERS ?= 2

.PHONY: help demo chain test test-unit faults docs check hooks format lock train-deps clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(VENV)/.serving ## watch a real wave of bad opinion raise an alert; ONCE=1 ends by itself
	@$(BIN)/groundswell demo $(if $(filter-out 0,$(ONCE)),--once)

chain: $(VENV)/.serving ## a replayed crisis through Prometheus and Alertmanager to a receiver, and what each hop takes
	@$(BIN)/python -m tests.benchmarks.chain

test: $(VENV)/.test ## install what tests need and run all; TESTS=tests/unit runs some, WORKERS=4 on more cores
	$(BIN)/python -m pytest -n $(WORKERS) $(TESTS)

test-unit: $(VENV)/.test ## the quick tests, which start nothing: about a minute
	$(BIN)/python -m pytest -n $(WORKERS) -m "not slow" tests/unit

faults: $(VENV)/.test ## break the stream in every way on Apache Kafka, and count: hours; FAULTS="--quick killed" runs some
	@$(BIN)/python -m tests.faults $(FAULTS)

docs: $(VENV)/.test ## build the documentation as a site in build/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

check: $(VENV)/.test ## lint, types, import rules, lock files
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python requirements/lock.py check

hooks: $(VENV)/.test ## run the quick checks before every commit
	$(BIN)/pre-commit install

format: $(VENV)/.test ## sort imports and format the code
	$(BIN)/ruff check --fix --select I .
	$(BIN)/ruff format .

lock: $(VENV)/.test ## add to the lock files what pyproject.toml needs; UPGRADE=1 takes the newest of everything
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python requirements/lock.py $(if $(filter-out 0,$(UPGRADE)),upgrade,write)

train-deps: $(VENV)/.test ## install what training needs

clean: ## remove the environment and everything that was made
	rm -rf $(VENV) build dist var *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "no Python 3.11 or later found: install one, or name it: make PYTHON=/path/to/python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "$(PYTHON) cannot make a virtual environment (on Debian: apt-get install python3-venv)"; rm -rf $(VENV); exit 1; }

$(VENV)/.serving: requirements/serving.txt pyproject.toml | $(BIN)/python
	@echo "installing the serving environment into $(VENV) (the first time takes about a minute)"
	@$(PIP) install -r requirements/serving.txt
	@$(PIP) install --no-deps -e .
	@touch $@

$(VENV)/.test: requirements/test.txt $(VENV)/.serving
	@echo "installing what tests and training need into $(VENV)"
	@$(PIP) install -c requirements/test.txt $(TORCH)
	@$(PIP) install -r requirements/test.txt
	@touch $@
