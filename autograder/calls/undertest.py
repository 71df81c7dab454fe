"""What `submission` and `reference` are in a check: one interface to code that runs here or in a worker."""

from __future__ import annotations

import functools
import importlib
import inspect
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from ..errors import Stop
from ..records import Measured
from ..spec import PLAYS
from . import wire
from .answer import Code, answer, fault_of
from .boundary import check_return, signature_of
from .outcomes import StudentError, raise_fault
from .wire import Reply, Request

FEW = 4  # values of a tensor that are told one by one
Ask = Callable[[Request], Reply]  # sends a request to wherever the code under test runs
SignatureOf = Callable[[str], inspect.Signature | None]  # of "forward.q_sample"; None: not checked


@dataclass(frozen=True)
class Call:
    """One recorded call: what was asked, and what came back (a value, or the exception that it meant)."""

    target: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    play: bool
    outcome: Any

    def asked(self) -> str:
        """Return the call in words: "deconvolve(a tensor of shape (8, 8), snr=inf)"."""
        given = [*map(_brief, self.args), *(f"{name}={_brief(value)}" for name, value in self.kwargs.items())]
        return f"{self.target.rpartition('.')[2]}({', '.join(given)})"


class UnderTest:
    """The code under test: `code.forward.q_sample(...)` is a call, `code.play(plays.f, ...)` a play."""

    def __init__(
        self,
        ask: Ask,
        signatures: SignatureOf,
        stopped: Stop | None = None,
        begin_anew: Callable[[], None] = lambda: None,
    ) -> None:
        self.begin_anew = begin_anew  # let a process that has seen nothing answer the calls that follow
        self._ask = ask
        self._signatures = signatures
        self._stopped = stopped  # met at the first call: a fixture that raises would confuse pytest
        self.calls_made: list[Call] = []
        self.measured: Measured | None = None  # what a check of speed or memory found

    def __getattr__(self, module: str) -> _Module:
        if module.startswith("_"):
            raise AttributeError(module)
        return _Module(self, module)

    def play(self, play: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run a play beside the code under test and return its evidence."""
        inside = play.__module__.split(".", 2)[2]  # "solutions.a04_ddpm.hidden.plays" -> "hidden.plays"
        if not inside.rpartition(".")[2].startswith(PLAYS):
            raise ValueError(f"{inside}.{play.__name__} cannot be a play: workers get plays*.py alone")
        return self.call(f"{inside}.{play.__name__}", args, kwargs, play=True)

    def call(self, target: str, args: tuple[Any, ...], kwargs: dict[str, Any], *, play: bool = False) -> Any:
        """Ask, record, and check what comes back; a Stop is met once and then repeated without asking."""
        if self._stopped:
            raise self._stopped
        outcome: Any = None
        try:
            outcome = value = self._asked(target, args, kwargs, play)
        except (Stop, StudentError) as error:
            outcome = error
            self._stopped = error if isinstance(error, Stop) else None
            raise
        finally:
            self.calls_made.append(Call(target, args, kwargs, play, outcome))
        if not play and (signature := self._signatures(target)):
            check_return(target.rpartition(".")[2], signature, args, kwargs, value)
        return value

    def _asked(self, target: str, args: tuple[Any, ...], kwargs: dict[str, Any], play: bool) -> Any:
        reply = self._ask(Request(secrets.randbits(62), target, args, kwargs, play))
        if reply.fault:
            raise_fault(target, reply.fault)
        return reply.value


class _Module:
    """`submission.forward`: its attributes are the functions in forward.py."""

    def __init__(self, code: UnderTest, name: str) -> None:
        self._code = code
        self._name = name

    def __getattr__(self, function: str) -> Callable[..., Any]:
        return lambda *args, **kwargs: self._code.call(f"{self._name}.{function}", args, kwargs)


def _brief(value: Any) -> str:
    """Return an argument in a few letters: small data whole, anything else by its form."""
    if isinstance(value, Tensor):
        return str(value.tolist()) if value.numel() <= FEW else f"a tensor of shape {tuple(value.shape)}"
    if isinstance(value, str | bytes | int | float | None):
        return repr(value)
    return f"a {type(value).__name__}"


def ask_here(package: str) -> Ask:
    """Answer in this process, through the same encoding as a worker: nothing is shared by accident."""
    code = Code(package)

    def ask(request: Request) -> Reply:
        request = through_the_wire(request)
        try:
            reply = Reply(request.id, answer(code, request))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            reply = Reply(request.id, fault=fault_of(error, folder_of(package)))
        return through_the_wire(reply)

    return ask


def signatures_of(package: str) -> SignatureOf:
    """Look signatures up in a package that can be imported here; a file that does not import has none."""

    @functools.cache
    def signature(target: str) -> inspect.Signature | None:
        module, _, function = target.rpartition(".")
        try:
            return signature_of(getattr(importlib.import_module(f"{package}.{module}"), function))
        except Exception:  # the call itself has already said what is wrong with this file
            return None

    return signature


def through_the_wire(message: wire.Message) -> wire.Message:
    """Return what arrives of a message: data alone, and nothing that is shared."""
    _, header, *buffers = wire.dump(message)
    load = wire.load_request if isinstance(message, Request) else wire.load_reply
    return load(header, bytearray().join(buffers))  # type: ignore[return-value]


def folder_of(package: str) -> str:
    """Return the folder that a package's files lie in."""
    module = importlib.import_module(package)
    return str(module.__path__[0]) if module.__path__ else package
