"""The command line: parses, calls, prints.

Exit codes: 0 done, 1 found something failing, 2 wrong use, 3 a defect of ours.
"""

from __future__ import annotations

import os
import secrets
import sys
import traceback
from pathlib import Path

import typer

from ..errors import MachineFault, UserError
from ..loading import end_at_once
from . import (
    agenda,
    authors,
    benches,
    books,
    classes,
    classroom,
    exports,
    ledger,
    machine,
    marks,
    papers,
    people,
    regrade,
    reports,
    students,
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Practise, release and grade the course's assignments.",
)
FOR_STUDENTS = (students.check, students.watch, students.lab)
FOR_STAFF = (
    agenda.course,
    authors.new,
    authors.verify,
    authors.release,
    authors.reference,
    classes.collect,
    classes.grade,
    classes.grade_one,
    classes.replay,
    people.viva,
    people.similarity,
    reports.report,
    exports.export,
    machine.doctor,
    machine.redteam,
    machine.demo,
)
for verb in (*FOR_STUDENTS, *FOR_STAFF):
    app.command()(verb)
app.add_typer(benches.app, name="bench")
app.add_typer(classroom.app, name="classroom")
for name, saying in (("why", books.why), ("class", books.class_), ("list", books.list_)):
    ledger.app.command(name)(saying)
app.add_typer(ledger.app, name="ledger")
app.add_typer(regrade.app, name="regrade")
for on_papers in (papers.forms, papers.gather, papers.check):
    marks.app.command()(on_papers)
app.add_typer(marks.app, name="marks")

OPTIONAL = {
    "githubkit": "GitHub's client",
    "copydetect": "copydetect",
    "sqlalchemy": "the ledger's database library",
    "openpyxl": "the library for spreadsheets",
}  # what a student's copy need not have
TOLD = 20_000  # characters of an error
DEFECT = 3  # the exit code of an error of ours
INTERRUPTED = 130  # the exit code that typer gives to Ctrl-C
KEPT = "; what was finished is kept: run the same command again to continue"


def main() -> None:
    """Run the command line; every error of use is one sentence on stderr."""
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")  # no warnings from its profiler
    end_at_once()
    _stop_commands()
    if not (Path.cwd() / "solutions").is_dir():  # a student's copy has nothing for staff's verbs to work on
        for command in app.registered_commands:
            command.hidden = command.callback in FOR_STAFF
        for group in app.registered_groups:
            group.hidden = True
    try:
        app()
    except SystemExit as end:
        if end.code == INTERRUPTED:
            sys.stderr.write(f"stopped{KEPT if sys.argv[1:2] == ['grade'] else ''}\n")
        raise
    except KeyboardInterrupt:
        raise
    except BaseException as problem:
        from ..text import harmless  # either may quote what students wrote

        sentence = _sentence(problem)
        told = sentence or "".join(traceback.format_exception(problem))
        sys.stderr.write(f"{harmless(told, TOLD)}\n")
        sys.exit(2 if sentence else DEFECT)


def _sentence(problem: BaseException) -> str:
    """Return what to say of an error that is no defect of ours; nothing for one that is."""
    if isinstance(problem, UserError | MachineFault):
        return str(problem)
    if isinstance(problem, ModuleNotFoundError):
        what = OPTIONAL.get((problem.name or "").partition(".")[0])
        return f"{what} is not installed: pip install -e '.[staff]'" if what else ""
    if isinstance(problem, PermissionError | NotADirectoryError | IsADirectoryError | FileExistsError):
        return f"{problem.filename}: {problem.strerror}; choose another place, or mend this one"
    return ""


def _stop_commands() -> None:
    """Have a workflow's runner obey nothing that its step prints from here on: some of it students wrote."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        sys.stderr.write(f"::stop-commands::{secrets.token_hex(16)}\n")
        sys.stderr.flush()
