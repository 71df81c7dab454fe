"""Bytecode of what was handed in: made where none of it has run, and nothing else is taken for it."""

from __future__ import annotations

import pytest
import torch

from autograder.calls.bytecode import bytecode_in, bytecode_of, compile_files


def test_what_python_refuses_or_warns_of_is_left_to_who_imports_it(tmp_path):
    sources = {"good.py": "x = 1\n", "broken.py": "def f(:\n", "warned.py": "x = '\\d'\n", "null.py": "\0"}
    for name, source in sources.items():
        (tmp_path / name).write_text(source)
    found = compile_files(tmp_path, [*sources, "missing.py"])
    assert bytecode_in(found, sources) == {"good.py": bytecode_of("good.py", b"x = 1\n")}


def test_nothing_is_run_to_compile_it(tmp_path):
    (tmp_path / "loud.py").write_text("raise SystemExit\n")
    assert compile_files(tmp_path, ["loud.py"]).keys() == {"loud.py"}


@pytest.mark.parametrize(
    "said",
    [None, [1], {"a.py": 1}, {"a.py": torch.zeros(3)}, {"../b.py": torch.zeros(3, dtype=torch.uint8)}],
)
def test_what_is_no_bytecode_of_a_file_that_was_asked_for_counts_as_nothing(said):
    assert bytecode_in(said, ["a.py"]) == {}
