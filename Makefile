# Every target sets itself up: a fresh clone needs Python 3.11 or newer and make, nothing else.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
CALLS  ?= 100000
SEED   ?= 0
TRAIN  := $(VENV)/.train-installed
DEV    := $(VENV)/.dev-installed

.DEFAULT_GOAL := help
.PHONY: help train test long numba check format bench doctor docs labs fuzz gallery clean

help:  ## what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

train: $(TRAIN)  ## learn handwritten digits; pictures in runs/
	$(BIN)/chalkgrad train digits
	@echo "To use the command chalkgrad yourself: . $(BIN)/activate"

test: $(DEV)  ## every test but the long ones and the benchmarks
	$(BIN)/python -m pytest -n 2

long: $(DEV)  ## the long tests: the doctor's real cases, every layer compiled, failing processes, other engines
	$(BIN)/python -m pytest -n 2 -m long

numba: $(DEV)  ## every op and every layer compiled by Numba, a quarter of an hour
	$(BIN)/python -m pytest -n 2 -m numba

check: $(DEV)  ## style, types, layout
	$(BIN)/ruff check .
	$(BIN)/ruff format --check autograd nn demos .ci
	$(BIN)/mypy
	$(BIN)/python .ci/layout.py

format: $(DEV)  ## put imports and layout in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format autograd nn demos .ci

bench: $(DEV)  ## time the engine beside PyTorch, NumPy and micrograd
	$(BIN)/python -m tests.benchmarks

doctor: $(DEV)  ## the doctor on every real case, and on its mended programs from three seeds
	DOCTOR_SEEDS="0 4 5" $(BIN)/python -m pytest -n 2 --quiet -m "long or not long" tests/nn/doctor/test_doctor.py tests/nn/doctor/test_real_cases.py
	$(BIN)/python -m tests.doctor_cases --seeds 3

docs: $(DEV)  ## the site of these pages, every program run: build/docs/index.html
	$(BIN)/python -m pytest --quiet tests/test_docs.py
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet -E docs build/docs
	$(BIN)/python .ci/site_check.py build/docs

labs: $(DEV)  ## every lab in full, and its figures into docs/labs.md
	$(BIN)/python .ci/labs.py

fuzz: $(DEV)  ## run random programs here and in PyTorch; CALLS=1000000 runs longer
	CALLS=$(CALLS) SEED=$(SEED) $(BIN)/python -m tests.fuzz

gallery: $(DEV)  ## draw the pictures of the documentation again
	$(BIN)/python .ci/drawings.py
	$(BIN)/python .ci/gallery.py
	$(BIN)/python -W ignore .ci/mistake_pictures.py

clean:  ## remove what the other targets made
	rm -rf $(VENV) runs build dist *.egg-info .benchmarks .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(TRAIN): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[train]'
	@touch $@

$(DEV): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $(TRAIN) $@
