"""Whose line is at work: the student's, whose tensors are made on the CPU, or staff's, who use the twin.

A play is written without devices; on the twin it behaves as a person's script with a GPU would: what it
makes is on the GPU, and so are the modules and schedules that it gets from the student's code.
"""

from __future__ import annotations

import linecache
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from inspect import CO_VARARGS, CO_VARKEYWORDS
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from torch import Tensor, nn

from .tags import Made, When, is_twin, tag_of, tensors_in

STAFF = ("plays", "lab.", "lab_")  # files of staff's that run beside the student's code begin so


@dataclass
class Whose:
    """Looks at the lines at work; `folder`, with its last separator, holds the assignment's files.

    Those in the folder `beside`, where there is one, are looked at as the student's.
    """

    folder: str
    generators: type
    beside: str = ""
    _decided: dict[int, tuple[FrameType, bool]] = field(default_factory=dict)

    def forget(self) -> None:
        """Let the frames of a call that is over go."""
        self._decided.clear()

    def students(self) -> FrameType | None:
        """Return the student's innermost frame; None when staff's is further in, or there is none."""
        return next(self._chain(sys._getframe(1)), None)

    def at_work(self) -> bool:
        """Say whether a line of the student's is at work, be it by calling a function of staff's."""
        frame: FrameType | None = sys._getframe(1)
        while frame and not self._is_theirs(frame):
            frame = frame.f_back
        return frame is not None

    def caller(self) -> FrameType | None:
        """Return the student's frame that called a Python function of ours directly, or None."""
        frame = sys._getframe(2)
        return frame if self._is_theirs(frame) else None

    def made_here(self, by: str, *, follows: bool = False) -> Made | None:
        """Say where a tensor is being left on the CPU; None when it is on the twin by staff's hand.

        One that `follows` a device that the line got from elsewhere is on the CPU since an argument is.

        A student's function that gets nothing on a device (a schedule) has nothing to go by: what it makes
        is where its caller wants it. What a module makes while it is built is moved as `.to(device)` would.
        """
        chain = list(self._chain(sys._getframe(1)))
        if not chain:
            return None
        when: When = "called"
        if any(frame.f_code.co_name == "<module>" for frame in chain):
            when = "imported"
        elif self._in_a_built_module(chain):
            when = "built"
        elif not self._gets_a_device(chain[-1]):
            return None
        followed = next(_left_before(chain[0]), None) if follows else None
        return followed or made_in(chain[0], by, when)

    def building(self) -> bool:
        """Say whether a module of the student's is being built, to be moved by `.to(device)` afterwards."""
        return self._in_a_built_module(list(self._chain(sys._getframe(1))))

    def _in_a_built_module(self, chain: list[FrameType]) -> bool:
        """Tell a module that staff build, or have built, from one that is built for tensors at hand."""
        built = any(map(_builds_a_module, chain))
        return built and (_builds_a_module(chain[-1]) or not self._gets_a_device(chain[-1]))

    def _chain(self, frame: FrameType | None) -> Iterator[FrameType]:
        """Yield the student's frames from the innermost on, up to the first of staff's."""
        while frame:
            if self._is_theirs(frame):
                yield frame
            elif frame.f_code.co_filename.startswith(self.folder):
                return
            frame = frame.f_back

    def _is_theirs(self, frame: FrameType) -> bool:
        name = frame.f_code.co_filename
        if self.beside and name.startswith(self.beside):
            return True
        inside = name.removeprefix(self.folder)
        return inside != name and os.sep not in inside and not inside.startswith(STAFF)

    def _gets_a_device(self, entry: FrameType) -> bool:
        """Say whether staff gave the student's function anything on the twin, as it was when it began."""
        known = self._decided.get(id(entry))
        if known is None or known[0] is not entry:
            known = self._decided[id(entry)] = (entry, any(map(self._on_twin, arguments_of(entry).values())))
        return known[1]

    def _on_twin(self, value: Any) -> bool:
        return isinstance(value, self.generators) or any(map(is_twin, tensors_in(_plain(value))))


def arguments_of(frame: FrameType) -> dict[str, Any]:
    """Return a frame's arguments by name, as far as they still have their names."""
    code = frame.f_code
    number = (
        code.co_argcount
        + code.co_kwonlyargcount
        + bool(code.co_flags & CO_VARARGS)
        + bool(code.co_flags & CO_VARKEYWORDS)
    )
    local = frame.f_locals
    return {name: local[name] for name in code.co_varnames[:number] if name in local}


def made_in(frame: FrameType, by: str, when: When = "called") -> Made:
    """Describe the line of a frame that leaves a tensor on the CPU."""
    return Made(file_of(frame), frame.f_lineno, by, next(_at_hand(arguments_of(frame)), ""), when)


def _left_before(frame: FrameType) -> Iterator[Made]:
    """Yield where arguments of a function were left on the CPU."""
    for tensor in tensors_in(tuple(arguments_of(frame).values())):
        if isinstance(tag := tag_of(tensor), Made):
            yield tag


def _at_hand(arguments: dict[str, Any]) -> Iterator[str]:
    """Yield the names of tensors on the twin among a function's arguments, and in its own module."""
    yield from (name for name, one in arguments.items() if isinstance(one, Tensor) and is_twin(one))
    if isinstance(module := arguments.get("self"), nn.Module):
        parts = (*module.named_parameters(), *module.named_buffers())
        yield from (f"self.{name}" for name, one in parts if is_twin(one))


def file_of(frame: FrameType) -> str:
    """Return the file's name as a student knows it, without the mark of a variant in memory."""
    path = Path(frame.f_code.co_filename)
    return f"{path.stem.partition('@')[0]}{path.suffix}"


def says_cuda(frame: FrameType) -> bool:
    """Say whether a frame's file writes a device's name: x.device.type and str(x.device) are right."""
    lines = linecache.getlines(frame.f_code.co_filename, frame.f_globals)
    return not lines or re.search(r"['\"]cuda|\.cuda\(", "".join(lines)) is not None


def _plain(value: Any) -> Any:
    """Return what a callable holds that may be on a device: a bound method's module."""
    return (
        getattr(value, "__self__", value) if callable(value) and not isinstance(value, nn.Module) else value
    )


def _builds_a_module(frame: FrameType) -> bool:
    return frame.f_code.co_name == "__init__" and isinstance(frame.f_locals.get("self"), nn.Module)


def named(function: Any) -> str:
    """Return what people call a function of torch's: "torch.arange", "torch.fft.fftfreq"."""
    name = getattr(function, "__name__", str(function))
    owner = getattr(function, "__module__", None) or ""
    if owner.startswith("torch._C._fft"):
        return f"torch.fft.{name.removeprefix('fft_')}"
    return f"torch.{name}" if hasattr(torch, name) else f"{owner}.{name}".lstrip(".")
