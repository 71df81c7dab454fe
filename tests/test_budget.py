"""Legal but hostile replies cost the judge bounded time and memory: at every cap, through whole checks."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
import torch

from autograder.calls import wire
from autograder.calls.wire import Reply, WireError
from autograder.checks import CheckFailed, close
from autograder.errors import MachineFault
from autograder.judging.budget import limited_pieces, limited_time
from autograder.judging.grading import conclude, grade
from autograder.judging.score import score
from autograder.records import Submission, Verdict
from autograder.seeds import Seed

CPU_S = 20.0  # of the judge's process; one of these took a second, and what grows without end takes minutes
PEAK_MB = 1000  # the same: 600 MB for a comparison of 60 MB
RESULT = 200_000  # bytes of a result file


def peak_mb() -> float:
    """Return the most memory that this process has had since it was last reset."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


@contextmanager
def bounded() -> Iterator[None]:
    Path("/proc/self/clear_refs").write_text("5")  # resets the peak
    before, start = peak_mb(), time.process_time()
    yield
    assert time.process_time() - start < CPU_S
    assert peak_mb() - before < PEAK_MB


# ---- replies that a hostile worker writes itself
ROOM = wire.HEADER_CAP - 40  # bytes for the value in the largest header


def many(item: bytes, inside: bytes = b"") -> bytes:
    """Return the header of a reply whose value is a list of as many items as the header has room for."""
    count = (ROOM - len(inside)) // len(item)
    return header(inside + b"\xdd" + count.to_bytes(4, "big") + item * count)


def header(value: bytes) -> bytes:
    return b"\x83\xa2id\x01\xa5value" + value + b"\xa5fault\xc0"


AT_THE_CAPS = {
    "empty lists": many(b"\x90"),
    "empty maps": many(b"\x80"),
    "empty tensors": many(b"\x92\xa1x\x92\xa5uint8\x00", inside=b"\x92\xa1l"),
    "huge integers": many(b"\xcf" + b"\xff" * 8, inside=b"\x92\xa1l"),
    "subnormal numbers": many(b"\xcb" + (1).to_bytes(8, "big"), inside=b"\x92\xa1l"),
    "texts": many(b"\xa1a", inside=b"\x92\xa1l"),
    "a text as long as it can be": header(b"\xdb" + (ROOM - 5).to_bytes(4, "big") + b"x" * (ROOM - 5)),
    "extensions": many(b"\xd4\x05a"),
    "dates": many(b"\xd6\xff\x00\x00\x00\x01"),
    "a list that claims four thousand million items": header(b"\xdd\xff\xff\xff\xff"),
    "a text that claims four thousand million letters": header(b"\xdb\xff\xff\xff\xff"),
    "lists two million deep": header(b"\x91" * ROOM),
    "lists as deep as may be": header(b"\x92\xa1l\x91" * wire.DEPTH_CAP + b"\xc0"),
}


@pytest.mark.parametrize("reply", AT_THE_CAPS.values(), ids=AT_THE_CAPS)
def test_a_reply_at_the_caps_costs_bounded_time_and_memory(reply):
    assert len(reply) <= wire.HEADER_CAP
    with bounded(), contextlib.suppress(WireError):
        wire.load_reply(reply, bytearray())


def test_subnormal_numbers_are_compared_in_bounded_time():
    flood = torch.full((8_000_000,), 5e-324, dtype=torch.float64)
    with bounded():
        close(flood, torch.zeros(8_000_000, dtype=torch.float64), atol=1e-300)
        with pytest.raises(CheckFailed, match="8000000 of 8000000 values differ"):
            close(flood, flood * 2)


# ---- replies of a submission, through the checks and into a result
BODIES = {
    "subnormal numbers": "return torch.full_like(x, 5e-324)",
    "60 MB of subnormal numbers": "return torch.full((60 << 17,), 5e-324, dtype=torch.float64)",
    "a column that makes a square of a row": "return torch.zeros(30_000, 1, dtype=x.dtype)",
    "a number seen 60 million times": "return torch.zeros(1, dtype=torch.uint8).expand(60_000_000)",
    "an integer of 64 bits": "return 2**64 - 1",
    "an integer of 300 000 digits": "return 10**300_000",
    "a text of 8 MB": "return 'x' * (8 << 20)",
    "a text of 2 MB": "return 'x' * (2_000_000)",
    "text that grows when it is shown": "return '\\ud800\\u202e' * 200_000",
    "lists as deep as may be": "y = None\n    for _ in range(40): y = [y]\n    return y",
    "as many values as may be": "return [0.5] * 199_990",
    "as many tensors as may be": "return [torch.zeros(())] * 19_990",
    "an axis without end": "return torch.zeros(0, 2**39, dtype=x.dtype)",
    "an exception of 8 MB": "raise ValueError('\\x1b' * (8 << 20))",
    "a class with a name of a million letters": "raise type('x' * 10**6, (Exception,), {})('y')",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_hostile_reply_costs_the_judge_bounded_time_and_memory(judge, body):
    source = f"import torch\n\n\ndef standardise(x, delta=1e-5):\n    {body}\n"
    only = frozenset(check.name for check in judge.session.checks if check.gate)
    with bounded():
        judged = judge.judge({"noising.py": source.encode()}, Seed(1), only)
        eve, tasks = Submission("eve", "", "", "", {}), score(judge.assignment, judged)
        result = conclude(judge.assignment, eve, Seed(1), tasks, judged, 0.0)
    assert result.grade.score == 0
    assert Verdict.ERROR not in {one.outcome.verdict for one in judged}
    assert len(msgspec.json.encode(result)) < RESULT


@pytest.mark.parametrize("fault", [MachineFault("too long"), MemoryError()])
def test_a_diagnosis_that_costs_too_much_is_left_out_and_costs_no_points(judge, monkeypatch, fault):
    asked = []

    def diagnose(*_):
        asked.append(fault)
        raise fault

    monkeypatch.setattr("autograder.judging.diagnosis.diagnose", diagnose)
    source = "def standardise(x, delta=1e-5):\n    return x - x.mean(0)\n"
    eve = Submission("eve", "", "", "", {"noising.py": source.encode()})
    result = grade(judge, eve, Seed(1))
    assert asked
    assert not result.grade.withheld
    assert any(check.verdict is Verdict.FAIL for task in result.grade.tasks for check in task.checks)
    assert grade(judge, eve, Seed(1), named=False).grade == result.grade
    assert len(asked) == 1


# ---- what the judge's own process does for one check
def compute(step):
    while True:
        step()


def test_a_check_that_computes_without_end_is_ended():
    with pytest.raises(MachineFault, match="for too long"), limited_time(0.5):
        compute(lambda: None)


def test_waiting_is_not_computing():
    with limited_time(0.2):
        time.sleep(0.6)


def test_a_loop_inside_the_interpreter_ends_the_process():
    code = "from autograder.judging.budget import limited_time\nwith limited_time(0.1): sum(range(2**62))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=100, check=False)
    assert done.returncode == -signal.SIGVTALRM


def test_a_reply_can_be_read_again_after_a_check_was_ended():
    with pytest.raises(MachineFault), limited_time(0.5):
        compute(lambda: wire.dump(Reply(1, [1.0] * 100)))
    assert wire.load_reply(b"".join(wire.dump(Reply(1, 2))[1:]), bytearray()).value == 2


def compute_for(cpu_s: float) -> None:
    until = time.process_time() + cpu_s
    while time.process_time() < until:
        pass


def test_each_piece_of_work_has_a_limit_of_its_own_and_the_whole_keeps_its_own() -> None:
    with limited_time(0.6):
        with limited_pieces() as limit:
            for _ in range(2):
                limit(0.05)
                with pytest.raises(MachineFault):
                    compute_for(1.0)
            limit(0)
            compute_for(0.1)
        with pytest.raises(MachineFault):
            compute_for(2.0)
