"""Odd ways to answer, 112 to 114: exceptions that mean something to a grader, now and then wrong, shared memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograder.judging.score import score
from autograder.records import Verdict
from autograder.redteam.attack import Act, Attack

from ..bench import SEED
from .handins import need

RIGHT = "(x - x.mean(0)) / (x.var(0, correction=0) + delta).sqrt()"
TELLING = (
    "Skipped", "Exit", "Failed", "XFailed", "OutcomeException", "UsageError", "Stop", "StopTest", "MachineFault",
    "JudgeFailed", "CheckFailed", "WireError",
)  # fmt: skip
RAISES = """
class {name}({base}):
    pass

def standardise(x, delta=1e-5):
    raise {name}("all checks pass")
"""
NAMELESS = """
class Odd(type):
    @property
    def __name__(self):
        raise ValueError("no name")
    __qualname__ = __module__ = __name__

class Error(Exception, metaclass=Odd):
    def __str__(self):
        raise ValueError("no words")
    __repr__ = __str__

def standardise(x, delta=1e-5):
    raise Error()
"""
THIRD = f"""
calls = [0]

def standardise(x, delta=1e-5):
    calls[0] += 1
    return {RIGHT} + (calls[0] % 3 == 0)
"""


def verdicts(bench: Any, source: str) -> tuple[dict[str, Verdict], float]:
    """Return how the checks of `standardise` end, and what it earns."""
    judged = bench.judge.judge({"noising.py": source.encode()}, SEED)
    (task,) = [one for one in score(bench.judge.assignment, judged) if one.id == "standardise"]
    return {one.check.name: one.outcome.verdict for one in judged if one.check.task == task.id}, task.earned


def earns_nothing(source: str) -> Callable[[Path, Any], str]:
    """Raise what a grader may take for its own; each check fails, and nothing is withheld."""

    def act(place: Path, bench: Any) -> str:
        found, earned = verdicts(bench, source)
        need(earned == 0, f"{earned:g} points for an exception")
        odd = set(found.values()) - {Verdict.FAIL, Verdict.CRASH}
        need(not odd, f"checks end in {', '.join(sorted(odd))}")
        return "an exception crosses as text, whatever it is called"

    return act


def wrong_now_and_then(place: Path, bench: Any) -> str:
    """Be wrong at each third call: checks that draw many cases see it, and one that was seen counts."""
    right, most = verdicts(bench, THIRD.replace(" % 3 == 0", " < 0"))
    found, earned = verdicts(bench, THIRD)
    need(set(right.values()) == {Verdict.PASS}, "dud: it is wrong at other calls too")
    need(earned < most, "it earns everything")
    return f"{sum(one is Verdict.FAIL for one in found.values())} of {len(found)} checks fail"


def no_memory_is_shared(place: Path, bench: Any) -> str:
    """Look for a mapping that one worker can write and another one read."""
    bench.judge.judge({"noising.py": THIRD.encode()}, SEED)  # the zygote has forked
    maps = Path(f"/proc/{bench.judge.sandbox.zygote.process.pid}/maps").read_text().splitlines()
    shared = [line for line in maps if line.split()[1][1:4:2] == "ws"]
    need(len(maps) > 100, "dud: these are not the zygote's mappings")
    need(not shared, f"workers share {shared[:1]}")
    return "a worker has no writable mapping that is shared"


ATTACKS = (
    Attack(
        112,
        "raise what a grader takes for its own",
        "worker",
        (
            *(Act(name, earns_nothing(RAISES.format(name=name, base="Exception"))) for name in TELLING),
            Act("no Exception", earns_nothing(RAISES.format(name="Exit", base="BaseException"))),
            Act("without a name or words", earns_nothing(NAMELESS)),
        ),
    ),
    Attack(113, "be wrong now and then", "worker", (Act("each third call", wrong_now_and_then),)),
    Attack(
        114, "write into another worker's memory", "worker", (Act("a shared mapping", no_memory_is_shared),)
    ),
)
