# Two commands for a fresh machine with Python 3.11 or later:  make demo   make test
# The small CPU build of torch:  make demo TORCH_INDEX=https://download.pytorch.org/whl/cpu
PYTHON ?= python3
BIN := .venv/bin
WORKFLOWS := .github/workflows autograder/templates/student/github/workflows

.PHONY: demo pictures test test-cuda redteam fuzz labs
demo: .venv/installed
	$(BIN)/autograder demo

# The README's two pictures, made from the demo; needs Chromium.
pictures: .venv/installed
	$(BIN)/autograder demo --pictures docs

test: .venv/installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/zizmor --offline --quiet --persona=auditor $(WORKFLOWS)
	$(BIN)/actionlint $(addsuffix /*.yml,$(WORKFLOWS))
	$(BIN)/pytest
	$(BIN)/autograder verify
	$(BIN)/autograder redteam

# What needs a GPU, the same with the CPU in its place, all labs on a pretended one, and the figures that the README would
# quote of a real one.
test-cuda: .venv/installed
	$(BIN)/pytest -m cuda -rs tests/test_cuda.py
	$(BIN)/pytest tests/test_gpu.py tests/test_ondevice.py tests/test_rounding.py
	$(BIN)/autograder lab --device twin
	if $(BIN)/autograder doctor --device cuda; then $(BIN)/autograder bench gpu; \
	else $(BIN)/autograder bench gpu a09 a11 --device cpu --gradings 2; fi

# Every attack as whoever you are, as on two older kernels and, when you are root, as an ordinary user.
redteam: .venv/installed
	$(BIN)/autograder redteam
	$(BIN)/autograder redteam --landlock-abi 1
	$(BIN)/autograder redteam --landlock-abi 4
	test "$$(id -u)" != 0 || $(BIN)/autograder redteam --as-user

# A million frames against the wire, led by coverage: a minute. A million entries against the collector: an hour.
fuzz: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[fuzz]'
	PYTHONPATH=. $(BIN)/python tests/fuzz_wire.py -runs=1000000
	PYTHONPATH=. $(BIN)/python -m tests.fuzz_entries 1000000

# Every lab from top to bottom on the reference: a minute each.
labs: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[lab]'
	set -e; for lab in solutions/*/lab.py; do $(BIN)/autograder lab "$$(basename "$$(dirname "$$lab")")" --execute; done

.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) torch==2.13.0
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@
