"""The pages of a viva: one for the student's eyes, one with the answers for the TA; both fit for printing."""

from __future__ import annotations

from pathlib import Path

from ..errors import UserError
from ..pages.report import render, write
from ..records import is_student_id
from .records import Viva


def viva_page(viva: Viva, answers: bool) -> str:
    """Return the page with the questions, and with the answers when it is for a TA."""
    return render("viva.html", viva=viva, answers=answers)


def write_viva(viva: Viva, out: Path) -> list[Path]:
    """Write `<student>/questions.html` and `<student>/answers.html` below `out`; returns the paths."""
    if not is_student_id(viva.student):
        raise UserError(f"{viva.student!r} is no student's id")
    folder = out / viva.assignment / viva.student
    pages = {"questions.html": False, "answers.html": True}
    return [write(folder / name, viva_page(viva, answers)) for name, answers in pages.items()]
