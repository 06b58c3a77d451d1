# One door to everything a person or a machine does with this project: `make` prints what there is.

SHELL := /bin/sh
.DEFAULT_GOAL := help

# what builds .venv: 3.11 or newer
PYTHON ?= python3
PYTEST_FLAGS ?= -q
LAB_FLAGS ?=

# An active environment of the caller is none of ours; small fits on many threads thrash.
unexport VIRTUAL_ENV CONDA_PREFIX PYTHONPATH PYTHONHOME
export OMP_NUM_THREADS := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

BIN := .venv/bin
BUILT := .venv/.built
PYTEST := $(BIN)/python -m pytest
NOTEBOOKS = $(wildcard notebooks/*.ipynb)
# one `make setup` at a time, where the system has flock
ALONE := $(if $(shell command -v flock),flock requirements.lock)

.PHONY: help setup demo lab test test-fast test-slow test-services lint types imports notebooks lock \
	card screenshots clean

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Build .venv from requirements.lock, if anything changed
	@$(ALONE) sh -c 'grep -qsxF "$(CURDIR)" $(BUILT) && $(BIN)/python -I -c "import f1lib" 2>/dev/null \
		|| rm -f $(BUILT); exec $(MAKE) -s --no-print-directory $(BUILT)'

# The stamp says that the environment is whole, and where. Without it everything is built anew:
# an interrupted installation leaves packages that look complete and are not.
$(BUILT): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo \
		"The workbench needs Python 3.11 or newer; '$(PYTHON)' is" \
		"$$($(PYTHON) --version 2>/dev/null || echo missing). Name one: make setup PYTHON=python3.12" >&2; \
		exit 1; }
	@set -e; started=$$(date +%s); \
	if [ -e $@ ]; then echo "Bringing .venv up to date ..."; \
	else echo "Building .venv ..."; rm -rf .venv; $(PYTHON) -m venv .venv; \
		$(BIN)/python -m pip install --quiet uv; fi; \
	rm -f $@; \
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode \
		requirements.lock; \
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .; \
	echo "$(CURDIR)" > $@; \
	echo "Set up in $$(( $$(date +%s) - started )) s."

demo: setup ## Forecast, settle and report a few race weekends, from data to runs/index.html
	@$(BIN)/f1lib demo

lab: setup ## Open the notebooks in JupyterLab (flags: LAB_FLAGS="--no-browser")
	@mkdir -p .venv/share/jupyter/lab/settings
	@echo '{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}}' \
		> .venv/share/jupyter/lab/settings/overrides.json
	@$(BIN)/jupyter lab $(LAB_FLAGS) notebooks

test: lint types imports notebooks test-fast ## Check style, types, import contracts, notebooks; run the fast tests

test-fast: setup ## Run the tests that need neither much time nor other programs
	@$(PYTEST) -n 2 --dist worksteal -m "not slow and not service" $(PYTEST_FLAGS)

test-slow: setup ## Run the tests that take many seconds each
	@$(PYTEST) -n 2 --dist loadfile -m "slow and not service" $(PYTEST_FLAGS) || [ $$? -eq 5 ]  # 5: there are none

test-services: setup ## Run the tests that need a program outside Python
	@$(PYTEST) -n 2 --dist loadfile -m service $(PYTEST_FLAGS) || [ $$? -eq 5 ]

lint: setup ## Check style with ruff
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --check --quiet .

types: setup ## Check types with mypy
	@$(BIN)/mypy

imports: setup ## Check that data walks down the house (import-linter)
	@$(BIN)/lint-imports

notebooks: setup ## Check that the notebooks are stored without outputs
	@$(if $(NOTEBOOKS),$(BIN)/nbstripout --verify $(NOTEBOOKS))

lock: setup ## Resolve requirements.lock anew, to the newest versions pyproject.toml allows
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --all-extras --upgrade \
		--generate-hashes --no-emit-index-url --no-header -o requirements.lock pyproject.toml

card: setup ## Measure the model anew and write docs/model-card.md; needs F1DB
	@$(BIN)/f1lib models card

screenshots: setup ## Photograph the reports in runs/ with Chromium, into screenshots/
	@$(BIN)/python .ci/screenshots.py

clean: ## Remove .venv and all caches; runs/ stays
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
