"""Points: passed weight over total weight, gates, and nothing without positive evidence."""

import pytest

from autograder.calls.outcomes import Outcome
from autograder.calls.undertest import Call
from autograder.judging.fingerprint import Saying
from autograder.judging.plugin import Check
from autograder.judging.score import BESIDES, MESSAGE_KEPT, earned, result_of, results_of, told
from autograder.judging.trial import CheckRun
from autograder.records import CheckResult, Verdict, Visibility


def check(verdict: Verdict, weight: int = 1, gate: bool = False) -> CheckResult:
    return CheckResult("n", "t", Visibility.PUBLIC, verdict, weight, gate)


@pytest.mark.parametrize(
    ("checks", "points"),
    [
        ([], 0),
        ([check(Verdict.PASS)], 12),
        ([check(Verdict.PASS), check(Verdict.FAIL)], 6),
        ([check(Verdict.PASS, weight=2), check(Verdict.FAIL)], 8),
        ([check(Verdict.PASS), check(Verdict.FAIL, gate=True)], 0),
        ([check(Verdict.PASS), check(Verdict.SKIPPED, gate=True)], 0),
        ([check(Verdict.PASS, gate=True), check(Verdict.FAIL), check(Verdict.FAIL)], 4),
    ],
)
def test_a_task_earns_its_share(checks, points):
    assert earned(12, checks) == points


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict is not Verdict.PASS])
def test_only_a_pass_earns(verdict):
    assert earned(12, [check(verdict)]) == 0


def test_a_message_that_quotes_a_long_reply_is_cut():
    assert len(told(Outcome(Verdict.FAIL, f"expected 1, got {'x' * 1_000_000}"))) == MESSAGE_KEPT


@pytest.mark.parametrize(("visibility", "hint"), [(Visibility.PUBLIC, ""), (Visibility.HIDDEN, "try 2")])
def test_a_sentence_takes_the_place_of_the_hint_where_students_read_it(visibility, hint):
    judged = CheckRun(
        Check("n", "", visibility, "t", 1, False, "p", False), Outcome(Verdict.FAIL, hint="try 2"), 0.0
    )
    known = result_of(judged, Saying("t", "x is squared."))
    assert (known.diagnosis, known.hint) == ("x is squared.", hint)
    assert result_of(judged).hint == "try 2"


def test_a_sentence_that_does_not_explain_all_leaves_the_hint_and_says_so():
    calls = (Call("idea.scale", (1.0,), {}, False, 2.0),)
    judged = [
        CheckRun(
            Check(name, "", Visibility.PUBLIC, "t", 1, False, "p", False),
            Outcome(Verdict.FAIL, hint="try 2"),
            0.0,
            calls,
        )
        for name in "ab"
    ]
    some, none = results_of(judged, {"a": Saying("t", "x is squared.")})
    assert (some.diagnosis, some.hint, none.hint) == (f"x is squared.{BESIDES}", "try 2", "try 2")
    all_of_it = results_of(judged[:1], {"a": Saying("t", "x is squared.")})
    assert (all_of_it[0].diagnosis, all_of_it[0].hint) == ("x is squared.", "")
