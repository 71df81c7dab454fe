"""A part of the proofs that is done beside the others tells what it would tell in its turn."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any

import pytest

from autograder.calls.outcomes import Outcome
from autograder.judging.plugin import Check
from autograder.judging.trial import CheckRun
from autograder.proving.aside import aside
from autograder.proving.harness import Tried
from autograder.records import Verdict, Visibility
from autograder.spec import SpecError

CHECK = Check("tests/test_a.py::test_b", "", Visibility.PUBLIC, "a", 1, False, "solutions.a99", False)


def harness() -> Any:
    return SimpleNamespace(problems=["known"], notes=[], tried=[])


def part(harness: Any) -> int:
    run = CheckRun(CHECK, Outcome(Verdict.FAIL, "2, not 3"), 0.1, calls=(lambda: None,))  # type: ignore[arg-type]
    harness.problems.append("found aside")
    harness.notes.append("noted aside")
    harness.tried.append(Tried("a wrong answer", {}, [run]))
    return os.getpid()


def test_what_is_found_comes_after_what_was_found_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    here = harness()
    join = aside(here, part)
    here.problems.append("found here")
    assert join() != os.getpid()
    assert here.problems == ["known", "found here", "found aside"]
    assert here.notes == ["noted aside"]
    (tried,) = here.tried
    assert tried.judged[0].check == CHECK
    assert tried.judged[0].outcome == Outcome(Verdict.FAIL, "2, not 3")


def test_on_one_core_it_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    here = harness()
    assert aside(here, part)() == os.getpid()
    assert here.problems == ["known", "found aside"]


def broken(harness: Any) -> None:
    raise SpecError("wrong.py:3: no such function")


def test_an_error_is_raised_where_it_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    join = aside(harness(), broken)
    with pytest.raises(SpecError, match="no such function"):
        join()
