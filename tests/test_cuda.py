"""On a GPU: skipped where there is none. The same protocol with the CPU in its place is in test_ondevice."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from autograder.benches.benchgpu import summary
from autograder.errors import Stop, UserError
from autograder.isolation.doctor import examine_device
from autograder.isolation.gpu import Gpu, devices_for
from autograder.isolation.limits import SandboxLimits
from autograder.judging.grading import grade
from autograder.judging.judge import Judge
from autograder.judging.workermeters import allocated_of, wall_of
from autograder.records import CheckResult, Measured, OnDevice, Submission, Verdict, Visibility
from autograder.seeds import PRACTICE
from autograder.sources.variants import variant_files
from autograder.spec import find_assignment, load_assignment
from tests.test_ondevice import asked
from tests.test_sandbox import call

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def gpu() -> Gpu:
    try:
        return devices_for("cuda")[0]
    except UserError as problem:
        pytest.skip(f"needs a GPU: {problem}")


@pytest.fixture(scope="module")
def sandbox(gpu, one_zygote):
    with one_zygote(SandboxLimits().changed(call_cpu_s=0.5, call_wall_s=10.0)) as sandbox:
        yield sandbox


@pytest.fixture
def start(gpu, sandbox):
    from tests.test_sandbox import start as starting

    making = starting.__wrapped__(sandbox)
    started = next(making)
    yield lambda source: started(f"import torch\n{source}", gpu=gpu)
    next(making, None)


@pytest.mark.cuda
def test_the_cage_lets_a_worker_begin_and_holds_the_rest(gpu):
    health = examine_device(gpu)
    assert (health.level, health.missing) == ("gpu", ())


@pytest.mark.cuda
def test_what_arrives_is_on_the_device_and_comes_back_as_bytes(start):
    worker = start("def f(x): return [x.is_cuda, x @ x.T]")
    x = torch.randn(64, 64)
    on_device, product = worker.ask(call("f", x)).value
    assert on_device
    assert torch.allclose(product, x @ x.T, atol=1e-4)  # with TF32 it would be 1e-2
    assert "CUDA" in worker.layers["device"]


@pytest.mark.cuda
def test_a_worker_takes_no_more_of_the_card_than_its_share(gpu, start):
    worker = start("def f(n): return len(torch.empty(n, dtype=torch.uint8, device='cuda'))")
    total = torch.iinfo(torch.int64).max >> 20
    fault = worker.ask(call("f", total)).fault
    assert fault is not None
    assert fault.type == "OutOfMemoryError"


@pytest.mark.cuda
def test_time_and_memory_are_measured_around_finished_work(start):
    worker = start("def f(x):\n    for _ in range(200): y = x @ x\n    return y.sum().item()")
    x = torch.ones(1024, 1024)

    def work(code):
        return code.call("m.f", (x,), {})

    work(code := asked(worker))
    _, took_s = wall_of(lambda: worker, code)(work)
    assert took_s > 200 * 2 * 1024**3 / 1e15  # no card does a petaflop in float32
    _, peak = allocated_of(lambda: worker, code)(work)
    assert peak >= 2 * x.nbytes


@pytest.mark.cuda
def test_a_kernel_that_hangs_is_ended_and_the_next_worker_works(start):
    hung = start("def f(x):\n    torch.cuda._sleep(1 << 60)\n    return x")
    with pytest.raises(Stop) as stop:
        hung.ask(call("f", torch.ones(1)))
    assert stop.value.verdict is Verdict.TIMEOUT
    assert start("def f(x): return x + 1").ask(call("f", torch.ones(1))).value.item() == 2


@pytest.mark.cuda
@pytest.mark.parametrize("name", ["a09", "a11"])
def test_references_come_out_as_on_the_cpu(gpu, name):
    assignment = load_assignment(find_assignment(ROOT, name))
    reference = Submission("reference", "", "", "", variant_files(assignment, None))
    with Judge(assignment) as judge:
        result = grade(judge, reference, PRACTICE, gpus=(gpu,))
    found = result.run.on_device
    assert found is not None
    assert found.left_out == {}
    assert {check.verdict for own in found.tasks.values() for check in own} == {Verdict.PASS}


def test_failures_are_false_where_the_reference_does_not_repeat_them():
    def found(**verdicts):
        checks = tuple(
            CheckResult(name, "", Visibility.PUBLIC, Verdict(verdict)) for name, verdict in verdicts.items()
        )
        measured = {"c": Measured("speed", float(len(verdicts["a"])), 9.0, 20.0, 2)}
        return OnDevice("cuda", "", "", "informs", {"t": checks}, {"b": "fails, too"}, measured)

    row = summary("a00_x", [found(a="PASS", b="FAIL", c="SLOW"), found(a="PASS", b="FAIL", c="PASS")])
    assert (row.gradings, row.checks, row.equal, row.left_out, row.false_fails) == (2, 3, 1, 1, 1)
    assert row.costs == "speed 4, at most 4 of 9"
