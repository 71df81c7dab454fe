"""The samples: judged here as they will be when they are handed in."""

from pathlib import Path

from otter.test_files import test_case

from assignments.a05_fast_samplers.lab_judge import judge
from autograder.spec import load_assignment
from common.labs.measure import unmet

OK_FORMAT = False
name = "q3"
points = 3


@test_case(points=1)
def test_shape_and_range(samples):
    assert samples.shape == (64, 1, 8, 8), f"samples has shape {tuple(samples.shape)}, not (64, 1, 8, 8)"
    assert samples.abs().max() <= 1 + 1e-6, "samples leave [-1, 1]: is the predicted image clipped?"


@test_case(points=2)
def test_samples_are_digits_varied_and_new(samples):
    arrays = {"samples": samples.numpy()}
    bounds = load_assignment(Path.cwd()).lab
    failing = unmet(judge(arrays, bounds))
    assert not failing, failing
