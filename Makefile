# One folder, .venv, holds everything; deleting it (make clean) undoes every set-up.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/installed
UV     := $(shell command -v uv 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help report bench test test-slow test-engines test-browser test-locks test-wheel lab lab-students lint words lock clean

help:  ## print this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

# With uv the same locked versions arrive in seconds; without it pip does the same work.
$(STAMP): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15) and "smm_analysis needs Python 3.11 to 3.14; this is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.12 ...")'
	@echo "Installing into $(VENV): about a minute the first time, and silent ..."
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
ifdef UV
	$(UV) pip sync --quiet --require-hashes --python $(BIN)/python requirements-dev.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
else
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
endif
	$(BIN)/python -m ipykernel install --sys-prefix --name python3 --display-name "Python 3 (smm_analysis)" >/dev/null
	@touch $@

report: $(STAMP)  ## run every notebook and write report/index.html
	$(BIN)/smm-analysis report --out report

test: $(STAMP)  ## the fast tests, under five minutes
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n auto  # the workers share the cores already

test-slow: $(STAMP)  ## the proofs that take minutes; writes tests/slow_results.md
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -m slow -s -v --durations=0

test-browser: $(STAMP)  ## pages and notebooks in Debian's Chromium, under four minutes
	@command -v chromium >/dev/null || { test "$$(id -u)" = 0 && apt-get update -qq && apt-get install -qq --yes chromium; } \
	  || { echo "It needs Debian's chromium: sudo apt-get install chromium"; exit 1; }
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -m browser tests/browser

# Spark wants Java 17; its Python packages stay beside the house, and go with `make clean`.
build/engines: tests/engines/requirements.lock $(STAMP)
	rm -rf $@
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --target $@ --requirement $<
	@touch $@

test-engines: build/engines  ## counting inside pyarrow, Dask and Spark (needs Java 17), under three minutes
	PYTHONPATH=build/engines OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest tests/engines

# uv knows the tags and markers of systems that it does not run on, and asks for metadata only: nothing is installed.
build/uv:
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --target build/uv uv

test-locks: $(STAMP) build/uv  ## both locks resolve to wheels on three systems and four Pythons, under two minutes
	@for lock in requirements requirements-dev; do for system in linux windows macos; do for python in 3.11 3.12 3.13 3.14; do \
	  echo "$$lock.lock, $$system, Python $$python"; \
	  build/uv/bin/uv pip install --quiet --dry-run --only-binary :all: --require-hashes --python-platform $$system \
	    --python-version $$python --target build/never --requirement $$lock.lock || exit 1; \
	done; done; done

test-wheel: $(STAMP)  ## the wheel, installed from the lock outside the repository, runs without a network
	$(BIN)/python -m pytest tests/test_everywhere.py -m slow

build/bench: benchmarks/requirements.lock $(STAMP)
	rm -rf $@
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --target $@ --requirement $<
	@touch $@

bench: build/bench  ## measure beside the peers, half an hour; writes benchmarks/README.md (flexmix and fpc if R is there)
	rm -f build/bench/results.json
	OPENBLAS_NUM_THREADS=1 $(BIN)/python benchmarks/run.py

lab: $(STAMP)  ## open the notebooks in JupyterLab
	$(BIN)/smm-analysis lab

lab-students: $(STAMP)  ## open copies of the notebooks without solutions
	$(BIN)/python tools/students.py && JUPYTER_CONFIG_PATH=smm_analysis/jupyter $(BIN)/python -m jupyterlab students

lint: $(STAMP)  ## style of code and notebooks
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

# Reads the source, adds its new messages to the catalogues and takes out those it no longer has; then translate.
words: $(STAMP)  ## bring the messages of the source into smm_analysis/locale
	@mkdir -p build
	$(BIN)/pybabel -q extract --mapping-file pyproject.toml --no-default-keywords --keyword _ --keyword plural:1,2 --add-location file --sort-by-file \
	  --output-file build/words.pot smm_analysis
	for language in de ru kk; do $(BIN)/pybabel -q update --no-fuzzy-matching --ignore-obsolete --width 120 \
	  --ignore-pot-creation-date --domain smm_analysis --locale $$language --input-file build/words.pot \
	  --output-dir smm_analysis/locale || exit 1; done

# Universal locks: hashes, no addresses, so that they hold on every system and behind every mirror.
lock:  ## resolve the dependencies of pyproject.toml anew (needs uv)
	$(UV) pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-annotate --no-header --python-version 3.11 --quiet --output-file requirements.lock
	$(UV) pip compile pyproject.toml --extra dev --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-annotate --no-header --python-version 3.11 --quiet --output-file requirements-dev.lock
	! grep '://' requirements.lock requirements-dev.lock

clean:  ## remove .venv, report/ and caches
	rm -rf $(VENV) report report.part-* build dist .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
