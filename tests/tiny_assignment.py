"""A whole course with one assignment of two tasks, for tests that grade: quick, and of a shape of its own."""

from __future__ import annotations

from pathlib import Path

NAME = "a91_tiny"

FILES = {
    "course.toml": """\
name = "Tiny"
classroom = "tiny"
demo = "a91_tiny"

[assignments.a91_tiny]
due = 2026-10-12T21:59:59Z
""",
    "solutions/__init__.py": "",
    "assignments/__init__.py": "",
    "autograder/README": "only marks the root",
    f"solutions/{NAME}/__init__.py": "",
    f"solutions/{NAME}/assignment.toml": """\
title = "Tiny"
lecture = "0"

[limits]
call_cpu_s = 0.5
call_wall_s = 10.0
memory_mb = 512

[[tasks]]
id = "double"
number = "1.1"
title = "Twice"
file = "first.py"
points = 40
difficulty = 1
minutes = 5

[[tasks]]
id = "total"
number = "1.2"
title = "The sum"
file = "second.py"
points = 60
difficulty = 2
minutes = 10
""",
    f"solutions/{NAME}/first.py": '''\
"""Doubling."""

from jaxtyping import Float
from torch import Tensor


def double(x: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    """Return twice x."""
    # BEGIN SOLUTION
    return 2 * x
    # END SOLUTION
''',
    f"solutions/{NAME}/second.py": '''\
"""Adding."""

from jaxtyping import Float
from torch import Tensor


def total(x: Float[Tensor, " n"]) -> float:
    """Return the sum of x."""
    # BEGIN SOLUTION
    return float(x.sum())
    # END SOLUTION
''',
    f"solutions/{NAME}/wrong.py": """\
from autograder.sources.variants import wrong


@wrong("double", "x is squared.", read="Task 1.1")
def double__squared(x):
    return x * x


@wrong("total", "the mean is taken.", read="Task 1.2")
def total__mean(x):
    return float(x.mean())
""",
    f"solutions/{NAME}/right.py": """\
from autograder.sources.variants import right


@right("double", "by adding x to itself")
def double__added(x):
    return x + x
""",
    f"solutions/{NAME}/tests/__init__.py": "",
    f"solutions/{NAME}/tests/test_both.py": '''\
import torch

from autograder.checks import close, task


@task("double")
def test_twice_three_is_six(submission):
    """Twice 3 is 6"""
    close(submission.first.double(torch.full((4,), 3.0)), torch.full((4,), 6.0), hint="Do you multiply by 2?")


@task("double")
def test_twice_nothing_is_nothing(submission):
    """Twice 0 is 0"""
    close(submission.first.double(torch.zeros(4)), torch.zeros(4))


@task("total")
def test_three_ones_add_up_to_three(submission):
    """1 + 1 + 1 = 3"""
    close(submission.second.total(torch.ones(3)), 3.0)
''',
    f"solutions/{NAME}/hidden/__init__.py": "",
    f"solutions/{NAME}/hidden/test_both.py": '''\
import torch

from autograder.checks import close, task


@task("double", gate=True)
def test_double_of_fresh_numbers(submission, reference, seed):
    """Fresh numbers are doubled"""
    x = seed.normal(5)
    close(submission.first.double(x), reference.first.double(x))


@task("total", gate=True)
def test_total_of_fresh_numbers(submission, reference, seed):
    """Fresh numbers are added up"""
    x = seed.normal(5)
    close(submission.second.total(x), reference.second.total(x))
''',
}


def write_tiny(root: Path) -> Path:
    """Write the course below `root`; return the assignment's folder."""
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root / "solutions" / NAME
