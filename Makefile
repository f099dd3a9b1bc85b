# Every target sets up .venv by itself, once, and again after pyproject.toml or constraints.txt changed.
# Another interpreter: make test PYTHON=python3.13

SUITABLE := import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c '$(SUITABLE)' >/dev/null 2>&1 && { echo $$name; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PEERS := $(VENV)/.peers
PAGES := $(VENV)/.pages
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# What is compiled once serves every worker of the tests and every program they start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test proofs cover matrix check format hooks docs bench wheel clean soak mutants

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(READY) ## run full cycles against a simulated CRM
	@$(BIN)/dealwarden demo --once

# What takes long by its nature runs by itself: whole cycles over real sockets, and the wheel.
LONG := tests/proofs tests/gestures tests/contract tests/packaging
TOGETHER := -n 4 --dist worksteal

test: $(READY) ## run the tests, in minutes
	@$(BIN)/python -m pytest $(TOGETHER) $(LONG:%=--ignore=%)

proofs: $(READY) ## run whole cycles against both simulated CRMs, killed and cut off, and the installed wheel; longer
	@$(BIN)/python -m pytest $(TOGETHER) $(LONG)

cover: $(READY) ## run the tests once, and print line and branch coverage by package
	@mkdir -p build
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest $(TOGETHER) $(LONG:%=--ignore=%)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/python -m tests.cover

matrix: $(READY) ## run the tests on every Python from 3.11 to 3.14 that this machine has, and say which ran
	@$(BIN)/python -m tests.matrix

SEEDS ?= 1-100
CRM ?= salesforce
STORE ?= sqlite
SOAK_STATE ?= .soak.json

soak: $(READY) ## play SEEDS=a-b (CRM=, STORE=), adding up in SOAK_STATE; goes on where it stopped
	@$(BIN)/python -m tests.simulation.soak --state $(SOAK_STATE) --crm $(CRM) --store $(STORE) --seeds $(SEEDS)

mutants: $(READY) ## break the product's code on purpose, and see which seed notices
	@$(BIN)/python -m tests.simulation.mutants

check: $(READY) ## lint, types, and who may import whom
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY) ## put the code into its form
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

hooks: $(READY) ## check every commit by what make check checks
	$(BIN)/pre-commit install

docs: $(PAGES) ## make a site of the documentation in build/site; a broken link fails it
	$(BIN)/python -m sphinx -q -W --keep-going -b html docs build/site
	@echo "build/site/index.html"

bench: $(PEERS) ## measure calls, speed against other engines, and a million deals, tasks a rep; a quarter of an hour on an idle machine
	@$(BIN)/python -m benchmarks.calls
	@$(BIN)/python -m benchmarks.rules
	@$(BIN)/python -m benchmarks.store
	@$(BIN)/python -m benchmarks.volume

wheel: $(READY) ## build the wheel into dist/ and try it in a fresh environment
	$(BIN)/python -m build --wheel --no-isolation
	$(BIN)/python -m pytest -m wheel

clean: ## remove the environment and everything built
	rm -rf .venv .venv-3.* dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .benchmark

$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" && $(PYTHON) -c '$(SUITABLE)' || { \
	echo "dealwarden needs Python 3.11 to 3.14, and found none. Name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	echo "$(PYTHON) lacks the venv module. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { \
	echo "Setting up $(VENV) with $(PYTHON); this takes a minute or two, once."; \
	rm -rf $(VENV) && $(PYTHON) -m venv $(VENV); }
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

$(PEERS): $(READY) benchmarks/alone.txt
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev,bench]'
	@$(BIN)/python -m pip install --quiet --no-deps --requirement benchmarks/alone.txt
	@touch $@

$(PAGES): $(READY)
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev,docs]'
	@touch $@
