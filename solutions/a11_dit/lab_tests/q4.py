"""What is handed in: judged here as it will be."""

from pathlib import Path

import numpy as np
from otter.test_files import test_case

from assignments.a11_dit.lab_judge import judge
from autograder.spec import load_assignment
from common.labs.measure import unmet

OK_FORMAT = False
name = "q4"
points = 5


@test_case(points=1)
def test_labels_are_followed(shares):
    low = {key: value for key, value in shares.items() if value < 0.65}
    assert not low, f"recognised as asked, by patch and w: {low}; expected more than 0.65"


@test_case(points=4)
def test_samples_are_as_wanted():
    bounds = load_assignment(Path.cwd()).lab
    with np.load("lab.npz") as file:
        failing = unmet(judge(dict(file), bounds))
    assert not failing, failing
