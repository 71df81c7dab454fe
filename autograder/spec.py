"""What an assignment says about itself: `assignment.toml`, validated against the files beside it.

Whatever is wrong there is a TA's fault, and its message names the file, the line and a next step.
"""

from __future__ import annotations

import ast
import math
import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from .errors import UserError
from .text import did_you_mean

STAFF_ONLY = frozenset({"wrong.py", "right.py", "lab.py"})  # with the folder hidden/, never released
LAB_JUDGE = "lab_judge.py"  # released, and part of no task: workers do not get it
SPEC_FILE = "assignment.toml"
PLAYS = "plays"  # begins the names of files, in hidden/ too, whose functions checks run beside the code
RELEASED_MARK = "checks.json"  # release writes it: where it is, a student may have edited the files
TOTAL_POINTS = 100
COUNTS = ("informs", "adds", "required")  # what a GPU's word may be
WHOLE = (
    "an assignment is handed out with all of its tasks: where one is taken out of it, its functions, checks, "
    "wrong and right answers and its part of the handout go too, and others get its points"
)

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Identifier = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_]\w*$")]
FileName = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_]\w*\.py$")]
Positive = Annotated[float, msgspec.Meta(gt=0)]


class SpecError(UserError):
    """Something of the course's own is not as it must be: a TA must mend it."""


class Bound(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much time or memory a task may take, and what a naive answer takes, as ratios to the yardstick."""

    limit: Positive  # the most, as a ratio to the yardstick
    naive: Positive  # what a naive answer takes


class Task(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One task; `functions` are the names in `file` (f, Class or Class.method) that make up its answer."""

    id: Identifier  # how checks, commands and result files call the task
    number: str  # in the handout: "1.3"
    title: str
    file: FileName  # that students hand in
    points: Positive  # all tasks together have 100
    difficulty: Annotated[int, msgspec.Meta(ge=1, le=5)]  # 1 to 5
    minutes: Annotated[int, msgspec.Meta(gt=0)]  # that it takes a student
    functions: tuple[str, ...] = ()  # the id when not given
    needs: tuple[str, ...] = ()  # ids of tasks whose public checks must pass first
    speed: Bound | None = None  # for a check with the fixture `speed`
    memory: Bound | None = None  # for a check with the fixture `memory`
    speed_on_gpu: Bound | None = None  # for a check with @task(..., device="cuda") and `speed`
    memory_on_gpu: Bound | None = None  # for one with the fixture `memory`

    def __post_init__(self) -> None:
        if not self.functions:
            msgspec.structs.force_setattr(self, "functions", (self.id,))


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one call may use in official grading, and how much memory a worker."""

    call_cpu_s: Positive = 2.0  # that a call may compute
    call_wall_s: Positive = 20.0  # that a call may wait, neither computing nor ready to
    memory_mb: Annotated[int, msgspec.Meta(gt=0)] = 1024  # of a worker, on top of its imports
    reply_mb: Annotated[int, msgspec.Meta(gt=0)] = 64  # of what a call returns
    imported: tuple[str, ...] = ()  # modules that workers find imported: late imports can take seconds


class Cuda(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `grade --device cuda` means for points; what is right is always decided on the CPU first."""

    counts: Literal["informs", "adds", "required"] = "informs"  # adds points; required for points
    points: Positive | None = None  # that "adds" can make up for; no score exceeds its most
    memory_share: Annotated[float, msgspec.Meta(gt=0, le=0.5)] = 0.4  # of a card, for each of two workers


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an `assignment.toml` holds."""

    title: str
    lecture: str  # the number of the lecture: "4"
    tasks: Annotated[tuple[Task, ...], msgspec.Meta(min_length=1)]
    limits: Limits = Limits()
    cuda: Cuda = Cuda()  # what a GPU counts
    lab: dict[str, object] | None = None  # bounds by the names of what `lab_judge.py` measures


class Assignment(msgspec.Struct, frozen=True):
    """One assignment, valid, with the folder that it was read from."""

    name: str
    title: str
    lecture: str
    tasks: tuple[Task, ...]
    limits: Limits
    folder: Path
    lab: dict[str, float] | None = None  # bounds by the names of what `lab_judge.py` measures
    cuda: Cuda = Cuda()

    def __hash__(self) -> int:
        return hash(self.folder)

    @property
    def package(self) -> str:
        """The import name of the folder: `solutions.a04_ddpm`."""
        return f"{self.folder.parent.name}.{self.folder.name}"

    def task(self, id: str) -> Task:
        """Return the task with this id; raises SpecError that suggests the nearest one."""
        for task in self.tasks:
            if task.id == id:
                return task
        known = [task.id for task in self.tasks]
        raise SpecError(f"{self.name}/{SPEC_FILE}: unknown task {id!r}; {did_you_mean(id, known)}")


def load_assignment(folder: Path) -> Assignment:
    """Read and validate `assignment.toml`; raises SpecError.

    In a released folder the functions are not looked up: they were found at release, and a student may since
    have broken a file, which must cost that file's tasks only.
    """
    folder = folder.resolve()
    path = folder / SPEC_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as problem:
        raise SpecError(f"{_short(path)}: cannot be read: {problem.strerror}") from problem
    except UnicodeDecodeError as problem:
        raise SpecError(f"{_short(path)}: not UTF-8 (byte {problem.start}); save it as UTF-8") from problem
    document = _parse(text, path)
    _check_tasks(document.tasks, text, path)
    _check_cuda(document.cuda, text, path)
    if not (folder / RELEASED_MARK).exists():
        _check_files(document.tasks, text, path)
    bounds = None if document.lab is None else _bounds(document.lab, text, path)
    return Assignment(
        name=folder.name,
        title=document.title,
        lecture=document.lecture,
        tasks=document.tasks,
        limits=document.limits,
        folder=folder,
        lab=bounds,
        cuda=document.cuda,
    )


def assignment_folders(home: Path) -> list[Path]:
    """Return the folders of all assignments in `solutions/` or `assignments/`, in order."""
    return sorted(path.parent for path in home.glob(f"*/{SPEC_FILE}"))


def find_assignment(root: Path, query: str, tree: str = "solutions") -> Path:
    """Return the folder that `query` means: "a04", "a04_ddpm" or a path to it; raises SpecError."""
    query = query.rstrip("/\\").replace("\\", "/").rsplit("/", 1)[-1]
    home = root / tree
    known = [folder.name for folder in assignment_folders(home)]
    if not known:
        raise SpecError(f"{home}: no assignments here; is this the repository's root?")
    matches = (
        [name for name in known if name == query]
        or [name for name in known if name.startswith(query + "_")]
        or [name for name in known if query and name.startswith(query)]
    )
    if len(matches) > 1:
        raise SpecError(f"{tree}/: {query!r} could be {' or '.join(matches)}; write more of the name")
    if not matches:
        raise SpecError(f"{tree}/: no assignment {query!r}; {did_you_mean(query, known)}")
    return home / matches[0]


def definitions(tree: ast.Module) -> dict[str, Definition]:
    """Map "f", "Class" and "Class.method" to the nodes that define them at the top of a file."""
    found: dict[str, Definition] = {}
    for node in tree.body:
        if isinstance(node, Definition):
            found[node.name] = node
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{sub.name}": sub for sub in node.body if isinstance(sub, Definition)}
    return found


def parse_file(path: Path) -> ast.Module:
    """Parse one of our own files; raises SpecError with file and line."""
    try:
        return ast.parse(path.read_bytes())
    except OSError as problem:
        raise SpecError(f"{_short(path)}: cannot be read ({problem.strerror})") from problem
    except (SyntaxError, ValueError) as problem:
        line = getattr(problem, "lineno", None) or 1
        raise SpecError(f"{_short(path)}:{line}: {getattr(problem, 'msg', problem)}") from problem


def _parse(text: str, path: Path) -> Document:
    try:
        return msgspec.convert(tomllib.loads(text), Document)
    except tomllib.TOMLDecodeError as problem:
        raise SpecError(f"{_short(path)}: not valid TOML: {problem}") from problem
    except msgspec.ValidationError as problem:
        raise SpecError(_explain(str(problem), text, path)) from problem


def _explain(problem: str, text: str, path: Path) -> str:
    """Turn msgspec's "... - at `$.tasks[3].points`" into a message with a line and a next step."""
    what, _, where = problem.partition(" - at ")
    unknown = re.search(r"unknown field `(\w+)`", what)
    in_task = re.search(r"tasks\[(\d+)\](?:\.(\w+))?", where)
    key = unknown[1] if unknown else where.strip("`").split(".")[-1].split("[")[0]
    line = line_of(text, key, int(in_task[1]) if in_task else None)
    if unknown:
        tables = {"limits": Limits, "cuda": Cuda}
        record = Task if in_task else next((tables[name] for name in tables if name in where), Document)
        what = f"unknown key {key!r}; {did_you_mean(key, record.__struct_fields__)}"
    elif "missing required field" in what:
        what = what.replace("Object missing required field", "missing key")
    else:
        what = f"{key}: {what[0].lower()}{what[1:]}"
        if enum := re.search(r"enum value '(.*)'", what):  # of the only key that has such
            what = f"{what}; {did_you_mean(enum[1], COUNTS)}"
    return f"{_short(path)}{line}: {what}"


def _bounds(table: dict[str, object], text: str, path: Path) -> dict[str, float]:
    """Return the table of a lab's bounds; raises SpecError for a value that is no number."""
    bounds: dict[str, float] = {}
    for name, value in table.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            place = f"{_short(path)}{line_of(text, name)}"
            raise SpecError(f"{place}: {name} is {value!r}; a lab's bounds are numbers: write {name} = 0.5")
        bounds[name] = value
    return bounds


def _check_tasks(tasks: tuple[Task, ...], text: str, path: Path) -> None:
    ids = [task.id for task in tasks]
    owners: dict[tuple[str, str], str] = {}
    for i, task in enumerate(tasks):
        if task.id in ids[:i]:
            raise SpecError(f"{_short(path)}{line_of(text, 'id', i)}: task id {task.id!r} is used twice")
        if task.number in [other.number for other in tasks[:i]]:
            line = line_of(text, "number", i)
            raise SpecError(f"{_short(path)}{line}: task number {task.number!r} is used twice")
        for need in task.needs:
            if need not in ids:
                line = line_of(text, "needs", i)
                raise SpecError(f"{_short(path)}{line}: unknown task {need!r}; {did_you_mean(need, ids)}")
            if need not in ids[:i]:
                line = line_of(text, "needs", i)
                raise SpecError(f"{_short(path)}{line}: {task.id!r} needs {need!r}, which must come first")
        for function in task.functions:
            owner = owners.setdefault((task.file, function), task.id)
            if owner != task.id:
                line = line_of(text, "functions", i)
                raise SpecError(f"{_short(path)}{line}: {function!r} belongs to task {owner!r} already")
    total = sum(task.points for task in tasks)
    if abs(total - TOTAL_POINTS) > 1e-9:
        raise SpecError(f"{_short(path)}: points sum to {total:g}, not {TOTAL_POINTS}; {WHOLE}")


def _check_cuda(cuda: Cuda, text: str, path: Path) -> None:
    if cuda.counts == "adds" and cuda.points is None:
        place = f"{_short(path)}{line_of(text, 'counts')}"
        raise SpecError(f"{place}: 'adds' needs the points that a GPU can add: write points = 5 below it")
    if cuda.counts != "adds" and cuda.points is not None:
        place = f"{_short(path)}{line_of(text, 'cuda')}"
        raise SpecError(f"{place}: points go with counts = 'adds' only; write that, or leave them out")


def _check_files(tasks: tuple[Task, ...], text: str, path: Path) -> None:
    for i, task in enumerate(tasks):
        file = path.parent / task.file
        if not file.is_file():
            ideas = sorted(other.name for other in path.parent.glob("*.py"))
            hint = did_you_mean(task.file, ideas)
            raise SpecError(f"{_short(path)}{line_of(text, 'file', i)}: no file {task.file!r}; {hint}")
        known = definitions(parse_file(file))
        for function in task.functions:
            if function not in known:
                line = line_of(text, "functions", i) or line_of(text, "id", i)
                hint = did_you_mean(function, known)
                raise SpecError(f"{_short(path)}{line}: no {function!r} in {task.file}; {hint}")


def line_of(text: str, key: str, task: int | None = None) -> str:
    """Return ":12", the line where `key` is set (in the task of this index), or "" when it is not found."""
    seen = -1
    for number, line in enumerate(text.splitlines(), start=1):
        seen += line.strip().startswith("[[tasks]]")
        if (task is None or seen == task) and re.match(rf"\s*\[*\"?{re.escape(key)}\b", line):
            return f":{number}"
    return ""


def _short(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
