"""What is handed in: judged here as it will be."""

from pathlib import Path

import numpy as np
from otter.test_files import test_case

from assignments.a09_clip.lab_judge import judge
from autograder.spec import load_assignment
from common.labs.measure import unmet

OK_FORMAT = False
name = "q5"
points = 5


@test_case(points=1)
def test_digits_are_known_by_name(right):
    assert right > 0.85, f"{right:.3f} of the held-out digits get the right word; expected more than 0.85"


@test_case(points=4)
def test_towers_and_samples_are_as_wanted():
    bounds = load_assignment(Path.cwd()).lab
    with np.load("lab.npz") as file:
        failing = unmet(judge(dict(file), bounds))
    assert not failing, failing
