"""What is handed in: judged here as it will be."""

from pathlib import Path

import numpy as np
from otter.test_files import test_case

from assignments.a17_trustworthy.lab_judge import judge
from autograder.spec import load_assignment
from common.labs.measure import unmet

OK_FORMAT = False
name = "q4"
points = 3


@test_case(points=3)
def test_weights_do_what_is_wanted():
    bounds = load_assignment(Path.cwd()).lab
    with np.load("lab.npz") as file:
        failing = unmet(judge(dict(file), bounds))
    assert not failing, failing
