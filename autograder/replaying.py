"""Runs one student's one check again, with the inputs that were graded, and tells a TA all about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import Tensor

from .calls.undertest import Call
from .errors import UserError
from .judging.judge import Judge
from .judging.trial import CheckRun
from .pipeline import collect_class
from .records import Result, Submission
from .results.key import inputs_digest, parts_of, result_key
from .results.store import read_result
from .seeds import Seed
from .spec import Assignment
from .text import harmless, nearest

VALUES = 8  # of a tensor that are shown


def replay(
    root: Path,
    assignment: Assignment,
    student: str,
    check: str,
    submissions: Path,
    results: Path,
    roster: Path | None,
    received: Path | None,
) -> str:
    """Return, as text, what one check asked, what came back, what was printed and what the check said."""
    path = results / assignment.name / f"{student}.json"
    if not path.is_file():
        hint = nearest(student, [other.stem for other in path.parent.glob("*.json")])
        raise UserError(f"{path}: no such result{hint or '; grade the class first'}")
    result = read_result(path)
    found = {one.student: one for one in collect_class(root, assignment, submissions, roster, received)}
    if student not in found:
        raise UserError(f"{submissions}: nothing there belongs to {student}")
    with Judge(assignment) as judge:
        name = _the_one(check, [known.name for known in judge.session.checks])
        judged = judge.judge(found[student].files, _seed(result), frozenset({name}))
    return "\n".join([*_notes(result, found[student], assignment), *_lines(judged[0])])


def _seed(result: Result) -> Seed:
    return Seed(int(result.grade.seed, 16))


def _notes(result: Result, now: Submission, assignment: Assignment) -> list[str]:
    """Say why the outcome may differ from the one that was graded."""
    if now.commit != result.grade.commit:
        return [f"note: graded was {result.grade.commit}, this is {now.commit}"]
    if (
        result_key(now, inputs_digest(parts_of(assignment)), _seed(result), result.run.level)
        != result.run.key
    ):
        return ["note: checks, engine, libraries or what was received changed since this was graded"]
    return []


def _the_one(part: str, names: list[str]) -> str:
    matching = [name for name in names if name == part] or [name for name in names if part in name]
    if len(matching) != 1:
        choice = "\n  ".join(matching or names)
        raise UserError(
            f"{part!r} is {'no' if not matching else 'more than one'} check; write one of\n  {choice}"
        )
    return matching[0]


def _lines(judged: CheckRun) -> list[str]:
    outcome = judged.outcome
    lines = [f"{outcome.verdict}  {judged.check.name}", f"  {judged.check.title}"]
    lines += [f"  {text}" for text in (outcome.message, outcome.hint and f"hint: {outcome.hint}") if text]
    for number, call in enumerate(judged.calls, 1):
        lines += [f"call {number}: {_call(call)}", f"  -> {_value(call.outcome)}"]
    if judged.printed:
        lines += ["printed:", f"  {judged.printed}"]
    if judged.error:
        lines += ["the grader's own error:", f"  {judged.error}"]
    return [_inside(line) for line in lines]


def _inside(line: str) -> str:
    """Return a line harmless, what follows a line feed further in than our lines: it may be a student's."""
    return harmless(line, limit=20_000).replace("\n", "\n    ")


def _call(call: Call) -> str:
    given = [*map(_value, call.args), *(f"{name}={_value(value)}" for name, value in call.kwargs.items())]
    return f"{'play ' if call.play else ''}{call.target}({', '.join(given)})"


def _value(value: Any) -> str:
    if isinstance(value, Tensor):
        shown = ", ".join(f"{number:.6g}" for number in value.flatten()[:VALUES].tolist())
        more = ", ..." if value.numel() > VALUES else ""
        return f"{str(value.dtype).removeprefix('torch.')}{list(value.shape)} [{shown}{more}]"
    if isinstance(value, tuple | list):
        return f"({', '.join(map(_value, value))})"
    if isinstance(value, BaseException):
        return str(value)
    return repr(value)
