from __future__ import annotations

import importlib
import inspect
import linecache
import sys
import time
import traceback
from pathlib import Path

import pytest

from autograder.sources.variants import (
    edit,
    load_package,
    read_right,
    read_wrong,
    right,
    unload_package,
    variant_sources,
    wrong,
)
from autograder.spec import Assignment, SpecError, load_assignment
from tests.small_assignment import WRONG, write_small


@pytest.fixture
def small(tmp_path: Path) -> Assignment:
    return load_assignment(write_small(tmp_path))


def test_wrong_and_right_answers_are_read_without_running_them(small: Assignment) -> None:
    added, squared = read_wrong(small)
    assert (added.name, added.task, added.replaces) == ("scale__added", "scale", "scale")
    assert (added.line, squared.line) == (5, 10)
    assert (added.says, added.read) == ("the factor is added.", "task 1.1")
    assert added.source == "def scale(x, factor=2.0):\n    return x + factor\n"
    assert (squared.name, squared.replaces, squared.read) == ("line__squared", "Line.at", "")
    assert squared.source.startswith("def at(self, x):")
    (divided,) = read_right(small)
    assert (divided.task, divided.how) == ("scale", "by repeated addition")


EDITS = """\
from autograder.sources.variants import edit, wrong

edit("scale", "scale__plus", "given * factor", "given + factor", "the factor is added.", read="task 1.1")
edit("Line", "line__down", "return self.slope * x", "x = -x\\n        return self.slope * x",
     says="it falls.", replaces="Line.at")
edit("scale", "scale__halved", new="factor=0.5", old="factor=2.0", says="the default is another.")
"""


def test_an_edit_is_the_reference_with_one_text_replaced(small: Assignment) -> None:
    (small.folder / "wrong.py").write_text(EDITS)
    plus, down, halved = read_wrong(small)
    assert (plus.name, plus.task, plus.replaces) == ("scale__plus", "scale", "scale")
    assert (plus.says, plus.read, down.replaces, down.read) == (
        "the factor is added.",
        "task 1.1",
        "Line.at",
        "",
    )
    assert (plus.line, down.line, halved.line) == (3, 4, 6)
    assert "secret = given + factor  # the answer" in plus.source
    assert "SOLUTION" not in plus.source
    assert halved.source.startswith("def scale(x, factor=0.5):")
    package = load_package(small, variant_sources(small, plus))
    assert importlib.import_module(f"{package}.idea").scale(5.0) == 7.0
    unload_package(package)
    package = load_package(small, variant_sources(small, down))
    assert importlib.import_module(f"{package}.idea").Line(3.0).at(2.0) == -6.0
    unload_package(package)


def test_edits_and_definitions_keep_their_order(small: Assignment) -> None:
    (small.folder / "wrong.py").write_text(WRONG + EDITS.partition("\n\n")[2])
    names = [wrong.name for wrong in read_wrong(small)]
    assert names == ["scale__added", "line__squared", "scale__plus", "line__down", "scale__halved"]


def test_an_edit_keeps_the_decorators(small: Assignment) -> None:
    idea = small.folder / "idea.py"
    idea.write_text(idea.read_text().replace("def scale", "@staticmethod\ndef scale"))
    (small.folder / "wrong.py").write_text(EDITS)
    assert read_wrong(small)[0].source.startswith("@staticmethod\ndef scale")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            '"given * factor"',
            '"gyven"',
            r":3: 'gyven' occurs no times in 'scale'; copy the text from idea\.py",
        ),
        ('"given * factor"', '"given"', r":3: 'given' occurs 2 times in 'scale'; take more of the text"),
        ('"given * factor"', '""', r":3: '' occurs no times in 'scale'"),
        ('"given + factor"', '"given +"', r":3: 'scale' cannot be read with 'given \+' in it"),
        ('"the factor is added."', '" "', r":3: 'scale__plus' needs its sentence"),
        ('"the factor is added."', '"x", "y", "z", "w"', r":3: 8 arguments; it takes task, name, old, new"),
        (
            '"scale", "scale__plus"',
            '"scole", "scale__plus"',
            r":3: unknown task 'scole'; did you mean 'scale'",
        ),
        ('"scale__plus"', '"scale_plus"', r":3: name it <function>__<what is different>"),
        ('"Line.at"', '"Line.art"', r":4: no 'Line\.art' in idea\.py; did you mean 'Line\.at'"),
        ("scale__halved", "scale__plus", r":6: 'scale__plus' is defined twice"),
        ("says=", "sais=", r":4: unknown argument 'sais'; did you mean 'says'"),
    ],
)
def test_a_mistake_in_an_edit_names_its_line(small: Assignment, old: str, new: str, message: str) -> None:
    (small.folder / "wrong.py").write_text(EDITS.replace(old, new, 1))
    with pytest.raises(SpecError, match=rf"a90_small/wrong\.py{message}"):
        read_wrong(small)


def test_a_right_answer_is_no_edit(small: Assignment) -> None:
    (small.folder / "right.py").write_text(EDITS)
    assert read_right(small) == ()


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
    edit("f", "f__x", "1", "2", "x")  # runs, and does nothing
