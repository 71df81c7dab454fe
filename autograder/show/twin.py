"""What a pretend GPU found, as lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.padding import Padding

from .console import safe

if TYPE_CHECKING:  # they import torch, which takes seconds
    from ..labs.ontwin import Tried
    from ..practice import Practised


def gpu_lines(tasks: list[Practised]) -> Iterator[RenderableType]:
    """Yield what would fail on a GPU, task by task, and where the CPU would wait for it."""
    tried = [one for one in tasks if one.on_gpu and one.on_gpu.tried]
    if not any(one.on_gpu for one in tasks):
        return
    yield "\n[bold]on a GPU[/bold] (a pretended one: it costs no points, and its speed is not tried)"
    holding = [one for one in tried if one.on_gpu and not (one.on_gpu.told or one.on_gpu.unclear)]
    yield Padding(f"{len(holding)} of {len(tried)} tasks that could be tried hold", (0, 0, 0, 2))
    said: set[str] = set()
    for one in tried:
        assert one.on_gpu
        for sentence in [line for line in one.on_gpu.told if line not in said]:
            yield Padding(f"[red]{one.task.number}[/red] {safe(sentence)}", (0, 0, 0, 2))
        if one.on_gpu.unclear and not one.on_gpu.told:
            yield Padding(f"[dim]{one.task.number} not clear: {safe(one.on_gpu.unclear)}[/dim]", (0, 0, 0, 2))
        said.update(one.on_gpu.told)
    waits: dict[str, int] = {}
    for one in tried:
        assert one.on_gpu
        waits |= one.on_gpu.waits
    for where, times in sorted(waits.items(), key=lambda item: -item[1])[:3]:
        yield Padding(f"[dim]{where}: the CPU waited {times} times for the GPU here[/dim]", (0, 0, 0, 2))


def lab_lines(tried: list[Tried]) -> Iterator[RenderableType]:
    """Yield of each lab whether it holds on a device, and what fails there."""
    for one in tried:
        yield f"{'[green]holds[/green]' if one.holds else '[red]fails[/red]'} {one.lab} ({one.seconds:.0f} s)"
        for sentence in filter(None, (*one.told, one.stops)):
            yield Padding(safe(sentence), (0, 0, 0, 2))
    where = "a pretend GPU" if tried[0].device == "twin" else "the CPU"
    yield f"{sum(one.holds for one in tried)} of {len(tried)} labs hold, shortened, on {where}"
