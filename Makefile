# Everything a developer types. `make` alone shows what there is.
PYTHON ?= python3
PORT ?= 8080
GOOGLE_PORT ?= 8090
DATA ?= .sandbox
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 6
# A part's own tests are to reach it. Journeys and Chromium are not measured: tracing takes as long again as they do.
PRODUCT_TESTS := tests/runtime tests/marketplace tests/provisioning
SANDBOX_TESTS := tests/contract tests/sandbox
export PORT GOOGLE_PORT DATA

.DEFAULT_GOAL := help
.PHONY: help run test sure format lint types contracts coverage bench torture lock clean

help: ## Show this
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.installed ## Start the sandbox and the app: http://localhost:$PORT and http://127.0.0.1:$GOOGLE_PORT
	@$(BIN)/python -m sandbox

test: $(VENV)/.installed-dev ## Run the tests
	$(BIN)/python -m pytest -n $(WORKERS) --no-loadscope-reorder -q $(TESTS) $(if $(COVERED),$(COVERED:%=--cov=%) --cov-append --cov-report= --cov-fail-under=0)

sure: format lint types contracts test ## Everything CI asks: format, lint, types, import contracts, tests

format: $(VENV)/.installed-dev ## Check the format (ruff format mends it)
	$(BIN)/ruff format --check .

lint: $(VENV)/.installed-dev ## Lint
	$(BIN)/ruff check .

types: $(VENV)/.installed-dev ## Check types, strictly, of product and sandbox
	$(BIN)/mypy

contracts: $(VENV)/.installed-dev ## Check which way imports run
	$(BIN)/lint-imports

coverage: $(VENV)/.installed-dev ## Measure what the tests of each part reach of it; takes half as long again as they do
	rm -f .coverage .coverage.*
	$(MAKE) test TESTS="$(PRODUCT_TESTS)" COVERED="runtime marketplace provisioning"
	$(MAKE) test TESTS="$(SANDBOX_TESTS)" COVERED=sandbox
	-$(BIN)/coverage combine --quiet --append 2>/dev/null
	$(BIN)/coverage report

bench: $(VENV)/.installed-dev ## Measure; prints tables and leaves bench/results.json
	$(BIN)/python -m bench $(ONLY)

torture: $(VENV)/.installed-dev ## Kill and disturb jobs in every way, and see that nobody can tell (SCENARIOS="1 4" for some)
	$(BIN)/python -m tests.torture $(SCENARIOS)

lock: ## Choose versions anew; requirements carry versions and hashes, no addresses (needs uv)
	uv pip compile --quiet --upgrade --universal --generate-hashes --no-header --no-annotate pyproject.toml -o requirements.txt
	uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt

clean: ## Remove what was built and the sandbox's data
	rm -rf $(VENV) $(DATA) .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .bench

$(VENV)/.made:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name it: make run PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.installed: requirements.txt $(VENV)/.made
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@
