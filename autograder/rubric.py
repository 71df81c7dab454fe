"""Rubrics: what people mark by reading, criterion by criterion. One TOML file for each deliverable.

A file's name is the deliverable's: `rubrics/review.toml` is about "review". Its criteria have levels from the
best to the lowest, each with the points that it gives and a sentence by which a marker knows it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import msgspec

from .spec import SpecError
from .text import did_you_mean

FOLDER = "rubrics"
Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*$")]
Points = Annotated[float, msgspec.Meta(ge=0)]


class Level(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One level of a criterion: what a marker sees there, and what it gives."""

    points: Points
    says: Annotated[str, msgspec.Meta(min_length=1)]


class Criterion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that is looked at."""

    id: Name
    title: str
    levels: Annotated[tuple[Level, ...], msgspec.Meta(min_length=2)]
    asks: str = ""  # the question that a marker puts to the work

    @property
    def most(self) -> float:
        """The points of the best level."""
        return self.levels[0].points

    def level(self, points: float) -> int:
        """Return the number of the level nearest to these points, 0 for the best; of two the better."""
        distances = [abs(points - level.points) for level in self.levels]
        return distances.index(min(distances))


class HandIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What of a deliverable is looked at before people read it; a page has 500 words."""

    file: str  # "review.md", in Markdown, its sources in references.bib beside it
    pages: tuple[float, float]  # the fewest and the most
    references: int = 0  # the fewest
    figures: int = 0  # the fewest
    code: str = ""  # a Python file in code/ whose main() is run, and returns numbers by name


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a rubric's file holds."""

    title: str
    criteria: Annotated[tuple[Criterion, ...], msgspec.Meta(min_length=1)]
    part: str = ""  # of the final grade: "project"; the deliverable's own name when not said
    share: Annotated[float, msgspec.Meta(gt=0)] = 1  # of that part, beside its other deliverables' shares
    missable: Annotated[int, msgspec.Meta(ge=0)] = 0  # lectures that may be missed; of attendance alone
    asks_peers: tuple[str, ...] = ()  # what students are asked about each other's work
    hand_in: HandIn | None = None  # None where nothing in writing is handed in


class Rubric(msgspec.Struct, frozen=True):
    """One deliverable's rubric."""

    deliverable: str
    title: str
    criteria: tuple[Criterion, ...]
    part: str  # of the final grade; "" of a lab, which belongs to its assignment
    share: float = 1
    missable: int = 0
    asks_peers: tuple[str, ...] = ()
    hand_in: HandIn | None = None

    @property
    def most(self) -> float:
        """The points that can be had."""
        return sum(one.most for one in self.criteria)

    def criterion(self, id: str) -> Criterion:
        """Return the criterion with this id; raises ValueError with half a sentence."""
        for one in self.criteria:
            if one.id == id:
                return one
        known = did_you_mean(id, [one.id for one in self.criteria])
        raise ValueError(f"{self.deliverable} has no criterion {id!r}; {known}")


def load_rubrics(root: Path) -> dict[str, Rubric]:
    """Read all rubrics of a course, by deliverable; raises SpecError."""
    return {path.stem: load_rubric(path) for path in sorted((root / FOLDER).glob("*.toml"))}


def rubric_of(rubrics: Mapping[str, Rubric], deliverable: str) -> Rubric:
    """Return a deliverable's rubric; raises ValueError with half a sentence."""
    if deliverable not in rubrics:
        raise ValueError(f"no deliverable {deliverable!r}; {did_you_mean(deliverable, rubrics)}")
    return rubrics[deliverable]


def load_rubric(path: Path) -> Rubric:
    """Read one rubric; raises SpecError that names the file and what to mend."""
    place = f"{path.parent.name}/{path.name}"
    try:
        document = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Document)
    except OSError as problem:
        raise SpecError(f"{place}: cannot be read: {problem.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise SpecError(f"{place}: not valid TOML: {problem}") from None
    except msgspec.ValidationError as problem:
        raise SpecError(f"{place}: {_explained(str(problem))}") from None
    ids = [one.id for one in document.criteria]
    for one in document.criteria:
        if ids.count(one.id) > 1:
            raise SpecError(f"{place}: criterion {one.id!r} is there twice; give each its own id")
        if any(a.points <= b.points for a, b in pairwise(one.levels)):
            raise SpecError(f"{place}: levels of {one.id!r} go from the most points down, each with fewer")
    return Rubric(
        path.stem, document.title, document.criteria, document.part or path.stem, document.share,
        document.missable, document.asks_peers, document.hand_in,
    )  # fmt: skip


def _explained(problem: str) -> str:
    """Turn msgspec's "... - at `$.criteria[3].levels[0]`" into words that count from 1."""
    what, _, where = problem.partition(" - at ")
    numbers = re.findall(r"(criteria|levels)\[(\d+)\]", where)
    words = {"criteria": "criterion", "levels": "level"}
    place = ", ".join(f"{words[name]} {int(number) + 1}" for name, number in numbers)
    key = where.strip("`$").rpartition(".")[2].split("[")[0]
    return ": ".join(filter(None, (place, key, what[0].lower() + what[1:])))
