"""The command line: parses, calls, prints. Exit codes: 0 done, 1 found something failing, 2 wrong use."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from .errors import UserError
from .spec import find_assignment, load_assignment

if TYPE_CHECKING:
    from .pipeline import OpenJudges
    from .records import Result

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Practise, release and grade the course's assignments.",
)

bench_app = typer.Typer(help="Measure the grader itself, as ratios in one run.")
app.add_typer(bench_app, name="bench")

os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")  # no warnings from its profiler

INTERRUPTED = 130  # the exit code that typer gives to Ctrl-C
KEPT = "; what was finished is kept: run the same command again to continue"

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]
AssignmentArgument = Annotated[str, typer.Argument(help="An assignment, such as a04.")]
TreeArgument = Annotated[Path, typer.Argument(help="Folder with one repository, folder or zip per student.")]
RosterOption = Annotated[Path | None, typer.Option(help="CSV: identifier, github_username, github_id, name.")]
ReceivedOption = Annotated[Path | None, typer.Option(help="CSV: student, received_at, commit (optional).")]


def find_root() -> Path:
    """Return the repository's root, from any folder inside it."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "assignments").is_dir() and (folder / "autograder").is_dir():
            return folder
    raise UserError(f"{here}: not inside the course's repository; change to its folder and try again")


def main() -> None:
    """Run the command line; every error of use is one sentence on stderr."""
    _stop_commands()
    if not (Path.cwd() / "solutions").is_dir():  # a student's copy has nothing for staff's verbs to work on
        for command in app.registered_commands:
            command.hidden = command.callback not in (check, watch, lab)
        for group in app.registered_groups:
            group.hidden = True
    try:
        app()
    except SystemExit as end:
        if end.code == INTERRUPTED:
            sys.stderr.write(f"stopped{KEPT if sys.argv[1:2] == ['grade'] else ''}\n")
        raise
    except BaseException as problem:
        sentence = _sentence(problem)
        if not sentence:
            raise
        from .text import harmless  # the sentence may name what students have named

        sys.stderr.write(f"{harmless(sentence)}\n")
        sys.exit(2)


def _sentence(problem: BaseException) -> str:
    """Return what to say of an error that is no defect of ours; nothing for one that is."""
    if isinstance(problem, UserError):
        return str(problem)
    if isinstance(problem, PermissionError | NotADirectoryError | IsADirectoryError | FileExistsError):
        return f"{problem.filename}: {problem.strerror}; choose another place, or mend this one"
    if f"{__package__}.calls.outcomes" not in sys.modules:  # it imports torch, which takes seconds
        return ""
    from .calls.outcomes import MachineFault

    return str(problem) if isinstance(problem, MachineFault) else ""


def _stop_commands() -> None:
    """Have a workflow's runner obey nothing that its step prints from here on: some of it students wrote."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        sys.stderr.write(f"::stop-commands::{secrets.token_hex(16)}\n")
        sys.stderr.flush()


# --------------------------------------------------------------------------------------------- students
@app.command()
def check(
    assignment: AssignmentArgument,
    task: Annotated[str, typer.Argument(help="One task only, with all its failing checks.")] = "",
    json: JsonOption = False,
) -> None:
    """Run the public checks on your files and say what to try next."""
    folder = find_assignment(find_root(), assignment, "assignments")
    from . import printing
    from .practice import Practice

    with Practice(folder) as practice:
        tasks = practice.run({practice.find(task)} if task else None)
    ok = not any(one.problems for one in tasks)
    if json:
        fields = [
            {
                "id": t.task.id,
                "passed": t.passed,
                "hidden": t.hidden,
                "checks": t.checks,
                "measured": t.measured,
            }
            for t in tasks
        ]
        printing.print_json({"assignment": practice.assignment.name, "tasks": fields}, ok)
    else:
        printing.practice_table(practice.assignment.title, tasks, details=bool(task))
        printing.practice_totals(tasks)
    raise typer.Exit(0 if ok else 1)


@app.command()
def watch(assignment: AssignmentArgument) -> None:
    """Check again whenever you save a file: only the tasks that it concerns."""
    folder = find_assignment(find_root(), assignment, "assignments")
    with suppress(KeyboardInterrupt):  # how it ends
        from .watching import watch as run

        run(folder)


@app.command()
def lab(
    assignment: AssignmentArgument,
    execute: Annotated[bool, typer.Option("--execute", help="Run it from top to bottom.")] = False,
    judge: Annotated[Path | None, typer.Option(help="Judge the samples in this file.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for pictures.")] = Path(".cache/labs"),
    json: JsonOption = False,
) -> None:
    """Write the lab notebook; run it; or judge the samples that it hands in."""
    root = find_root()
    tree = "solutions" if (root / "solutions").is_dir() else "assignments"
    spec = load_assignment(find_assignment(root, assignment, tree))
    from . import printing
    from .labs import lab as notebooks

    if not execute and judge is None:
        staff = tree == "solutions"
        typer.echo("\n".join(map(str, notebooks.write(spec, root))) if staff else notebooks.how_to_open(spec))
        return
    done = notebooks.execute(spec, root, out / spec.name) if execute else None
    measures = notebooks.judge(spec, judge or out / spec.name / notebooks.ARTEFACT)
    ok = all(measure.ok for measure in measures) and not (done and done.failed)
    if json:
        printing.print_json({"lab": spec.name, "executed": done, "measures": measures}, ok)
    else:
        printing.lab_lines(done, measures)
    raise typer.Exit(0 if ok else 1)


# ------------------------------------------------------------------------------------------------ staff
@app.command()
def new(name: Annotated[str, typer.Argument(help="Such as a18_distillation.")]) -> None:
    """Write a small, complete assignment to start a new one from."""
    from .authoring.new import new as write

    typer.echo(f"{write(find_root(), name)}: edit it, then run `autograder verify {name}`")


@app.command()
def verify(
    assignments: Annotated[list[str] | None, typer.Argument(help="All, unless some are named.")] = None,
    cache: Annotated[bool, typer.Option(help="Skip what has not changed.")] = True,
    json: JsonOption = False,
) -> None:
    """Grade the graders: the reference, wrong and right answers, mutants, and what release would write."""
    from .proving.verify import verify_all

    proofs = verify_all([load_assignment(folder) for folder in _chosen(assignments)], cache)
    from . import printing

    if json:
        printing.print_json({"assignments": proofs}, all(proof.ok for proof in proofs))
    else:
        for proof in proofs:
            printing.proof_lines(proof)
    raise typer.Exit(0 if all(proof.ok for proof in proofs) else 1)


@app.command()
def release(
    assignments: Annotated[list[str] | None, typer.Argument(help="All, unless some are named.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether assignments/ is up to date.")
    ] = False,
    to: Annotated[Path | None, typer.Option(help="Write a template repository for students here.")] = None,
    json: JsonOption = False,
) -> None:
    """Write assignments/ from solutions/: skeletons, handouts and public checks, never an answer."""
    from . import printing
    from .authoring.release import release as write
    from .authoring.release import stale, write_template
    from .sources.leaks import leaks

    root = find_root()
    chosen = [load_assignment(folder) for folder in _chosen(assignments)]
    if to and len(chosen) != 1:
        raise UserError("--to writes one assignment's template: name the assignment")
    if check:
        differing, leaking = [line for one in chosen for line in stale(one, root)], leaks(root)
        if json:
            printing.print_json({"stale": differing, "leaks": leaking}, not differing + leaking)
        else:
            typer.echo("\n".join(differing + leaking) or "assignments/ is what release would write")
            typer.echo("run `autograder release`" if differing else "", nl=bool(differing))
        raise typer.Exit(1 if differing + leaking else 0)
    written = [path for one in chosen for path in write(one, root, root / "assignments")]
    if to:
        written += write_template(chosen[0], root, to)
    typer.echo(f"{len(written)} files written")


@app.command()
def collect(
    assignment: AssignmentArgument,
    submissions: TreeArgument,
    roster: RosterOption = None,
    received: ReceivedOption = None,
    json: JsonOption = False,
) -> None:
    """Show what would be graded for each student, and what would be left out."""
    from . import printing
    from .pipeline import collect_class

    found = collect_class(find_root(), load_assignment(_solution(assignment)), submissions, roster, received)
    if json:
        rows = [{**msgspec.structs.asdict(one), "files": sorted(one.files)} for one in found]
        printing.print_json({"submissions": rows}, not any(s.problem for s in found))
    else:
        printing.collected_table(found)
    raise typer.Exit(1 if any(s.problem for s in found) else 0)


@app.command()
def grade(
    assignment: AssignmentArgument,
    submissions: TreeArgument,
    roster: RosterOption = None,
    received: ReceivedOption = None,
    out: Annotated[Path, typer.Option(help="Folder for the result files.")] = Path("results"),
    jobs: Annotated[int, typer.Option(min=1, help="Judges side by side.")] = os.cpu_count() or 1,
    cluster: Annotated[str, typer.Option(help="Address of a dask scheduler whose nodes judge.")] = "",
    slurm: Annotated[bool, typer.Option("--slurm", help="Judge in --jobs jobs of Slurm.")] = False,
    pbs: Annotated[bool, typer.Option("--pbs", help="Judge in --jobs jobs of PBS.")] = False,
    json: JsonOption = False,
) -> None:
    """Grade a class in the sandbox: one result file per student; run again to continue or to update."""
    from .course import course_key

    spec = load_assignment(_solution(assignment))
    key = course_key()
    from . import printing
    from .pipeline import collect_class, grade_class, strangers

    found = collect_class(find_root(), spec, submissions, roster, received)
    with (
        _elsewhere(cluster, slurm, pbs, jobs) as judges,
        printing.progress_bar(len(found), quiet=json) as step,
    ):
        results = grade_class(spec, found, key, out / spec.name, step, jobs, judges)
    ok = not any(result.grade.withheld or result.grade.problem for result in results)
    if json:
        names = ("student", "score", "max_score", "late", "withheld", "problem", "tasks")
        rows = [
            {**{name: getattr(one.grade, name) for name in names}, "level": one.run.level} for one in results
        ]
        printing.print_json({"results": rows}, ok)
    else:
        printing.class_table(results)
        pages = f"autograder report {assignment} --results {out}"
        steps = _next_steps(results, strangers(out / spec.name, found), pages)
        typer.echo("\n".join((*steps, f"results: {out / spec.name}   pages: {pages}")))
    raise typer.Exit(0 if ok else 1)


@app.command()
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
    from . import printing
    from .replaying import replay as run

    spec = load_assignment(_solution(assignment))
    printing.out.print(
        run(find_root(), spec, student, check, submissions, results, roster, received), markup=False
    )


@app.command()
def report(
    assignment: AssignmentArgument,
    results: Annotated[Path, typer.Option(help="Folder with the result files.")] = Path("results"),
    out: Annotated[Path, typer.Option(help="Folder for the pages.")] = Path("pages"),
    staff: Annotated[bool, typer.Option("--staff", help="Show hidden checks; not to be published.")] = False,
) -> None:
    """Write each student's feedback page and the class page, as static HTML."""
    from .pages.report import report as write
    from .pipeline import read_results

    spec = load_assignment(_solution(assignment))
    found = read_results(results / spec.name)
    pages = write(found, spec, out / spec.name, "staff" if staff else "student")
    typer.echo(f"{len(pages)} pages; the class: {out / spec.name / 'index.html'}")


@app.command()
def doctor(json: JsonOption = False) -> None:
    """Try every promise of the sandbox on this machine and say what is missing."""
    from . import printing
    from .isolation.doctor import NOT_ON_CUDA, examine

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
        printing.print_json(fields, ok)
    else:
        printing.health_lines(health, disturbance)
    raise typer.Exit(0 if ok else 1)


@app.command()
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
    from . import printing
    from .redteam import run, run_again_as_user, show

    root = find_root()
    if as_user:
        run_again_as_user(root, [word for word in sys.argv[1:] if word != "--as-user"])
    report = run(root, only or (), quick, landlock_abi)
    if json:
        printing.print_json(report.fields(), report.ok)
    else:
        show(report, each=bool(only))
    raise typer.Exit(0 if report.ok else 1)


@bench_app.callback(invoke_without_command=True)
def bench(context: typer.Context, submissions: int = 40, json: JsonOption = False) -> None:
    """Measure seconds per submission against a fresh pytest process and a bare fork, in one run."""
    if context.invoked_subcommand:
        return
    from . import printing
    from .benches.bench import bench as measure

    figures = asdict(measure(find_root(), submissions))
    ok = figures.pop("ok")
    printing.print_figures(figures, ok, json)
    raise typer.Exit(0 if ok else 1)


@bench_app.command("speed")
def bench_speed(gradings: int = 400, json: JsonOption = False) -> None:
    """Measure how often the check of speed errs, by call size, load and true ratio: about an hour."""
    from . import printing
    from .benches.benchspeed import CELLS
    from .benches.benchspeed import bench_speed as measure

    with printing.progress_bar(CELLS, quiet=json) as step:
        cells = measure(gradings, step)
    ok = all(cell.ok for cell in cells)
    printing.print_rows("cells", cells, ok, json)
    raise typer.Exit(0 if ok else 1)


@bench_app.command("scale")
def bench_scale(
    sizes: Annotated[
        list[int] | None, typer.Option(min=5, help="May be repeated; 100, 500 and 2000 without.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Measure what a submission costs by the size of its class, and what more judges gain: half an hour."""
    from . import printing
    from .benches import benchscale

    chosen = sizes or benchscale.SIZES
    with printing.progress_bar(benchscale.total(chosen), quiet=json) as step:
        rows = benchscale.bench_scale(find_root(), chosen, step)
    ok = benchscale.in_target(rows)
    printing.print_rows("rows", rows, ok, json)
    raise typer.Exit(0 if ok else 1)


@bench_app.command("peers")
def bench_peers(
    submissions: Annotated[int, typer.Option(min=2, help="For each grader.")] = 6, json: JsonOption = False
) -> None:
    """Measure against pytest, otter and nbgrader, scores included; installs them into .cache/ once."""
    from . import printing
    from .benches.benchpeers import bench_peers as measure

    report = measure(find_root(), printing.tell, submissions)
    if json:
        printing.print_json(
            {"rows": report.rows, "machine": report.machine, "left_out": report.left_out}, report.ok
        )
    else:
        printing.print_rows("rows", report.rows, report.ok, as_json=False)
        typer.echo("\n".join((*report.left_out, report.machine)))
    raise typer.Exit(0 if report.ok else 1)


@app.command()
def demo(
    keep: Annotated[Path | None, typer.Option(help="Write repositories, results and pages here.")] = None,
    json: JsonOption = False,
) -> None:
    """Grade a bundled class of 24 real repositories end to end, and say where its page is."""
    from . import printing
    from .democlass.demo import STUDENTS, run_demo

    with printing.progress_bar(STUDENTS, quiet=json) as step:
        done = run_demo(find_root(), step, keep)
    ok = done.as_expected == done.students
    if json:
        names = ("students", "graded", "as_expected", "seconds", "page")
        printing.print_json({name: getattr(done, name) for name in names}, ok)
    else:
        printing.class_table(done.results)
        typer.echo("\n".join((*done.surprises, f"{done.as_expected} of {done.students} as expected")))
        typer.echo(f"the class page: {done.page}")
    raise typer.Exit(0 if ok else 1)


def _next_steps(results: list[Result], gone: list[str], pages: str) -> list[str]:
    """Return a line for what a TA has to look at after grading."""
    lines = []
    if withheld := sum(result.grade.withheld for result in results):
        lines.append(f"{withheld} withheld: {pages} --staff shows why; mend the check, then grade again")
    if gone:
        lines.append(f"nothing came from {', '.join(gone)}: remove their results, or reports hold them")
    return lines


def _solution(assignment: str) -> Path:
    return find_assignment(find_root(), assignment)


@contextmanager
def _elsewhere(address: str, slurm: bool, pbs: bool, jobs: int) -> Iterator[OpenJudges | None]:
    """Yield what opens judges on the nodes of a cluster; None stands for judges on this machine."""
    if bool(address) + slurm + pbs > 1:
        raise UserError("name one of --cluster, --slurm and --pbs")
    if not (address or slurm or pbs):
        yield None
        return
    from .crews.batch import submit_nodes
    from .crews.nodes import Nodes
    from .printing import tell

    with nullcontext(address) if address else submit_nodes("slurm" if slurm else "pbs", jobs) as where:
        yield partial(Nodes, address=where, tell=tell)


def _chosen(assignments: list[str] | None) -> list[Path]:
    home = find_root() / "solutions"
    return (
        [_solution(a) for a in assignments]
        if assignments
        else sorted(p.parent for p in home.glob("*/assignment.toml"))
    )
