"""Points: passed weight over total weight, gates, and nothing without positive evidence."""

import pytest

from autograder.calls.outcomes import Outcome
from autograder.judging.score import MESSAGE_KEPT, earned, told
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
