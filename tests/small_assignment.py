"""A two-task assignment written into a temporary folder, for the tests of what reads assignments."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

from autograder.authoring.release import release
from autograder.sources.inmemory import unload_package
from autograder.spec import Assignment, load_assignment

SPEC = """\
title = "Small"
lecture = "0"

[[tasks]]
id = "scale"
number = "1.1"
title = "Scale"
file = "idea.py"
points = 40
difficulty = 1
minutes = 5

[[tasks]]
id = "Line"
number = "1.2"
title = "A line"
file = "idea.py"
points = 60
difficulty = 2
minutes = 10
functions = ["Line.__init__", "Line.at"]
needs = ["scale"]
"""

IDEA = '''\
"""One idea."""

from .given import ONE  # a sibling


def scale(x, factor=2.0):
    """Return x times factor."""
    given = x  # stays
    # BEGIN SOLUTION
    secret = given * factor  # the answer
    # END SOLUTION
    return secret


class Line:
    """A line through the origin."""

    def __init__(self, slope):
        # BEGIN SOLUTION
        self.slope = scale(slope, ONE)
        # END SOLUTION

    def at(self, x):
        """Return the height at x."""
        # BEGIN SOLUTION
        if x is None:
            raise ValueError("x")
        return self.slope * x
        # END SOLUTION

    def given(self):
        return "given"  # untouched
'''

GIVEN = '''\
"""Given to students."""

from __future__ import annotations

ONE = 1.0


def twice(x):
    from .idea import scale

    return scale(x)
'''

WRONG = '''\
from autograder.sources.variants import wrong


@wrong("scale", "the factor is added.", read="task 1.1")
def scale__added(x, factor=2.0):
    return x + factor


@wrong("Line", "the height is squared.", replaces="Line.at")
def line__squared(self, x):
    """Take the square
  of the height."""
    text = """
one line
"""
    return self.slope * x * x + len(text) - len(text)
'''

RIGHT = """\
from autograder.sources.variants import right


@right("scale", "by repeated addition")
def scale__divided(x, factor=2.0):
    return x / (1 / factor)
"""


def write_small(root: Path, **changed: str) -> Path:
    """Write the assignment below `root`; `changed` maps file stems to other contents. Return its folder."""
    folder = root / "solutions" / "a90_small"
    folder.mkdir(parents=True, exist_ok=True)
    files = {"idea": IDEA, "given": GIVEN, "wrong": WRONG, "right": RIGHT, "__init__": ""} | changed
    for stem, text in files.items():
        name = "assignment.toml" if stem == "spec" else f"{stem}.py"
        (folder / name).write_text(text, encoding="utf-8")
    if "spec" not in changed:
        (folder / "assignment.toml").write_text(SPEC, encoding="utf-8")
    return folder


TESTS = '''\
import torch

from autograder.checks import close, expect, task
from .. import plays


@task("scale")
def test_scales(submission, seed):
    """the values are scaled"""
    x = seed.normal(5)
    close(submission.idea.scale(x), 2 * x)


@task("scale")
def test_scales_once(submission):
    """one number is scaled"""
    close(submission.idea.scale(torch.ones(1)), torch.full((1,), 2.0))


@task("Line")
def test_height(submission):
    """the height is slope times x"""
    close(submission.play(plays.height, 3.0, 2.0), 6.0)
'''

HIDDEN = '''\
import pytest

from autograder.checks import close, task


@task("scale", gate=True)
def test_fresh(submission, reference, seed):
    """fresh values are scaled"""
    x = seed.normal(7)
    close(submission.idea.scale(x), reference.idea.scale(x))


@task("Line", gate=True)
@pytest.mark.parametrize("x", [1.0, 2.0, 3.0])
@pytest.mark.parametrize(("y", "z"), [(1, 2), (3, 4)])
def test_heights(submission, x, y, z):
    """heights are right"""
    close(x, x)


@pytest.mark.parametrize("x", range(9))
@task(
    "Line",
)
def test_more_heights(submission, x):
    """counts once, for its cases are not literal"""
'''

PLAYS = '''\
"""Run beside the student's code."""


def height(code, slope, x):
    """Return the height of a line at x."""
    return code.idea.Line(slope).at(x)
'''


def write_checks(folder: Path) -> None:
    """Add checks, plays and papers, so that the assignment can be released."""
    (folder.parent / "__init__.py").touch()
    for part, text in (("tests", TESTS), ("hidden", HIDDEN)):
        (folder / part).mkdir()
        (folder / part / "__init__.py").touch()
        (folder / part / "test_idea.py").write_text(text, encoding="utf-8")
    (folder / "plays.py").write_text(PLAYS, encoding="utf-8")
    (folder / "README.md").write_text("# Small\n", encoding="utf-8")
    (folder / "CHANGELOG.md").write_text("- handout: first\n", encoding="utf-8")
    (folder / "lab.py").write_text("# answers of the lab\n", encoding="utf-8")
    (folder / "figures").mkdir()
    (folder / "figures" / "a.png").write_bytes(b"\x89PNG")


@contextlib.contextmanager
def imports_apart() -> Iterator[None]:
    """Forget `solutions` and `assignments` for a while: another folder's are imported."""

    def ours() -> list[str]:
        return [name for name in sys.modules if name.split(".")[0] in ("solutions", "assignments")]

    saved, path = {name: sys.modules.pop(name) for name in ours()}, list(sys.path)
    try:
        yield
    finally:
        for name in ours():
            del sys.modules[name]
        sys.modules.update(saved)
        sys.path[:] = path


@contextlib.contextmanager
def small_loaded(root: Path) -> Iterator[Assignment]:
    """Write it with its checks, and load it; what was imported of it is forgotten afterwards."""
    folder = write_small(root)
    write_checks(folder)
    with imports_apart():
        sys.path.insert(0, str(root))
        yield load_assignment(folder)
    for name in [name for name in sys.modules if name.startswith("a90_small__") and "." not in name]:
        unload_package(name)


def root_of(assignment: Assignment) -> Path:
    """Return the repository's root."""
    return assignment.folder.parents[1]


def release_small(assignment: Assignment) -> Path:
    """Release an assignment and return the folder that students get."""
    root = root_of(assignment)
    release(assignment, root, root / "assignments")
    return root / "assignments" / assignment.name
