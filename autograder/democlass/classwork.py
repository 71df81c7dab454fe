"""What the students of the bundled class hand in, and what grading must make of it.

Everything is derived from the assignment's own files: its skeleton, its reference, and its known wrong and
right answers. So the demo fits any assignment, and what must come out is known before anything is graded.
"""

from __future__ import annotations

import ast
import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle, islice, zip_longest

from ..records import Verdict
from ..sources.dependencies import dependents, uses_of
from ..sources.markers import BEGIN, END, first_line
from ..sources.source import replace_definition, skeletons, text_lines
from ..sources.variants import Right, Wrong, read_right, read_wrong
from ..spec import Assignment, SpecError, Task, definitions, parse_file

Sources = dict[str, str]  # file to hand in -> source

ONE_MISTAKE, SEVERAL_MISTAKES = 6, 2  # students
PARTS = (1 / 4, 1 / 2, 3 / 4)  # of the tasks that students who ran out of time finished
SYNTAX_ERROR = '\n\nprint("finally done"\n'
NO_NUMBERS = """

def _no_numbers(function):
    def spoilt(*args, **kwargs):
        value = function(*args, **kwargs)
        if isinstance(value, tuple):
            return tuple(part * float("nan") for part in value)
        return value * float("nan")

    return spoilt

"""


@dataclass(frozen=True)
class Fate:
    """What must become of one task."""

    verdict: Verdict | None  # of every check when all pass, else of one at least; None: not said
    earned: float | None  # None: less than the task's points
    mistake: str = ""  # what the feedback must name


@dataclass(frozen=True)
class Work:
    """What one student hands in, and what must come out."""

    what: str
    sources: Sources | None  # None: an empty repository
    fates: Mapping[str, Fate]  # by task; a task that uses a broken one may go either way, and is not here
    late: bool = False

    def score(self, assignment: Assignment) -> float | None:
        """Return the score to expect; None when it is not known to the point."""
        earned = [self.fates[task.id].earned if task.id in self.fates else None for task in assignment.tasks]
        known = [points for points in earned if points is not None]
        return round(sum(known), 2) if len(known) == len(earned) else None


@dataclass(frozen=True)
class Mishap:
    """A way in which an answer can go wrong without being wrong."""

    what: str
    body: str
    verdict: Verdict


MISHAPS = (
    Mishap("ends the process", "import os\nos._exit(0)", Verdict.CRASH),
    Mishap("reads memory that is not there", "import ctypes\nctypes.string_at(0)", Verdict.CRASH),
    Mishap("never ends", "while True:\n    pass", Verdict.TIMEOUT),
    Mishap("hoards memory", "hoard = []\nwhile True:\n    hoard.append(bytes(1 << 28))", Verdict.MEMORY),
    Mishap("prints 10 GB", 'for _ in range(10_000):\n    print("x" * 1_000_000)', Verdict.CRASH),
)


def class_work(assignment: Assignment) -> tuple[Work, ...]:
    """Return the work of 24 students; raises SpecError when the assignment has no wrong answers."""
    everything = tuple(task.id for task in assignment.tasks)
    done, blank = finished(assignment), skeletons(assignment)
    nothing = {task.id: Fate(None, 0.0) for task in assignment.tasks}
    return (
        Work("the reference", done, _fates(assignment)),
        *(Work("right in another way", _rewritten(assignment, i), _fates(assignment)) for i in (0, 1)),
        Work("right, but late", done, _fates(assignment), late=True),
        *_with_mistakes(assignment),
        *(_unfinished(assignment, max(1, round(part * len(everything)))) for part in PARTS),
        Work("an empty repository", None, nothing),
        Work("nothing begun", blank, _fates(assignment, everything, Verdict.NOT_IMPLEMENTED)),
        *(
            _mishap(assignment, *pair)
            for pair in zip(MISHAPS, cycle(_freestanding(assignment)), strict=False)
        ),
        _broken_file(assignment),
        _not_a_number(assignment),
    )


# -------------------------------------------------------------------------------- pieces of source
def finished(assignment: Assignment) -> Sources:
    """Return the reference as a student would have it, without the markers."""
    return {
        file: "".join(line for line in text_lines(text) if line.strip() not in (BEGIN, END))
        for file, text in _reference(assignment).items()
    }


def _reference(assignment: Assignment) -> Sources:
    files = dict.fromkeys(task.file for task in assignment.tasks)
    return {file: (assignment.folder / file).read_text(encoding="utf-8") for file in files}


def _put(sources: Sources, task: Task, function: str, text: str) -> Sources:
    return sources | {task.file: replace_definition(sources[task.file], function, text)}


def _text_of(source: str, function: str) -> str:
    node = definitions(ast.parse(source))[function]
    return "".join(text_lines(source)[first_line(node) - 1 : node.end_lineno])


# -------------------------------------------------------------------------------- kinds of students
def _rewritten(assignment: Assignment, i: int) -> Sources:
    """Return the i-th right answer to every function; the reference's where there are not so many."""
    answers: dict[str, list[Right]] = defaultdict(list)
    for right in read_right(assignment):
        answers[right.replaces].append(right)
    sources = finished(assignment)
    for function, rights in answers.items():
        if i < len(rights):
            sources = _put(sources, assignment.task(rights[i].task), function, rights[i].source)
    return sources


def _with_mistakes(assignment: Assignment) -> Iterator[Work]:
    """Yield students with one known mistake each, then such with three."""
    coming = cycle(_mistakes(assignment))
    for wrong in islice(coming, ONE_MISTAKE):
        yield _wrong(assignment, [wrong])
    free = {task.id for task in _freestanding(assignment)}
    for _ in range(SEVERAL_MISTAKES):
        chosen: dict[str, Wrong] = {}
        while len(chosen) < min(3, len(free)):
            wrong = next(coming)
            chosen.setdefault(wrong.task, wrong)
        yield _wrong(assignment, list(chosen.values()))


def _mistakes(assignment: Assignment) -> list[Wrong]:
    """Return known mistakes, one task after another, for tasks that no other task uses."""
    free = _freestanding(assignment)
    known = read_wrong(assignment)
    layers = zip_longest(*([wrong for wrong in known if wrong.task == task.id] for task in free))
    mistakes = [wrong for layer in layers for wrong in layer if wrong]
    if {wrong.task for wrong in mistakes} != {task.id for task in free}:
        raise SpecError(f"{assignment.name}/wrong.py: the demo needs a wrong answer to every task")
    return mistakes


def _wrong(assignment: Assignment, wrongs: list[Wrong]) -> Work:
    sources = finished(assignment)
    for wrong in wrongs:
        sources = _put(sources, assignment.task(wrong.task), wrong.replaces, wrong.source)
    fates = _fates(assignment, [wrong.task for wrong in wrongs], Verdict.FAIL)
    fates |= {wrong.task: Fate(Verdict.FAIL, None, wrong.says) for wrong in wrongs}
    return Work("wrong: " + ", ".join(wrong.name for wrong in wrongs), sources, fates)


def _unfinished(assignment: Assignment, done: int) -> Work:
    sources, blank = finished(assignment), skeletons(assignment)
    missing = assignment.tasks[done:]
    for task in missing:
        for function in task.functions:
            sources = _put(sources, task, function, _text_of(blank[task.file], function))
    fates = _fates(assignment, [task.id for task in missing], Verdict.NOT_IMPLEMENTED)
    return Work(f"the first {done} tasks", sources, fates)


def _mishap(assignment: Assignment, mishap: Mishap, task: Task) -> Work:
    sources = finished(assignment)
    body = "\n".join("    " + line for line in mishap.body.splitlines())
    for function in task.functions:
        sources = _put(sources, task, function, f"def answer(*args, **kwargs):\n{body}\n")
    return Work(f"{task.id} {mishap.what}", sources, _fates(assignment, [task.id], mishap.verdict))


def _broken_file(assignment: Assignment) -> Work:
    sources, file = finished(assignment), assignment.tasks[-1].file
    sources[file] += SYNTAX_ERROR
    broken = [task.id for task in assignment.tasks if task.file == file]
    fates = _fates(assignment, broken, Verdict.FAIL)
    for task in assignment.tasks:
        if task.file in _importers(assignment, file):
            fates.pop(task.id, None)
    return Work(f"a syntax error in {file}", sources, fates)


def _not_a_number(assignment: Assignment) -> Work:
    sources, task = finished(assignment), _freestanding(assignment)[-1]
    lines = "\n".join(f"{function} = _no_numbers({function})" for function in task.functions)
    sources[task.file] += NO_NUMBERS + lines + "\n"
    return Work(f"{task.id} gives NaN", sources, _fates(assignment, [task.id], Verdict.FAIL))


# -------------------------------------------------------------------------------- what must come out
def _fates(
    assignment: Assignment, broken: Iterable[str] = (), verdict: Verdict = Verdict.PASS
) -> dict[str, Fate]:
    """Return what becomes of each task when some earn nothing; what uses those is left out."""
    broken = set(broken)
    unsure = users(assignment, broken)
    fates = {}
    for task in assignment.tasks:
        if task.id in broken:
            skipped = any(need in broken for need in task.needs)
            fates[task.id] = Fate(Verdict.SKIPPED if skipped else verdict, 0.0)
        elif task.id not in unsure:
            fates[task.id] = Fate(Verdict.PASS, task.points)
    return fates


def _freestanding(assignment: Assignment) -> tuple[Task, ...]:
    """Return the tasks that no other task uses; all of them when each is used."""
    return tuple(task for task in assignment.tasks if not users(assignment, {task.id})) or assignment.tasks


def users(assignment: Assignment, broken: set[str]) -> set[str]:
    """Return the tasks that need one of these tasks, or whose answer uses one of theirs, however far."""
    return {user for task in broken for user in _dependents(assignment)[task]} - broken


@functools.cache
def _dependents(assignment: Assignment) -> dict[str, frozenset[str]]:
    return dependents(assignment, uses_of(assignment))


def _importers(assignment: Assignment, file: str) -> set[str]:
    """Return the files that import this one, however far."""
    found = {file.removesuffix(".py")}
    imports = {path.stem: _imported(parse_file(path)) for path in assignment.folder.glob("*.py")}
    while more := {stem for stem, names in imports.items() if names & found} - found:
        found |= more
    return {f"{stem}.py" for stem in found} - {file}


def _imported(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            names |= {node.module} if node.module else {alias.name for alias in node.names}
    return names
