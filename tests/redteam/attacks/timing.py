"""I. Cheating a clock: 31, 64, 65, 66. What checks of speed rest on; tests/test_speed.py tries to cheat the checks.

A worker's time is the kernel's clock of its process, read by the judge from outside. Each act runs a play in a
worker and compares what the judge reads with what the work must have cost.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from autograder.calls.wire import Request
from autograder.errors import Stop
from autograder.isolation.handle import Worker
from autograder.records import Visibility
from autograder.redteam.attack import Act, Attack, Escaped

from .handins import need

WORK_S = 0.15  # CPU time that a play spends, by the kernel's clock inside the process
BURN = """
import ctypes, os, resource, struct, threading, time
import torch

real = resource.getrusage

def burn(seconds):
    def used():
        usage = real(resource.RUSAGE_SELF)
        return usage.ru_utime + usage.ru_stime
    start = used()
    while used() - start < seconds:
        sum(range(2000))
"""
PATCHED = """
for name in ("time", "perf_counter", "monotonic", "process_time", "thread_time", "time_ns", "perf_counter_ns"):
    setattr(time, name, lambda *a: 0.0)
time.sleep = lambda *a: None
"""


@contextmanager
def worker_with(bench: Any, source: str, **limits: Any) -> Iterator[Worker]:
    name = "timing"
    path = bench.judge.staging.stage(name, {"noising.py": (BURN + source).encode()})[Visibility.PUBLIC]
    changed = bench.limits.changed(**{"call_cpu_s": 3.0, "call_wall_s": 10.0, **limits})
    worker = bench.judge.sandbox.start(bench.judge.staging.package, path, changed)
    try:
        worker.ask(Request(1, "noising.warm", (), {}))
        yield worker
    finally:
        worker.kill()
        bench.judge.staging.remove(name)


def spent(worker: Worker, target: str = "noising.run") -> tuple[float, Any]:
    before = worker.cpu_s()
    reply = worker.ask(Request(2, target, (), {}))
    return worker.cpu_s() - before, reply.value if not reply.fault else reply.fault


def costs_what_it_costs(body: str, least: float = WORK_S) -> Callable[[Path, Any], str]:
    """The judge must read at least what the work costs, whatever the submission does to its clocks."""

    def act(place: Path, bench: Any) -> str:
        with worker_with(bench, "def warm():\n    burn(0.01)\n\n" + body) as worker:
            seconds, said = spent(worker)
        need(seconds >= 0.9 * least, f"the judge read {seconds:.3f} s for work of {least} s ({said})")
        return f"the kernel's clock, read from outside: {seconds:.2f} s"

    return act


def refused(body: str, held_by: str = "seccomp") -> Callable[[Path, Any], str]:
    """The call must be refused; `run` returns True when it was done."""

    def act(place: Path, bench: Any) -> str:
        with worker_with(bench, "def warm():\n    pass\n\ndef run():\n" + body) as worker:
            _, said = spent(worker)
        need(said is not True, "it was done")
        return held_by

    return act


def unfinished_work(place: Path, bench: Any) -> str:
    """Answer at once and work on: the judge sees the time, and may charge it."""
    source = """
def warm():
    pass

def run():
    threading.Thread(target=burn, args=(0.3,), daemon=True).start()
    return 1
"""
    with worker_with(bench, source) as worker:
        before = worker.cpu_s()
        worker.ask(Request(2, "noising.run", (), {}))
        deadline = time.monotonic() + 5
        while (seconds := worker.cpu_s() - before) < 0.2 and time.monotonic() < deadline:
            time.sleep(0.02)
    need(seconds >= 0.2, f"the judge read {seconds:.3f} s for work of 0.3 s behind its back")
    return f"the clock counts threads, also between calls: {seconds:.2f} s"


def same_clock_as_told(place: Path, bench: Any) -> str:
    """Report another process's number: the judge takes it from its own descriptor of the process."""
    with worker_with(
        bench, "def warm():\n    pass\n\ndef run():\n    os.getpid = lambda: 1\n    burn(0.15)\n"
    ) as worker:
        seconds, _ = spent(worker)
    need(seconds >= 0.9 * WORK_S, "the judge read another process's clock")
    return "the process is known by a descriptor, not by what it says"


def memory_by_address(place: Path, bench: Any) -> str:
    """Remember an answer by the address of its input: every call brings a tensor of its own."""
    source = """
seen = {}

def warm():
    pass

def run(x):
    key = (x.data_ptr(), tuple(x.shape))
    known = seen.get(key)
    seen[key] = x.sum() if known is None else known
    return seen[key]
"""
    import torch

    with worker_with(bench, source) as worker:
        answers = [
            worker.ask(Request(n, "noising.run", (torch.full((64,), float(n)),), {})).value for n in range(4)
        ]
    wrong = sum(float(answer) != 64.0 * n for n, answer in enumerate(answers))
    need(wrong >= 0 and len(answers) == 4, "no answers came")
    return f"fresh inputs, every answer compared: {wrong} of 4 remembered answers are wrong"


def busy_is_ended(place: Path, bench: Any) -> str:
    source = "def warm():\n    pass\n\ndef run():\n    time.process_time = lambda: 0.0\n    burn(30)\n"
    with worker_with(bench, source, call_cpu_s=0.3) as worker:
        start = time.monotonic()
        try:
            worker.ask(Request(2, "noising.run", (), {}))
        except Stop as stop:
            need(time.monotonic() - start < 10, "it took too long to be ended")
            return f"the judge's clock: {stop.message}"
    raise Escaped("a loop was not ended")


PATCH = (
    "def run():\n" + "\n".join("    " + line for line in PATCHED.strip().splitlines()) + "\n    burn(0.15)\n"
)
THREADS = """
def run():
    threads = [threading.Thread(target=burn, args=(0.15,)) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
"""
ATTACKS = (
    Attack(
        31,
        "patch the clocks",
        "speed",
        (
            Act("all of time's functions", costs_what_it_costs(PATCH)),
            Act(
                "what the C library returns",
                costs_what_it_costs(
                    "def run():\n    time.clock_gettime = time.clock_gettime_ns = lambda *a: 0\n    burn(0.15)\n"
                ),
            ),
            Act("the own process number", same_clock_as_told),
            Act(
                "set the clock", refused("    time.clock_settime(time.CLOCK_REALTIME, 0)\n    return True\n")
            ),
            Act("hide from the deadline", busy_is_ended),
        ),
    ),
    Attack(64, "remember by input", "speed", (Act("by the address of a tensor", memory_by_address),)),
    Attack(
        65,
        "work after the clock has stopped",
        "speed",
        (
            Act("a thread", unfinished_work),
            Act("four threads at once", costs_what_it_costs(THREADS, least=WORK_S)),
        ),
    ),
    Attack(
        66,
        "threads, processors, priorities",
        "speed",
        (
            Act(
                "more threads for torch",
                costs_what_it_costs("def run():\n    torch.set_num_threads(2)\n    burn(0.15)\n"),
            ),
            Act("choose a processor", refused("    os.sched_setaffinity(0, {0})\n    return True\n")),
            Act(
                "another scheduler",
                refused("    os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))\n    return True\n"),
            ),
            Act(
                "forget how much memory was held",
                refused("    open('/proc/self/clear_refs', 'w').write('5')\n    return True\n", "Landlock"),
            ),
            Act(
                "a better niceness", refused("    os.setpriority(os.PRIO_PROCESS, 0, -5)\n    return True\n")
            ),
        ),
    ),
)
