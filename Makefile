# Everything here needs Python 3.11 or newer, make and a network, and nothing else.
# Another Python: make PYTHON=python3.13 run

PYTHON ?= python3
VENV ?= .venv
PY = $(VENV)/bin/python
CRMLIB = $(PY) -m crmlib.cli
# The stamp knows its folder: a .venv that was moved or copied is set up again.
STAMP = $(VENV)/installed-$(shell pwd | cksum | cut -d' ' -f1)
NOTEBOOKS = $(wildcard notebooks/*.ipynb casestudies/*/*.ipynb)
PYTEST = $(PY) -m pytest -q -n auto --dist loadscope
UV = build/lock/bin/uv

.PHONY: help run test test-full lab book wheel notebooks check bench lock git-diff

help:
	@echo "make run        run the Walmart study, write the notebook and its page under runs/"
	@echo "make test       every test but the slow ones, and every notebook"
	@echo "make test-full  the slow tests"
	@echo "make lab        JupyterLab at the start page"
	@echo "make book       the book as pages to read in a browser: build/book/index.html"
	@echo "make wheel      the package as students install it, without solutions: dist/crmlib-*.whl"
	@echo "make notebooks  rebuild the executed notebooks in place"
	@echo "make check      style, and the lists that must be in step"
	@echo "make bench      the benchmarks against other libraries"
	@echo "make lock       pin again what pyproject.toml asks for (UPGRADE=--upgrade: newest)"
	@echo "make git-diff   let git show changes of notebooks as text"

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$(PYTHON) is not Python 3.11 or newer; name one that is: make PYTHON=python3.12 run" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) has no venv or ensurepip; on Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@$(PY) -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Setting up $(VENV) (once; a few minutes)"; $(PYTHON) -m venv --clear $(VENV); }
	@rm -f $(VENV)/installed-*
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: $(STAMP)
	@$(CRMLIB) run walmart --set base

test: $(STAMP)
	$(PYTEST) -m "not full" $(ARGS)
	$(PYTEST) -o addopts=--strict-markers -W default --nbval-lax --nbval-current-env \
	  --nbval-cell-timeout=120 --nbval-sanitize-with .ci/nbval.cfg $(NOTEBOOKS)

test-full: $(STAMP)
	$(PYTEST) -m full $(ARGS)

lab: $(STAMP)
	$(PY) -m jupyterlab --LabApp.app_settings_dir='$(CURDIR)/.lab' --LabApp.default_url=/lab/tree/notebooks/start.md

book: $(STAMP)
	$(PY) book/assemble.py build/book-source
	@rm -rf build/book
	$(PY) -m sphinx -W --keep-going -q -d build/book-doctrees -c book build/book-source build/book
	@echo "Open build/book/index.html"

# What an earlier build left in build/ would get in.
wheel: $(STAMP)
	@rm -rf build/lib build/bdist.* dist/crmlib-*.whl
	$(PY) -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation -w dist .
	@echo "For students: pip install $$(ls dist/crmlib-*.whl)"

notebooks: $(STAMP)
	$(CRMLIB) build
	$(PY) tests/readme_picture.py

check: $(STAMP)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m pytest -q tests/test_environment.py $(wildcard tests/test_map.py)

bench: $(STAMP)
	$(PY) -m pip install --quiet --disable-pip-version-check -r benchmarks/requirements.txt
	$(PY) benchmarks/baskets.py

lock:
	@test -x $(UV) || { $(PYTHON) -m venv build/lock && build/lock/bin/pip install --quiet uv; }
	$(UV) --no-config pip compile pyproject.toml --extra test --extra book --universal --python-version 3.11 \
	  --generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links \
	  --custom-compile-command "make lock" $(UPGRADE) --quiet -o requirements.lock

git-diff: $(STAMP)
	git config diff.ipynb.textconv "'$(CURDIR)/$(PY)' -m crmlib.cli show"
