"""What runs on a node of a cluster: one warm judge for its dask worker, from the node's own repository."""

from __future__ import annotations

from multiprocessing import current_process
from pathlib import Path

from ..errors import MachineFault, UserError
from ..isolation.gpu import devices_for
from ..records import Result, Submission
from ..results.key import parts_of
from ..seeds import Seed
from ..spec import load_assignment
from .pool import JudgeFailed, Pool

HOME = Path(__file__).parents[2] / "solutions"

_pools: dict[str, Pool] = {}  # of this process, by assignment and device: one at most, with one judge


def examine(name: str, wanted: dict[str, str], device: str = "") -> tuple[list[str], str]:
    """Return the parts that are not as wanted or, when there are none, the level of a fresh judge here.

    Raises UserError where a device is asked for and not here, whatever resource the node claims.
    """
    assignment = load_assignment(HOME / name)
    if device:
        devices_for(device, assignment.cuda.memory_share)
    found = parts_of(assignment)
    differing = [part for part, value in wanted.items() if found.get(part) != value]
    if differing:
        return differing, ""
    close()  # it may be older than the files
    try:
        return [], _pool(name, device).level()
    except MachineFault as problem:
        raise UserError(str(problem)) from None


def grade(name: str, submission: Submission, seed: Seed, device: str = "") -> Result:
    """Grade one submission, on a device as well where one is asked for; raises JudgeFailed."""
    ((_, outcome),) = _pool(name, device).outcomes([submission], {submission.student: seed})
    if isinstance(outcome, JudgeFailed):
        raise outcome
    return outcome


def close() -> None:
    """End this process's judge."""
    while _pools:
        _pools.popitem()[1].__exit__()


def _pool(name: str, device: str) -> Pool:
    key = f"{name} {device}"
    if key not in _pools:
        close()
        current_process().daemon = False  # as a nanny's worker it might have no child; a judge ends with it
        assignment = load_assignment(HOME / name)
        gpus = devices_for(device, assignment.cuda.memory_share) if device else ()
        _pools[key] = Pool(assignment, 1, gpus=gpus).__enter__()
    return _pools[key]
