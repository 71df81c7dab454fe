"""Checks for a GPU alone, proven with the CPU in its place: what is right passes, whatever it costs."""

from __future__ import annotations

import pytest

from autograder.judging.judge import Judge
from autograder.practice import Practice
from autograder.proving.harness import Harness
from autograder.proving.ondevice import gpu_checks_hold
from autograder.proving.verified import ForGpu
from autograder.show.tables import practice_totals
from autograder.spec import load_assignment
from tests.small_assignment import imports_apart, release_small
from tests.test_ondevice import FOR_A_GPU, PLAYS
from tests.tiny_assignment import write_tiny

BOUNDS = "speed_on_gpu = { limit = 50, naive = 100 }\nmemory_on_gpu = { limit = 50, naive = 100 }\n"
NAIVE = """

@naive_on_gpu("double", "the numbers are doubled one by one.")
def double__loop(x):
    from torch import stack

    return stack([2 * one for one in x.split(50_000)]).flatten() if len(x) > 99_999 else 2 * x
"""
FIRST, SECOND = "tests/test_gpu.py::test_twice_a_large_vector_is_one_kernel", "_holds_one_more"


@pytest.fixture
def proven(tmp_path, one_zygote):
    """Prove an assignment with these naive answers and this table of limits; return figures and problems."""

    def proving(naive=NAIVE, bounds=BOUNDS, checks=FOR_A_GPU):
        folder = write_tiny(tmp_path)
        (folder / "tests" / "test_gpu.py").write_text(checks)
        (folder / "plays.py").write_text(PLAYS)
        toml, wrong = folder / "assignment.toml", folder / "wrong.py"
        toml.write_text(toml.read_text().replace('title = "Twice"\n', f'title = "Twice"\n{bounds}'))
        wrong.write_text(wrong.read_text().replace("import wrong", "import naive_on_gpu, wrong") + naive)
        assignment = load_assignment(folder)
        with imports_apart(), Judge(assignment) as judge:
            harness = Harness(assignment, judge.session)
            harness.learn()
            return gpu_checks_hold(judge, harness), harness.problems

    return proving


def test_what_is_right_passes_and_its_cost_is_not_judged(proven):
    assert proven() == (ForGpu(checks=2, named=2), [])


def test_a_naive_answer_must_be_right(proven):
    wrong = NAIVE.replace("2 * one", "3 * one")
    (first, second) = proven(wrong)[1]
    assert first.startswith(f"{FIRST}: FAIL on ")
    assert SECOND in second


def test_a_naive_answer_must_be_right_in_the_checks_of_a_cpu_too(proven):
    problems = proven(NAIVE.replace("else 2 * x", "else x"))[1]
    assert any("is naive and must be right, but tests/test_both.py" in one for one in problems)


def test_a_check_for_a_gpu_needs_an_answer_that_it_is_about(proven):
    problems = proven(naive="")[1]
    assert problems[0] == f"{FIRST}: it needs a @naive or @naive_on_gpu answer in wrong.py"


def test_a_limit_on_a_gpu_needs_a_check(proven):
    found, problems = proven(checks="", naive="")
    assert found == ForGpu()
    assert problems == ["a91_tiny/assignment.toml: task 'double' has a limit on a GPU and no check"]


@pytest.mark.parametrize("bounds", ["", BOUNDS.splitlines()[0] + "\n"])
def test_a_check_for_a_gpu_without_a_limit_says_which(proven, bounds):
    missing = "memory_on_gpu" if bounds else "speed_on_gpu"
    assert any(f"gives task 'double' no {missing}" in one for one in proven(bounds=bounds)[1])


def test_a_student_reads_which_checks_are_for_a_gpu(tmp_path):
    folder = write_tiny(tmp_path)
    (folder / "tests" / "test_gpu.py").write_text(FOR_A_GPU)
    (folder / "plays.py").write_text(PLAYS)
    for name in ("README.md", "CHANGELOG.md"):
        (folder / name).write_text("- handout: first\n")
    with imports_apart():
        released = release_small(load_assignment(folder))
    with imports_apart(), Practice(released) as practice:
        tasks = practice.run()
    assert [len(one.checks) for one in tasks] == [2, 1]
    told = list(practice_totals(tasks))
    assert len(told) == 3
    assert "1.1 for a GPU, costs no points, not run here: A large vector costs about as much" in told[1]
