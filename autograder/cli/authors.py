"""What the author of an assignment runs: new, verify, release, reference."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from ..errors import UserError
from ..spec import WHOLE, Assignment, SpecError, load_assignment
from .arguments import FRONT_ENDS, JsonOption, RosterOption, Weak, chosen_solutions, find_root, solution

ASSIGNMENT = re.compile(r"(.*[/\\])?a\d\d(_|$)")  # what an assignment is called, or a path to it


def new(name: Annotated[str, typer.Argument(help="Such as a18_distillation.")]) -> None:
    """Write a small, complete assignment to start a new one from."""
    from ..authoring.new import new as write

    typer.echo(f"{write(find_root(), name)}: edit it, then run `autograder verify {name}`")


def verify(
    assignments: Annotated[
        list[str] | None, typer.Argument(help="All, unless some are named; or one, and tasks of it.")
    ] = None,
    cache: Annotated[bool, typer.Option(help="Skip what has not changed.")] = True,
    json: JsonOption = False,
) -> None:
    """Grade the graders: the reference, wrong and right answers, mutants, and what release would write."""
    from ..proving.verify import prove, verify_all

    first, *words = assignments or [""]
    if words and not ASSIGNMENT.match(words[0]):
        spec = load_assignment(solution(first))
        proofs = [prove(spec, only=frozenset(spec.task(word).id for word in words))]
    else:
        proofs = verify_all([load_assignment(folder) for folder in chosen_solutions(assignments)], cache)
    from ..show import console, figures

    lines = [line for proof in proofs for line in figures.proof_lines(proof)]
    if len(proofs) > 1:  # below so many lines, what must be mended
        lines += figures.not_proven_lines(proofs)
    console.finish(all(proof.ok for proof in proofs), {"assignments": proofs}, lines, json)


def reference(
    check: Annotated[bool, typer.Option("--check", help="Only say whether it is up to date.")] = False,
) -> None:
    """Write docs/reference.md from the code: all keys of the TOML files, and what check files import."""
    from ..authoring.reference import REFERENCE
    from ..authoring.reference import reference as text

    path = find_root() / REFERENCE
    current = path.is_file() and path.read_text(encoding="utf-8") == text()
    if not check:
        path.write_text(text(), encoding="utf-8")
    elif not current:
        raise UserError(f"{REFERENCE}: not what the code says; run `autograder reference`")
    typer.echo(f"{REFERENCE} is what the code says")


def release(
    assignments: Annotated[list[str] | None, typer.Argument(help="All, unless some are named.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether assignments/ is up to date.")
    ] = False,
    to: Annotated[Path | None, typer.Option(help="Write a template repository for students here.")] = None,
    gradescope: Annotated[bool, typer.Option("--gradescope", help="Write Gradescope's zip.")] = False,
    otter: Annotated[
        bool, typer.Option("--otter", help="Write Otter's notebook and autograder.zip.")
    ] = False,
    nbgrader: Annotated[
        bool, typer.Option("--nbgrader", help="Write a course directory of nbgrader.")
    ] = False,
    weak: Annotated[
        Weak, typer.Option(help="Below sandbox level full a front end withholds grades, or only practises.")
    ] = Weak.WITHHOLD,
    roster: RosterOption = None,
    github: Annotated[
        bool,
        typer.Option("--github", help="Make or update the template in course.toml's organisation."),
    ] = False,
    sync: Annotated[
        bool,
        typer.Option(
            "--sync", help="And offer students' repositories there the given files as they are now."
        ),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Write assignments/ from solutions/: skeletons, handouts and public checks, never an answer.

    With --gradescope, --otter or --nbgrader what these systems need instead, into front_ends/ (or --to).
    Gradescope's zip holds a key: keep it private.
    """
    from ..authoring.release import release as write
    from ..authoring.release import render, write_template
    from ..show import console

    root = find_root()
    chosen = [load_assignment(folder) for folder in _whole(assignments)]
    elsewhere = gradescope or otter or nbgrader
    if (to or elsewhere) and len(chosen) != 1:
        raise UserError("--to and other systems are for one assignment: name the assignment")
    if elsewhere:
        systems = {"gradescope": gradescope, "otter": otter, "nbgrader": nbgrader}
        done = _to_systems(chosen[0], root, to, systems, weak is Weak.PRACTICE, roster)
        console.finish(True, {"written": done}, map(escape, map(str, done)), json)
    if check:
        _say_what_is_stale(chosen, root, json)
    files = {one.name: render(one) for one in chosen}
    written = [path for one in chosen for path in write(one, root, root / "assignments", files[one.name])]
    ok, lines = True, [f"{len(written)} files written to assignments/"]
    if to:
        template = write_template(chosen[0], root, to, files[chosen[0].name])
        written += template
        lines.append(
            f"{len(template)} files written to {escape(str(to))}: commit them there (git init), and push"
        )
    if github or sync:
        from .classroom import correct, release_to_github

        lines += [escape(release_to_github(one, root, files[one.name])) for one in chosen]
        for one in chosen if sync else ():
            well, said = correct(one, json)
            ok, lines = ok and well, lines + said
    console.finish(ok, {"written": written, "said": lines}, lines, json)


def _to_systems(
    one: Assignment,
    root: Path,
    to: Path | None,
    systems: dict[str, bool],
    practice: bool,
    roster: Path | None,
) -> list[Path]:
    """Write what the systems that are wanted need, below front_ends/ or at `to`; return the files."""
    from ..frontends.gradescope import write_gradescope
    from ..frontends.nbgrader_files import write_course
    from ..frontends.otter_files import write_otter

    home = root / FRONT_ENDS
    done = write_otter(one, to or home / f"{one.name}-otter", roster) if systems["otter"] else []
    done += write_course(one, root, to or home / "nbgrader") if systems["nbgrader"] else []
    if systems["gradescope"]:
        done.append(write_gradescope(one, root, to or home / f"{one.name}-gradescope.zip", practice, roster))
    return done


def _whole(assignments: list[str] | None) -> list[Path]:
    """Return the folders of the assignments to release; a task that is named beside them is none."""
    try:
        return chosen_solutions(assignments)
    except SpecError:
        for known in chosen_solutions((assignments or [])[:1]):
            for name in {task.id for task in load_assignment(known).tasks} & set(assignments or ()):
                raise UserError(f"{name!r} is a task of {known.name}: {WHOLE}") from None
        raise


def _say_what_is_stale(chosen: list[Assignment], root: Path, json: bool) -> None:
    """Say where assignments/ is not what release would write, or gives an answer away, and end."""
    from ..authoring.release import stale
    from ..show import console
    from ..sources.leaks import leaks

    differing, leaking = [line for one in chosen for line in stale(one, root)], leaks(root)
    found = differing + leaking
    lines = [escape(line) for line in found] or ["assignments/ is what release would write"]
    lines += ["run `autograder release`"] if differing else []
    console.finish(not found, {"stale": differing, "leaks": leaking}, lines, json)
