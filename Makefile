# make run    install, then serve on http://127.0.0.1:8000, or as the YUEBAO_ variables say
# make test   install with the training libraries, then every test
# make check  lint, format, types, and the dependencies: pinned, consistent, not known to be vulnerable
# make fuzz   50,000 made-up requests to a server of its own: no 5xx, and nothing that its description lacks
# make bundle train both models and write the bundle; make bench: speed beside named peers

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
SERVE := .venv/.serve.stamp
DEV := .venv/.dev.stamp
TRAIN := .venv/.train.stamp

.PHONY: install install-dev install-train run test check format fuzz bundle bench clean
.DELETE_ON_ERROR:

install: $(SERVE)

install-dev: $(DEV)

install-train: $(TRAIN)

$(SERVE): pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing yuebao with its serving libraries into .venv/ …"
	@$(PIP) install -c constraints.txt -e '.[archive]'
	@touch $@

$(DEV): $(SERVE)
	@echo "installing what checks and tests the code into .venv/ …"
	@$(PIP) install -c constraints.txt -e '.[dev,postgres]'
	@touch $@

# torch first and alone: its pinned build must not be replaced by what another package would choose.
$(TRAIN): $(DEV)
	@echo "installing the training libraries into .venv/ …"
	@$(PIP) install -c constraints.txt torch
	@$(PIP) install -c constraints.txt -e '.[train,ray]'
	@touch $@

run: install
	@$(BIN)/yuebao serve

test: install-train
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n logical --maxprocesses 4 --dist loadfile

check: install-dev
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check -q
	@$(BIN)/mypy
	@$(BIN)/python -m scripts.audit

format: install-dev
	@$(BIN)/ruff check --fix -q
	@$(BIN)/ruff format -q

fuzz: install-train
	@OMP_NUM_THREADS=1 $(BIN)/python -m scripts.fuzz

bundle: install-train
	@$(BIN)/python -m training.make_bundle

bench: install-train
	@$(BIN)/python -m benchmarks

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build *.egg-info
