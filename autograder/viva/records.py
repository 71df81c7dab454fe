"""What a viva consists of: questions with their answers, as data that pages and machines read."""

from __future__ import annotations

import msgspec


class Line(msgspec.Struct, frozen=True):
    """One line of a student's file; `asked` where the question is about it."""

    number: int
    text: str
    asked: bool


class Option(msgspec.Struct, frozen=True):
    """One thing to choose from, or the one edit that a question is about: its lines as they are shown."""

    label: str  # "A"; "" where there is nothing to choose
    says: str  # "Line 12 is deleted."
    lines: tuple[str, ...] = ()  # "- x = 1", "+ x = 2"; or "x0 = [10, -5]"


class Question(msgspec.Struct, frozen=True):
    """One question with what the engine got when it ran the code."""

    kind: str  # "returns", "which", "where", "checks", "raises" or "now"
    task: str  # "2.1 q_sample"
    file: str
    function: str
    code: tuple[Line, ...]
    asks: str
    call: str  # "q_sample(x0, t, eps, alpha_bar)"; "" where no call is shown
    given: tuple[tuple[str, str], ...]  # what its arguments are
    options: tuple[Option, ...]
    answer: str
    shows: tuple[tuple[str, str], ...]  # results, as ("as it is", "[6.8, -2.6]")
    then: str  # what to ask next


class Viva(msgspec.Struct, frozen=True):
    """What to ask one student about one hand-in."""

    student: str
    name: str
    assignment: str
    title: str
    commit: str
    draw: int  # with another number come other questions
    questions: tuple[Question, ...]
    notes: tuple[str, ...]  # what there is nothing to ask about, in sentences
