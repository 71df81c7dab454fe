"""Peer feedback: who reads whose work, the forms for it, and what came back, gathered for each author.

Everybody reads as many works as everybody else, and is read as often; nobody reads their own. Forms are
Markdown: a heading for each question, the answer below it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import UserError
from ..files import Unreadable, read_regular
from ..records import is_student_id
from ..rubric import Rubric
from ..seeds import Seed
from ..text import harmless

MOST_BYTES = 100_000  # of a form
FEWEST_WORDS = 8  # of an answer that somebody can act on
FORM = "{author}.by-{reader}.md"
NAME = re.compile(r"(?P<author>.+)\.by-(?P<reader>.+)\.md")


@dataclass(frozen=True)
class Feedback:
    """What one reader wrote about one author's work."""

    author: str
    reader: str
    answers: tuple[tuple[str, str], ...]  # question, answer
    short: int  # answers of fewer words than anybody can act on


def readers(students: Sequence[str], each: int, seed: Seed) -> dict[str, list[str]]:
    """Return for each author who reads the work: all others at distances 1 to `each` in a random circle."""
    if not 0 < each < len(students):
        raise UserError(f"{len(students)} students cannot each read {each} works of others")
    circle = sorted(students)
    random.Random(seed.n).shuffle(circle)
    count = len(circle)
    return {
        author: [circle[(place + step) % count] for step in range(1, each + 1)]
        for place, author in enumerate(circle)
    }


def write_forms(rubric: Rubric, pairs: Mapping[str, Sequence[str]], out: Path) -> list[Path]:
    """Write a form for each pair that is not there yet; returns all paths."""
    paths = []
    for author, some in sorted(pairs.items()):
        for reader in some:
            path = out / reader / FORM.format(author=author, reader=reader)
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                path.write_text(form(rubric, author), encoding="utf-8")
            paths.append(path)
    return paths


def form(rubric: Rubric, author: str) -> str:
    """Return an empty form."""
    looked_at = "\n".join(f"- {one.title}: {one.asks}" for one in rubric.criteria)
    questions = "\n".join(f"## {question}\n\n\n" for question in rubric.asks_peers)
    return (
        f"# {rubric.title} of {author}\n\n"
        "Write below each question. Name the place, say what is wrong or missing there and why it matters,\n"
        "and what could be done; say what is good, too. The author reads it without your name.\n\n"
        f"What staff looks at:\n\n{looked_at}\n\n{questions}"
    )


def read_forms(folder: Path, rubric: Rubric) -> Iterator[Feedback]:
    """Yield what was written in the forms below a folder; raises UserError for one that cannot be read."""
    for path in sorted(folder.rglob("*.md")):
        named = NAME.fullmatch(path.name)
        if named and is_student_id(named["author"]):
            try:
                text = read_regular(path, MOST_BYTES).decode("utf-8", "replace").replace("\r\n", "\n")
            except Unreadable as problem:
                raise UserError(f"{path}: {problem}") from None
            yield _feedback(named["author"], named["reader"], text, rubric)


def _feedback(author: str, reader: str, text: str, rubric: Rubric) -> Feedback:
    parts = re.split(r"(?m)^## +(.+?) *$", text)
    found = dict(zip(parts[1::2], parts[2::2], strict=True))
    answers = tuple((question, found.get(question, "").strip()) for question in rubric.asks_peers)
    short = sum(len(answer.split()) < FEWEST_WORDS for _, answer in answers)
    return Feedback(author, reader, answers, short)


def write_gathered(rubric: Rubric, given: Sequence[Feedback], out: Path) -> list[Path]:
    """Write for each author what their readers wrote, by question and without names; returns the paths."""
    paths = []
    for author in sorted({one.author for one in given}):
        own = [one for one in given if one.author == author]
        lines = [f"# {rubric.title}: what your readers wrote", ""]
        for number, question in enumerate(rubric.asks_peers):
            said = [one.answers[number][1] for one in own if one.answers[number][1]]
            lines += [f"## {question}", "", *(f"{_quoted(answer)}\n" for answer in said)]
        path = out / f"{author}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines), encoding="utf-8")
        paths.append(path)
    return paths


def _quoted(text: str) -> str:
    """Return a text as a quotation that holds no markup of its own: what looks like HTML is escaped."""
    safe = harmless(text).replace("&", "&amp;").replace("<", "&lt;")
    return "\n".join(f"> {line}" for line in safe.split("\n"))
