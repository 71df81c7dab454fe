"""Grading on a device, with the CPU standing in: the same workers, protocol and words as on a GPU."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import msgspec
import pytest
import torch
from msgspec.structs import replace

from autograder.calls.answer import Code
from autograder.calls.ondevice import PEAK, Device, here
from autograder.calls.outcomes import Outcome
from autograder.calls.undertest import UnderTest
from autograder.calls.wire import Reply, Request
from autograder.errors import Stop, UserError
from autograder.isolation.gpu import Gpu, settings_of
from autograder.judging import ondevice
from autograder.judging.grading import conclude, grade
from autograder.judging.judge import Judge
from autograder.judging.ondevice import ELSEWHERE, STANDS_IN, with_policy
from autograder.judging.workermeters import allocated_of, wall_of
from autograder.pages.report import feedback_page
from autograder.pipeline import devices, sorted_out, whom_to_judge
from autograder.records import CheckResult, OnDevice, Submission, TaskResult, Verdict, Visibility, total
from autograder.results.key import inputs_digest, parts_of, result_key
from autograder.results.store import stamped, write_result
from autograder.seeds import Seed, student_seed
from autograder.show import console
from autograder.show.device import device_lines
from autograder.spec import Cuda, load_assignment
from tests.small_assignment import imports_apart
from tests.tiny_assignment import write_tiny

HERE = (Gpu("cpu"),)
ON = "torch.are_deterministic_algorithms_enabled()"  # what code can tell a worker with a device by
DOUBLE = "import torch\ndef double(x):\n    {}\n    return 2 * x\n"
TOTAL = b"def total(x):\n    return float(x.sum())\n"
FOR_A_GPU = '''\
import torch

from autograder.checks import task

from .. import plays


def large(seed):
    return (seed.normal(100_000),)


@task("double", device="cuda")
def test_twice_a_large_vector_is_one_kernel(speed):
    """A large vector costs about as much as adding it to itself"""
    speed("first.double", plays.added, large)


@task("double", device="cuda")
def test_twice_a_large_vector_holds_one_more(memory):
    """A large vector holds about as much as adding it to itself"""
    memory("first.double", plays.added, large)
'''
PLAYS = '''\
import torch


def added(code, x):
    return x + x


def drawn(code, seed):
    """Return numbers that a play draws, and where it makes what it makes."""
    generator = torch.Generator().manual_seed(seed)
    return [torch.rand(3, generator=generator), torch.randn(2, generator=generator, device=generator.device)]
'''


@pytest.fixture(scope="module")
def assignment(tmp_path_factory):
    folder = write_tiny(tmp_path_factory.mktemp("ondevice"))
    (folder / "tests" / "test_gpu.py").write_text(FOR_A_GPU)
    (folder / "plays.py").write_text(PLAYS)
    toml = folder / "assignment.toml"
    bounds = "speed_on_gpu = { limit = 50, naive = 100 }\nmemory_on_gpu = { limit = 50, naive = 100 }\n"
    toml.write_text(toml.read_text().replace('title = "Twice"\n', f'title = "Twice"\n{bounds}'))
    return load_assignment(folder)


@pytest.fixture(scope="module")
def judge(assignment, one_zygote):
    with imports_apart(), Judge(assignment) as judge:
        yield judge


@pytest.fixture
def graded(judge):
    """Grade an answer to `double`, without measuring unless it is asked for; `total` is right."""

    def grading(line="", measured=False):
        files = {"first.py": DOUBLE.format(line or "pass").encode(), "second.py": TOTAL}
        return grade(judge, Submission("ada", "", "", "", files), Seed(1), measured, gpus=HERE)

    return grading


def verdicts(result, task="double"):
    return [check.verdict for check in result.run.on_device.tasks[task]]


def test_what_passes_on_the_cpu_is_run_once_more_on_the_device(graded):
    result = graded(measured=True)
    found = result.run.on_device
    assert (found.device, found.card, found.level, found.counts) == ("cpu", STANDS_IN, "gpu", "informs")
    assert set(verdicts(result)) == set(verdicts(result, "total")) == {Verdict.PASS}
    assert (len(verdicts(result)), len(verdicts(result, "total"))) == (5, 2)
    assert sorted(one.kind for one in found.measured.values()) == ["memory", "speed"]
    assert (result.grade.score, result.grade.added, found.left_out) == (100, 0, {})
    page = feedback_page(result, load_assignment_of(result))
    assert (
        "7 of 7 checks that pass on the CPU pass here, too. The CPU stood in: never run on a GPU yet" in page
    )
    assert "A large vector costs about as much as adding it to itself: " in page


def load_assignment_of(result):
    return SimpleNamespace(name=result.grade.assignment, title="Tiny", lecture="0")


def test_a_check_for_a_gpu_alone_is_no_check_on_the_cpu(judge):
    names = {check.name for check in judge.session.gpu_checks}
    assert len(names) == 2
    assert not names & {check.name for check in judge.session.checks}
    assert not names & {run.check.name for run in judge.judge({}, Seed(1))}


def test_what_fails_there_alone_costs_nothing_and_is_told(graded, capsys):
    words = "Expected all tensors to be on the same device, but found at least two devices"
    result = graded(f"if {ON}: raise RuntimeError({words!r})")
    assert set(verdicts(result)) == {Verdict.FAIL}
    assert result.grade.score == 100
    check = result.run.on_device.tasks["double"][0]
    assert words in check.message
    assert check.hint == ELSEWHERE
    console.show(device_lines([result]))
    said = capsys.readouterr().out
    assert "2 of 5 checks that pass on the CPU pass there, too" in said
    assert "ada: double" in said
    page = feedback_page(result, load_assignment_of(result))
    assert "Fresh numbers are doubled" not in page.partition("On a GPU")[2]
    assert "1 hidden check does not hold here" in page


def test_a_hung_kernel_costs_its_check_and_the_next_gets_a_fresh_worker(judge, graded, monkeypatch):
    limits = judge.sandbox.limits.changed(call_cpu_s=0.1)
    monkeypatch.setattr(judge.sandbox, "limits", limits)
    result = graded(f"if {ON} and x.sum() == 12:\n        while True: pass")
    assert verdicts(result) == [Verdict.TIMEOUT, Verdict.PASS, Verdict.PASS]
    assert set(verdicts(result, "total")) == {Verdict.PASS}
    assert result.grade.score == 100


def test_a_device_that_broke_in_one_check_is_whole_in_the_next(graded):
    once = "global seen\n    seen = 'seen' in globals()"
    told = "CUDA error: device-side assert triggered"
    raising = f"\n    if {ON} and x.sum() == 12: raise RuntimeError({told!r})"
    again = f"\n    if {ON} and seen: raise RuntimeError('still broken')"
    assert verdicts(graded(once + again + raising)) == [Verdict.FAIL, Verdict.PASS, Verdict.PASS]
    other = raising.replace("CUDA error", "an error")
    assert verdicts(graded(once + again + other)) == [Verdict.FAIL, Verdict.FAIL, Verdict.PASS]


def test_what_the_reference_fails_there_says_nothing_of_anybody(graded, monkeypatch):
    line = f"if {ON}: x = x + 1"
    broken = {"first.py": DOUBLE.format(line).encode(), "second.py": TOTAL}
    monkeypatch.setattr(ondevice, "variant_files", lambda assignment, variant: broken)
    result = graded(line)
    found = result.run.on_device
    assert set(verdicts(result)) == {Verdict.FAIL}
    assert set(found.left_out) == {check.name for check in found.tasks["double"]}
    assert found.holds("double")
    assert "3 more say nothing here" in feedback_page(result, load_assignment_of(result))


def test_a_limit_of_cpus_fails_nobody_on_a_device():
    def ran(verdict, measured=True, on_gpu=False):
        check = SimpleNamespace(measured=measured, on_gpu=on_gpu)
        return ondevice._only_costs(SimpleNamespace(check=check, outcome=Outcome(verdict)))

    assert [ran(one) for one in (Verdict.SLOW, Verdict.MEMORY, Verdict.FAIL)] == [True, True, False]
    assert not ran(Verdict.SLOW, on_gpu=True)
    assert not ran(Verdict.MEMORY, measured=False)


def test_a_wrong_answer_is_asked_there_for_what_it_passes(graded):
    result = graded("x = x.abs()", measured=True)
    assert verdicts(result) == [Verdict.PASS] * 2  # the hidden check fails, and nothing is measured


# ---- points


CHECK = CheckResult("a", "", Visibility.PUBLIC, Verdict.PASS)
TASKS = tuple(TaskResult(name, "1", "", 50.0, 50.0, (CHECK,)) for name in ("one", "two"))


def on(device="cuda", **tasks):
    checks = {name: (replace(CHECK, name=name, verdict=verdict),) for name, verdict in tasks.items()}
    return OnDevice(device, "", "", "", checks)


@pytest.mark.parametrize(
    ("found", "cuda", "earned", "score"),
    [
        (None, Cuda("adds", 10), [50, 40], 90),
        (on(one=Verdict.FAIL, two=Verdict.PASS), Cuda(), [50, 40], 90),
        (on(one=Verdict.PASS, two=Verdict.PASS), Cuda("adds", 10), [50, 40], 95),  # task two lost points
        (on(one=Verdict.PASS), Cuda("adds", 30), [50, 40], 100),  # no more than all
        (on(one=Verdict.FAIL), Cuda("adds", 10), [50, 40], 90),
        (on(one=Verdict.PASS, two=Verdict.FAIL), Cuda("required"), [50, 0], 50),
        (on(one=Verdict.TIMEOUT), Cuda("required"), [0, 0], 0),  # nothing of two was tried
        (on("cpu", one=Verdict.FAIL), Cuda("required"), [50, 40], 90),  # the CPU stood in
        (on("cpu", one=Verdict.PASS), Cuda("adds", 10), [50, 40], 90),
    ],
)
def test_the_assignment_says_what_a_gpu_counts(found, cuda, earned, score):
    tasks, added = with_policy((TASKS[0], replace(TASKS[1], earned=40.0)), found, cuda)
    assert [task.earned for task in tasks] == earned
    assert total(tasks, added) == score


def test_what_says_nothing_keeps_no_points_back():
    found = replace(on(one=Verdict.FAIL, two=Verdict.PASS), left_out={"one": "fails"})
    assert with_policy(TASKS, found, Cuda("required")) == (TASKS, 0.0)


@pytest.mark.parametrize(
    ("device", "counts", "doubtful"),
    [("cuda", "required", True), ("cuda", "informs", False), ("cpu", "required", False)],
)
def test_points_that_hang_on_a_device_that_failed_are_withheld(assignment, device, counts, doubtful):
    needy = msgspec.structs.replace(assignment, cuda=Cuda(counts))
    found = on(device, one=Verdict.ERROR)
    one = Submission("ada", "", "", "", {})
    assert conclude(needy, one, Seed(1), TASKS, (), 0.0, found=found).grade.withheld == doubtful


def test_where_points_need_a_gpu_nobody_is_graded_without(assignment):
    needy = msgspec.structs.replace(assignment, cuda=Cuda("required"))
    for device in ("", "cpu"):
        with pytest.raises(UserError, match=r"assignment.toml: by \[cuda\] a GPU is required for points"):
            devices(needy, device)
    assert devices(assignment, "") == ()
    assert devices(assignment, "cpu") == HERE
    assert devices(assignment, "cuda", here=False) == ()


def test_who_was_not_tried_on_the_device_is_judged_again(assignment, graded, tmp_path):
    key, result = b"a key for nobody's course", graded()
    seed = student_seed(key, "ada")
    files = {"first.py": b"1", "second.py": b"2"}
    one = Submission("ada", "", "", "", files)
    parts = parts_of(assignment)
    done = stamped(result, result_key(one, inputs_digest(parts), seed, "full"), "full", parts)
    write_result(done, tmp_path)
    for device, judged in (("", 0), ("cpu", 0), ("cuda", 1)):
        stay, todo = sorted_out([one], parts, {"ada": seed}, tmp_path, device=device)
        assert (len(stay.results), len(todo)) == (1 - judged, judged)
    assert whom_to_judge(assignment, [one], key, tmp_path, "cuda")[1] == {"ada": "not on cuda yet"}


# ---- in the worker


@pytest.fixture
def device(monkeypatch):
    before = torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.allow_tf32
    yield Device("cpu", 0.4)
    torch.use_deterministic_algorithms(before[0])
    torch.backends.cudnn.allow_tf32 = before[1]


def test_a_device_computes_so_that_results_repeat(device):
    assert torch.are_deterministic_algorithms_enabled()
    assert torch.is_deterministic_algorithms_warn_only_enabled()
    assert not torch.backends.cuda.matmul.allow_tf32
    assert not torch.backends.cudnn.allow_tf32
    assert "CUDA_VISIBLE_DEVICES" not in settings_of(Gpu("cuda", 3))  # the cage opens one card
    assert settings_of(Gpu("cuda", 3, "GPU-3")) == {
        "CUDA_VISIBLE_DEVICES": "GPU-3",
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
        "CUDA_CACHE_DISABLE": "1",
    }
    assert settings_of(Gpu("cpu")) == {}


class Elsewhere:
    """A device, as far as a tensor can be put there on a machine without one."""

    def __init__(self, device):
        device._device = torch.device("meta")
        self.device, self.seen = device, []
        self.code = Code("nowhere")
        self.code.__dict__["m"] = self

    def f(self, x, *rest, **named):
        self.seen += [x, *rest, *named.values()]
        return x

    def play(self, code):
        x, generator = torch.arange(3), torch.Generator().manual_seed(1)
        drawn = torch.randn(2, generator=generator)
        self.seen += [x, torch.nn.Linear(2, 2).weight, drawn, torch.randperm(3, generator=generator)]
        self.seen += [torch.rand(2, generator=generator, device=generator.device)]
        self.seen += [torch.rand(2, generator=torch.Generator("meta").manual_seed(2), device="meta")]
        self.seen += [
            torch.ones(2, device="cpu"),
            torch.rand(2, generator=torch.Generator("cpu"), device="cpu"),
        ]
        return generator.device.type

    @property
    def devices(self):
        return [one.device.type for one in self.seen]


def test_what_arrives_is_on_the_device_and_so_is_what_a_play_makes(device):
    there = Elsewhere(device)
    x = torch.ones(2)
    device.answer(there.code, Request(1, "m.f", (x, x), {"y": x}))
    assert there.devices == ["meta"] * 3
    there.seen.clear()
    with pytest.raises(AttributeError):  # outside of a play nothing is made there by itself
        device.answer(there.code, Request(1, "m.g", (), {}))
    value = device.answer(there.code, Request(1, "m.play", (), {}, play=True))
    assert value == "meta"
    assert there.devices == ["meta"] * 6 + ["cpu"] * 2
    assert torch.arange(1).device.type == "cpu"


def test_a_generator_draws_there_what_it_draws_on_the_cpu():
    plain = torch.Generator().manual_seed(5)
    expected = [torch.randn(3, generator=plain), torch.ones(2).uniform_(generator=plain)]
    with here(torch.device("cpu")):
        generator = torch.Generator().manual_seed(5)
        x = torch.ones(2)
        came = [torch.randn(3, generator=generator), x.uniform_(generator=generator)]
        assert came[1] is x
    assert all(map(torch.equal, came, expected))


# ---- what is measured


class Fake:
    """A worker whose allocator holds so much."""

    alive = True

    def __init__(self, *told):
        self.told, self.paused = itertools.cycle(told), 0

    def ask(self, request):
        return Reply(request.id, next(self.told) if request.target == PEAK else request.args[0])

    def await_ready(self):
        pass

    def pause(self):
        self.paused += 1


def asked(one):
    return UnderTest(one.ask, lambda target: None)


def call(code):
    return code.call("m.f", (7,), {})


def test_time_on_a_device_is_by_the_wall_clock_until_all_is_here():
    one = Fake()
    value, took_s = wall_of(lambda: one, asked(one))(call)
    assert (value, one.paused) == (7, 1)
    assert took_s > 0


def test_memory_on_a_device_is_by_what_its_allocator_held_more():
    one = Fake([900, 100], [1100, 200])
    assert allocated_of(lambda: one, asked(one))(call) == (7, 1000.0)
    for told in (None, [], ["1", 2], [1]):
        with pytest.raises(Stop, match="does not say"):
            allocated_of(lambda told=told: Fake(told), asked(one))(call)


def test_the_cpu_in_its_place_has_no_allocator(device):
    assert device.answer(Code("nowhere"), Request(1, PEAK, (), {})) == []
