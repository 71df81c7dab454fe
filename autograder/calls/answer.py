"""Runs beside the code under test: answers calls and plays, in a student's own process or in a worker."""

from __future__ import annotations

import importlib
import linecache
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from ..text import readable
from .wire import BASES_CAP, FRAMES_CAP, MESSAGE_CAP, NAME_CAP, Fault, Request, TraceLine

ECHO = "echo"  # returns what the call before returned: costs what a call costs beside the work
IMPORTING = "importing "  # begins a request to import a file, "importing train.py"


class StateLeft(Exception):
    """A call changed what all later ones work under."""


class Code:
    """One assignment's modules, each imported on first use: a broken file costs only its own tasks."""

    def __init__(self, package: str) -> None:
        self._package = package
        self._last: Any = None
        self._changed: dict[str, None] = {}  # settings that were left changed, and not yet told

    def __getattr__(self, module: str) -> ModuleType:
        return importlib.import_module(f"{self._package}.{module}")


def answer(code: Code, request: Request) -> Any:
    """Do what a request asks; whatever the code raises passes through.

    Settings of torch's are as before afterwards, and a call that left them changed fails: no other task pays.
    """
    if request.target == ECHO:
        return code._last
    importing = request.target.startswith(IMPORTING)
    before = _settings()
    try:
        if importing:
            getattr(code, request.target.removeprefix(IMPORTING).removesuffix(".py"))
        else:
            function = find(code, request.target)
            args = (code, *request.args) if request.play else request.args
            code._last = function(*args, **request.kwargs)
    finally:
        left = _settings()
        _restore(before, left)
    code._changed |= {name: None for name in before if left[name] != before[name]}
    if code._changed and not importing:  # what importing a file changed, its first call tells
        changed, code._changed = code._changed, {}
        raise StateLeft(", ".join(changed))
    return code._last


def _settings() -> dict[str, Any]:
    return {
        "gradient mode": torch.is_grad_enabled(),
        "default dtype": torch.get_default_dtype(),
        "default device": torch.get_default_device(),
        "number of threads": torch.get_num_threads(),
    }


def _restore(before: dict[str, Any], left: dict[str, Any]) -> None:
    torch.set_grad_enabled(before["gradient mode"])
    torch.set_default_dtype(before["default dtype"])
    if left["default device"] != before["default device"]:
        torch.set_default_device(None)
    if left["number of threads"] != before["number of threads"]:
        torch.set_num_threads(before["number of threads"])


def find(code: Code, target: str) -> Callable[..., Any]:
    """Return the function that "module.function" (or "hidden.plays.function") names."""
    module, _, name = target.rpartition(".")
    found = getattr(getattr(code, module), name, None)
    if not callable(found):
        raise AttributeError(f"{module.replace('.', '/')}.py defines no function '{name}'")
    return found  # type: ignore[no-any-return]


def fault_of(error: BaseException, folder: str) -> Fault:
    """Describe an exception as text, with the lines inside `folder` that led to it."""
    inside = (
        place
        for place in traceback.walk_tb(error.__traceback__)
        if place[0].f_code.co_filename.startswith(folder)
    )
    entries = traceback.StackSummary.extract(inside)
    frames = [_frame(entry.filename, entry.lineno, entry.name, entry.line) for entry in entries]
    if isinstance(error, SyntaxError) and error.filename:
        frames.append(_frame(error.filename, error.lineno, "<module>", error.text))
    for entry in entries:
        linecache.cache.pop(entry.filename, None)  # the next answer may have the same file's name
    bases = tuple(_cut(base.__name__) for base in type(error).__mro__[:BASES_CAP])
    try:
        message = _cut(str(error), MESSAGE_CAP)
    except Exception:  # a student's own exception may fail even at this
        message = "(its text could not be formed)"
    return Fault(_cut(type(error).__name__), bases, message, tuple(frames[-FRAMES_CAP:]))


def _frame(file: str, line: int | None, function: str, text: str | None) -> TraceLine:
    return TraceLine(_cut(Path(file).name), line or 0, _cut(function), _cut((text or "").strip()))


def _cut(text: str, limit: int = NAME_CAP) -> str:
    """Return what the wire takes of a text: no lone surrogate, and no more than `limit` characters."""
    return readable(text[:limit])[:limit]
