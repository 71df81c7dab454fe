"""A GPU's files, its lock and the cage of a worker that gets one: all but the device itself."""

from __future__ import annotations

import errno
import struct
import tempfile
import threading
from pathlib import Path

import pytest

from autograder.calls.wire import Request
from autograder.errors import Stop, UserError
from autograder.isolation import gpu as gpus
from autograder.isolation import handle, seccomp, syscalls
from autograder.isolation.doctor import probe
from autograder.isolation.gpu import LOST, Gpu, devices_for, driver_version, find_gpus, one_of, told_of
from autograder.isolation.landlock import landlock_abi
from autograder.isolation.limits import GPU_SLOWER, SandboxLimits
from autograder.records import Verdict
from tests.test_lockdown import decide
from tests.test_sandbox import call

VERSION = (
    "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\nGCC version: 12"
)


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A machine with two cards, as files."""
    files = {
        "dev/nvidiactl": "", "dev/nvidia-uvm": "", "dev/nvidia-modeset": "", "dev/nvidia0": "",
        "dev/nvidia1": "", "usr/lib/x86_64-linux-gnu/libcuda.so.1": "", "proc/driver/nvidia/version": VERSION,
        "proc/driver/nvidia/params": "",
        "proc/driver/nvidia/gpus/0000:02/information":
            "Model: \t\t NVIDIA A\nGPU UUID: \t GPU-a\nDevice Minor: \t 1\n",
        "proc/driver/nvidia/gpus/0000:09/information": "Model: \t\t NVIDIA B\nDevice Minor: \t 0\n",
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_the_cards_of_a_machine_and_what_each_opens(machine: Path) -> None:
    first, second = find_gpus(0.3, machine)
    assert first.files == ("/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia0")
    assert (second.number, second.lock, second.share) == (1, "/dev/nvidia1", 0.3)
    assert first.read == (
        "/proc/driver/nvidia/params",
        "/proc/driver/nvidia/version",
        "/proc/driver/nvidia/gpus",
    )
    assert (first.uuid, second.uuid) == ("", "GPU-a")
    assert (told_of(0, "Model", machine), told_of(1, "Model", machine)) == ("NVIDIA B", "NVIDIA A")
    assert driver_version(machine) == "550.54.15"


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        ("dev/nvidia-uvm", "there is /dev/nvidiactl, /dev/nvidia0, /dev/nvidia1; use a machine with one"),
        ("usr/lib/x86_64-linux-gnu/libcuda.so.1", "no driver here: libcuda.so.1"),
    ],
)
def test_what_is_missing_for_a_gpu_is_said(machine: Path, gone: str, said: str) -> None:
    (machine / gone).unlink()
    with pytest.raises(UserError, match=said):
        find_gpus(root=machine)


def test_without_a_gpu_nothing_begins(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="there is nothing of the kind; use a machine with one, or leave out"):
        find_gpus(root=machine / "usr")
    with pytest.raises(UserError, match="'gpu'; write cuda, or cpu, which stands in"):
        devices_for("gpu")
    monkeypatch.setattr(gpus, "find_gpus", lambda share: [Gpu(share=share)])
    monkeypatch.setattr("torch.version.cuda", None)
    with pytest.raises(UserError, match="is built without CUDA: install the build for this driver"):
        devices_for("cuda")
    monkeypatch.setattr("torch.version.cuda", "13.0")
    assert devices_for("cuda", 0.2) == (Gpu(share=0.2),)
    assert devices_for("cpu", 0.2) == (Gpu("cpu", share=0.2),)


def test_a_machine_without_a_driver_tells_neither_card_nor_version(tmp_path: Path) -> None:
    assert (told_of(0, "Model", tmp_path), driver_version(tmp_path)) == ("", "")


def test_one_job_uses_a_device_and_another_takes_the_next_or_waits(tmp_path: Path) -> None:
    both = tuple(Gpu("cpu", n, files=(str(tmp_path / f"nvidia{n}"),)) for n in range(2))
    for one in both:
        Path(one.lock).touch()
    came: list[int] = []

    def work() -> None:
        with one_of(both) as mine:
            came.append(mine.number)

    with one_of(both) as first:
        with one_of(both) as second:
            assert (first.number, second.number) == (0, 1)
            third = threading.Thread(target=work)
            third.start()
            third.join(0.2)
            assert not came
        third.join(20)
    assert came == [1]


# ---- the cage


@pytest.mark.parametrize("machine_name", syscalls.MACHINES)
@pytest.mark.parametrize(
    ("command", "allowed"),
    [
        (0xC0104620, True), (0xC0384657, True), (0x30000001, True), (0x30000002, True), (0x19, True),
        (0x5421, True), (0x5412, False), (0x8901, False), (0x30000003, False), (0x1234, False),
    ],
)  # fmt: skip
def test_the_drivers_commands_pass_where_a_worker_gets_a_gpu(
    machine_name: str, command: int, allowed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = syscalls.number("ioctl", machine_name)
    assert number is not None
    usual = decide(machine_name, number, 3, command)
    assert usual == (seccomp.ALLOW if command == 0x5421 else seccomp.REFUSE + errno.ENOTTY)
    build = seccomp.build
    monkeypatch.setattr(seccomp, "build", lambda machine, pid: build(machine, pid, gpu=True))
    assert decide(machine_name, number, 3, command) == (
        seccomp.ALLOW if allowed else seccomp.REFUSE + errno.ENOTTY
    )
    length = len(list(struct.iter_unpack("=HBBI", build(machine_name, 77, gpu=True))))
    assert length < 4096  # the kernel takes no more


@pytest.fixture(scope="module")
def sandbox(one_zygote):
    with one_zygote(SandboxLimits().changed(call_cpu_s=0.5, call_wall_s=2.0, memory_mb=256)) as sandbox:
        yield sandbox


@pytest.fixture
def start(sandbox, monkeypatch):
    """Start a worker on a module `m` with this source, in the cage for a device."""
    from tests.test_sandbox import start as starting

    making = starting.__wrapped__(sandbox)
    started = next(making)
    yield lambda source, gpu=None, **limits: started(source, gpu=gpu or Gpu("cpu"), **limits)
    next(making, None)


OPENS = """
import os
def opened(path, flags):
    try:
        os.close(os.open(path, flags))
    except OSError as problem:
        return problem.strerror
def limit():
    import resource
    return resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY
"""


@pytest.fixture
def folder():
    """A folder that workers of root, who are other users, may enter."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_a_worker_opens_the_devices_that_it_is_given_and_no_others(start, folder) -> None:
    for name in ("nvidiactl", "nvidia0", "nvidia1", "libcuda.so.1"):
        (folder / name).touch()
        (folder / name).chmod(0o666)
    mine = tuple(str(folder / name) for name in ("nvidiactl", "nvidia0"))
    theirs = (str(folder / "libcuda.so.1"), str(folder / "gone"))
    worker = start(OPENS, Gpu("cpu", files=mine, read=theirs))
    reading, both = 0, 2

    def opened(name: str, flags: int) -> object:
        return worker.ask(call("opened", str(folder / name), flags)).value

    assert [opened(name, both) for name in ("nvidiactl", "nvidia0")] == [None, None]
    assert opened("libcuda.so.1", reading) is None
    refused = "Permission denied"
    assert [opened("libcuda.so.1", both), opened("nvidia1", both), opened("nvidia1", 0)] == [refused] * 3
    assert worker.ask(call("limit")).value is True
    assert worker.layers["device"] == "the CPU, which stands in"
    assert "private root" not in worker.layers.get("namespace", "")


def test_the_cage_for_a_device_holds_all_but_what_is_said_to_be_lost(sandbox) -> None:
    before, sandbox.limits = sandbox.limits, SandboxLimits().on(Gpu("cpu"))
    try:
        health = probe(sandbox)
    finally:
        sandbox.limits = before
    broken = {name for name, held in health.promises.items() if not held}
    assert broken == {"memory"}  # no device is open here: read, write and time are lost with a real one
    assert broken <= set(LOST)
    assert health.level == "gpu"


def test_memory_is_bounded_by_a_look_from_outside(start, monkeypatch) -> None:
    monkeypatch.setattr(handle, "GPU_HOST_BYTES", 64 << 20)
    takes = "import time\ndef f():\n    x = b'x' * (200 << 20)\n    time.sleep(60)"
    worker = start(takes, memory_mb=64)
    with pytest.raises(Stop, match=r"held more than 64 MB") as stop:
        worker.ask(call("f"))
    assert stop.value.verdict is Verdict.MEMORY
    assert not worker.alive


def test_a_kernel_that_hangs_ends_with_its_process(start) -> None:
    limits = SandboxLimits().changed(call_cpu_s=0.2, gpu=None).on(Gpu("cpu"))
    assert limits.calls.call_cpu_s == pytest.approx(0.2 * GPU_SLOWER)
    spins = "import signal\ndef f():\n    signal.pthread_sigmask(0, range(1, 32))\n    while True: pass"
    worker = start(spins, call_cpu_s=0.2)  # as CUDA waits for a device
    with pytest.raises(Stop, match="ran longer than") as stop:
        worker.ask(call("f"))
    assert (stop.value.verdict, worker.alive) == (Verdict.TIMEOUT, False)
    sleeps = "import time\ndef f(): time.sleep(600)"  # as it waits for an interrupt
    with pytest.raises(Stop, match="did not answer within") as stop:
        start(sleeps, call_wall_s=0.2).ask(call("f"))
    assert stop.value.verdict is Verdict.TIMEOUT


@pytest.mark.skipif(landlock_abi() < 5, reason="commands are no right of their own before Linux 6.10")
def test_a_device_that_is_not_given_takes_no_command(start) -> None:
    source = (
        "import fcntl, os\ndef f():\n"
        "    with open('/dev/urandom', 'rb') as device:\n"
        "        try:\n            return fcntl.ioctl(device, 0x4601, b'0' * 64)\n"
        "        except OSError as problem:\n            return problem.strerror"
    )
    assert start(source).ask(call("f")).value == "Permission denied"


def test_a_request_reaches_a_device_and_its_answer_comes_back(start) -> None:
    import torch

    reply = start("def f(x): return {'y': 2 * x}").ask(Request(1, "m.f", (torch.ones(3),), {}))
    assert torch.equal(reply.value["y"], torch.full((3,), 2.0))
