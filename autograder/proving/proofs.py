"""What verify proves by judging whole answers: the reference, the skeleton, right answers, fingerprints."""

from __future__ import annotations

import ast
from pathlib import Path

from ..authoring.fingerprints import marked, same_marks
from ..authoring.release import stale
from ..judging.fingerprint import Released, read_released
from ..judging.trial import CheckRun
from ..records import Verdict
from ..seeds import Seed
from ..sources.leaks import leaks_of
from ..sources.similarity import shared_statements
from ..sources.source import skeletons
from ..sources.variants import Right, Wrong, read_right, read_wrong, variant_sources
from ..spec import RELEASED_MARK, Assignment, definitions, parse_file
from .harness import FIRST, Harness, Tried, failed, percent, points
from .verified import Rights

SHARED = 0.5  # of a right answer's statements, at which it is the reference's way again
FURTHER_SEEDS = 2  # on which checks that ask for their seed must accept the reference as well
RIGHT_SEEDS = 3  # on which right answers of other kinds must be accepted, by the checks of their own task
SHOWN = 3  # of many files or checks that a sentence names


def reference_earns_everything(harness: Harness) -> tuple[float, ...]:
    """Return the reference's score on each seed; learn from it what each check reaches."""
    scores: list[float] = []
    seeded = [check for check in harness.checks if check.seeded]
    twice: list[CheckRun] = []  # checks that hang on no seed: once more, and that counts for all seeds
    for done, seed in enumerate(seeds_of(harness.seeds + FURTHER_SEEDS)):
        chosen = (harness.measured, harness.checks, seeded)[min(done, 2)]
        judged = harness.learn() if seed == FIRST else []
        judged += harness.run("the reference", {}, seed, chosen)
        if done == 1:
            twice = [one for one in judged if not one.check.seeded]
        if done < harness.seeds:
            scores.append(percent(harness.tasks, judged if done < 2 else [*judged, *twice]))
        harness.problems += [
            f"{one.check.name}: {one.outcome.verdict} on the reference (seed {seed.n}): "
            f"{one.outcome.message}; mend the check or the reference"
            for one in judged
            if one.outcome.verdict is not Verdict.PASS
        ]
        if seed == FIRST:
            harness.tried.append(Tried("the reference", {}, judged))
    return tuple(scores)


def seeds_of(number: int) -> list[Seed]:
    """Return the seeds on which right answers are judged, that of local runs first."""
    return [FIRST, *(FIRST.fork(f"verify {i}") for i in range(1, number))]


def skeleton_earns_nothing(harness: Harness) -> float:
    """Return the skeleton's score; each of its checks must end in a TODO or be skipped."""
    assignment = harness.assignment
    sources = skeletons(assignment)
    judged = harness.run("the skeleton", sources, checks=[*harness.checks, *harness.measured])
    harness.problems += [
        f"{one.check.name}: {one.outcome.verdict} on the skeleton, which must raise its TODO: "
        f"{one.outcome.message}"
        for one in judged
        if one.outcome.verdict not in (Verdict.NOT_IMPLEMENTED, Verdict.SKIPPED)
    ]
    harness.tried.append(Tried("the skeleton", sources, judged))
    return percent(harness.tasks, judged)


def right_answers_are_accepted(harness: Harness) -> Rights:
    """Prove that each task has a right answer of another kind, and that it earns full marks."""
    answers = harness.among(read_right(harness.assignment))
    accepted = 0
    for task in harness.tasks:
        if task.id not in [right.task for right in answers]:
            harness.problems.append(
                f"right.py: task {task.id!r} has no right answer; write one by another formula or library"
            )
    for right in answers:
        accepted += _accepted(harness, right)
        shared = shared_statements(right.source, definition_source(harness.assignment, right))
        if shared >= SHARED:
            harness.problems.append(
                f"{place(right)} has {shared:.0%} of its statements from the reference; "
                "take another formula, algorithm or library"
            )
    return Rights(len(answers), accepted)


def _accepted(harness: Harness, right: Right) -> bool:
    task = harness.assignment.task(right.task)
    checks = harness.noticing(task, {target_of(harness.assignment, right)})
    for seed in seeds_of(min(harness.seeds, RIGHT_SEEDS)):
        chosen = [one for one in checks if seed == FIRST or (one.seeded and one.task == task.id)]
        judged = harness.run(right.name, variant_sources(harness.assignment, right), seed, chosen)
        if refused := failed(judged):
            harness.problems.append(
                f"{place(right)} fails {refused[0].check.name} (seed {seed.n}): "
                f"{refused[0].outcome.message}; let the check accept it, or mend it"
            )
        if refused or points(task, judged) != task.points:
            return False
    return True


def mistakes_are_named_at_home(harness: Harness) -> None:
    """Note the wrong answers that a local run cannot name: no public check tells them from all others."""
    named = _released(harness.assignment).wrong
    for wrong in read_wrong(harness.assignment):
        if wrong.name not in named:
            harness.notes.append(
                f"{place(wrong)} is named by no public check's fingerprint, or not by it alone"
            )


def not_as_released(assignment: Assignment) -> list[str]:
    """Return what is wrong with what students get: not as released now, or an answer is given away.

    Fingerprints are taken as they are: they come from the wrong answers' runs, and are compared after those.
    """
    root, problems = assignment.folder.parents[1], leaks_of(assignment)
    if old := stale(assignment, root, _released(assignment)):
        more = f" and {len(old) - SHOWN} more" if len(old) > SHOWN else ""
        problems.append(f"{'; '.join(old[:SHOWN])}{more}; run `autograder release {assignment.name}`")
    return problems


def fingerprints_are_as_released(harness: Harness) -> None:
    """Compare the released fingerprints with those of the wrong answers that were tried."""
    judged = {tried.what: tried.judged for tried in harness.tried}
    answers = [(wrong, judged[wrong.name]) for wrong in read_wrong(harness.assignment)]
    if not same_marks(_released(harness.assignment), marked(harness.tried[0].judged, answers)):
        name = harness.assignment.name
        harness.problems.append(
            f"assignments/{name}/{RELEASED_MARK}: differs; run `autograder release {name}`"
        )


def _released(assignment: Assignment) -> Released:
    return read_released(assignment.folder.parents[1] / "assignments" / assignment.name)


def place(variant: Wrong | Right) -> str:
    """Return "wrong.py:31: cosine_betas__at_T_points", the beginning of a sentence about it."""
    file = "wrong.py" if isinstance(variant, Wrong) else "right.py"
    return f"{file}:{variant.line}: {variant.name}"


def target_of(assignment: Assignment, variant: Wrong | Right) -> str:
    """Return the definition that a variant replaces: "schedule.cosine_betas"."""
    return f"{Path(assignment.task(variant.task).file).stem}.{variant.replaces}"


def definition_source(assignment: Assignment, variant: Wrong | Right) -> str:
    """Return the reference's definition that a variant replaces, as text."""
    tree = parse_file(assignment.folder / assignment.task(variant.task).file)
    return ast.unparse(definitions(tree)[variant.replaces])
