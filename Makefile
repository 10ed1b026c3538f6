# `make demo` and `make test` need Python 3.11 or newer and make, nothing else.
PYTHON ?= python3
VENV   ?= .venv
BIN     = $(VENV)/bin
# What is never loaded is not compiled to bytecode either: a third of what installing would take.
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt

.PHONY: help demo test check bench mutants screenshots serve notebooks docs examples clean
help:
	@echo "make demo       plan a month on the shipped sample; results under out/"
	@echo "make test       run every test, in an order whose seed the first lines tell"
	@echo "make serve      start the wallboard on http://127.0.0.1:8000"
	@echo "make check      lint, types, import contracts"
	@echo "make notebooks  run the notebooks"
	@echo "make docs       the handbook in both languages, under out/handbook"
	@echo "make examples   run what the handbook shows, and write what it prints into its pages"
	@echo "make screenshots  pictures of every page and state, under out/screenshots (ONLY='wall surge 1366')"
	@echo "make bench      the measured comparisons, put down in tests/benchmarks/RESULTS.md (two to three hours; ONLY='start_up')"
	@echo "make mutants    break the code a little, many times over, and count what the tests notice (long)"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "huawu needs Python 3.11 or newer; call 'make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)'"; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing huawu into $(VENV) (a minute or two, once)"
	@$(INSTALL) -e '.[pictures]'
	@echo "Compiling the roster search and the simulator (another minute, once)"
	@$(BIN)/python -c "from optimizer.search.rostering import make_ready; make_ready()" & rosters=$$!; \
	  $(BIN)/python -c "from forecaster.simulation.simulator import make_ready; make_ready()" && wait $$rosters
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	@echo "Installing the test tools into $(VENV)"
	@$(INSTALL) -e '.[test]'
	@touch $@

demo: $(VENV)/.installed
	@$(BIN)/huawu demo --out out

serve: $(VENV)/.installed
	@$(BIN)/huawu serve

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest -n 3 --dist worksteal

check: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

notebooks: $(VENV)/.installed-test
	$(BIN)/python -m pytest --nbmake notebooks -n 2

docs: $(VENV)/.installed-test
	@$(BIN)/python docs/handbook.py out/handbook
	@echo "Open next: out/handbook/index.html"

examples: $(VENV)/.installed-test
	$(BIN)/python docs/examples.py $(PAGES)

screenshots: $(VENV)/.installed-test
	$(BIN)/python -m tests.browser.screenshots $(ONLY)

bench: $(VENV)/.installed-test
	$(if $(ONLY),,$(BIN)/python -m pytest -m long -n 2)
	$(BIN)/python -m tests.benchmarks $(ONLY)

mutants: $(VENV)/.installed-test
	$(BIN)/python -m tests.mutants $(MUTANTS)

clean:
	rm -rf $(VENV) out
