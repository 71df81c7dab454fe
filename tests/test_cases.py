"""Hand-ins that real classes have: right answers with one thing changed, at home and graded."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from autograder import athome
from autograder.authoring.release import release
from autograder.calls.outcomes import AT_IMPORT, LIBRARIES, LOCKED, NO_GPU, NOBODY_TYPES, NOTEBOOK
from autograder.intake.allowlist import AllowList
from autograder.intake.handin import choose
from autograder.intake.parsing import UNREADABLE
from autograder.intake.tree import folder_listing
from autograder.judging.grading import grade
from autograder.judging.judge import Judge
from autograder.pages.report import feedback_page
from autograder.pipeline import collect_class
from autograder.practice import Practice
from autograder.records import Verdict
from autograder.seeds import PRACTICE
from autograder.spec import Assignment, Limits

HELPER = "import torch\n\n\ndef one(x):\n    return x * 1\n"  # mine.py, which the answers call
RELATIVE = "from .mine import one"
PLOT = 'import matplotlib.pyplot as plt\nplt.plot([1])\nplt.savefig("plot.png")\nplt.show()\n'
WORK = "import time\nstart = time.process_time()\nwhile time.process_time() - start < 0.7:\n    pass\n"


class Case(NamedTuple):
    """What mine.py holds and how it is imported, whether all is right, and what is said in both places."""

    mine: str | bytes = HELPER
    imported: str = RELATIVE
    passes: bool = True
    said: tuple[str, ...] = ()


CASES = {
    "sibling by its name": Case(imported="from mine import one"),
    "sibling as a module": Case(imported="import mine\none = mine.one"),
    "sibling of the folder": Case(imported="from . import mine\none = mine.one"),
    "sibling by its whole name": Case(imported="from assignments.a99_example.mine import one"),
    "two names are one module": Case(imported=f"{RELATIVE}\nimport mine\nassert mine.one is one"),
    "savefig at import": Case(HELPER + PLOT, passes=False, said=("mine.py, line 8", LOCKED)),
    "torch saves": Case(HELPER + 'torch.save([1], "x.pt")\n', passes=False, said=("mine.py, line 6",)),
    "reads a file": Case(HELPER + 'torch.load("lab.npz")\n', passes=False, said=("mine.py, line 6", LOCKED)),
    "makes a folder": Case(
        HELPER + 'from pathlib import Path\nPath("out").mkdir(exist_ok=True)\n',
        passes=False,
        said=("mine.py, line 7", LOCKED),
    ),
    "starts a process": Case(
        HELPER + 'import subprocess\nsubprocess.run(["ls"])\n', passes=False, said=("mine.py, line 7", LOCKED)
    ),
    "asks the network": Case(
        HELPER + 'import socket\nsocket.create_connection(("127.0.0.1", 9))\n',
        passes=False,
        said=("mine.py, line 7", LOCKED),
    ),
    "compiled": Case(HELPER.replace("def one", "@torch.compile\ndef one")),
    "compiled with options": Case(HELPER.replace("def one", "@torch.compile(fullgraph=True)\ndef one")),
    "scripted": Case(HELPER.replace("(x)", "(x: torch.Tensor)") + "one = torch.jit.script(one)\n"),
    "a library too many": Case(
        "import elsewhere\n" + HELPER, passes=False, said=("No module named 'elsewhere'", "line 1", LIBRARIES)
    ),
    "a library that may be missing": Case(
        "try:\n    import elsewhere\nexcept ImportError:\n    elsewhere = None\n" + HELPER
    ),
    "cuda": Case(HELPER.replace("x * 1", 'x.to("cuda") * 1'), passes=False, said=("mine.py, line 5", NO_GPU)),
    "cuda where there is one": Case(
        HELPER.replace("x * 1", 'x.to("cuda" if torch.cuda.is_available() else "cpu")')
    ),
    "input": Case(HELPER + 'T = int(input("T? "))\n', passes=False, said=("mine.py, line 6", NOBODY_TYPES)),
    "magic": Case("%matplotlib inline\n" + HELPER, passes=False, said=("mine.py, line 1", NOTEBOOK)),
    "latin-1": Case(HELPER.encode() + b'"""d\xe9bruitage"""\n', passes=False, said=("mine.py",)),
    "latin-1 in a comment": Case(HELPER.encode() + b"# d\xe9bruitage\n", passes=sys.version_info < (3, 12)),
    "latin-1 declared": Case(b"# coding: latin-1\n# d\xe9bruitage\n" + HELPER.encode()),
    "byte order mark": Case(b"\xef\xbb\xbf" + HELPER.encode()),
    "line ends of Windows": Case(HELPER.replace("\n", "\r\n")),
    "work in its place": Case(HELPER + 'if __name__ == "__main__":\n    open("x", "w")\n'),
}
UNCOMPILED = "mine.py, line 4: not compiled, neither here nor when graded; that costs no points."
NOT_UTF_8 = "mine.py is not UTF-8: byte 0xe9 at offset {}, line 6; save it as UTF-8."
NOTICES = {
    "compiled": UNCOMPILED,
    "compiled with options": UNCOMPILED,
    "magic": f"mine.py, line 1: {UNREADABLE}",
    "latin-1": NOT_UTF_8.format(len(HELPER) + 4),
    "latin-1 in a comment": NOT_UTF_8.format(len(HELPER) + 3),
}


@pytest.fixture(scope="module")
def practice(course_root: Path, example: Assignment) -> Iterator[Practice]:
    release(example, course_root, course_root / "assignments")
    with Practice(course_root / "assignments" / example.name) as practice:
        yield practice


@pytest.fixture
def folder(practice: Practice) -> Iterator[Path]:
    """The student's folder, as released again after each test."""
    folder = practice.assignment.folder
    kept = {path.name: path.read_bytes() for path in folder.glob("*.py")}
    (folder / "lab.npz").write_bytes(b"")
    yield folder
    shutil.rmtree(folder / "__pycache__", ignore_errors=True)
    for path in (*folder.glob("*.py"), folder / "lab.npz"):
        path.unlink()
    for name, content in kept.items():
        (folder / name).write_bytes(content)


def hand_in(folder: Path, answers: dict[str, bytes], case: Case) -> None:
    text = answers["noising.py"].decode().replace("import torch\n", f"import torch\n{case.imported}\n", 1)
    (folder / "noising.py").write_text(text.replace("    # BEGIN SOLUTION\n", "    one(torch.ones(1))\n"))
    (folder / "mine.py").write_bytes(case.mine if isinstance(case.mine, bytes) else case.mine.encode())


def at_home(practice: Practice) -> tuple[bool, str]:
    problems = [check for one in practice.run() for check in one.problems]
    return not problems, "\n".join(line for check in problems for line in (check.message, check.hint))


def graded(judge: Judge, folder: Path) -> tuple[bool, str]:
    taken = choose(folder_listing(folder)(""), AllowList(folder.name, frozenset({"noising.py"})))
    outcomes = [run.outcome for run in judge.judge(taken.files, PRACTICE)]
    said = "\n".join(line for one in outcomes for line in (one.message, one.hint))
    return all(one.verdict is Verdict.PASS for one in outcomes), said


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:FigureCanvasAgg:UserWarning")
@pytest.mark.parametrize("name", CASES)
def test_what_passes_at_home_passes_when_graded(
    name: str,
    practice: Practice,
    judge: Judge,
    folder: Path,
    answers: dict[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    (tmp_path / "elsewhere.py").write_text("")  # installed here, and no requirement of ours
    monkeypatch.syspath_prepend(str(tmp_path))
    case = CASES[name]
    hand_in(folder, answers, case)
    home, said_at_home = at_home(practice)
    official, said = graded(judge, folder)
    assert (home, official) == (case.passes, case.passes), said_at_home + said
    for sentence in case.said:
        assert sentence in said_at_home
        assert sentence in said
    assert practice.notices == ([NOTICES[name]] if name in NOTICES else [])


def test_work_at_import_is_told_as_such(
    practice: Practice, judge: Judge, folder: Path, answers: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(folder, answers, Case())
    (folder / "noising.py").write_text((folder / "noising.py").read_text() + WORK)
    _, said = graded(judge, folder)  # at most 0.5 s a call
    assert f"importing noising.py ran longer than 0.5 s\n{AT_IMPORT}" in said
    monkeypatch.setattr(practice, "assignment", replace(practice.assignment, limits=Limits(call_cpu_s=0.5)))
    assert at_home(practice)[0]
    assert any(line.startswith("noising.py: importing it takes 0.") for line in practice.notices)


def test_a_setting_changed_at_import_fails_a_call_in_both_places_and_no_more(
    practice: Practice, judge: Judge, folder: Path, answers: dict[str, bytes]
) -> None:
    hand_in(folder, answers, Case(HELPER + "torch.set_default_dtype(torch.float64)\n"))
    failed = [check.message for one in practice.run() for check in one.problems]
    assert len(failed) == 1
    assert "default dtype" in failed[0]
    passes, said = graded(judge, folder)
    assert not passes
    assert "default dtype" in said


def test_a_name_in_other_case_is_that_file_with_a_notice(
    practice: Practice, judge: Judge, folder: Path, answers: dict[str, bytes]
) -> None:
    hand_in(folder, answers, Case())
    (folder / "noising.py").rename(folder / "Noising.py")
    assert graded(judge, folder)[0]
    practice.run()
    assert practice.notices == ["Noising.py is graded as noising.py: rename it."]


def test_an_honest_class_is_told_nothing_about_its_files(
    practice: Practice,
    judge: Judge,
    folder: Path,
    answers: dict[str, bytes],
    course_root: Path,
    example: Assignment,
    tmp_path: Path,
) -> None:
    hand_in(folder, answers, Case())
    (folder / "__pycache__").mkdir(exist_ok=True)
    (folder / "__pycache__" / "mine.cpython-311.pyc").write_bytes(b"")
    shutil.copytree(course_root / "assignments", tmp_path / "test-a99_example-ada" / "assignments")
    shutil.copytree(folder, tmp_path / "bob")
    shutil.make_archive(str(tmp_path / "zoe"), "zip", folder.parent, folder.name)
    assert at_home(practice)[0]
    assert practice.notices == []
    for one in collect_class(course_root, example, tmp_path, None, None):
        result = grade(judge, one, PRACTICE)
        assert (result.grade.score, result.grade.notices) == (100, ())
        assert "About your files" not in feedback_page(result, example)


@pytest.mark.parametrize(
    ("oldest", "text"),
    [((3, 7), "if (n := 1):\n    pass\n"), ((3, 9), "match 1:\n    case 1:\n        pass\n")],
)
def test_a_newer_python_is_told(
    practice: Practice, folder: Path, monkeypatch: pytest.MonkeyPatch, oldest: tuple[int, int], text: str
) -> None:
    (folder / "mine.py").write_text(HELPER + text)
    assert athome.before_handing_in(practice.assignment) == []
    monkeypatch.setattr(athome, "OLDEST", oldest)
    (notice,) = athome.before_handing_in(practice.assignment)
    assert notice.startswith("mine.py, line ")
    assert f"this needs more than Python 3.{oldest[1]}" in notice
