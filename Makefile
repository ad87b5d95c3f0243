# The two that matter: `make run` and `make test`. Everything else they need they make themselves.
# PORT=8000 of `make run`; CHROMIUM=/path/to/chromium and ARGS="-k name" of `make test`.

PYTHON ?= python3
BIN := .venv/bin
export PORT CHROMIUM

.DEFAULT_GOAL := help
.PHONY: help run test lint format types lock clean venv venv-dev benchmarks

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

venv:
	@$(PYTHON) config/bootstrap.py

venv-dev:
	@$(PYTHON) config/bootstrap.py --dev

run: venv ## the app with everything it needs, at http://127.0.0.1:8000
	@exec $(BIN)/python -m config.run

test: venv-dev ## every check and the whole suite
	@exec $(BIN)/python -m config.checks --suite $(ARGS)

lint: venv-dev ## every check but the suite
	@exec $(BIN)/python -m config.checks

format: venv-dev ## format Python
	@$(BIN)/ruff check --fix-only --quiet . && $(BIN)/ruff format .

types: venv-dev ## types only
	@$(BIN)/mypy

lock: venv-dev ## lock the newest dependencies that pyproject.toml allows
	@set -e; \
	lock="$(BIN)/python -m uv --quiet pip compile --upgrade --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-annotate"; \
	$$lock pyproject.toml -o requirements.lock; \
	$$lock pyproject.toml --group dev -o requirements-dev.lock; \
	sed -n 's/^ *"\(uv[=><].*\)",.*/\1/p' pyproject.toml | $$lock - -o requirements-uv.lock

benchmarks: venv-dev ## how to run the load and kill tests that take long
	@echo "see benchmarks/README.md; each runs alone: $(BIN)/python -m benchmarks.<name>"

clean: ## take away what can be made again, the embedded database and its demo included
	@if [ -L var/postgres ]; then rm -rf "$$(readlink var/postgres)"; fi
	@rm -rf var .venv .venv.lock .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
