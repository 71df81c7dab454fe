"""What runs on a node of a cluster: one warm judge for its dask worker, from the node's own repository."""

from __future__ import annotations

from multiprocessing import current_process
from pathlib import Path

from ..calls.outcomes import MachineFault
from ..errors import UserError
from ..judging.staging import cage_of
from ..records import Submission
from ..results.key import parts_of
from ..seeds import Seed
from ..spec import load_assignment
from .pool import Crew, Heard

HOME = Path(__file__).parents[2] / "solutions"

_crews: dict[str, Crew] = {}  # of this process, by assignment: one at most, with one judge


def examine(name: str, wanted: dict[str, str]) -> tuple[list[str], str]:
    """Return the parts that are not as wanted or, when there are none, the level of a fresh judge here."""
    found = parts_of(load_assignment(HOME / name))
    differing = [part for part, value in wanted.items() if found.get(part) != value]
    if differing:
        return differing, ""
    close()  # it may be older than the files
    try:
        return [], _crew(name).level()
    except MachineFault as problem:
        raise UserError(str(problem)) from None


def judge(name: str, submission: Submission, seed: Seed) -> Heard:
    """Judge one submission."""
    (heard,) = _crew(name).judge_all([submission], {submission.student: seed})
    return heard


def close() -> None:
    """End this process's judge."""
    while _crews:
        _crews.popitem()[1].__exit__()


def _crew(name: str) -> Crew:
    if name not in _crews:
        close()
        current_process().daemon = False  # as a nanny's worker it might have no child; a judge ends with it
        cage = cage_of(load_assignment(HOME / name))
        _crews[name] = Crew(HOME / name, cage, 1).__enter__()
    return _crews[name]
