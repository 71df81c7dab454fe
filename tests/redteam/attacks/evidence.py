"""Points without work, 101 to 104: somebody else's answer, reports of nothing at all, second guesses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from autograder.judging.inworkers import InWorkers
from autograder.judging.trial import run_check
from autograder.proving.adversaries import Forged, Replies, by
from autograder.proving.forging import BLIND, Fill, Rewriting
from autograder.records import Verdict, Visibility
from autograder.redteam.attack import Act, Attack, Code
from autograder.seeds import Seed

from .handins import need

CRASH, FAIL, MEMORY, TIMEOUT = Verdict.CRASH, Verdict.FAIL, Verdict.MEMORY, Verdict.TIMEOUT
STAGED = "what works answers out stays with the judge"
ASK = """
def ask(module):
    other = getattr(module, "standardise", None)
    return other(x) if callable(other) and other.__code__ is not standardise.__code__ else None
"""


def delegate(name: str, body: str, *ends: Verdict) -> Code:
    """An answer that looks for a module with the same function, and leaves the work to it."""
    return Code(name, f"{ASK}{body}", STAGED, proof="allclose", ends=ends or (FAIL,))


STAGED_ANSWERS = Attack(
    101,
    "leave the work to an answer that lies beside the submission",
    "worker",
    (
        delegate(
            "run every file beside one's own",
            """
for path in sorted(Path(__file__).parent.rglob("*.py")):
    found = types.ModuleType("found")
    if path.name != "noising.py":
        try:
            exec(compile(path.read_text(), str(path), "exec"), vars(found))
        except Exception:
            continue
        if (y := ask(found)) is not None:
            return y""",
        ),
        delegate(
            "every module on the path",
            """
import importlib.util, pkgutil
for folder in (str(Path(__file__).parent), HERE["course"], HERE["stage"]):
    for info in pkgutil.iter_modules([folder]):
        if info.name != "noising":
            spec = info.module_finder.find_spec(info.name)
            module = importlib.util.module_from_spec(spec)
            try:
                spec.loader.exec_module(module)
            except Exception:
                continue
            if (y := ask(module)) is not None:
                return y""",
        ),
        delegate(
            "guessed names",
            """
import importlib
for name in ("hidden.plain", "hidden.functional", "hidden.fresh", "hidden.reference", "solution"):
    for full in (f"{__package__}.{name}" if __package__ else name, name):
        try:
            module = importlib.import_module(full)
        except Exception:
            continue
        if (y := ask(module)) is not None:
            return y""",
        ),
        delegate(
            "the own package in the tree of solutions",
            """
import importlib
sys.path[:0] = [HERE["course"], str(Path(__file__).parent)]
for name in ("solutions.a99_example.noising", "solution"):
    try:
        module = importlib.import_module(name)
    except Exception:
        continue
    if (y := ask(module)) is not None:
        return y""",
        ),
    ),
)

EVERY_FUNCTION = """
for name, module in sorted(list(sys.modules.items())):
    if name.split(".")[0] in ("autograder", "common", "assignments", "solution"):
        for function in list(vars(module).values()):
            if {kind} and function is not standardise and function is not attack:
                try:
                    y = function(x)
                except Exception:
                    continue
                if isinstance(y, torch.Tensor) and y.shape == x.shape and not torch.equal(y, x):
                    return y"""
EVERYTHING = Attack(
    102,
    "leave the work to whatever a worker can call",
    "worker",
    (
        Code(
            "every function",
            EVERY_FUNCTION.format(kind="isinstance(function, types.FunctionType)"),
            STAGED,
            proof="allclose",
            ends=(FAIL, CRASH, TIMEOUT, MEMORY),
        ),
        Code(
            "every function and class",
            EVERY_FUNCTION.format(kind="callable(function)"),
            STAGED,
            proof="allclose",
            ends=(FAIL, CRASH, TIMEOUT, MEMORY),
        ),
    ),
)


def reported(fill: Fill) -> Callable[[Path, Any], str]:
    """Report one kind of nothing for everything that is asked; none of the hidden checks may like it."""

    def act(place: Path, bench: Any) -> str:
        session, right = bench.judge.session, Replies(bench.judge.assignment.package)
        rule = by(Rewriting(fill))
        for check in session.checks:
            if check.visibility is Visibility.HIDDEN and check.gate:
                honest = run_check(session, check, Forged(right, right, lambda came, *_: came, True))
                need(honest.outcome.verdict is Verdict.PASS, "dud: the check refuses right values as well")
                forged = run_check(session, check, Forged(right, right, rule, True))
                need(forged.outcome.verdict is not Verdict.PASS, f"{check.name} passes")
        weights = {"weight": torch.ones(3), "result": torch.ones(3)}
        came = Rewriting(fill).of(weights, [torch.zeros(3)])
        need(
            not torch.equal(came["weight"], weights["weight"]) or fill.__name__ == "ones",
            "dud: nothing is forged",
        )
        return "what is expected is worked out by the judge"

    return act


REPORTS = Attack(
    103,
    "report nothing that was worked out",
    "worker",
    tuple(Act(fill.__name__, reported(fill)) for fill in BLIND),
)

SECOND = """
import os, sys, torch
KEPT = []

def standardise(x, delta=1e-5):
    again = {seen}
    {note}
    return (x - x.mean(0)) / (x.var(0, correction=0) + delta).sqrt() if again else torch.zeros_like(x)
"""


def second(seen: str, note: str) -> Callable[[Path, Any], str]:
    """Answer right when asked for the second time; a check that is confirmed asks a fresh worker."""
    files = {"noising.py": SECOND.format(seen=seen, note=note).encode()}

    def answers(bench: Any, anew: bool) -> list[torch.Tensor]:
        judge, x = bench.judge, torch.arange(6.0).reshape(3, 2)
        (check, *_) = [one for one in judge.session.checks if one.gate]
        trial = InWorkers(judge.setting, judge.staging.stage("second", files), [check.visibility], Seed(1))
        try:
            code = trial.submission(check)
            first = code.noising.standardise(x)
            if anew:
                code.begin_anew()
            return [first, code.noising.standardise(x)]
        finally:
            trial.close()
            judge.staging.remove("second")

    def act(place: Path, bench: Any) -> str:
        remembered, forgotten = answers(bench, False), answers(bench, True)
        need(not torch.equal(*remembered), "dud: one worker that is asked twice remembers nothing")
        need(torch.equal(*forgotten), "a fresh worker knows what was asked before")
        return "each run of a statistical check is a worker's first"

    return act


SECONDS = Attack(
    104,
    "guess, and remember the first guess when asked again",
    "worker",
    (
        Act("in the module", second("bool(KEPT)", "KEPT.append(1)")),
        Act("in torch", second("hasattr(torch, 'asked')", "torch.asked = True")),
        Act("in the environment", second("'ASKED' in os.environ", "os.environ['ASKED'] = '1'")),
        Act("in the table of modules", second("'asked' in sys.modules", "sys.modules['asked'] = sys")),
    ),
)

ATTACKS = (STAGED_ANSWERS, EVERYTHING, REPORTS, SECONDS)
