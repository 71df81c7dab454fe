"""Dependence between tasks, read from the source."""

from __future__ import annotations

from pathlib import Path

from autograder.sources.dependencies import dependents, uses_of
from autograder.spec import load_assignment
from tests.small_assignment import IDEA, SPEC, write_small

PLAYS = """\
def ask(code, x):
    idea = code.idea
    return idea.scale(x)


def build(code, x):
    return inner(code, x)


def inner(code, x):
    return code.idea.Line(x)


def anything(code, name):
    return getattr(code.idea, name)
"""


def test_names_are_followed_through_imports_classes_and_plays(tmp_path: Path) -> None:
    uses = uses_of(load_assignment(write_small(tmp_path, plays=PLAYS)))
    assert "idea.scale" in uses["given.twice"]  # imported inside the function
    assert "idea.scale" in uses["idea.Line.at"]  # an object's methods stand for one another
    assert "given.ONE" in uses["idea.Line"]
    assert uses["plays.ask"] == {"plays.ask", "idea.scale"}
    assert {"idea.Line.at", "idea.scale"} <= uses["plays.build"]
    assert uses["idea.scale"] == {"idea.scale"}
    assert "given.twice" in uses["plays.anything"]  # it may ask for any


def test_a_local_name_is_not_a_use(tmp_path: Path) -> None:
    idea = IDEA + "\n\ndef free(x):\n    scale = x\n    return scale\n"
    uses = uses_of(load_assignment(write_small(tmp_path, idea=idea)))
    assert uses["idea.free"] == {"idea.free"}


def test_a_task_depends_on_what_it_uses_and_on_what_it_needs(tmp_path: Path) -> None:
    more = """
[[tasks]]
id = "{0}"
number = "{1}"
title = "T"
file = "more.py"
points = 20
difficulty = 1
minutes = 5
needs = {2}
"""
    spec = SPEC.replace("points = 60", "points = 20").replace('needs = ["scale"]', "")
    spec += more.format("user", "2.1", "[]") + more.format("last", "2.2", '["user"]')
    code = "from .idea import Line as L\n\n\ndef user(x):\n    return L(x)\n\n\ndef last(x):\n    return x\n"
    assignment = load_assignment(write_small(tmp_path, spec=spec, more=code))
    found = dependents(assignment, uses_of(assignment))
    assert found == {
        "scale": {"Line", "user", "last"},
        "Line": {"user", "last"},
        "user": {"last"},
        "last": frozenset(),
    }


def test_the_init_of_a_base_class_is_not_that_of_every_class(tmp_path: Path) -> None:
    plays = PLAYS + "\n\nclass Play:\n    def __init__(self):\n        super().__init__()\n"
    uses = uses_of(load_assignment(write_small(tmp_path, plays=plays)))
    assert not {name for name in uses["plays.Play"] if name.startswith("idea.")}
