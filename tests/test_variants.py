from __future__ import annotations

import importlib
import inspect
import linecache
import sys
import time
import traceback
from pathlib import Path

import pytest

from autograder.spec import Assignment, SpecError, load_assignment
from autograder.variants import (
    load_package,
    read_right,
    read_wrong,
    right,
    unload_package,
    variant_sources,
    wrong,
)
from tests.small_assignment import WRONG, write_small


@pytest.fixture
def small(tmp_path: Path) -> Assignment:
    return load_assignment(write_small(tmp_path))


def test_wrong_and_right_answers_are_read_without_running_them(small: Assignment) -> None:
    added, squared = read_wrong(small)
    assert (added.name, added.task, added.replaces) == ("scale__added", "scale", "scale")
    assert (added.says, added.read) == ("the factor is added.", "task 1.1")
    assert added.source == "def scale(x, factor=2.0):\n    return x + factor\n"
    assert (squared.name, squared.replaces, squared.read) == ("line__squared", "Line.at", "")
    assert squared.source.startswith("def at(self, x):")
    (divided,) = read_right(small)
    assert (divided.task, divided.how) == ("scale", "by repeated addition")


def test_an_assignment_without_the_files_has_no_variants(small: Assignment) -> None:
    (small.folder / "wrong.py").unlink()
    assert read_wrong(small) == ()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"scale", "the', '"scole", "the', r":4: .*|unknown task 'scole'; did you mean 'scale'\?"),
        ('"the factor is added."', '""', "'scale__added' needs its sentence"),
        ('"the factor is added."', "f'{1}'", "says must be a plain string"),
        ("read=", "reed=", r"unknown argument 'reed'; did you mean 'read'\?"),
        ("scale__added", "scale_added", "name it <function>__<what is different>"),
        ("scale__added", "scall__added", r"no 'scall' in idea\.py; did you mean 'scale'\?"),
        ("line__squared", "scale__added", "'scale__added' is defined twice"),
    ],
)
def test_a_mistake_in_wrong_py_names_its_line(small: Assignment, old: str, new: str, message: str) -> None:
    (small.folder / "wrong.py").write_text(WRONG.replace(old, new, 1))
    with pytest.raises(SpecError, match=rf"a90_small/wrong\.py:\d+: .*{message}"):
        read_wrong(small)


def test_a_sibling_that_imports_the_function_gets_the_replacement(small: Assignment) -> None:
    package = load_package(small, variant_sources(small, read_wrong(small)[0]))
    try:
        assert importlib.import_module(f"{package}.idea").scale(5.0) == 7.0
        assert importlib.import_module(f"{package}.given").twice(5.0) == 7.0
        plain = load_package(small, {})
        assert importlib.import_module(f"{plain}.given").twice(5.0) == 10.0
        unload_package(plain)
    finally:
        unload_package(package)
    assert not [name for name in sys.modules if name.startswith("a90_small__")]
    assert not [file for file in linecache.cache if "@variant" in file]
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(f"{package}.idea")


def test_a_method_is_replaced_within_its_class(small: Assignment) -> None:
    package = load_package(small, variant_sources(small, read_wrong(small)[1]))
    assert importlib.import_module(f"{package}.idea").Line(3.0).at(2.0) == 12.0
    unload_package(package)


def test_tracebacks_and_inspect_show_the_source(small: Assignment) -> None:
    package = load_package(small, variant_sources(small, read_wrong(small)[0]))
    scale = importlib.import_module(f"{package}.idea").scale
    with pytest.raises(TypeError) as problem:
        scale("text")
    assert "return x + factor" in "".join(traceback.format_exception(problem.value))
    assert inspect.getsource(scale) == "def scale(x, factor=2.0):\n    return x + factor\n"
    linecache.clearcache()  # whoever clears it must not cost us the lines
    assert "return x + factor" in "".join(traceback.format_tb(problem.value.__traceback__))
    assert Path(scale.__code__.co_filename).parent == small.folder
    given = importlib.import_module(f"{package}.given")
    assert Path(given.__file__ or "") == small.folder / "given.py"
    unload_package(package)


def test_a_syntax_error_costs_only_its_file(small: Assignment) -> None:
    package = load_package(small, {"idea.py": "def (\n"})
    assert importlib.import_module(f"{package}.given").ONE == 1.0
    with pytest.raises(SyntaxError):
        importlib.import_module(f"{package}.idea")
    unload_package(package)


def test_loading_is_cheap(small: Assignment) -> None:
    sources = variant_sources(small, read_wrong(small)[0])
    start = time.process_time()
    for _ in range(50):
        package = load_package(small, sources)
        importlib.import_module(f"{package}.idea")
        unload_package(package)
    assert (time.process_time() - start) / 50 < 0.02


def test_the_decorators_leave_functions_alone() -> None:
    def f() -> int:
        return 1

    assert wrong("f", "x", read="y")(f) is f
    assert right("f", "x")(f) is f
