"""Which definitions a check reaches: what its run is seen to call."""

from __future__ import annotations

import sys
from pathlib import Path

from autograder.judging.session import Session
from autograder.proving.harness import Harness
from autograder.proving.traced import called_in
from autograder.spec import load_assignment

from .small_assignment import imports_apart
from .tiny_assignment import write_tiny

PLAYS = '''
def value_of(code, file, function, x):
    """Return what a function of which only the name comes makes of x."""
    return getattr(getattr(code, file), function)(x)
'''
CHECK = '''

@task("total")
def test_total_by_its_name(submission, seed):
    """The sum is right"""
    x = seed.normal(4)
    close(submission.play(plays.value_of, "second", "total", x), float(x.sum()))
'''
USED = (
    "hidden/test_both.py::test_double_of_fresh_numbers",
    "hidden/test_both.py::test_total_of_fresh_numbers",
    "hidden/test_both.py::test_total_by_its_name",
)


def test_a_check_reaches_what_it_is_seen_to_call(tmp_path: Path) -> None:
    folder = write_tiny(tmp_path)
    (folder / "plays.py").write_text(PLAYS)
    (folder / "second.py").write_text((folder / "second.py").read_text() + "\n\nLEAST = 0\n")
    hidden = folder / "hidden" / "test_both.py"
    text = hidden.read_text().replace("close, task", "close, task\n\nfrom .. import plays")
    hidden.write_text(text + CHECK)
    with imports_apart(), Session([folder / "tests", folder / "hidden"]) as session:
        harness = Harness(load_assignment(folder), session)
        judged = harness.learn()
    assert harness.problems == []
    assert [one.check.name for one in judged] == [check.name for check in harness.checks]
    double, total, by_name = (harness.reach[name] for name in USED)
    assert double == {"first.double"}
    assert total == {"second.total"}
    assert by_name == {"plays.value_of", "second.total", "second.LEAST"}  # whether it is read, nobody sees


def test_calls_are_told_by_their_file_and_the_profile_is_given_back(tmp_path: Path) -> None:
    code = "class Box:\n    def open(self):\n        return (lambda: 1)()\n\n\ndef shut():\n    pass\n"
    (tmp_path / "box.py").write_text(code)
    names: dict[str, type] = {}
    exec(compile(code, tmp_path / "box.py", "exec"), names)
    before = sys.getprofile()
    with called_in(tmp_path) as called:
        names["Box"]().open()
    assert called == {"box.Box", "box.Box.open"}
    assert sys.getprofile() is before
