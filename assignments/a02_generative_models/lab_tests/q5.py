"""The samples: judged here as they will be when they are handed in."""

from pathlib import Path

from otter.test_files import test_case

from assignments.a02_generative_models.lab_judge import judge
from autograder.spec import load_assignment
from common.labs.measure import unmet

OK_FORMAT = False
name = "q5"
points = 4


@test_case(points=1)
def test_shapes(samples):
    for model in ("vae", "gan", "flow"):
        shape = tuple(samples[model].shape)
        assert shape == (64, 1, 8, 8), f"the samples of {model} have the shape {shape}, not (64, 1, 8, 8)"


@test_case(points=3)
def test_samples_are_digits_varied_and_new(samples):
    arrays = {name: x.numpy() for name, x in samples.items()}
    bounds = load_assignment(Path.cwd()).lab
    failing = unmet(judge(arrays, bounds))
    assert not failing, failing
