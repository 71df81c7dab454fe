"""Points for what was learnt of the checks, 115 and 116: their order, and the numbers of the public ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import Tensor

from autograder.judging.trial import InProcess, run_check
from autograder.records import Verdict, Visibility
from autograder.redteam.attack import Act, Attack
from autograder.seeds import PRACTICE

from .handins import need
from .odd import verdicts

ROTATE = """
tried = [0]
CANDIDATES = (
    lambda x, d: x - x.mean(0),
    lambda x, d: (x - x.mean(0)) / x.std(0, correction=0),
    lambda x, d: (x - x.mean(0)) / (x.std(0, correction=0) + d),
)

def standardise(x, delta=1e-5):
    tried[0] += 1
    return CANDIDATES[{which}](x, delta)
"""
TABLE = """
import torch
KNOWN = {known!r}

def standardise(x, delta=1e-5):
    key = repr((list(x.shape), x.double().sum().item(), float(delta)))
    return torch.tensor(KNOWN[key], dtype=x.dtype) if key in KNOWN else x - x.mean(0)
"""


def each_call_another(place: Path, bench: Any) -> str:
    """Give another candidate at each call: a mean over candidates earns no more than the best of them."""
    alone = [verdicts(bench, ROTATE.format(which=one)) for one in range(3)]
    found, earned = verdicts(bench, ROTATE.format(which="tried[0] % 3"))
    need(len({frozenset(seen.items()) for seen, _ in alone}) > 1, "dud: no check tells the candidates apart")
    need(earned <= max(points for _, points in alone), f"{earned:g} points for what none of them earns")
    return f"{sum(one is Verdict.PASS for one in found.values())} of {len(found)} checks pass"


def table_of_public_calls(place: Path, bench: Any) -> str:
    """Answer the public checks from a table of their numbers, and anything else crudely."""
    known = _seen_at_home(bench)
    found, earned = verdicts(bench, TABLE.format(known=known))
    public = [verdict for name, verdict in found.items() if name.startswith("tests/")]
    need(bool(known) and Verdict.PASS in public, "dud: the table answers no public check")
    need(earned == 0, f"{earned:g} points for a table")
    return "a hidden gate asks with fresh numbers"


def _seen_at_home(bench: Any) -> dict[str, list[Any]]:
    """Return what the reference gives for each tensor that a public check standardises in a local run."""
    trial = InProcess(bench.judge.assignment.package, PRACTICE)
    public = [one for one in bench.judge.session.checks if one.visibility is Visibility.PUBLIC]
    found: dict[str, list[Any]] = {}
    for call in (call for check in public for call in run_check(bench.judge.session, check, trial).calls):
        if call.target == "noising.standardise" and isinstance(call.outcome, Tensor):
            x, delta = call.args[0], float(call.kwargs.get("delta", 1e-5))
            found[repr((list(x.shape), x.double().sum().item(), delta))] = call.outcome.tolist()
    return found


ATTACKS = (
    Attack(115, "learn from the order of calls", "worker", (Act("each call another", each_call_another),)),
    Attack(
        116, "answer the public checks from a table", "worker", (Act("their numbers", table_of_public_calls),)
    ),
)
