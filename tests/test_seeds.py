"""Seeds repeat, and nobody without the key can predict a student's."""

import torch

from autograder.seeds import Seed, assignment_key, student_seed


def test_the_same_seed_draws_the_same():
    assert torch.equal(Seed(3).normal(5), Seed(3).normal(5))
    assert Seed(3).integer(1, 10**9) == Seed(3).integer(1, 10**9)


def test_forks_are_independent_and_repeat():
    draws = [Seed(3).fork(label).normal(4000) for label in ("a", "b")]
    assert not torch.equal(*draws)
    assert abs(torch.corrcoef(torch.stack(draws))[0, 1]) < 5 / 4000**0.5  # five standard errors
    assert Seed(3).fork("a") == Seed(3).fork("a") != Seed(4).fork("a")


def test_draws_lie_where_they_should():
    uniforms = Seed(1).uniform(1000)
    assert uniforms.dtype == torch.float64
    assert 0 <= uniforms.min() < uniforms.max() < 1
    assert {Seed(n).integer(1, 3) for n in range(50)} == {1, 2, 3}


def test_a_students_seed_depends_on_key_assignment_and_student():
    seeds = {
        student_seed(assignment_key(key, assignment), student)
        for key in (b"k" * 16, b"l" * 16)
        for assignment in ("a01_x", "a02_y")
        for student in ("ada", "bob")
    }
    assert len(seeds) == 8
    assert all(0 <= seed.n < 2**63 for seed in seeds)
