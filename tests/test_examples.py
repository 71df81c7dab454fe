"""Drawn checks: a seed chooses its cases, and a later run sees the very ones of the first run that passed."""

from __future__ import annotations

import inspect
import sys
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis.internal.conjecture import providers

from autograder.judging import plugin
from autograder.judging.examples import SETS, set_of
from autograder.judging.plugin import Check, PlainPytest
from autograder.judging.session import Session
from autograder.records import Verdict
from autograder.seeds import PRACTICE, Seed

CHECK = '''
from hypothesis import assume, given, strategies as st
from autograder.checks import task

SEEN = []
LIMIT = [10**9]

@task("t")
@given(n=st.integers(0, 10**6), items=st.lists(st.integers(), max_size=3))
def test_cases(submission, n, items):
    """Cases"""
    assume(n != 0)
    SEEN.append((n, tuple(items)))
    items.append("changed by the check")
    assert n < LIMIT[0], "told"

@task("t")
@given(data=st.data())
def test_draws_itself(submission, data):
    """Draws itself"""
    SEEN.append(data.draw(st.integers()))
'''


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    tests = tmp_path / f"grounds_{uuid.uuid4().hex}" / "a01_x" / "tests"
    tests.mkdir(parents=True)
    for place in (tests, tests.parent, tests.parents[1]):
        (place / "__init__.py").write_text("")
    (tests.parent / "assignment.toml").write_text("")
    (tests / f"test_{uuid.uuid4().hex}.py").write_text(CHECK)
    with Session([tests]) as opened:
        yield opened


class Seeded(PlainPytest):
    """A student whose seed is known."""

    def __init__(self, n: int) -> None:
        self._n = n

    def seed(self, check: Check) -> Seed:
        return Seed(self._n).fork(check.name)


def runs(
    session: Session, name: str, limits: list[int], seeds: Sequence[int] = ()
) -> tuple[list[Verdict], list[list[Any]]]:
    check = next(check.name for check in session.checks if check.name.endswith(name))
    module = next(
        found for path, found in sys.modules.items() if path.endswith(check.split("/")[1].split(".")[0])
    )
    verdicts, seen = [], []
    for limit, n in zip(limits, seeds or [0] * len(limits), strict=True):
        module.SEEN.clear()
        module.LIMIT[0] = limit
        verdicts.append(session.run(check, Seeded(n)).outcome.verdict)
        seen.append(list(module.SEEN))
    return verdicts, seen


def test_all_runs_see_the_same_cases(session: Session) -> None:
    verdicts, seen = runs(session, "test_cases", [10**9] * 3)
    assert verdicts == [Verdict.PASS] * 3
    assert seen[0] == seen[1] == seen[2]
    assert len(seen[0]) > 1


def test_a_seed_chooses_its_cases_and_the_same_again(session: Session) -> None:
    verdicts, seen = runs(session, "test_cases", [10**9] * 4, [1, 2, 1, 2])
    assert verdicts == [Verdict.PASS] * 4
    assert seen[0] == seen[2] != seen[1] == seen[3]
    _, drawn = runs(session, "test_draws_itself", [0] * 3, [1, 2, 1])
    assert drawn[0] == drawn[2] != drawn[1]


def test_a_class_meets_as_many_sets_as_there_are(session: Session) -> None:
    students = range(8 * SETS)
    _, seen = runs(session, "test_cases", [10**9] * len(students), students)
    assert len({str(one) for one in seen}) == SETS


def test_plain_pytest_draws_the_cases_of_local_runs(session: Session) -> None:
    (item,) = [item for item in session._items.values() if item.name == "test_cases"]
    seed = PRACTICE.fork(item.stash[plugin.CHECK].name)
    assert item.obj._hypothesis_internal_use_seed == set_of(seed)


def test_a_failed_first_run_is_not_taken_for_all_cases(session: Session) -> None:
    verdicts, seen = runs(session, "test_cases", [1, 10**9, 10**9, 1])
    assert verdicts == [Verdict.FAIL, Verdict.PASS, Verdict.PASS, Verdict.FAIL]
    assert seen[1] == seen[2]
    assert len(seen[0]) < len(seen[1])
    assert seen[3] == seen[1][:1], "a replay ends at the first case that fails"


def test_a_check_that_draws_while_it_runs_stays_with_hypothesis(session: Session) -> None:
    verdicts, seen = runs(session, "test_draws_itself", [0, 0])
    assert verdicts == [Verdict.PASS] * 2
    assert seen[0] == seen[1]


def test_no_case_comes_from_what_is_imported(session: Session) -> None:
    assert "_get_local_constants()" in inspect.getsource(providers.HypothesisProvider)
    assert not providers._get_local_constants()
