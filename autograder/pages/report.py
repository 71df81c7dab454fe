"""Stage 4 of 4: report. Writes each student's feedback page and the class page, as static HTML.

A page asks nothing of any other place, and runs no script but the one that sorts a class's students; it
carries a policy that stops any other. Whatever a template places passes through `harmless` and is then
escaped, whoever wrote it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ..errors import UserError
from ..records import Result, Verdict, is_student_id
from ..spec import Assignment
from ..text import harmless, this_is_what
from . import classview, deviceview, termview, twinview, views
from .audience import Audience, redact

SORTED = ("class.html", "overview.html")  # whose students a script sorts
TEMPLATES = Path(__file__).parents[1] / "templates"
FOLDERS: dict[Audience, str] = {"student": "feedback", "staff": "staff"}


def report(
    results: Sequence[Result], assignment: Assignment, out: Path, audience: Audience = "student"
) -> list[Path]:
    """Write `feedback/<student>/index.html` below `out` for each result, and `index.html`, the class page.

    For staff the pages hold everything and lie in `staff/` instead. Only `feedback/` is fit to be published,
    and each page of it only to its own student. Returns the paths, the class page last.
    """
    ordered = sorted(results, key=lambda result: result.grade.student)
    for result in ordered:
        if not is_student_id(result.grade.student):
            raise UserError(f"{result.grade.student!r} is no student's id: its result file was edited")
    folder = FOLDERS[audience]
    written = [
        write(out / folder / result.grade.student / "index.html", feedback_page(result, assignment, audience))
        for result in ordered
    ]
    return [*written, write(out / "index.html", class_page(ordered, assignment, folder))]


def write_term(
    term: Sequence[termview.Graded], course: str, out: Path, audience: Audience = "student"
) -> Path:
    """Write `index.html`, the page over the term, which links to each assignment's pages below `out`."""
    page = render(
        "term.html",
        course=course,
        columns=termview.columns(term),
        rows=termview.term_rows(term, FOLDERS[audience]),
    )
    return write(out / "index.html", page)


def feedback_page(result: Result, assignment: Assignment, audience: Audience = "student") -> str:
    """Return one student's page; for students nothing but what `redact` leaves is at hand."""
    staff = audience == "staff"
    grade = result.grade if staff else redact(result.grade)
    return render(
        "feedback.html",
        assignment=assignment,
        grade=grade,
        run=result.run if staff else None,
        figures=views.figures_of(result),
        on_gpu=twinview.gpu_lines(result, staff),
        level=result.run.level,
        standing=views.standing(result.grade),
        tasks=views.task_views(grade, staff),
        meter=views.score_bar(grade),
        device=deviceview.device_view(result, staff),
    )


def class_page(results: Sequence[Result], assignment: Assignment, folder: str) -> str:
    """Return the page about the whole class, for staff."""
    return render(
        "class.html",
        assignment=assignment,
        numbers=classview.class_numbers(results),
        rows=classview.rows(results, folder),
        score_figure=classview.score_figure(results),
        task_figures=classview.task_figures(results),
        task_numbers=classview.task_numbers(results),
        mistakes=classview.mistakes(results),
        slow_checks=classview.slow_checks(results),
        levels=sorted({result.run.level for result in results}),
    )


def render(template: str, **content: object) -> str:
    """Return a page, which asks nothing of any other place and runs nothing of anybody's."""
    style, script = ((TEMPLATES / name).read_text("utf-8") for name in ("style.css", "sort.js"))
    policy = (
        f"default-src 'none'; style-src {_own(style)}; img-src data:; base-uri 'none'; form-action 'none'"
    )
    if template in SORTED:
        policy += f"; script-src {_own(script)}"
        content["script"] = Markup(script)
    return _environment().get_template(template).render(style=Markup(style), policy=policy, **content)


def _own(text: str) -> str:
    """Return what allows a page this text as its own style or script, and no other."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_made_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["Verdict"] = Verdict
    environment.globals["verdicts"] = views.VERDICTS
    environment.filters |= {
        "mistake": this_is_what,
        "number": views.number,
        "moment": views.moment,
        "commit": views.commit_name,
    }
    return environment


def _made_harmless(value: object) -> object:
    """Treat whatever a template places: our own markup and numbers stay, any text becomes harmless."""
    return value if isinstance(value, Markup | int | float) else harmless(str(value))


def write(path: Path, page: str) -> Path:
    """Write a page into folders that are made where they are missing; return where it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8", newline="\n")
    return path
