"""The page of the course's lectures and paths is true of the assignments that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from autograder.spec import Assignment, load_assignment

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/course.md").read_text()
NUMBER = re.compile(r"\d\.\d(?:–\d\.\d)?")
OF_ONE = re.compile(r"(?<!assignments/)\b(a\d\d)\b(?!_)((?:(?!\ba\d\d\b|\|).)*)")
HALF = {"½": 0.5, "": 0.0}


@pytest.fixture(scope="module")
def assignments() -> dict[str, Assignment]:
    found = [load_assignment(folder) for folder in sorted((ROOT / "solutions").glob("a*_*"))]
    return {one.name[:3]: one for one in found}


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table under a heading, without its two first lines."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def hours(cell: str) -> float:
    whole, half = re.fullmatch(r"(\d*)(½?)", cell).groups()  # type: ignore[union-attr]
    return float(whole or 0) + HALF[half]


def chosen(cell: str, assignments: dict[str, Assignment]) -> dict[str, list[str]]:
    """Return the numbers of the tasks that a cell names, by assignment."""
    found: dict[str, list[str]] = {}
    for name, rest in OF_ONE.findall(cell):
        every = [task.number for task in assignments[name].tasks]
        told = [span for number in NUMBER.findall(rest) for span in _span(number, every)]
        found.setdefault(name, []).extend(every if "whole" in rest else told)
    return found


def _span(text: str, every: list[str]) -> list[str]:
    first, _, last = text.partition("–")
    return every[every.index(first) : every.index(last or first) + 1]


def minutes(picked: dict[str, list[str]], assignments: dict[str, Assignment]) -> int:
    return sum(
        task.minutes
        for name, numbers in picked.items()
        for task in assignments[name].tasks
        if task.number in numbers
    )


def test_the_lectures_name_every_assignment_and_every_task(assignments):
    told: dict[str, list[str]] = {}
    for row in rows("Lecture by lecture"):
        for name, numbers in chosen(row[1], assignments).items():
            told.setdefault(name, []).extend(numbers)
    assert told.keys() == assignments.keys()
    for name, one in assignments.items():
        assert set(told[name]) == {task.number for task in one.tasks}, name
        assert f"../assignments/{one.name}/README.md" in PAGE


def test_the_lectures_are_those_of_the_calendar():
    calendar = (ROOT / "course.toml").read_text()
    titles = [row[0].partition(" · ")[2] for row in rows("Lecture by lecture")[:-1] if row[0]]
    assert titles == re.findall(r'^title = "(.*)"$', calendar, re.M)[: len(titles)]


def test_the_labs_are_called_as_here(assignments):
    told = {
        name: row[2] for row in rows("Lecture by lecture") if row[2] for name in chosen(row[1], assignments)
    }
    for name, one in assignments.items():
        lab = (one.folder / "lab.py").read_text()
        assert f"# # Lab {int(name[1:])} · {told[name]}\n" in lab


@pytest.mark.parametrize("heading", ["Half a semester", "A school of five days"])
def test_hours_are_the_sums_of_the_tasks_minutes(assignments, heading):
    for row in rows(heading):
        assert abs(hours(row[2]) - minutes(chosen(row[1], assignments), assignments) / 60) <= 0.26, row


def test_an_assignments_hours_are_its_tasks(assignments):
    for row in rows("Lecture by lecture"):
        if row[2]:
            [name] = chosen(row[1], assignments)
            whole = sum(task.minutes for task in assignments[name].tasks)
            assert abs(hours(row[3]) - whole / 60) <= 0.26, row


@pytest.mark.parametrize("heading", ["Half a semester", "A school of five days"])
def test_no_task_of_a_path_needs_one_that_is_left_out(assignments, heading):
    known: dict[str, set[str]] = {}
    for row in rows(heading):
        for name, numbers in chosen(row[1], assignments).items():
            known.setdefault(name, set()).update(numbers)
            number = {task.id: task.number for task in assignments[name].tasks}
            for task in assignments[name].tasks:
                if task.number in numbers:
                    assert {number[need] for need in task.needs} <= known[name], f"{name} {task.number}"
