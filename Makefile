# gg_gym: `make run` and `make test` are all a fresh machine with Python 3.11 needs.
#   PYTHON    the interpreter the virtual environment is made with
#   PIP_ARGS  extra arguments of pip, e.g. an index with small CPU wheels of torch
#   STUDY     the study `make run` runs
PYTHON   ?= $(shell command -v python3.11 || command -v python3)
PIP_ARGS ?=
STUDY    ?= experiments/quickstart.yaml
PYTEST_ARGS ?= -n 2 -q

VENV  := .venv
BIN   := $(VENV)/bin
STAMP := $(VENV)/.installed

export MLFLOW_DISABLE_TELEMETRY := true
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run test lint types bench docs clean install
.DEFAULT_GOAL := run

install: $(STAMP)

$(STAMP): constraints.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "no Python found: install Python 3.11 or set PYTHON=/path/to/python3.11" >&2; exit 2; }
	@test -x $(BIN)/python || { echo "creating $(VENV) with $(PYTHON)"; "$(PYTHON)" -m venv $(VENV); }
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(VENV) has a Python older than 3.11: remove it and set PYTHON" >&2; exit 2; }
	@echo "installing pinned dependencies into $(VENV) (once)"
	@start=$$(date +%s); \
	$(BIN)/python -m pip install --quiet $(PIP_ARGS) -c constraints.txt -e '.[test]' && \
	end=$$(date +%s); \
	echo $$((end - start)) > $(VENV)/.install_seconds; \
	echo "installed in $$((end - start)) s"
	@touch $@

run: $(STAMP)
	@GG_GYM_INSTALL_SECONDS="$$(cat $(VENV)/.install_seconds 2>/dev/null)" $(BIN)/gg-gym run $(STUDY)

test: lint types
	@echo "lint and types are clean; now the tests (after them: make run, make bench)"
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(PYTEST_ARGS)

lint: $(STAMP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(STAMP)
	$(BIN)/mypy

bench: $(STAMP)
	@for script in experiments/benchmarks/bench_*.py; do echo "== $$script"; OMP_NUM_THREADS=1 $(BIN)/python $$script || exit 1; done

docs: $(STAMP)
	$(BIN)/python -m typer gg_gym.cli utils docs --name gg-gym --title "Command line" --output docs/cli.md
	$(BIN)/python -m pytest -q tests/project -k links

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
