"""The sandbox from the judge's side: what it refuses, and what it survives."""

from __future__ import annotations

import itertools
import select
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from autograder.calls.wire import Request
from autograder.errors import MachineFault, Stop
from autograder.isolation import handle
from autograder.isolation.limits import SandboxLimits
from autograder.isolation.sandbox import Sandbox
from autograder.isolation.starting import Zygote, refuse_readable
from autograder.records import Verdict


@pytest.fixture(scope="module")
def sandbox(one_zygote):
    with one_zygote(SandboxLimits().changed(call_cpu_s=0.5, call_wall_s=2.0, memory_mb=256)) as sandbox:
        yield sandbox


@pytest.fixture
def start(sandbox):
    """Start a worker on a module `m` with this source."""
    workers = []
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # workers of root are other users, to whom pytest's folders are closed

        def started(source: str, **limits):
            package = Path(folder) / f"p{len(workers)}"
            package.mkdir()
            (package / "__init__.py").write_text("")
            (package / "m.py").write_text(source)
            chosen = sandbox.limits.changed(**limits)
            workers.append(sandbox.start(package.name, (folder,), chosen))
            return workers[-1]

        yield started
        for worker in workers:
            worker.kill()


def call(function: str, *args) -> Request:
    return Request(1, f"m.{function}", args, {})


def test_a_settled_zygote_forks_on_beside_its_workers(sandbox, start):
    old = start("def f(x): return 2 * x")
    old.await_ready()
    sandbox.settle()
    assert [worker.ask(call("f", 21)).value for worker in (start("def f(x): return x"), old)] == [21, 42]


def test_a_call_is_answered(start):
    assert start("def f(x): return 2 * x").ask(call("f", 21)).value == 42


def test_a_set_has_the_same_order_in_every_sandbox(start):
    reply = start("def f(): return [hash('a') % 1000, *{'one', 'two', 'three'}]").ask(call("f"))
    code = "print([hash('a') % 1000, *{'one', 'two', 'three'}])"
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONHASHSEED": "0"}, capture_output=True, text=True, check=True
    )
    assert str(reply.value) == done.stdout.strip()


def test_a_missing_function_is_told(start):
    fault = start("def g(): pass").ask(call("f")).fault
    assert fault.message == "m.py defines no function 'f'"


def test_a_pause_of_the_grader_is_no_time_of_the_students(start, monkeypatch):
    worker = start("import time\ndef f():\n    time.sleep(0.3)\n    return 1")
    worker.await_ready()
    jumps = itertools.chain([0.0, 0.0], itertools.repeat(3600.0))  # an hour passes between two looks
    clock = SimpleNamespace(clock_gettime=time.clock_gettime)
    clock.monotonic = lambda: time.monotonic() + next(jumps)
    monkeypatch.setattr(handle, "time", clock)
    assert worker.ask(call("f")).value == 1


def test_a_zygote_that_does_not_become_ready_is_the_machines_fault(tmp_path):
    with Sandbox() as sandbox:
        sandbox._control.settimeout(0.01)
        with pytest.raises(MachineFault, match="does not become ready"):
            sandbox.start("p", (str(tmp_path),))
        with pytest.raises(MachineFault, match="failed before"):  # at once, not after another wait
            sandbox.start("p", (str(tmp_path),))
        assert not sandbox.usable


def waiting(start, monkeypatch, waited_s: float, computed_s: float, starved_s: float):
    """Return a worker in a call of which the clocks say so much."""
    worker = start("")
    worker.await_ready()
    worker._begin("play.f")
    worker._waited_s, worker._call = waited_s, ("play.f", worker.cpu_s() - computed_s)
    worker._starved_before_s = starved_before_s = worker._starved_s()
    monkeypatch.setattr(worker, "_starved_s", lambda: starved_before_s + starved_s)
    return worker


def test_the_wall_clock_does_not_end_a_call_that_waits_for_a_core(start, monkeypatch):
    worker = waiting(start, monkeypatch, waited_s=3.0, computed_s=0.4, starved_s=2.0)  # the limit is 2
    worker._watch(select.POLLIN)
    assert worker.alive


def test_the_wall_clock_ends_a_call_that_waits_for_nothing(start, monkeypatch):
    worker = waiting(start, monkeypatch, waited_s=3.0, computed_s=0.4, starved_s=0.2)
    with pytest.raises(Stop, match="did not answer within 2 s"):
        worker._watch(select.POLLIN)


def test_a_worker_that_sleeps_is_ended_by_the_wall_clock(start):
    worker = start("import time\ndef f(): time.sleep(60)")
    with pytest.raises(Stop, match=r"did not answer within 2 s") as stop:
        worker.ask(call("f"))
    assert stop.value.verdict is Verdict.TIMEOUT
    assert not stop.value.doubtful
    assert not worker.alive


def test_a_reply_larger_than_the_cap_ends_the_worker(start):
    worker = start("import torch\ndef f(): return torch.zeros(3 << 20, dtype=torch.uint8)", reply_mb=2)
    with pytest.raises(Stop, match="a body of 3145728 bytes is more than 2097152"):
        worker.ask(call("f"))


LOOK_AROUND = """
import itertools
import os

def opened(descriptor):
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True

def f():
    return dict(os.environ), [descriptor for descriptor in range(3, 64) if opened(descriptor)]
"""


def test_its_environment_is_empty_and_its_descriptors_are_few(start):
    environment, descriptors = start(LOOK_AROUND).ask(call("f")).value
    assert environment == {}
    assert len(descriptors) == 1  # the connection to the judge


def test_the_cpu_clock_is_the_workers_own(start):
    worker = start("def f():\n    s = 0\n    for i in range(2_000_000): s += i\n    return s")
    worker.ask(call("f"))
    before = worker.cpu_s()
    worker.ask(call("f"))
    assert 0.005 < worker.cpu_s() - before < 0.5


def test_killing_twice_is_harmless(start):
    worker = start("def f(): pass")
    worker.kill()
    worker.kill()


def test_a_zygote_that_died_is_the_machines_fault(tmp_path):
    with Zygote() as zygote, Sandbox(way=zygote.way) as sandbox:
        zygote.process.kill()
        with pytest.raises(MachineFault):
            sandbox.start("p", (str(tmp_path),))


def test_judges_share_a_zygote_and_none_loses_workers_by_another_s_end(tmp_path):
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "__init__.py").write_text("")
    (tmp_path / "p" / "m.py").write_text("def f(): return 1")
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    with Zygote() as zygote, Sandbox(way=zygote.way) as stays:
        mine = stays.start("p", (str(tmp_path),))
        with Sandbox(way=zygote.way) as leaves:
            theirs = leaves.start("p", (str(tmp_path),))
            assert (mine.ask(call("f")).value, theirs.ask(call("f")).value) == (1, 1)
        assert select.select([theirs._pidfd], [], [], 60.0)[0]  # it has ended
        another = stays.start("p", (str(tmp_path),))
        assert (mine.ask(call("f")).value, another.ask(call("f")).value) == (1, 1)
        for worker in (mine, theirs, another):
            worker.kill()


def test_starting_is_refused_where_workers_could_read_the_solutions(tmp_path):
    refuse_readable(tmp_path / "solutions", ("/usr/lib", str(tmp_path / "venv")))
    with pytest.raises(MachineFault, match="move the repository"):
        refuse_readable(tmp_path / "solutions", ("/usr/lib", str(tmp_path)))


PIECES = """\
import torch
def f():
    kept = []
    for _ in range(100):
        kept.append(torch.rand(200_000)[:2_000].clone())
    return len(kept)
"""


def test_exact_memory_counts_what_is_held_and_not_the_holes_between(start):
    worker = start(PIECES, exact_memory=True)
    worker.ask(Request(0, "echo", (), {}))
    before = worker.peak_bytes()
    assert worker.ask(call("f")).value == 100
    assert worker.peak_bytes() - before < 20e6  # 0.8 MB at a time, and what torch takes to begin
