"""Writes what students get: the skeleton of an assignment, and the template repository around it.

A release is a list of what goes in, not of what stays out. It is the same to the byte every time, it is
written whole or not at all, and nothing that git does not know is deleted.
"""

from __future__ import annotations

import ast
import shutil
import string
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ..labs.notebook import lab_files
from ..sources.leaks import AROUND as GIVEN_BESIDE
from ..sources.leaks import all_assignments, answers_of, files_below, leaks_in
from ..sources.source import strip
from ..spec import RELEASED_MARK, STAFF_ONLY, Assignment, SpecError, parse_file
from .edits import CACHES, existing, refuse_edits, refuse_to_lose, remember_released

if TYPE_CHECKING:
    from ..judging.fingerprint import Released

PAPERS = ("README.md", "CHANGELOG.md", "assignment.toml")
AROUND = ("common", "autograder", "pyproject.toml", "LICENSE*", ".gitignore", ".gitattributes")
STUDENT_PAPERS = Path(__file__).parents[1] / "templates/student"  # what a template repository has of its own


Files = dict[str, bytes]  # path -> content


def release(assignment: Assignment, root: Path, out: Path, files: Files | None = None) -> list[Path]:
    """Write the assignment's folder below `out` and return the files written.

    `files` are what `render` returned, which runs checks, where it was asked already.

    Raises SpecError before anything is written: for a misplaced marker (MarkerError), for an answer that
    would be given away, and for files and edits in the old folder that are nowhere else.
    """
    files = files or render(assignment)
    shown = {f"assignments/{assignment.name}/{name}": content for name, content in files.items()}
    found = leaks_in(files_below(root, GIVEN_BESIDE) | shown, answers_of(all_assignments(root)))
    if found:
        raise SpecError("nothing was released, for it would give answers away:\n" + "\n".join(found))
    target = out / assignment.name
    refuse_to_lose(target, files)
    here = out == root / "assignments"  # else into a template
    if here:
        refuse_edits(target, files, root, _same)
    out.mkdir(parents=True, exist_ok=True)
    package = out / "__init__.py"
    if not package.exists():
        package.write_bytes(b"")
    _swap_in(files, target)
    if here:
        remember_released(assignment.name, files, root)
    return [target / name for name in files]


def stale(assignment: Assignment, root: Path, known: Released | None = None) -> list[str]:
    """Return a line for each file in which `assignments/` differs from what release would write now.

    With `known` fingerprints, the wrong answers are not run for them.
    """
    folder = root / "assignments" / assignment.name
    files = render(assignment, known)
    shown = f"assignments/{assignment.name}"
    lines = [f"{shown}/{name}: missing" for name in files if not (folder / name).is_file()]
    for name, path in existing(folder):
        if name not in files:
            lines.append(f"{shown}/{name}: not part of the release")
        elif not _same(name, path.read_bytes(), files[name]):
            lines.append(f"{shown}/{name}: differs")
    return sorted(lines)


def render(assignment: Assignment, known: Released | None = None) -> Files:
    """Return the released folder's files, in order of their paths."""
    folder = assignment.folder
    files: Files = {}
    for name in PAPERS:
        if (folder / name).is_file():
            files[name] = (folder / name).read_bytes()
    for path in folder.glob("*.py"):
        if path.name not in STAFF_ONLY:
            files[path.name] = strip(path.read_text(encoding="utf-8"), path, assignment).encode()
    for part in ("figures", "tests"):
        files |= {f"{part}/{name}": path.read_bytes() for name, path in existing(folder / part)}
    files |= lab_files(folder)
    files.setdefault("__init__.py", b"")
    files[RELEASED_MARK] = _checks_json(assignment, known)
    return dict(sorted(files.items()))


def hidden_counts(assignment: Assignment) -> dict[str, int]:
    """Count each task's hidden checks without running them; a parametrised one counts its literal cases."""
    counts = {task.id: 0 for task in assignment.tasks}
    for path in sorted((assignment.folder / "hidden").glob("test_*.py")):
        for node in parse_file(path).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                marks = {
                    _name_of(mark.func): mark for mark in node.decorator_list if isinstance(mark, ast.Call)
                }
                task = marks.get("task")
                if task and task.args and isinstance(task.args[0], ast.Constant):
                    id = assignment.task(str(task.args[0].value)).id
                    counts[id] += _cases(node)
    return counts


def write_template(assignment: Assignment, root: Path, to: Path, files: Files | None = None) -> list[Path]:
    """Write the repository that students start from into the empty folder `to`, ready for one commit."""
    if to.exists() and any(to.iterdir()):
        raise SpecError(f"{to}: not empty; name a new folder for the template")
    release(assignment, root, to / "assignments", files)
    for pattern in AROUND:
        for source in sorted(root.glob(pattern)):
            if source.is_dir():
                shutil.copytree(source, to / source.name, ignore=shutil.ignore_patterns(*CACHES, "*.pyc"))
            else:
                shutil.copyfile(source, to / source.name)
    _write_settings(to / "pyproject.toml")
    words = {"name": assignment.name, "short": assignment.name.split("_")[0], "title": assignment.title}
    for name, source in existing(STUDENT_PAPERS):
        text = string.Template(source.read_text(encoding="utf-8")).substitute(words)
        path = to / (f".{name}" if "/" in name else name)  # github/ and devcontainer/ begin with a dot there
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return [path for _, path in existing(to)]


def _write_settings(path: Path) -> None:
    """Let a bare `pytest` run the public checks, in which a warning of a library is no failure."""
    if path.exists():
        text = path.read_text(encoding="utf-8").replace(
            'testpaths = ["tests"]', 'testpaths = ["assignments"]'
        )
        path.write_text(text.replace('filterwarnings = ["error"]\n', ""), encoding="utf-8")


def _checks_json(assignment: Assignment, known: Released | None) -> bytes:
    """Return what local runs need to know of what they do not have."""
    from .fingerprints import released_fingerprints  # runs the checks: only a release needs it

    content = msgspec.structs.replace(
        known or released_fingerprints(assignment), hidden=hidden_counts(assignment)
    )
    return msgspec.json.format(msgspec.json.encode(content, order="sorted"), indent=1) + b"\n"


def _same(name: str, old: bytes, new: bytes) -> bool:
    """Compare bytes; for fingerprints, numbers, whose last digits differ between machines."""
    if old == new or name != RELEASED_MARK:
        return old == new
    from .fingerprints import same_release

    return same_release(old, new)


def _swap_in(files: Files, target: Path) -> None:
    """Write a new folder beside the old one, then put it in its place."""
    new, old = (target.with_name(f".{target.name}.{word}") for word in ("new", "old"))
    for leftover in (new, old):
        shutil.rmtree(leftover, ignore_errors=True)
    for name, content in files.items():
        path = new / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    if target.exists():
        target.rename(old)
    new.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _cases(node: ast.FunctionDef) -> int:
    """Return how many checks a test function stands for."""
    cases = 1
    for mark in node.decorator_list:
        if isinstance(mark, ast.Call) and _name_of(mark.func) == "parametrize":
            values = [*mark.args, *(word.value for word in mark.keywords if word.arg == "argvalues")]
            if len(values) > 1 and isinstance(values[1], ast.List | ast.Tuple):
                cases *= len(values[1].elts)
    return cases


def _name_of(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
