"""The twin's context: while it is entered, code in a folder runs as on a machine with a GPU."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules import module as hooks
from torch.overrides import _pop_mode_temporarily
from torch.utils._python_dispatch import _disable_current_modes

from .calling import Calling
from .found import Log
from .frames import Whose
from .mixing import Mixing
from .tags import CPU, TAG, TWIN, put

CUDA = (  # what torch.cuda answers to a student's line, and to all others
    ("is_available", True, False),
    ("device_count", 1, 0),
    ("current_device", 0, 0),
    ("synchronize", None, None),
)
PlainGenerator = torch.Generator


class TwinGenerator(PlainGenerator):
    """A generator for numbers on the twin."""

    device = TWIN


@contextmanager
def on_twin(folder: Path | str, log: Log, beside: Path | str = "") -> Iterator[None]:
    """Run code on the twin, noting in `log` what is found out; `folder` holds the student's files.

    The student's lines, and those in the folder `beside`, meet what CUDA would do; all others (plays, checks,
    a lab's cells) use the twin without saying so.
    """
    import torch._dynamo  # torch would import it at the first operation, in the middle of which it cannot be

    folders = [os.path.join(one, "") for one in (folder, beside)]  # noqa: PTH118 (with their last /)
    whose = Whose(folders[0], TwinGenerator, folders[1])
    below = Mixing(whose, log)
    with ExitStack() as stack:
        stack.callback(whose.forget)
        stack.enter_context(_modules_move(whose))
        stack.enter_context(_replaced(torch, "Generator", _generators(whose)))
        for name, here, elsewhere in CUDA:
            stack.enter_context(_replaced(torch.cuda, name, _theirs(whose, here, elsewhere)))
        stack.enter_context(_saved_places())
        stack.enter_context(_replaced(torch.export, "export", _untraced(torch.export.export)))
        stack.enter_context(below)
        stack.enter_context(Calling(whose, log, below))
        yield


@contextmanager
def _modules_move(whose: Whose) -> Iterator[None]:
    """Have what a module of the student's registers while it is built on the twin, as after `.to(device)`."""

    def registered(module: nn.Module, name: str, value: Tensor | None) -> None:
        if value is not None and whose.building():
            put(value, True)

    handles = [
        hooks.register_module_parameter_registration_hook(registered),
        hooks.register_module_buffer_registration_hook(registered),
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def _replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


def _theirs(whose: Whose, here: Any, elsewhere: Any) -> Any:
    def answer(*args: Any, **kwargs: Any) -> Any:
        return elsewhere if whose.caller() is None else here

    return answer


@contextmanager
def _saved_places() -> Iterator[None]:
    """Have torch.save note what is on the twin, and torch.load bring it back there."""

    def noted(storage: Any) -> str | None:
        return str(TWIN) if getattr(storage, TAG, None) is True else None

    def restored(storage: Any, location: str) -> Any:
        if not location.startswith(TWIN.type):
            return None
        setattr(storage, TAG, True)
        return storage

    known = (0, noted, restored)
    torch.serialization._package_registry.insert(0, known)
    try:
        yield
    finally:
        torch.serialization._package_registry.remove(known)


def _untraced(export: Any) -> Any:
    """Let torch trace a model for export without the twin, which its tracer does not understand.

    What the graph makes by itself, it makes where the model was when it was traced: on the twin.
    """

    def exported(*args: Any, **kwargs: Any) -> Any:
        with _pop_mode_temporarily(), _disable_current_modes():
            program = export(*args, **kwargs)
        for node in program.graph.nodes:
            if node.kwargs.get("device") == CPU:
                node.kwargs = {**node.kwargs, "device": TWIN}
        return program

    return exported


def _generators(whose: Whose) -> type:
    """Return what stands for torch.Generator: it makes one on the device asked for, or on its maker's."""

    class Kind(type):
        def __instancecheck__(cls, one: object) -> bool:
            return isinstance(one, PlainGenerator)

        def __call__(cls, device: Any = None) -> torch.Generator:
            if device is None:
                twin = whose.made_here("torch.Generator") is None
            else:
                twin = torch.device(device).type == TWIN.type
            return TwinGenerator() if twin else PlainGenerator()

    return Kind("Generator", (), {})
