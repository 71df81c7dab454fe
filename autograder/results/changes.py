"""What grading again did to a grade: from what to what, and why."""

from __future__ import annotations

from dataclasses import dataclass

from ..records import Result


@dataclass(frozen=True)
class Change:
    """One student's grade that is not what it was."""

    student: str
    before: float | None  # None: withheld
    after: float | None
    why: str


def change_between(old: Result, new: Result) -> Change | None:
    """Say how a grade changed, or the verdict of one of its checks; None when all of it stayed."""
    if _decided(old) == _decided(new):
        return None
    return Change(new.grade.student, _score(old), _score(new), _why(old, new))


def _decided(result: Result) -> tuple[object, ...]:
    checks = ((check.name, check.verdict) for task in result.grade.tasks for check in task.checks)
    return (result.grade.score, result.grade.withheld, *checks)


def _score(result: Result) -> float | None:
    return None if result.grade.withheld else result.grade.score


def _why(old: Result, new: Result) -> str:
    """Name what differs in all that decides a verdict."""
    return why_again(old, new.grade.commit, new.run.inputs, new.grade.seed)


def why_again(old: Result | None, commit: str, inputs: dict[str, str], seed: str) -> str:
    """Say why somebody is judged, by what differs from an earlier result; `inputs` as in `run.inputs`."""
    if old is None:
        return "no result yet"
    if old.grade.commit != commit:
        return f"handed in again: {commit[:14]} instead of {old.grade.commit[:14]}"
    parts = [name for name, digest in inputs.items() if old.run.inputs.get(name) != digest]
    if parts:
        return f"{', '.join(parts)} changed"
    if old.grade.seed != seed:
        return "the course key changed"
    return "it was withheld" if old.grade.withheld else "nothing that is known; replay the check"
