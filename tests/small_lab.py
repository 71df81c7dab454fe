"""A small assignment with a lab, for tests of what writes, runs and judges labs."""

from __future__ import annotations

from pathlib import Path

from autograder.spec import Assignment, load_assignment
from tests.small_assignment import SPEC, write_small

LAB = """\
# %% [markdown]
# # A lab
#
# Scale something.

# %%
import sys
from pathlib import Path

import numpy as np
import otter

sys.path.insert(0, str(Path.cwd().parents[1]))

from assignments.a90_small.idea import scale
from common.figures import curves

grader = otter.Notebook("lab.ipynb", tests_dir="lab_tests")

# %%
import torch

y = scale(torch.arange(3.0), 3.0)
curves({"y": y})

# %%
grader.check("q1")

# %%
np.savez("lab.npz", samples=y.numpy())
"""
CHECK = """\
from otter.test_files import test_case

OK_FORMAT = False
name = "q1"
points = 1


@test_case(points=1)
def test_scaled(y):
    assert y.tolist() == [0, 3, 6], f"y is {y.tolist()}"
"""
JUDGE = """\
from common.labs.measure import Measure, Wanted

ARRAYS = {"samples": Wanted((3,), "f")}


def judge(arrays, bounds):
    first, *_, last = arrays["samples"]
    if first != 0:
        raise ValueError("samples must begin with 0")
    return (Measure("last", last, bounds["last"], False, "how far they come"),)
"""


def write_lab(tmp_path: Path, bounds: str = "last = 6", judge: str = JUDGE) -> Assignment:
    """Write the small assignment with its lab and everything that belongs to one."""
    spec = SPEC.replace("[[tasks]]", f"[lab]\n{bounds}\n\n[[tasks]]", 1)
    folder = write_small(tmp_path, lab=LAB, lab_judge=judge, spec=spec)
    (folder / "lab_tests").mkdir()
    (folder / "lab_tests" / "q1.py").write_text(CHECK)
    (folder / "lab_rubric.md").write_text("for staff")
    return load_assignment(folder)
