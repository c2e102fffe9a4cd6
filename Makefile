PYTHON ?= python3
BIN := .venv/bin
export OBROK_DOCUMENTS ?= ../shared/documents

.PHONY: help run serve verify soak calibrate bench notebooks test lint audit lock wheel clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST)

run: .venv/.ready ## run the default case; ARGS="..." passes more
	$(BIN)/obrok run $(ARGS)

serve: .venv/.ready ## open the dashboard of the default case, on this machine; ARGS="my-case" another's
	$(BIN)/obrok serve $(ARGS)

verify: .venv/.ready ## put the engine before its judges, a few minutes; ARGS="..." passes more
	$(BIN)/obrok verify $(ARGS)

soak: .venv/.ready ## faults at random: runs killed, disks full, bytes damaged, 10,000 malformed files; half an hour; ARGS="--kills 20" passes more
	$(BIN)/python bench/survive.py $(ARGS)
	$(BIN)/python bench/malformed.py

calibrate: .venv/.ready ## 1,000 imagined truths of the default case, reported and weighed, half an hour; ARGS="..." passes more
	$(BIN)/obrok calibrate $(ARGS)

bench: .venv/.ready ## the dashboard, its evidence of 5,000 claims; 10,000 documents; a sweep under kills; in an environment of its own: an effective sample beside pyABC, days lived beside Mesa, NumPy, JAX and C
	$(BIN)/python bench/dashboard.py
	$(BIN)/python bench/evidence.py
	$(BIN)/python bench/sweep.py
	$(BIN)/python bench/pile.py
	@$(PYTHON) -m venv .cache/bench
	@.cache/bench/bin/pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@.cache/bench/bin/pip install -qq --disable-pip-version-check pyabc==0.13.0 mesa==3.3.1 jax==0.10.2
	PYTHONPATH=src .cache/bench/bin/python bench/pyabc_chita.py $(ARGS)
	PYTHONPATH=src .cache/bench/bin/python -c "from obrok.outward.cli import main; main()" bench

notebooks: .venv/.ready ## run the notebooks anew and store what they print; ARGS="monitor" one of them
	$(BIN)/python -m tests.notebooks $(ARGS)

test: .venv/.ready ## run the tests, two files at a time; ARGS="..." passes more
	$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

lint: .venv/.ready ## check style and types
	$(BIN)/ruff check
	$(BIN)/mypy

audit: ## ask the registry, over the network, for known weaknesses of what requirements.lock names
	@$(PYTHON) -m venv .cache/audit
	@.cache/audit/bin/pip install -qq --disable-pip-version-check pip-audit==2.10.1
	.cache/audit/bin/pip-audit --require-hashes --disable-pip -r requirements.lock $(ARGS)

wheel: .venv/.ready ## build the source archive and the wheel into dist/
	rm -rf dist
	$(BIN)/python -m build --no-isolation

lock: ## remake requirements.lock, keeping its versions; ARGS=--upgrade takes the newest
	@command -v uv >/dev/null || { echo "make lock needs uv on the PATH: pip install uv" >&2; exit 1; }
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --fork-strategy fewest \
	  --generate-hashes --no-header --no-annotate --no-emit-index-url --quiet -o requirements.lock $(ARGS)

clean: ## remove what make made; out/, archive/ and documents/ stay
	rm -rf .venv .cache dist build .pytest_cache .hypothesis .ruff_cache .mypy_cache
	find src tests -name __pycache__ -prune -exec rm -rf {} +

# The stamp comes last, and --clear empties what a broken set-up left: half a .venv never counts.
.venv/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("obrok needs Python 3.11 or newer: make PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	@echo "setting up .venv, a minute or two"
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
