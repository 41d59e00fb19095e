# One door for every task. `make demo` and `make test` need Python >= 3.11 and nothing else.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
# -n 2: two servers at a time is what two cores carry.
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadgroup

.PHONY: help demo test test-fast lint bench docs new-rule clean

help: ## what each word does
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/:/' | sort

$(READY): pyproject.toml requirements-dev.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

demo: $(READY) ## a safe deploy on an embedded PostgreSQL with real rows, and what happens to a bad one
	$(BIN)/rowkeep demo

test: $(READY) ## the whole suite, on real servers 14-18
	$(PYTEST) tests

test-fast: $(READY) ## what needs no server
	$(BIN)/python -m pytest -m "not server and not npm" tests

lint: $(READY) ## ruff, mypy --strict, the walls of the house
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY) ## speed against the peers, as ratios, in one run
	$(BIN)/python -m bench

docs: $(READY) ## regenerate what is generated (rule pages, CLI reference, tables)
	$(BIN)/python -m docs.generate

new-rule: $(READY) ## make new-rule NAME=name-of-the-fault
	$(BIN)/python -m docs.new_rule "$(NAME)"

clean: ## remove what the other words made
	rm -rf $(VENV) build dist src/*.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
