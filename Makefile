# Each target sets itself up: with uv where it is installed, with the standard venv otherwise.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV   ?= .venv
PYTHON ?= python3
BIN    := $(VENV)/bin
UV     := $(shell command -v uv 2>/dev/null)
OUT    ?= build/evaluation

ifeq ($(UV),)
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
else
INSTALL := VIRTUAL_ENV=$(CURDIR)/$(VENV) uv pip install --quiet
endif

.PHONY: help evaluate test check docs lab clean benchmark coverage mutate lint types layers constraints release

help: ## say what each target does
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; point to one with: make PYTHON=/path/to/python3.11  需要 Python 3.11 以上"; exit 1; }
ifeq ($(UV),)
	@$(PYTHON) -m venv $(VENV) \
	  || { rm -rf $(VENV); echo "python3-venv is missing (Debian: apt install python3-venv), or install uv  缺少 venv 模块"; exit 1; }
else
	@uv venv --quiet --python "$(PYTHON)" $(VENV)
endif

# What `make evaluate` needs, and no more.
$(VENV)/.ready-core: pyproject.toml constraints.txt | $(BIN)/python
	@echo "setting up $(VENV) ..."
	@$(INSTALL) -c constraints.txt -e .
	@touch $@

$(VENV)/.ready-all: pyproject.toml constraints.txt | $(BIN)/python
	@echo "setting up $(VENV) with every extra ..."
	@$(INSTALL) -c constraints.txt -e ".[notebooks,report,cluster,docs,dev]"
	@touch $@ $(VENV)/.ready-core

evaluate: $(VENV)/.ready-core ## run the main job on the bundled data, print the verdict table
	@$(BIN)/suzhou-antidrug evaluate --out $(OUT) --overwrite

test: $(VENV)/.ready-all ## run the tests, on every core
	@$(BIN)/python -m pytest -n auto --dist loadfile

lint: $(VENV)/.ready-all
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/nbstripout --verify notebooks/*.ipynb

types: $(VENV)/.ready-all
	@$(BIN)/mypy

layers: $(VENV)/.ready-all
	@$(BIN)/lint-imports --no-cache

check: lint types layers test docs ## what CI runs: lint, types, layers, tests with notebooks, docs

docs: $(VENV)/.ready-all ## build the documentation, warnings are errors
	@$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

lab: $(VENV)/.ready-all ## open the notebooks
	@$(BIN)/jupyter lab notebooks

benchmark: $(VENV)/.ready-all ## time the parts and score the forecaster
	@mkdir -p build
	@$(BIN)/python -m pytest tests/benchmarks --benchmark-enable --benchmark-json=build/benchmark.json

release: $(VENV)/.ready-all ## build wheel and sdist, try them in empty environments, lowest and newest
	@$(BIN)/python tests/release/check_release.py

coverage: $(VENV)/.ready-all ## run the tests counting lines and branches, print the totals by room
	@$(BIN)/python -m pytest --cov --cov-report= -q
	@$(BIN)/python tests/mutation/coverage_by_room.py

# Few mutants of each module; the figures of the page on testing took more: make mutate SAMPLE=40
SAMPLE ?= 3
mutate: $(VENV)/.ready-all ## put small faults into the modules and see whether the tests notice
	@$(BIN)/python tests/mutation/run.py --sample $(SAMPLE)

constraints: ## compile the pinned constraints (needs uv)
	@uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --no-emit-index-url \
	  --no-emit-find-links --no-annotate --custom-compile-command "make constraints" --upgrade --quiet -o constraints.txt

clean: ## remove everything that was built, the environment too
	rm -rf $(VENV) build dist docs/_build docs/_generated docs/notebooks docs/jupyter_execute .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks .coverage
