"""The cohort that every front end grades has all kinds of hand-ins, and a difference is told."""

from __future__ import annotations

import ast
import pickle
import time
from pathlib import Path

import pytest

from autograder.benches import parity
from autograder.benches.cohort import FAILING, NAME, cohort, hostile, write_course
from autograder.benches.ways import public_points
from autograder.records import CheckResult, Verdict, Visibility
from autograder.spec import Assignment

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    return write_course(tmp_path_factory.mktemp("parity"), ROOT)


def test_at_least_thirty_hand_ins_of_which_no_two_kinds_are_missing(tiny: Assignment) -> None:
    files = cohort(tiny)
    texts = [own.get("noising.py", b"").decode() for own in files.values()]
    assert len(files) >= 30
    assert len(set(texts)) >= 25
    kinds = ("os._exit(0)", "while True", "return x0 * 0 + 13", "NotImplementedError", "ctypes.string_at(0)")
    assert all(any(kind in text for text in texts) for kind in kinds)
    assert texts.count("") == 2  # nothing at all, and another file only


def test_the_check_that_fails_for_our_fault_is_one_of_the_course(tiny: Assignment) -> None:
    text = (tiny.folder / "hidden" / "test_noising.py").read_text()
    assert text.endswith(FAILING)
    ast.parse(text)


def test_hostile_files_would_leave_a_mark(tmp_path: Path) -> None:
    bad = hostile(f"{NAME}.ipynb", tmp_path / "mark")
    pickle.loads(bad[".OTTER_LOG"])
    assert (tmp_path / "mark").exists()
    assert str(tmp_path / "mark") in bad["torch.py"].decode()
    assert str(tmp_path / "mark") in bad[f"{NAME}.ipynb"].decode()


def test_other_points_and_a_mark_are_a_difference(tmp_path: Path) -> None:
    right = {"ada": (40.0, 60.0, 100.0), "bob": None}
    mark, now = tmp_path / "mark", time.perf_counter()
    assert parity._row("x", "pytest", right, dict(right), now, mark).equal
    row = parity._row("x", "pytest", right, right | {"bob": (0.0, 0.0, 0.0)}, now, mark)
    assert (row.equal, row.differing) == (False, ("bob",))
    mark.touch()
    assert not parity._row("x", "pytest", right, dict(right), now, mark).equal


def test_at_home_public_checks_alone_count() -> None:
    def check(where: Visibility, verdict: Verdict) -> CheckResult:
        return CheckResult("tests/a.py::test_a", "", where, verdict)

    public = [check(Visibility.PUBLIC, Verdict.PASS), check(Visibility.PUBLIC, Verdict.FAIL)]
    hidden = [check(Visibility.HIDDEN, Verdict.FAIL)]
    assert public_points([(40.0, public + hidden), (60.0, public[:1])]) == (20.0, 60.0, 80.0)
