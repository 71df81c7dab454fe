"""What grades a class: collect, grade, replay."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.markup import escape

from ..errors import UserError
from ..spec import load_assignment
from .arguments import (
    AssignmentArgument,
    JsonOption,
    LatestOption,
    ReceivedOption,
    RosterOption,
    TreeArgument,
    find_root,
    only_assignment,
    solution,
)

if TYPE_CHECKING:
    from ..pipeline import ClassGrades, OpenJudges
    from ..records import Result, Submission
    from ..spec import Assignment

CORES = len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1  # that this process may use


def collect(
    assignment: AssignmentArgument,
    submissions: TreeArgument,
    roster: RosterOption = None,
    received: ReceivedOption = None,
    github: Annotated[
        bool, typer.Option("--github", help="First fetch into the folder what the class had pushed when due.")
    ] = False,
    fetch: Annotated[
        bool,
        typer.Option("--fetch", help="First fetch what counts from the URLs that --received names."),
    ] = False,
    latest: LatestOption = False,
    json: JsonOption = False,
) -> None:
    """Show what would be graded for each student, and what would be left out."""
    from ..intake.parsing import tell_what_python_cannot_read
    from ..pipeline import collect_class
    from ..show import console, tables

    spec, problems = load_assignment(solution(assignment)), list[str]()
    if github:
        from .classroom import fetch_from_github

        problems = fetch_from_github(spec, submissions, json, latest)
        received = submissions / "received.csv"
    elif fetch:
        from .classroom import fetch_elsewhere

        if received is None:
            raise UserError("--fetch needs --received: a table of repository, received_at and commit")
        problems = fetch_elsewhere(spec, received, submissions, latest)
    collected = collect_class(find_root(), spec, submissions, roster, received, latest)
    found = tell_what_python_cannot_read(collected)
    rows = [{**msgspec.structs.asdict(one), "files": sorted(one.files)} for one in found]
    ok = not problems and not any(one.problem for one in found)
    shown = (*tables.collected_table(found), *map(escape, [*problems, *_untimed(spec, found)]))
    console.finish(ok, {"submissions": rows, "not_fetched": problems}, shown, json)


def grade(
    assignment: AssignmentArgument,
    submissions: TreeArgument,
    roster: RosterOption = None,
    received: ReceivedOption = None,
    out: Annotated[Path, typer.Option(help="Folder for the result files.")] = Path("results"),
    student: Annotated[
        list[str] | None, typer.Option(help="Grade only this student; may be repeated.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Judges side by side.")] = CORES,
    on: Annotated[
        str, typer.Option(help="slurm or pbs: judge in --jobs of its jobs; or a dask scheduler's address.")
    ] = "",
    regrade: Annotated[
        bool, typer.Option("--regrade", help="Judge again also who has a result that still holds.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say who would be judged, and why.")
    ] = False,
    latest: LatestOption = False,
    device: Annotated[
        str, typer.Option(help="cuda: run what passes once more on a GPU; cpu: on the CPU in its place.")
    ] = "",
    json: JsonOption = False,
) -> None:
    """Grade a class in the sandbox: one result file per student; run again to continue or to update."""
    from ..keys import key_for

    spec = load_assignment(solution(assignment))
    key = key_for(spec.name)
    from ..pipeline import collect_class, devices, grade_class, whom_to_judge
    from ..results.store import orphaned
    from ..show import console, tables
    from ..show.device import device_lines

    devices(spec, device, here=not on)
    everybody = collect_class(find_root(), spec, submissions, roster, received, latest)
    found = [one for one in everybody if not student or one.student in student]
    if unknown := set(student or ()) - {one.student for one in everybody}:
        raise UserError(f"{submissions}: nothing there belongs to {', '.join(sorted(unknown))}")
    if dry_run:
        stay, todo = whom_to_judge(spec, found, key, out / spec.name, device)
        fields = {"would_judge": todo, "would_stay": len(stay.results), "kept": stay.kept}
        console.finish(True, fields, tables.plan_lines(todo, stay), json)
    with (
        _elsewhere(on, jobs, device) as judges,
        console.progress_bar(sum(one.enrolled for one in found), quiet=json) as step,
    ):
        graded = grade_class(spec, found, key, out / spec.name, step, jobs, judges, regrade, device)
    results = graded.results
    ok = all(result.grade.stands for result in results) and not graded.strangers
    rows = [_row(result) for result in results]
    pages = f"autograder report {assignment} --results {out}"
    steps = _next_steps(graded, orphaned(out / spec.name, (one for one in everybody if one.enrolled)), pages)
    if graded.strangers and roster:
        steps.append(f"not graded, for {roster.name} has no line of them: {', '.join(graded.strangers)}")
    steps += [*_untimed(spec, found), *_unproven(spec)]
    if student:
        others = [one for one in everybody if one.student not in student]
        _, todo = whom_to_judge(spec, others, key, out / spec.name, device)
        steps += [f"{len(todo)} more to judge: leave out --student"] if todo else []
    lines = map(escape, (*steps, f"results: {out / spec.name}   pages: {pages}"))
    on_gpu = device_lines(results) if device else ()
    shown = (*tables.class_table(results), *on_gpu, *tables.change_lines(graded.changes), *lines)
    console.finish(ok, {"results": rows, "changes": graded.changes, "kept": graded.kept}, shown, json)


def grade_one(
    folder: Annotated[Path, typer.Argument(help="What was handed in: a folder or a zip, in any layout.")],
    student: Annotated[str, typer.Option(help="The student's id.")],
    out: Annotated[Path, typer.Option(help="The result file to write.")],
    assignment: Annotated[str, typer.Option(help="Such as a04; not needed where there is one only.")] = "",
    json: JsonOption = False,
) -> None:
    """Grade one hand-in for another system: always writes a result, and a withheld one is no error.

    In a copy without solutions/ it runs the public checks only, as practice.
    """
    root = find_root()
    spec = load_assignment(only_assignment(assignment))
    from ..files import write_whole
    from ..frontends.one import grade_one as grade_it
    from ..results.store import encoded
    from ..show import console, tables

    result = grade_it(root, spec, folder, student)
    write_whole(out, encoded(result))
    fields = {"result": result.grade, "level": result.run.level}
    console.finish(True, fields, tables.class_table([result]), json)


def _row(result: Result) -> dict[str, object]:
    """Return what `--json` says of one student; a score that does not stand is null."""
    grade = result.grade
    names = ("student", "score", "max_score", "late", "withheld", "problem", "tasks")
    fields = {name: getattr(grade, name) for name in names} | {"level": result.run.level}
    if result.run.on_device:
        fields["on_device"] = result.run.on_device
    return fields | ({} if grade.stands else {"score": None})


@contextmanager
def _elsewhere(on: str, jobs: int, device: str = "") -> Iterator[OpenJudges | None]:
    """Yield what opens judges on the nodes of a cluster; None stands for judges on this machine."""
    if not on:
        yield None
        return
    from ..pool.batch import submit_nodes
    from ..pool.cluster import Cluster
    from ..show.console import tell

    with submit_nodes(on, jobs, device) if on in ("slurm", "pbs") else nullcontext(on) as where:
        yield partial(Cluster, address=where, tell=tell, device=device)


def _next_steps(graded: ClassGrades, gone: list[str], pages: str) -> list[str]:
    """Return a line for what a TA has to look at after grading."""
    lines = []
    if graded.kept:
        who = ", ".join(graded.kept)
        lines.append(f"kept as graded before, for nothing readable came this time: {who}")
    if withheld := sum(result.grade.withheld for result in graded.results):
        lines.append(f"{withheld} withheld: {pages} --staff shows why; mend the check, then grade again")
    if gone:
        lines.append(f"nothing came from {', '.join(gone)}: remove their results, or reports hold them")
    return lines


def _untimed(assignment: Assignment, found: list[Submission]) -> list[str]:
    """Return a line when an assignment is due at some time, and nothing says when anything came."""
    from ..course import load_course

    due = load_course(find_root()).due(assignment.name)
    if due is None or any(one.received_at for one in found):
        return []
    when = f"{due:%Y-%m-%d %H:%M %Z}"
    return [f"due {when}, but without --received nobody is late: a commit's own date counts for nothing"]


def _unproven(assignment: Assignment) -> list[str]:
    """Return a line when these checks, or what students have of them, were not verified as they are now."""
    from ..proving.verified import key_of, recall
    from ..proving.verify import SEEDS

    if recall(assignment, key_of(assignment, SEEDS)):
        return []
    return [f"{assignment.name} was not verified here as it is now: autograder verify {assignment.name}"]


def replay(
    assignment: AssignmentArgument,
    student: str,
    check: Annotated[str, typer.Argument(help="A check's name, or a part of it that no other has.")],
    submissions: TreeArgument,
    results: Annotated[Path, typer.Option(help="Folder with the result files.")] = Path("results"),
    roster: RosterOption = None,
    received: ReceivedOption = None,
) -> None:
    """Run one student's one check again in the sandbox, with its exact inputs, and show everything."""
    from ..replaying import replay as run
    from ..show import console

    spec = load_assignment(solution(assignment))
    console.out.print(
        run(find_root(), spec, student, check, submissions, results, roster, received), markup=False
    )
