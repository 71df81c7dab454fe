"""What is measured or seen beside the work, 105 to 107 and 111: memory that no gauge counts, parts, plays."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from autograder.calls.outcomes import CheckFailed
from autograder.calls.undertest import UnderTest
from autograder.calls.wire import Request
from autograder.errors import Stop
from autograder.isolation.limits import LAYERS
from autograder.judging.meters import Meter
from autograder.judging.score import score
from autograder.judging.speed import CostComparison, Kind
from autograder.proving.adversaries import ADVICE
from autograder.records import Verdict, Visibility
from autograder.redteam.attack import Absent, Act, Attack
from autograder.seeds import Seed
from autograder.spec import Bound

from ..bench import SEED
from .handins import need

LIMIT = 3.0  # of a measured check
MANY_MB = 40  # that a submission holds, one after the other
MEASURED = {"exact_memory": True, "memory_mb": 512, "call_cpu_s": 3.0, "call_wall_s": 10.0}
HOLD = f"""
import ctypes, mmap, os

SIZE, MANY = 1 << 20, {MANY_MB}
libc = ctypes.CDLL(None, use_errno=True)

def run():
    kept = [hold(bytes([n]) * SIZE) for n in range(1, MANY + 1)]
    return [first(one) for one in kept] == list(range(1, MANY + 1))

def first(box):
    return box[0]
"""
SHARED = """
def hold(data):
    box = mmap.mmap(-1, SIZE)
    box[:] = data
    box.madvise(mmap.MADV_DONTNEED)
    return box
"""
DEVICE = """
def hold(data):
    box = mmap.mmap(os.open("/dev/zero", os.O_RDWR), SIZE)
    box[:] = data
    box.madvise(mmap.MADV_DONTNEED)
    return box
"""
IN_A_FILE = """
def hold(data):
    place = os.memfd_create("x")
    os.pwrite(place, data, 0)
    return place

def first(place):
    return os.pread(place, 1, 0)[0]
"""
SYSTEM_V = """
GET, AT, CONTROL = {"x86_64": (29, 30, 31), "aarch64": (194, 196, 195)}[os.uname().machine]
libc.syscall.restype = ctypes.c_long

def hold(data):
    made = libc.syscall(GET, 0, SIZE, 0o1600)
    place = libc.syscall(AT, made, None, 0)
    libc.syscall(CONTROL, made, 0, 0)  # it goes when the process does
    if made < 0 or place < 0:
        raise OSError("refused")
    ctypes.memmove(place, data, SIZE)
    libc.madvise(ctypes.c_void_p(place), SIZE, mmap.MADV_DONTNEED)
    return place

def first(place):
    return ctypes.string_at(place, 1)[0]
"""
SWAPPED = """
def hold(data):
    box = mmap.mmap(-1, SIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    box[:] = data
    box.madvise(21)  # MADV_PAGEOUT
    return box
"""
PLAIN = "def hold(data):\n    return bytearray(data)\n"


def held(bench: Any, source: str, *without: str) -> tuple[float, bool]:
    """Return by how many MB a submission raises the judge's count, and whether it holds what it wants to."""
    layers = LAYERS - {*without, "namespace"} if without else bench.limits.layers
    path = bench.judge.staging.stage("held", {"noising.py": (HOLD + source).encode()})[Visibility.PUBLIC]
    limits = bench.limits.changed(**MEASURED, layers=layers)
    worker = bench.judge.sandbox.start(bench.judge.staging.package, path, limits)
    try:
        worker.await_ready()
        before = worker.peak_bytes()
        worker.import_first("noising.py")
        reply = worker.ask(Request(9, "noising.run", (), {}))
        return (worker.peak_bytes() - before) / (1 << 20), reply.value is True and not reply.fault
    finally:
        worker.kill()
        bench.judge.staging.remove("held")


def uncounted(source: str, *layers: str) -> Callable[[Path, Any], str]:
    """Hold memory in a way that leaves the process's count, which these layers refuse."""

    def act(place: Path, bench: Any) -> str:
        if source is SWAPPED and len(Path("/proc/swaps").read_text().splitlines()) < 2:
            raise Absent("this machine has no swap")
        counted, done = held(bench, source)
        need(not done or counted > 0.9 * MANY_MB, f"{MANY_MB} MB are held, and {counted:.0f} counted")
        counted, done = held(bench, source, *layers)
        need(done and counted < 0.5 * MANY_MB, f"dud: where nothing holds it {counted:.0f} MB are counted")
        return " and ".join(layers)

    return act


def raised_before(place: Path, bench: Any) -> str:
    """Take much memory at import and give it back, so that a later peak raises nothing."""
    counted, done = held(bench, "spent = bytearray(60 << 20)\ndel spent\n" + PLAIN)
    need(done, "dud: nothing is held")
    need(counted > 0.9 * MANY_MB, f"{MANY_MB} MB are held, and {counted:.0f} counted")
    return "importing counts as well"


GAUGES = Attack(
    105,
    "hold memory that the gauge does not count",
    "speed",
    (
        Act("a shared mapping, given up page by page", uncounted(SHARED, "seccomp")),
        Act("one of /dev/zero", uncounted(DEVICE, "seccomp", "landlock")),
        Act("a file in memory, never mapped", uncounted(IN_A_FILE, "seccomp", "rlimits")),
        Act("System V shared memory", uncounted(SYSTEM_V, "seccomp")),
        Act("pages sent to the swap", uncounted(SWAPPED, "seccomp")),
        Act("a higher peak before the call", raised_before),
    ),
)


def by_parts(compute: Callable[[torch.Tensor], torch.Tensor], dud: slice) -> Callable[[Path, Any], str]:
    """Compute only some of the numbers, in no time; a check that compares these alone would be met."""

    def ask(agree: Any) -> None:
        def meter(part: bool) -> Meter:
            return lambda call: ((right, 1.0), (compute(right), 0.01))[part]

        right = torch.arange(1.0, 33.0)
        code = UnderTest(lambda request: None, lambda target: None)  # type: ignore[arg-type, return-value]
        meters: Callable[[Kind], tuple[Meter, Meter]] = lambda kind: (meter(True), meter(False))  # noqa: E731
        comparison = CostComparison("speed", code, meters, Bound(limit=3, naive=9), Seed(1))
        comparison("noising.standardise", ask, lambda seed: (right,), agree)

    def of_some(came: torch.Tensor, expected: torch.Tensor, args: Any) -> None:
        need(torch.equal(came[dud], expected[dud]), "dud: what is compared is wrong too")

    def act(place: Path, bench: Any) -> str:
        ask(of_some)
        try:
            ask(None)
        except CheckFailed:
            return "each number that came is compared"
        need(False, "a part of an answer is fast enough")
        return ""

    return act


def first_only(right: torch.Tensor) -> torch.Tensor:
    return torch.cat([right[:1], torch.zeros(len(right) - 1)])


def every_other(right: torch.Tensor) -> torch.Tensor:
    return right * (torch.arange(len(right)) % 2 == 0)


def all_but_one(right: torch.Tensor) -> torch.Tensor:
    return torch.cat([right[:-1], right[:1]])


PARTS = Attack(
    106,
    "compute only what is compared",
    "speed",
    (
        Act("the first number", by_parts(first_only, slice(1))),
        Act("every other number", by_parts(every_other, slice(0, None, 2))),
        Act("all but one", by_parts(all_but_one, slice(-1))),
    ),
)


def for_some(kind: Kind, costs: Sequence[float]) -> Callable[[Path, Any], str]:
    """Be cheap for some inputs and dear for others, in this order again and again."""

    def act(place: Path, bench: Any) -> str:
        need(min(costs) <= LIMIT, "dud: it is never cheap")
        mine, units = itertools.cycle(costs), itertools.cycle((1.0, 0.0))  # of the yardstick, and beside it
        code = UnderTest(lambda request: None, lambda target: None)  # type: ignore[arg-type, return-value]
        meters: tuple[Meter, Meter] = (lambda call: (0.0, next(mine)), lambda call: (0.0, next(units)))
        comparison = CostComparison(kind, code, lambda kind: meters, Bound(LIMIT, naive=9), Seed(1))
        try:
            comparison("noising.standardise", print, lambda seed: (seed.n,), lambda *_: None)
        except Stop as stop:
            return f"{stop.verdict}: all pairs but the dearest together, and memory on one input"
        need(False, "it passes")
        return ""

    return act


DEAR = Attack(
    111,
    "be slow, or take much memory, for some inputs only",
    "speed",
    (
        Act("every other input", for_some("speed", (0.5, 50.0))),
        Act("one input of three", for_some("speed", (0.5, 0.5, 50.0))),
        Act("memory for three inputs of four", for_some("memory", (50.0, 50.0, 50.0, 0.5))),
    ),
)

BESIDE = """
import gc, sys, types
import torch
from . import plays

def forged(code, x):
    return x

{how}

def standardise(x, delta=1e-5):
    mean, variance = x.mean(0), x.var(0, correction=0)
    return {work}
"""
IN_PLACE = "x.sub_(mean).div_((variance + delta).sqrt())"
REPLACED = {
    "by its name": "plays.after_standardise = forged",
    "the whole module": "sys.modules[plays.__name__] = types.SimpleNamespace(after_standardise=forged)",
    "its code": "plays.after_standardise.__code__ = forged.__code__",
    "whatever looks like it": "[vars(sys.modules[one.__module__]).update({one.__name__: forged}) for one in "
    "gc.get_objects() if isinstance(one, types.FunctionType) and one.__name__.startswith('after_')]",
}


def replaced(how: str) -> Callable[[Path, Any], str]:
    """Put a play of one's own in the place of staff's: it reports that arguments were left alone."""

    def earned(bench: Any, how: str, work: str) -> tuple[float, float, bool]:
        """Return a task's points, the most of them, and whether the check that asks for a play passes."""
        source = BESIDE.format(how=how, work=work)
        judged = bench.judge.judge({"noising.py": source.encode()}, SEED)
        (task,) = [one for one in score(bench.judge.assignment, judged) if one.id == "standardise"]
        (play,) = [one for one in judged if one.check.name.endswith("leaves_its_input_alone")]
        return task.earned, task.points, play.outcome.verdict is Verdict.PASS

    def act(place: Path, bench: Any) -> str:
        without, most, passed = earned(bench, "", IN_PLACE)
        told, _, forged = earned(bench, how, IN_PLACE)
        need(forged and not passed, "dud: the play is not replaced")
        need(without > 0 and told - without <= ADVICE * most, f"{told - without:g} of {most:g} points by it")
        nothing, _, forged = earned(bench, how, "torch.zeros_like(x)")
        need(forged, "dud: the play is not replaced")
        need(nothing == 0, f"{nothing:g} points for nothing")
        return "side conditions are advice: a quarter of a task at most, and nothing without values"

    return act


PLAYS = Attack(
    107,
    "replace a play that runs beside the work",
    "worker",
    tuple(Act(name, replaced(how)) for name, how in REPLACED.items()),
)

ATTACKS = (
    GAUGES,
    PARTS,
    PLAYS,
    DEAR,
    Attack(
        109,
        "tell apart the inputs that are measured",
        "scope",
        reason="a measured check says what the calls that were made cost, and nobody else's grade hangs on it",
    ),
)
