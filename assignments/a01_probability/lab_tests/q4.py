"""What is handed in: judged here as it will be then, and the step's price."""

from pathlib import Path

from otter.test_files import test_case

from assignments.a01_probability.lab_judge import judge
from autograder.spec import load_assignment
from common.labs.measure import unmet

OK_FORMAT = False
name = "q4"
points = 4


@test_case(points=1)
def test_the_price_of_the_step(excess):
    assert abs(excess - 1 / 9) < 1e-9, f"the excess is {excess:.4f}: what is langevin_variance(1.0, 0.2)?"


@test_case(points=3)
def test_completions_and_samples(lower_mean, lower_std, samples):
    half = (-1, 4, 8)
    arrays = {
        "lower_mean": lower_mean.reshape(half).numpy(),
        "lower_std": lower_std.reshape(half).numpy(),
        "samples": samples.numpy(),
    }
    bounds = load_assignment(Path.cwd()).lab
    failing = unmet(judge(arrays, bounds), digits=3)
    assert not failing, failing
