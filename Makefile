# Every task is a target. `make demo` and `make test` need Python >= 3.11 and nothing else.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check
COMPILE = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
	--python-version 3.11 --custom-compile-command "make lock"
SITE_READY := $(VENV)/.ready-site
# Tests start the command hundreds of times: it must not be compiled again each time.
unexport PYTHONDONTWRITEBYTECODE
# -n 2: two servers at a time is what two cores carry.
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadgroup
# Half of the tests in each of two processes that do not talk to each other: with -n 2, each test costs 3.5 ms more.
PYTEST_FAST := $(BIN)/python -m pytest -q -m "not server and not npm" --fast
FAST_RULES := tests/rules tests/runner tests/workflows

.PHONY: help demo test test-fast test-fast-rules test-fast-others test-faults test-fixes test-drift test-histories lint bench scoreboard docs new-rule changelog site package lock clean

help: ## what each target does
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/:/' | sort

$(READY): pyproject.toml requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit("Rowkeep needs Python 3.11 or newer: make PYTHON=python3.12 ..." \
		if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) -r requirements-dev.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(SITE_READY): $(READY) requirements-docs.txt
	$(PIP) -r requirements-docs.txt
	@touch $@

demo: $(READY) ## a safe deploy on an embedded PostgreSQL with real rows, and what happens to a bad one
	$(BIN)/rowkeep demo

test: $(READY) ## the whole suite, on real servers 14-18
	$(PYTEST) tests

test-fast: $(READY) ## what needs neither a server nor much time
	$(MAKE) --no-print-directory -j 2 test-fast-rules test-fast-others

test-fast-rules: $(READY)
	$(PYTEST_FAST) $(FAST_RULES)

test-fast-others: $(READY)
	$(PYTEST_FAST) $(filter-out $(FAST_RULES) tests/__pycache__,$(patsubst %/,%,$(wildcard tests/*/)))

test-faults: $(READY) ## the long form of the fault tests: killed at every step, on 14-18, and runners against each other
	ROWKEEP_FAULTS=all $(PYTEST) -m faults tests/faults

test-fixes: $(READY) ## the output of lint --fix on servers 14 and 18: hundreds of mixtures, up, down, up
	ROWKEEP_FIXES=all $(PYTEST) tests/rewrite

test-drift: $(READY) ## changes by hand on 14-18: each found, adopted and undone
	ROWKEEP_DRIFT=all $(PYTEST) tests/structure/test_drift_sql.py

test-histories: $(READY) ## many generated histories, made by Rowkeep and node-pg-migrate 7, 8 and 9 in turn
	ROWKEEP_HISTORIES=25 $(PYTEST) tests/runner/test_histories.py

lint: $(READY) ## ruff, mypy --strict, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY) ## speed compared with other tools, as ratios
	$(BIN)/python -m bench

scoreboard: $(READY) ## our lint and squawk on the corpus of dangerous and safe migrations, side by side
	$(BIN)/python -m bench.scoreboard

docs: $(READY) ## regenerate what is generated (rule pages, CLI reference, tables)
	$(BIN)/python -m tools.generate

new-rule: $(READY) ## make new-rule NAME=name-of-the-fault [CATEGORY=lock]
	$(BIN)/python -m tools.new_rule "$(NAME)" "$(or $(CATEGORY),$(PROMISE))"

changelog: $(READY) ## make changelog VERSION=1.2.3: the fragments become the newest section of CHANGELOG.md
	$(if $(VERSION),,$(error usage: make changelog VERSION=1.2.3))$(BIN)/python -m towncrier build --yes --version "$(VERSION)"

site: $(SITE_READY) ## the docs as a website in site/; a broken link or anchor fails
	$(BIN)/python -m tools.site

package: $(READY) ## the wheel and the sdist in dist/, each installed into a clean environment and run
	$(BIN)/python -m tools.package

lock: $(READY) ## regenerate requirements-dev.txt and requirements-docs.txt
	$(PIP) uv
	$(COMPILE) --output-file requirements-dev.txt pyproject.toml requirements-dev.in
	$(COMPILE) --constraint requirements-dev.txt --output-file requirements-docs.txt requirements-docs.in

clean: ## remove what the other targets made
	rm -rf $(VENV) build dist site src/*.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
