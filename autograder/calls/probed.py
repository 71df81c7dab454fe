"""Looks into the functions of a file while they answer a call: what if a part of them were another value?

It runs beside the code under test, which may tell what it likes: what comes of it is a sentence, no points.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import msgspec
import torch
from torch import Tensor

from ..errors import MachineFault
from ..sources.inplace import InPlace
from ..sources.parts import parts_of
from .answer import Code, answer, fault_of
from .undertest import Ask, folder_of, through_the_wire
from .wire import Reply, Request

PROBED = "probe "  # begins a request to a worker to look into a call, "probe forward.q_sample"
OFTEN = 64  # times that a part is read in one call, at most, to be told
LARGE = 200_000  # bytes of a value that is told
MOST = 4_000_000  # bytes of all that is told
SEE = "_see"


class Probe:
    """The functions of one loaded file, each of whose parts passes its value through this."""

    def __init__(self, code: Code, file: str, source: str) -> None:
        self.parts = parts_of(source)
        self.seen: dict[int, list[Any]] = {}
        self._put: Mapping[int, Sequence[Any]] = {}
        self._read: dict[int, int] = {}
        self._told = 0
        self._large: set[int] = set()  # places whose values are too much to be told
        module = getattr(code, file)
        self._loaded: dict[str, InPlace] = {}
        for name, function in {part.name: part.function for part in self.parts}.items():
            with suppress(AttributeError, TypeError):  # it is something else where it is loaded
                self._loaded[name] = InPlace(module, name, function)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Have all parts seen for a while."""
        with ExitStack() as stack:
            for name, loaded in self._loaded.items():
                loaded.names[SEE] = self._see
                puts: list[tuple[ast.AST, ast.AST | str]] = [
                    (part.node, _call(place, part.node))
                    for place, part in enumerate(self.parts)
                    if part.name == name
                ]
                stack.enter_context(loaded.changed(puts))
            yield

    def begin(self, put: Mapping[int, Sequence[Any]]) -> None:
        """From now on note the values of all parts, or, where some are put, have those read instead."""
        self.seen, self._told, self._large = {}, 0, set()
        self._put, self._read = put, dict.fromkeys(put, 0)

    def _see(self, place: int, value: Any) -> Any:
        if place in self._put:
            self._read[place] += 1
            return self._put_instead(value, self._put[place][self._read[place] - 1])
        if not self._put:
            self._note(place, value)
        return value

    def _put_instead(self, value: Any, put: Any) -> Any:
        """Return what is put in a value's place, as a copy; gradients flow through it as they would have."""
        if not isinstance(put, Tensor):
            return put
        if not (isinstance(value, Tensor) and value.requires_grad and value.shape == put.shape):
            return put.clone()
        return value + (put - value).detach() if value.isfinite().all() else put.clone()

    def _note(self, place: int, value: Any) -> None:
        size, several = _size(value), self.seen.setdefault(place, [])
        if place in self._large or not 0 <= size <= LARGE or len(several) == OFTEN or self._told > MOST:
            several.clear()
            self._large.add(place)
        else:
            self._told += size
            several.append(_copied(value))


def _call(place: int, node: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(SEE, ast.Load()), [ast.Constant(place), node], [])


def _size(value: Any) -> int:
    """Return how many bytes a value holds; -1 of what is no data."""
    if isinstance(value, Tensor):
        inside = torch._C._functorch.is_functorch_wrapped_tensor(value)  # what vmap or grad shows a function
        return -1 if inside or value.layout != torch.strided else value.nbytes
    if isinstance(value, tuple | list) and len(value) <= OFTEN:
        sizes = [_size(one) for one in value]
        return -1 if -1 in sizes else sum(sizes)
    return 8 if isinstance(value, int | float) else -1


def probed(code: Code, request: Request) -> Any:
    """Look into what a request asks; its first arguments are a file's name, its source and what to put.

    Without puts, return for each part that was read its place and its values, none where they are too much or
    no data; else what each put gives, in a list, or the name of what was raised.
    """
    file, source, puts, args = request.args
    inner = msgspec.structs.replace(request, target=request.target.removeprefix(PROBED), args=args)
    probe = Probe(code, file, source)
    told = []
    with probe.in_place():
        for put in puts or [{}]:
            probe.begin(dict(put))
            told.append(_tried(lambda: answer(code, _afresh(inner))))
    return told if puts else [[place, values] for place, values in probe.seen.items()]


def _tried(work: Callable[[], Any]) -> Any:
    try:
        return [work()]
    except (KeyboardInterrupt, MachineFault):
        raise
    except BaseException as error:
        return type(error).__name__


def _afresh(request: Request) -> Request:
    """Return a request with its arguments copied: a function may change what it is given."""
    return msgspec.structs.replace(request, args=_copied(request.args), kwargs=_copied(request.kwargs))


def _copied(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.detach().clone()
    if isinstance(value, dict):
        return {key: _copied(one) for key, one in value.items()}
    return type(value)(map(_copied, value)) if type(value) in (list, tuple) else value


def ask_probed(package: str) -> Ask:
    """Look into calls of a package in this process."""
    code, folder = Code(package), folder_of(package)

    def ask(request: Request) -> Reply:
        request = through_the_wire(request)
        try:
            return through_the_wire(Reply(request.id, probed(code, request)))
        except (KeyboardInterrupt, MachineFault):
            raise
        except BaseException as error:
            return through_the_wire(Reply(request.id, fault=fault_of(error, folder)))

    return ask
