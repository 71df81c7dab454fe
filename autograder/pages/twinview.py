"""What a pretend GPU showed of a student's answers, in words for the page, Gradescope and GitHub."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..records import OnGpu, Result, TaskResult, Visibility
from ..text import without_paths

HEAD = "On a GPU (told by your own code on a pretended one; it costs no points):"


def gpu_lines(result: Result, staff: bool) -> dict[str, str]:
    """Return of each task one line about what would fail on a GPU; of hidden checks to staff alone.

    The words are a student's process's own: one that saw hidden checks could tell of them.
    """
    known = {task.id: list(_known(result, task, staff)) for task in result.grade.tasks}
    return {task: line for task, found in known.items() if (line := _line(found))}


def gpu_text(result: Result) -> str:
    """Return the lines that a student may read, by the tasks' numbers, below a heading; "" for none."""
    lines = gpu_lines(result, staff=False)
    said = [f"{task.number} {lines[task.id]}" for task in result.grade.tasks if task.id in lines]
    return "\n".join([HEAD, *said]) if said else ""


def _known(result: Result, task: TaskResult, staff: bool) -> Iterator[OnGpu]:
    for check in task.checks:
        if check.name in result.run.on_gpu and (staff or check.visibility is Visibility.PUBLIC):
            yield result.run.on_gpu[check.name]


def _line(found: Sequence[OnGpu]) -> str:
    """Return the first sentence; where there is none, what failed there for a reason that nobody knows."""
    told = list(dict.fromkeys(sentence for one in found for sentence in one.told))
    unclear = list(dict.fromkeys(f"not clear: {one.unclear}" for one in found if one.unclear))
    first, *others = told or unclear or [""]
    return without_paths(first) + (f" (and {len(others)} more)" if others else "")
