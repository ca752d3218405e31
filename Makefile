# Four commands. Each sets up what it needs: with uv when it is there, else venv + pip.
# A second run is quick: set-up is repeated only when pyproject.toml or uv.lock changed.

PYTHON ?= python3
VENV   := .venv
STAMP  := $(VENV)/.ready
DEV    := $(VENV)/.ready-dev
UV     := $(shell command -v uv 2>/dev/null)
ARGS   ?=
# More than two cores have work for: half of a test's time goes into waiting for the kernel.
WORKERS ?= 4

.PHONY: demo test lint bench

demo: $(STAMP)
	$(VENV)/bin/kraken-bot demo $(ARGS)

test: $(DEV)
	$(VENV)/bin/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(DEV)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

bench: $(DEV)
	$(VENV)/bin/python -m tests.benchmarks $(ARGS)

ifdef UV
$(STAMP): pyproject.toml uv.lock
	uv sync --frozen --inexact
	@touch $@

$(DEV): pyproject.toml uv.lock
	uv sync --frozen --inexact --extra dev
	@touch $@ $(STAMP)
else
$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(STAMP): pyproject.toml | $(VENV)/bin/python
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(DEV): pyproject.toml | $(VENV)/bin/python
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(STAMP)
endif
