"""The doctor finds out by trying: with a layer off, the promise that it held is reported broken."""

import pytest

from autograder.isolation import doctor
from autograder.isolation.doctor import PROMISES, Health, noise, probe
from autograder.isolation.gpu import LOST
from autograder.isolation.limits import LAYERS, SandboxLimits
from autograder.show import console, figures


@pytest.fixture(scope="module")
def sandbox(one_zygote):
    with one_zygote(SandboxLimits()) as sandbox:
        yield sandbox


@pytest.mark.parametrize(
    ("layers", "broken"),
    [
        (LAYERS, set()),
        ({"rlimits", "uid"}, {"read", "write", "network", "processes"}),
        (LAYERS - {"rlimits"}, {"memory"}),
    ],
    ids=["all layers", "limits only", "no limits"],
)
def test_the_level_is_what_was_tried(sandbox, layers, broken):
    sandbox.limits = SandboxLimits(layers=layers)
    health = probe(sandbox)
    assert {name for name in PROMISES if not health.promises[name]} >= broken
    assert bool(broken) == bool(health.missing)
    assert health.level.startswith("full") == (not broken)


@pytest.mark.parametrize("abi", [1, 2])
def test_an_older_kernel_has_a_level_of_its_own_that_says_what_it_lacks(sandbox, abi, capsys):
    sandbox.limits = SandboxLimits(landlock_abi_cap=abi, layers=LAYERS - {"namespace"})
    health = probe(sandbox)
    assert (health.level, health.missing) == ("full-", ())
    console.show(figures.health_lines(health, noise(repeats=3)))
    assert f"landlock: abi {abi}, without truncation, which seccomp alone refuses" in capsys.readouterr().out


def test_a_worker_that_reaches_a_gpus_device_is_never_called_full(sandbox, monkeypatch):
    monkeypatch.setattr(doctor, "GPU_DEVICES", ("/dev/null",))  # a device that workers do have
    sandbox.limits = SandboxLimits()
    health = probe(sandbox)
    assert health.level == "partial"
    assert health.missing == ("read: a worker could read /dev/null",)


def test_the_doctor_says_what_cannot_hold_on_cuda(capsys):
    promises = dict.fromkeys(PROMISES, True)
    console.show(
        figures.health_lines(Health("full", promises, (), {}), {"cpu": 0.0, "wall": 0.0, "load": 0.0})
    )
    said = capsys.readouterr().out
    assert (
        "GPU    (never run on a GPU yet) a worker that gets one cannot keep read, write, memory, time" in said
    )
    assert said.endswith("Official grading works here.\n")
    assert set(LOST) < set(PROMISES)


def test_noise_is_measured():
    assert set(noise(repeats=3)) == {"cpu", "wall", "load"}
