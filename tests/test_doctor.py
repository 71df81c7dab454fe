"""The doctor finds out by trying: with a layer off, the promise that it held is reported broken."""

import pytest

from autograder.doctor import PROMISES, noise, probe
from autograder.sandbox import LAYERS, Cage, Sandbox


@pytest.mark.parametrize(
    ("layers", "broken"),
    [
        (LAYERS, set()),
        (("rlimits", "uid"), {"read", "write", "network", "processes"}),
        (("uid", "namespace", "landlock", "seccomp"), {"memory"}),
    ],
    ids=["all layers", "limits only", "no limits"],
)
def test_the_level_is_what_was_tried(layers, broken):
    with Sandbox(Cage(layers=layers, namespace="namespace" in layers)) as sandbox:
        health = probe(sandbox)
    assert {name for name in PROMISES if not health.promises[name]} >= broken
    assert bool(broken) == bool(health.missing)
    assert health.level.startswith("full") == (not broken)


def test_noise_is_measured():
    assert set(noise(repeats=3)) == {"cpu", "wall", "load"}
