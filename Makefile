# make demo              JupyterLab on the quickstart notebook
# make demo HEADLESS=1   run that notebook without a window and leave notebooks/quickstart.png
# make test              everything that is checked: ruff, biome, tsc, vitest, pytest with a real JupyterLab
# make bench             the measurements, many minutes on a quiet machine: tests/benchmarks/results.json, and tables
#
# All of it happens in .venv, made with PYTHON (3.11 or newer): make test PYTHON=python3.12
# make test OLDEST=1     with the oldest releases that pyproject.toml allows; doctests print what the newest do, and rest
# make test WITH=pyarrow with something installed beside it; both want a .venv that is not there yet: make clean
# Works with GNU make 3.81, which macOS has.

PYTHON ?= python3
OLDEST ?=
WITH ?=
HEADLESS ?=
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check
INSTALLS := pyproject.toml hatch_build.py
# Jupyter refuses to be root, which is what people are in a container.
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

.PHONY: help demo test bench lint frontend clean

help:
	@sed -n 's/^# \{0,1\}//; 1,4p' Makefile

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "error: Python 3.11 or newer is needed; say which: make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --upgrade pip

# A stamp says which extras are in .venv, so that a second run installs nothing.
$(VENV)/.lab: $(INSTALLS) | $(PY)
	$(PIP) install --editable ".[lab]"
	@touch $@

$(VENV)/.dev: $(INSTALLS) | $(PY)
	$(PIP) install --editable ".[dev]" $(WITH) $(if $(OLDEST),--constraint tests/constraints-oldest.txt)
	@touch $@ $(VENV)/.lab

# Rebuilds the bundle when js/ has changed since; without a Node on the PATH, pip brings one.
frontend:
	@needs=`$(PY) -m tools.frontend requires` && { test -z "$$needs" || $(PIP) install $$needs; }
	@$(PY) -m tools.frontend

demo: $(VENV)/.lab
	@$(MAKE) --no-print-directory frontend
ifeq ($(HEADLESS),)
	$(PY) -m jupyterlab $(AS_ROOT) notebooks/quickstart.ipynb
else
	@$(PY) -c 'import playwright' 2>/dev/null || $(PIP) install playwright
	@browser=`$(PY) -m tools.chromium --install` && \
	  CHROMIUM="$$browser" $(PY) -m tools.photograph notebooks/quickstart.ipynb notebooks/quickstart.png
endif

lint: $(VENV)/.dev
	@needs=`$(PY) -m tools.frontend requires --tools` && { test -z "$$needs" || $(PIP) install $$needs; }
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m tools.frontend run biome ci .
	$(PY) -m tools.frontend run tsc --noEmit

# The browser is looked for before anything slow runs. pytest comes last: its closing line is the result.
test: lint
	@$(MAKE) --no-print-directory frontend
	@browser=`$(PY) -m tools.chromium --install` && export CHROMIUM="$$browser" && set -x && \
	  $(PY) -m tools.frontend run vitest run && \
	  $(PY) -m pytest $(if $(OLDEST),tests)

bench: $(VENV)/.dev
	@rm -f tests/benchmarks/results.json
	@$(MAKE) --no-print-directory frontend
	@browser=`$(PY) -m tools.chromium --install` && export CHROMIUM="$$browser" && set -x && \
	  $(PY) -m tools.frontend run node bench/run.mjs ../tests/benchmarks/results.json && \
	  for script in tests/benchmarks/bench_*.py; do $(PY) $$script || exit 1; done && \
	  $(PY) tests/benchmarks/record.py

clean:
	rm -rf $(VENV) js/node_modules dist pixplot_widget/static/*.*
