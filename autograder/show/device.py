"""What came of a class on a GPU, as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..isolation.gpu import LEVEL, LOST, NEVER
from ..records import Verdict, card_words
from .console import safe

if TYPE_CHECKING:
    from ..records import Result


COUNTS = {
    "informs": "it informs",
    "adds": "it adds points",
    "required": "points need it",
}


def device_lines(results: list[Result]) -> Iterator[str]:
    """Yield what a device is, how many checks hold on it, and whose do not."""
    tried = [(one.grade.student, one.run.on_device) for one in results if one.run.on_device]
    if not tried:
        return
    first = tried[0][1]
    yield f"\non a device: {safe(first.where)}; {COUNTS[first.counts]}"
    checks = [check for _, found in tried for own in found.tasks.values() for check in own]
    passed = sum(check.verdict is Verdict.PASS for check in checks)
    left_out = sorted({name for _, found in tried for name in found.left_out})
    yield f"  {passed} of {len(checks)} checks that pass on the CPU pass there, too"
    for name in left_out:
        yield f"  [dim]says nothing there, for the reference fails it, too: {safe(name)}[/dim]"
    for student, found in tried:
        if wrong := [task for task in found.tasks if not found.holds(task)]:
            yield f"  [red]{safe(student)}[/red]: {safe(', '.join(wrong))}"
    if not first.counted:
        yield f"  [dim]the CPU stood in: {NEVER}, and no points can depend on this[/dim]"


def doctor_lines(found: Mapping[str, Any], layers: Mapping[str, str]) -> Iterator[str]:
    """Yield what a device is, what its cage opens, and which promises hold in it."""
    card = card_words(found["card"], found["driver"])
    yield f"level [bold]{found['level']}[/bold]: {safe(card)}"
    for promise, held in found["promises"].items():
        why = "" if held else f": {LOST[promise]}" if promise in LOST else ""
        yield f"  {'[green]holds[/green]' if held else '[red]lost[/red] '} {promise}{why}"
    for what in ("opens", "reads"):
        for path in found[what]:
            yield f"  {what:6} {safe(path)}"
    for layer, state in layers.items():
        yield f"  layer  {layer}: {safe(state)}"
    for line in found["missing"]:
        yield f"  [red]{safe(line)}[/red]"
    yield f"  memory of the card for a worker: at most {found['memory_share']:.0%}"
    yield f"\n{NEVER[0].upper()}{NEVER[1:]}: what is said here of GPUs was tried on invented files."
    yield "Grading on it works here." if found["level"] == LEVEL else "Grading on it does not work here."
