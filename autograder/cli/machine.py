"""What tries the grader on this machine: doctor, redteam, demo."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.markup import escape

from ..errors import UserError
from .arguments import JsonOption, find_root


def doctor(
    device: Annotated[
        str, typer.Option(help="cuda: try a worker that gets a GPU; cpu: the CPU in its place.")
    ] = "",
    json: JsonOption = False,
) -> None:
    """Try every promise of the sandbox on this machine and say what is missing."""
    from ..isolation.doctor import examine
    from ..isolation.gpu import LOST
    from ..show import console, figures

    if device:
        _doctor_of(device, json)
    health, disturbance = examine()
    fields = {
        "level": health.level,
        "promises": health.promises,
        "missing": health.missing,
        "not_on_cuda": LOST,
        "noise": disturbance,
    }
    console.finish(health.level.startswith("full"), fields, figures.health_lines(health, disturbance), json)


def _doctor_of(device: str, json: bool) -> NoReturn:
    """Say what a device here is, what its cage opens, and which promises no longer hold."""
    from ..isolation.doctor import examine_device
    from ..isolation.gpu import CUDA, LEVEL, LOST, NEVER, STAND_IN, card_name, devices_for, driver_version
    from ..show import console
    from ..show.device import doctor_lines

    fields: dict[str, Any] = {"device": device, "lost": LOST, "never_run": NEVER}
    try:
        found = devices_for(device)
    except UserError as problem:
        if device not in (CUDA, STAND_IN):
            raise
        console.finish(
            False, fields | {"level": None, "missing": [str(problem)]}, [str(problem), NEVER], json
        )
    gpu = found[0]
    health = examine_device(gpu)
    fields |= {
        "cards": len(found),
        "card": health.layers.get("device", "") or card_name(gpu.number),
        "driver": driver_version(),
        "opens": gpu.files,
        "reads": gpu.read,
        "memory_share": gpu.share,
        "level": health.level,
        "promises": health.promises,
        "missing": health.missing,
    }
    console.finish(health.level == LEVEL, fields, doctor_lines(fields, health.layers), json)


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
    from ..show.redteam import attack_lines

    root = find_root()
    if as_user:
        run_again_as_user(root, [word for word in sys.argv[1:] if word != "--as-user"])
    report = run(root, only or (), quick, landlock_abi)
    console.finish(report.ok, report.fields(), attack_lines(report, each=bool(only)), json)


def demo(
    keep: Annotated[Path | None, typer.Option(help="Write repositories, results and pages here.")] = None,
    pictures: Annotated[
        Path | None, typer.Option(help="Write pictures of two pages here; needs Chromium.")
    ] = None,
    github: Annotated[
        bool, typer.Option("--github", help="Through GitHub, on an organisation of this machine.")
    ] = False,
    semester: Annotated[
        bool,
        typer.Option("--semester", help="A whole semester of 60 in the ledger; their points are drawn."),
    ] = False,
    ledger: Annotated[
        str, typer.Option("--ledger", help="With --semester: an empty ledger's URL; else a new SQLite file.")
    ] = "",
    json: JsonOption = False,
) -> None:
    """Grade a bundled class of 24 end to end, and say where its page is."""
    if semester:
        _demo_of_semester(keep, ledger, json)
    if github and (keep or pictures):
        raise UserError("--github keeps nothing: leave out --keep and --pictures")
    if github:
        _demo_on_github(json)
    from ..democlass.demo import STUDENTS, run_demo
    from ..show import console, tables

    with console.progress_bar(STUDENTS, quiet=json) as step:
        done = run_demo(find_root(), step, keep)
    if pictures:
        from ..democlass.pictures import take_pictures

        take_pictures(done.results, done.page.parent, pictures)
    names = ("students", "graded", "as_expected", "seconds", "page")
    lines = (
        *tables.class_table(done.results),
        *map(escape, done.surprises),
        f"{done.as_expected} of {done.students} as expected",
        f"the class page: {escape(str(done.page))}",
    )
    fields = {name: getattr(done, name) for name in names}
    console.finish(done.as_expected == done.students, fields, lines, json)


def _demo_of_semester(keep: Path | None, ledger: str, json: bool) -> NoReturn:
    from ..semester.play import run_semester
    from ..show import console
    from ..show.ledger import class_table, semester_fields, semester_lines

    done = run_semester(find_root(), ledger, keep)
    people = sorted(done.books.values(), key=lambda one: one.student)
    lines = (*class_table(done.course, people), *semester_lines(done))
    console.finish(not any(one.open for one in people), semester_fields(done), lines, json)


def _demo_on_github(json: bool) -> NoReturn:
    from ..democlass.demo import STUDENTS
    from ..loopback.demo import run_hub_demo
    from ..show import console, tables

    with console.progress_bar(STUDENTS, quiet=json) as step:
        done = run_hub_demo(find_root(), step)
    names = ("students", "as_expected", "told", "corrected", "requests", "seconds", "surprises")
    asked = ", ".join(f"{name} {count}" for name, count in done.requests.items())
    lines = (
        *tables.class_table(done.results),
        *map(escape, done.surprises),
        f"{done.as_expected} of {done.students} as expected, {done.told} told, {done.corrected} corrected",
        f"requests: {asked}",
    )
    console.finish(not done.surprises, {name: getattr(done, name) for name in names}, lines, json)
