"""What is handed in: judged here as it will be."""

from pathlib import Path

import numpy as np
from otter.test_files import test_case

from assignments.a15_structure.lab_judge import judge
from autograder.spec import load_assignment
from common.labs.measure import unmet

OK_FORMAT = False
name = "q3"
points = 4


@test_case(points=4)
def test_backbones_are_what_is_wanted():
    bounds = load_assignment(Path.cwd()).lab
    with np.load("lab.npz") as file:
        failing = unmet(judge(dict(file), bounds))
    assert not failing, failing
