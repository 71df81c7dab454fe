"""Judges what a lab handed in, by the `lab_judge.py` that stands beside the lab.

That file names in `ARRAYS` what the .npz file must hold, as `common.labs.measure.Wanted`. Its
`judge(arrays, bounds)` returns one `Measure` for each bound in the [lab] table of assignment.toml; a
ValueError of its says why the content cannot be judged. It runs in this process: staff judge by their own in
`solutions/`, a student by the one in their repository.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from common.labs.measure import Measure

from ..errors import UserError
from ..sources.inmemory import load_package, unload_package
from ..spec import LAB_JUDGE, SPEC_FILE, Assignment, SpecError, parse_file
from ..text import did_you_mean
from .artefact import read_arrays


def judge(assignment: Assignment, artefact: Path) -> tuple[Measure, ...]:
    """Return the measures of a lab's file; raises UserError for a file that cannot be judged."""
    if assignment.lab is None:
        raise UserError(f"{assignment.name}/{SPEC_FILE} has no [lab] table to judge by")
    parse_file(assignment.folder / LAB_JUDGE)  # says with file and line what is wrong
    package = load_package(assignment, {})
    try:
        module = import_module(f"{package}.{Path(LAB_JUDGE).stem}")
        arrays = read_arrays(artefact, module.ARRAYS)
        bounds = _Bounds(assignment.name, assignment.lab)
        measures: tuple[Measure, ...] = module.judge(arrays, bounds)
    except UserError:
        raise
    except ValueError as problem:
        raise UserError(f"{artefact}: {problem}") from problem
    finally:
        unload_package(package)
    bounds.check({measure.name for measure in measures})
    return measures


class _Bounds(dict[str, float]):
    """The [lab] table, for a judge whose measures have the same names."""

    def __init__(self, assignment: str, bounds: dict[str, float]) -> None:
        super().__init__(bounds)
        self.assignment = assignment

    def __missing__(self, measure: str) -> float:
        raise SpecError(
            f"{self.assignment}/{SPEC_FILE}: {LAB_JUDGE} measures {measure!r}; add its bound to [lab]"
        )

    def check(self, measured: set[str]) -> None:
        """Refuse a measure without a bound of its own, and a bound that holds nothing."""
        for measure in sorted(measured):
            self[measure]
        for bound in sorted(self.keys() - measured):
            hint = did_you_mean(bound, sorted(measured))
            raise SpecError(
                f"{self.assignment}/{SPEC_FILE}: {LAB_JUDGE} has no measure {bound!r}; {hint}, or take it out"
            )
