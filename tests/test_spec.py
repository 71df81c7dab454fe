from __future__ import annotations

from pathlib import Path

import pytest

from autograder.spec import Cuda, SpecError, find_assignment, load_assignment
from tests.small_assignment import SPEC, write_small


def test_a_valid_assignment_is_read_whole(tmp_path: Path) -> None:
    assignment = load_assignment(write_small(tmp_path))
    assert assignment.name == "a90_small"
    assert assignment.package == "solutions.a90_small"
    assert [task.points for task in assignment.tasks] == [40, 60]
    assert assignment.task("scale").functions == ("scale",)
    assert assignment.task("Line").needs == ("scale",)
    assert assignment.limits.call_cpu_s == 2.0
    assert (assignment.cuda.counts, assignment.cuda.points) == ("informs", None)


def test_what_a_gpu_counts_is_said_by_the_assignment(tmp_path: Path) -> None:
    text = SPEC.replace('lecture = "0"', 'lecture = "0"\n[cuda]\ncounts = "adds"\npoints = 5')
    assert load_assignment(write_small(tmp_path, spec=text)).cuda == Cuda("adds", 5)


def test_a_lab_has_bounds_of_any_name(tmp_path: Path) -> None:
    text = SPEC.replace('lecture = "0"', 'lecture = "0"\n[lab]\nnear = 0.5\nclasses = 8')
    assignment = load_assignment(write_small(tmp_path, spec=text))
    assert assignment.lab == {"near": 0.5, "classes": 8}
    assert hash(assignment) == hash(load_assignment(assignment.folder))  # a key of what is read once


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("points = 60", "points = 56", "points sum to 96, not 100; an assignment is handed out with all"),
        ('needs = ["scale"]', 'needs = ["scole"]', ":22: unknown task 'scole'; did you mean 'scale'?"),
        ('needs = ["scale"]', 'nedds = ["scale"]', ":22: unknown key 'nedds'; did you mean 'needs'?"),
        ("points = 40", "points = 0", ":9: points: expected `float` > 0.0"),
        ("difficulty = 2", "difficulty = 6", ":19: difficulty: expected `int` <= 5"),
        ("minutes = 5", 'minutes = "5"', ":11: minutes: expected `int`, got `str`"),
        ("minutes = 5\n", "", ":4: missing key `minutes`"),
        ('id = "Line"', 'id = "scale"', ":14: task id 'scale' is used twice"),
        ('number = "1.2"', 'number = "1.1"', ":15: task number '1.1' is used twice"),
        ('"Line.at"]', '"Line.it"]', ":21: no 'Line.it' in idea.py; did you mean 'Line.at'?"),
        ('id = "scale"', 'id = "scales"', ":22: unknown task 'scale'; did you mean 'scales'?"),
        ('"Line.at"]', '"scale"]', ":21: 'scale' belongs to task 'scale' already"),
        ('file = "idea.py"\npoints = 60', 'file = "ideas.py"\npoints = 60', ":17: no file 'ideas.py'; did"),
        ('file = "idea.py"\npoints = 60', 'file = "../x.py"\npoints = 60', ":17: file: expected `str`"),
        ("points = 40", 'points = 40\nneeds = ["Line"]', "needs 'Line', which must come first"),
        ('title = "Small"', 'title = "Small"\ntutor = "x"', ":2: unknown key 'tutor'; did you mean"),
        (
            'lecture = "0"',
            'lecture = "0"\n[cuda]\ncounts = "add"',
            ":4: counts: invalid enum value 'add'; did you mean 'adds'?",
        ),
        (
            'lecture = "0"',
            'lecture = "0"\n[cuda]\ncount = "adds"',
            ":4: unknown key 'count'; did you mean 'cou",
        ),
        ('lecture = "0"', 'lecture = "0"\n[cuda]\ncounts = "adds"', ":4: 'adds' needs the points that a GPU"),
        ('lecture = "0"', 'lecture = "0"\n[cuda]\npoints = 5', ":3: points go with counts = 'adds' only; w"),
        (
            'lecture = "0"',
            'lecture = "0"\n[cuda]\nmemory_share = 0.6',
            ":4: memory_share: expected `float` <=",
        ),
        ('lecture = "0"', 'lecture = "0"\n[limits]\ncall_cpus = 1', ":4: unknown key 'call_cpus'; did"),
        ('lecture = "0"', 'lecture = "0"\n[lab]\nfar = "1"', ":4: far is '1'; a lab's bounds are numbers"),
        ('lecture = "0"', 'lecture = "0"\n[lab]\nfar = true', ":4: far is True; a lab's bounds are numbers"),
        ('lecture = "0"', 'lecture = "0"\n[lab]\nfar = nan', ":4: far is nan; a lab's bounds are numbers"),
        ('lecture = "0"', 'lecture = "0"\nlab = 1', ":3: lab: expected `object | null`, got `int`"),
        ('lecture = "0"', "lecture = 0", ":2: lecture: expected `str`, got `int`"),
        ('lecture = "0"', "lecture = ", "not valid TOML: Invalid value (at line 2"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_next_step(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert SPEC.count(old) >= 1
    folder = write_small(tmp_path, spec=SPEC.replace(old, new, 1))
    with pytest.raises(SpecError) as problem:
        load_assignment(folder)
    assert str(problem.value).startswith("a90_small/assignment.toml")
    assert message in str(problem.value)


def test_a_folder_without_a_spec_says_so(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"assignment\.toml: cannot be read: No such file"):
        load_assignment(tmp_path)


def test_a_syntax_error_in_the_reference_names_its_line(tmp_path: Path) -> None:
    folder = write_small(tmp_path, idea="x = 1\ndef (\n")
    with pytest.raises(SpecError, match=r"a90_small/idea\.py:2: "):
        load_assignment(folder)


def test_a_released_folder_loads_with_a_broken_file(tmp_path: Path) -> None:
    folder = write_small(tmp_path, idea="def (\n")
    (folder / "checks.json").write_text("{}")
    assert load_assignment(folder).tasks[0].id == "scale"


def test_unknown_task_suggests_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"unknown task 'line'; did you mean 'Line'\?"):
        load_assignment(write_small(tmp_path)).task("line")


@pytest.mark.parametrize("query", ["a90", "a90_small", "a90_sm", "solutions/a90_small/", "./x/a90_small"])
def test_an_assignment_is_found_by_any_handy_name(tmp_path: Path, query: str) -> None:
    folder = write_small(tmp_path)
    assert find_assignment(tmp_path, query) == folder


def test_an_unknown_or_ambiguous_assignment_is_an_error(tmp_path: Path) -> None:
    folder = write_small(tmp_path)
    with pytest.raises(SpecError, match=r"no assignment 'a91'; did you mean|there is 'a90_small'"):
        find_assignment(tmp_path, "a91")
    other = folder.parent / "a90_other"
    folder.rename(other)
    write_small(tmp_path)
    with pytest.raises(SpecError, match="could be a90_other or a90_small"):
        find_assignment(tmp_path, "a90")
    assert find_assignment(tmp_path, "a90_other") == other
    with pytest.raises(SpecError, match="repository's root"):
        find_assignment(tmp_path, "a90", tree="assignments")
