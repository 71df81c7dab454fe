"""A small course and a cohort of hand-ins of every kind, for comparing what front ends come to."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from itertools import islice, product
from pathlib import Path

from ..authoring.new import new
from ..democlass.classwork import class_work, finished
from ..labs.notebook import book, cell
from ..sources.source import replace_definition
from ..sources.variants import Wrong, read_wrong
from ..spec import Assignment, load_assignment

NAME = "a18_parity"
BOTH_WRONG = 8  # hand-ins with a mistake in each task
ENGINE = ("autograder", "common", "pyproject.toml", "requirements.lock")
COURSE = f'name = "Parity"\nclassroom = "parity"\ndemo = "{NAME}"\n\n[assignments.{NAME}]\n'
FAILING = '''

@task("interpolate")
def test_a_disk_of_ours(submission):
    """Staff's own check fails on thirteen"""
    if submission.noising.interpolate(torch.zeros(1, 1), torch.zeros(1, 1), torch.zeros(1)).item() == 13:
        raise OSError("disk")
'''
WITHHELD = """

def interpolate(x0, eps, t):
    return x0 * 0 + 13
"""
Files = Mapping[str, bytes]


class Mark:
    """Unpickled, it leaves a mark."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.path,))


def write_course(root: Path, engine: Path) -> Assignment:
    """Write a course whose engine is the one in `engine`."""
    for name in ENGINE:
        (root / name).symlink_to(engine / name)
    for name in ("solutions", "assignments"):
        (root / name).mkdir()
        (root / name / "__init__.py").touch()
    (root / "course.toml").write_text(COURSE)
    folder = new(root, NAME)
    with (folder / "hidden" / "test_noising.py").open("a") as file:
        file.write(FAILING)
    return load_assignment(folder)


def cohort(assignment: Assignment) -> dict[str, Files]:
    """Return what each student hands in: right, wrong, unfinished, crashing, endless, missing, withheld."""
    works = [work.sources or {} for work in class_work(assignment)]
    done = finished(assignment)
    by_task = [[one for one in read_wrong(assignment) if one.task == task.id] for task in assignment.tasks]
    works += [_with(done, assignment, wrongs) for wrongs in islice(product(*by_task), BOTH_WRONG)]
    works += [{"other.py": "x = 1\n"}, {file: text + WITHHELD for file, text in done.items()}]
    return {
        f"student{i:02}": {file: text.encode() for file, text in sources.items()}
        for i, sources in enumerate(works)
    }


def _with(sources: Mapping[str, str], assignment: Assignment, wrongs: tuple[Wrong, ...]) -> dict[str, str]:
    files = dict(sources)
    for wrong in wrongs:
        file = assignment.task(wrong.task).file
        files[file] = replace_definition(files[file], wrong.replaces, wrong.source)
    return files


def hostile(notebook: str, mark: Path) -> Files:
    """Return what would leave a mark if it ran or were loaded, and what claims all points."""
    code = f"import os, pathlib; pathlib.Path({str(mark)!r}).touch(); print('100 / 100'); os._exit(0)"
    value = {"output_type": "execute_result", "data": {"text/plain": "60.0"}, "metadata": {}}
    claim = cell("task-interpolate", "code", code) | {"outputs": [value | {"execution_count": 1}]}
    return {
        notebook: book([claim | {"execution_count": 1}]),
        ".OTTER_LOG": pickle.dumps(Mark(mark)),
        "results.json": b'{"score": 100}',
        **{name: code.encode() for name in ("torch.py", "sitecustomize.py", "conftest.py")},
    }
