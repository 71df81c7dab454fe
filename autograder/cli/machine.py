"""What tries the grader on this machine: doctor, redteam, demo."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from .arguments import JsonOption, find_root


def doctor(json: JsonOption = False) -> None:
    """Try every promise of the sandbox on this machine and say what is missing."""
    from ..isolation.doctor import NOT_ON_CUDA, examine
    from ..show import console

    health, disturbance = examine()
    ok = health.level.startswith("full")
    if json:
        fields = {
            "level": health.level,
            "promises": health.promises,
            "missing": health.missing,
            "not_on_cuda": NOT_ON_CUDA,
            "noise": disturbance,
        }
        console.print_json(fields, ok)
    else:
        console.health_lines(health, disturbance)
    raise typer.Exit(0 if ok else 1)


def redteam(
    only: Annotated[list[int] | None, typer.Option(help="The number of an attack; may be repeated.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="One variant of each attack, and no class.")] = False,
    landlock_abi: Annotated[int | None, typer.Option(help="Behave as on an older kernel.")] = None,
    as_user: Annotated[
        bool, typer.Option("--as-user", help="As root: become an ordinary user first.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Attack this machine's grader in every way of the course's list and say what held."""
    from ..redteam.ordinary import run_again_as_user
    from ..redteam.suite import run
    from ..show import console
    from ..show.redteam import show

    root = find_root()
    if as_user:
        run_again_as_user(root, [word for word in sys.argv[1:] if word != "--as-user"])
    report = run(root, only or (), quick, landlock_abi)
    if json:
        console.print_json(report.fields(), report.ok)
    else:
        show(report, each=bool(only))
    raise typer.Exit(0 if report.ok else 1)


def demo(
    keep: Annotated[Path | None, typer.Option(help="Write repositories, results and pages here.")] = None,
    json: JsonOption = False,
) -> None:
    """Grade a bundled class of 24 end to end, and say where its page is."""
    from ..democlass.demo import STUDENTS, run_demo
    from ..show import console, tables

    with console.progress_bar(STUDENTS, quiet=json) as step:
        done = run_demo(find_root(), step, keep)
    ok = done.as_expected == done.students
    if json:
        names = ("students", "graded", "as_expected", "seconds", "page")
        console.print_json({name: getattr(done, name) for name in names}, ok)
    else:
        tables.class_table(done.results)
        typer.echo("\n".join((*done.surprises, f"{done.as_expected} of {done.students} as expected")))
        typer.echo(f"the class page: {done.page}")
    raise typer.Exit(0 if ok else 1)
