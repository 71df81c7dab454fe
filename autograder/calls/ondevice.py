"""Answers calls and plays on a device: what arrives is put there, and what returns comes back as bytes.

Runs in a worker, after its fork and lockdown: CUDA cannot be used again in a forked process. The CPU can
stand in for a GPU, through the same code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import msgspec
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_map

from .answer import Code, answer
from .wire import Request

PEAK = "peak"  # asks for the most bytes that the device's allocator held, and those it holds; counts anew
CUDA = "cuda"
PlainGenerator = torch.Generator


class Device:
    """The device of this process; to make one begins with it."""

    def __init__(self, device: str, share: float) -> None:
        self._device = torch.device(device, 0) if device == CUDA else torch.device(device)
        self._cuda = device == CUDA
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
        torch.use_deterministic_algorithms(True, warn_only=True)
        torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
        self._synchronize: Callable[[], object] = lambda: None
        if self._cuda:
            self._synchronize = torch.cuda.synchronize  # bound now, before any submission is imported
            torch.cuda.set_per_process_memory_fraction(share)
        self._warm_up()
        self.name = _name_of(self._device)

    def answer(self, code: Code, request: Request) -> Any:
        """Do what a request asks, on the device, and wait until it is done; what it raises passes through.

        Nothing is still under way when the call begins, or when it ends. In a play, what is made without
        saying where is made on the device, and a generator draws there what it draws on the CPU: the numbers
        are the same, so that a check can expect what the reference does on the CPU.
        """
        if request.target == PEAK:
            code._last = None
            return self._peak()
        args, kwargs = tree_map(self._put, (tuple(request.args), request.kwargs))
        moved = msgspec.structs.replace(request, args=args, kwargs=kwargs)
        self._synchronize()
        try:
            with here(self._device) if request.play else nullcontext():
                return answer(code, moved)
        finally:
            self._synchronize()  # a fault of the device shows here, and not in the next call

    def _put(self, value: Any) -> Any:
        return value.to(self._device) if isinstance(value, Tensor) else value

    def _peak(self) -> list[int]:
        """Return the allocator's peak and what is held; nothing where the CPU stands in, which has none."""
        if not self._cuda:
            return []
        peak = torch.cuda.max_memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        return [peak, torch.cuda.memory_allocated()]

    def _warm_up(self) -> None:
        """Load what the first product and the first convolution load, on no submission's time."""
        x = torch.ones(1, 1, 8, 8, device=self._device)
        torch.nn.functional.conv2d(x @ x, x)
        self._synchronize()


class Drawn(PlainGenerator):
    """A generator of the CPU's numbers that says it is where the code under test is."""

    def __new__(cls, device: Any = None) -> Any:
        elsewhere = device is not None and torch.device(device).type != cls.device.type
        return PlainGenerator(device) if elsewhere else super().__new__(cls)


class Drawing(TorchFunctionMode):
    """Draws on the CPU what a `Drawn` generator is asked for, and puts it where it was asked for."""

    def __init__(self, device: torch.device) -> None:
        super().__init__()
        self._device = device

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if not any(isinstance(one, Drawn) for one in (*args, *kwargs.values())):
            return func(*args, **kwargs)
        first = args[0] if args and isinstance(args[0], Tensor) else None
        where = kwargs.get("device")
        if where is None:
            where = self._device if first is None else first.device
        kwargs |= {"device": "cpu"} if first is None or "device" in kwargs else {}
        inputs, named = tree_map(lambda one: one.cpu() if isinstance(one, Tensor) else one, (args, kwargs))
        drawn = func(*inputs, **named)
        if first is not None and drawn is inputs[0]:  # in place
            return first if drawn is first else first.copy_(drawn)
        return tree_map(lambda one: one.to(where) if isinstance(one, Tensor) else one, drawn)


@contextmanager
def here(device: torch.device) -> Iterator[None]:
    """Have code that says no device, as plays do not, work on one."""
    made = type("Generator", (Drawn,), {"device": device})
    torch.Generator = made  # type: ignore[assignment,misc]
    try:
        with device, Drawing(device):
            yield
    finally:
        torch.Generator = PlainGenerator  # type: ignore[misc]


def _name_of(device: torch.device) -> str:
    if device.type != CUDA:
        return "the CPU, which stands in"
    found = torch.cuda.get_device_properties(device)
    size = f"{found.total_memory / 2**30:.0f} GiB"
    return f"{found.name}, {size}, compute {found.major}.{found.minor}, CUDA {torch.version.cuda}"
