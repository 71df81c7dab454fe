"""The rubrics of labs: each assignment's `lab_rubric.md`, read as a rubric, and what its marks come to.

A lab's deliverable is called `lab_a04`. Its criteria are what Otter's checks give, and the questions: of each
the rubric lists what is worth how many points, and a level is so many of them.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path

from ..files import write_whole
from ..intake.marks import COLUMNS
from ..intake.roster import read_table
from ..intake.rubricmarks import Marked
from ..rubric import Criterion, Level, Rubric
from ..spec import SpecError, assignment_folders
from ..text import one_line

FILE = "lab_rubric.md"
LAB = "lab"  # what marks.csv of an assignment calls it
CHECKS = re.compile(r"(\d+) points by Otter's checks")
QUESTION = re.compile(r"(?m)^## (Question (\d+)) · (\d+) points$")
POINTS = re.compile(r"(?m)^- (\d+): (.+(?:\n  .+)*)")


def lab_rubrics(root: Path) -> dict[str, Rubric]:
    """Read the rubrics of all labs, by deliverable; raises SpecError with the file."""
    folders = [one for one in assignment_folders(root / "solutions") if (one / FILE).is_file()]
    found = [lab_rubric(folder / FILE) for folder in folders]
    return {rubric.deliverable: rubric for rubric in found}


def lab_rubric(path: Path) -> Rubric:
    """Read one lab's rubric; raises SpecError."""
    text, place = path.read_text(encoding="utf-8"), f"{path.parent.name}/{FILE}"
    checks, questions = CHECKS.search(text), list(QUESTION.finditer(text))
    if not checks or not questions:
        raise SpecError(f"{place}: write '12 points by Otter's checks' and '## Question 1 · 6 points'")
    criteria = [Criterion("checks", "Otter's checks", _levels([1] * int(checks[1])))]
    for question in questions:
        after = text.find("\n## ", question.end())
        listed = POINTS.findall(text[question.end() : after if after > 0 else len(text)])
        points = [int(one) for one, _ in listed]
        if sum(points) != int(question[3]):
            raise SpecError(f"{place}: {question[1]} has {question[3]} points, and its list {sum(points)}")
        asks = "; ".join(one_line(says, 1000) for _, says in listed)
        criteria.append(Criterion(f"question_{question[2]}", question[1], _levels(points), asks))
    short = path.parent.name.split("_")[0]
    return Rubric(f"{LAB}_{short}", f"Lab {short}", tuple(criteria), part="")


def write_labs(marks: Iterable[Marked], path: Path) -> int:
    """Put what labs came to into an assignment's `marks.csv`, other lines as they are; returns how many."""
    header, rows = read_table(path) if path.exists() else (list(COLUMNS), [])
    done = {one.student.casefold(): one for one in marks if one.points is not None}
    kept = [row for _, row in rows if row.get("what") != LAB or row["student"].casefold() not in done]
    new = [
        dict(zip(COLUMNS, (one.student, LAB, f"{one.points:g}", _comment(one)), strict=True))
        for one in done.values()
    ]
    content = io.StringIO()
    writer = csv.DictWriter(
        content, list(dict.fromkeys([*header, *COLUMNS])), restval="", lineterminator="\n"
    )
    writer.writeheader()
    writer.writerows([*kept, *new])
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, content.getvalue().encode())
    return len(new)


def _comment(marked: Marked) -> str:
    return " ".join(f"{one.title}: {' '.join(one.comments)}" for one in marked.criteria if one.comments)


def _levels(points: list[int]) -> tuple[Level, ...]:
    """Return a level for each number of listed points that can be had from the top of the list down."""
    sums = [sum(points[:count]) for count in range(len(points), -1, -1)]
    return tuple(Level(float(one), f"{one} of {sums[0]} points of the list.") for one in sums)
