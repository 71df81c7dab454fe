"""Nodes that are jobs of a batch system, Slurm or PBS, asked for through dask-jobqueue."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import UserError
from ..isolation.gpu import CUDA

MEMORY = "4 GiB"  # of a job, unless dask-jobqueue's own settings say otherwise
SUBMITS = {"slurm": "sbatch", "pbs": "qsub"}


@contextmanager
def submit_nodes(system: str, jobs: int, device: str = "") -> Iterator[str]:
    """Run a scheduler here and so many jobs with one judge each; yield the scheduler's address.

    With `device` "cuda" each job asks for a GPU, and offers it to the scheduler as the resource GPU. Queue,
    account, time limit and the like are read from dask-jobqueue's own settings.
    """
    if not shutil.which(SUBMITS[system]):
        raise UserError(f"there is no {SUBMITS[system]} here: run this where jobs can be submitted")
    try:
        import dask
        from dask_jobqueue import PBSCluster, SLURMCluster
    except ImportError:
        raise UserError("a batch system needs dask-jobqueue; run: pip install -e '.[staff]'") from None
    memory = dask.config.get(f"jobqueue.{system}.memory") or MEMORY
    kind = {"slurm": SLURMCluster, "pbs": PBSCluster}[system]
    asked = with_gpu(system, device) if device else {}
    options = {"dashboard_address": ":0"}
    with kind(cores=1, processes=1, memory=memory, scheduler_options=options, **asked) as cluster:
        cluster.scale(jobs=jobs)
        yield cluster.scheduler_address


def with_gpu(system: str, device: str) -> dict[str, list[str]]:
    """Return what asks a batch system for a GPU with each job, and tells the scheduler that it is there."""
    directive = {"slurm": "--gres=gpu:1", "pbs": "-l ngpus=1"}[system]
    directives = [directive] if device == CUDA else []
    return {"job_extra_directives": directives, "worker_extra_args": ["--resources", "GPU=1"]}
