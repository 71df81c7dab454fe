"""The zygote: imports once what submissions use, then forks a worker per order. It never runs student code.

Started by `starting.Zygote` as `python -sPSB zygote.py ROOT WAY_FD LIBRARIES SYS_PATH...`, in an emptied
environment, so that nothing of a judge (secrets, open files, hidden checks) is in its memory. One thread,
always: the forked child of a process that started an OpenMP team would hang.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys

ROOT, WAY, LIBRARIES, PATHS = sys.argv[1], int(sys.argv[2]), sys.argv[3].split(","), sys.argv[4:]

PRELOADED = (
    "torch", "torch._dynamo", "torch.optim", "torch.testing", "torch.utils.data", "torch.nn.functional",
    "numpy", "scipy.special", "matplotlib.pyplot", "PIL.Image", "tqdm",
    "einops.layers.torch", "jaxtyping",
)  # fmt: skip


def import_all() -> None:
    """Import everything that a submission may import but could not once it is locked down."""
    import gc
    import importlib
    import linecache
    import tempfile

    gc.disable()  # until all is there: a fifth of the time
    import torch

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as cache:
        os.environ["MPLCONFIGDIR"] = cache  # matplotlib lists the fonts at import and wants to store the list
        os.environ["MPLBACKEND"] = "Agg"
        for name in PRELOADED:
            importlib.import_module(name)
        for name in filter(None, LIBRARIES):
            with contextlib.suppress(ImportError):  # a call tells
                importlib.import_module(name)
    torch.nn.functional.conv2d(torch.ones(1, 1, 3, 3), torch.ones(1, 1, 3, 3))  # reads /proc/cpuinfo once
    with torch.autograd.profiler.record_function("as optimizers do"):  # the first one imports a module
        pass
    linecache.clearcache()  # of lines of most of torch
    torch.manual_seed(torch.initial_seed())  # formats its callers' lines, read from files the first time
    gc.collect()
    gc.freeze()
    gc.enable()


def serve() -> None:
    """Fork a worker for every order of a judge until nobody is left who could introduce one."""
    from autograder.calls.uncompiled import switch_off_compilation
    from autograder.isolation.forking import Judges
    from autograder.isolation.lockdown import default_read_paths, prepare

    prepare()
    switch_off_compilation()
    sys.path.remove(ROOT)  # the project's folder, which holds the solutions
    Judges(socket.socket(fileno=WAY), default_read_paths()).serve()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that prints
    sys.path[:] = [ROOT, *PATHS]
    import_all()
    serve()
