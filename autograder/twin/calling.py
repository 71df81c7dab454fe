"""What code asks of torch on the twin: where a tensor is, moves, factories, numpy, generators."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils import _device
from torch.utils._pytree import tree_leaves

from .found import TO_CPU, WRITTEN, Log, Mixed, NoNumpy, place
from .frames import Whose, file_of, named, says_cuda
from .mixing import Mixing
from .tags import CPU, TWIN, Made, is_twin, put, tag_of

NO_NUMPY = (
    "can't convert cuda:0 device type tensor to numpy. "
    "Use Tensor.cpu() to copy the tensor to host memory first."
)
GENERATOR = "Expected a '{}' device type for generator but found '{}'"
TAKEN_OVER = (torch.tensor, torch.as_tensor, torch.asarray)  # factories whose first argument says where


class Calling(TorchFunctionMode):
    """Answers for a device that only pretends to be there."""

    def __init__(self, whose: Whose, log: Log, below: Mixing) -> None:
        super().__init__()
        self._whose = whose
        self._log = log
        self._below = below

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if special := _special().get(func):
            return special(self, func, args, kwargs)
        if getattr(func, "__name__", "") == "__get__":
            return func(*args, **kwargs)
        given = tree_leaves((args, kwargs))
        twin = any(isinstance(one, Tensor) and is_twin(one) for one in given)
        if func in _device._device_constructors() and not (twin and _by_its_data(func, kwargs)):
            return self._made(func, args, kwargs)
        if kwargs.get("device") is not None:
            return self._placed(func, args, kwargs)
        self._same_generator(given, twin)
        self._below.inside += twin
        try:
            result = func(*args, **kwargs)
        finally:
            self._below.inside -= twin
        if twin and func is Tensor.__deepcopy__:
            put(result, tag_of(args[0]) or False)
        return result

    # ------------------------------------------------------------------ where a tensor is
    def _device(self, func: Any, args: Any, kwargs: Any) -> torch.device:
        return TWIN if is_twin(args[0]) else CPU

    def _is_cuda(self, func: Any, args: Any, kwargs: Any) -> bool:
        return is_twin(args[0])

    def _is_cpu(self, func: Any, args: Any, kwargs: Any) -> bool:
        return not is_twin(args[0])

    def _get_device(self, func: Any, args: Any, kwargs: Any) -> int:
        return 0 if is_twin(args[0]) else -1

    # ------------------------------------------------------------------ factories and moves
    def _made(self, func: Any, args: Any, kwargs: Any) -> Tensor:
        """Run a factory; its result is where `device=` says, else on the CPU by the line that asks."""
        said = kwargs.get("device")
        if said is None and func in TAKEN_OVER and args and isinstance(args[0], Tensor):
            return func(*args, **kwargs)  # type: ignore[no-any-return]
        said = torch.utils._device.CURRENT_DEVICE if said is None else said
        by = named(func)
        tag = (self._whose.made_here(by) or True) if said is None else self._where(said, by)
        result = self._on_cpu(func, args, kwargs, tag)
        if func in TAKEN_OVER and args and isinstance(args[0], Tensor):
            return self._moved(args[0], result, tag)
        put(result, tag)
        return result  # type: ignore[no-any-return]

    def _placed(self, func: Any, args: Any, kwargs: Any) -> Any:
        """Run a function of another kind that is told where its result shall be, such as zeros_like."""
        tag = self._where(kwargs["device"], named(func))
        result = self._on_cpu(func, args, kwargs, tag)
        for one in tree_leaves(result):
            if isinstance(one, Tensor):
                put(one, tag)
        return result

    def _on_cpu(self, func: Any, args: Any, kwargs: Any, tag: bool | Made) -> Any:
        """Run a function that makes tensors in this machine's memory, and say where they count."""
        self._same_generator(kwargs.values(), tag is True)
        before, self._below.making = self._below.making, tag
        try:
            return func(*args, **{**kwargs, "device": CPU})
        finally:
            self._below.making = before

    def _to(self, func: Any, args: Any, kwargs: Any) -> Tensor:
        x, *rest = args
        where = kwargs.get("device", kwargs.get("other", rest[0] if rest else None))
        if isinstance(where, torch.dtype) or where is None:
            return func(*args, **kwargs)  # type: ignore[no-any-return]
        tag: bool | Made
        if isinstance(where, Tensor):
            tag = self._beside(where)
        else:
            tag = self._where(where, TO_CPU)
            kwargs = {**kwargs, "device": CPU} if "device" in kwargs else kwargs
            rest = [CPU, *rest[1:]] if rest else rest
        return self._moved(x, func(x, *rest, **kwargs), tag)

    def _parse_to(self, func: Any, args: Any, kwargs: Any) -> Any:
        """Read what `module.to(...)` is told, which may be a tensor to be like."""
        device, *rest = func(*args, **kwargs)
        like = any(isinstance(one, Tensor) and is_twin(one) for one in (*args, *kwargs.values()))
        return TWIN if like else device, *rest

    def _type_as(self, func: Any, args: Any, kwargs: Any) -> Tensor:
        x, other = args
        return self._moved(x, func(x, other), self._beside(other))

    def _cpu(self, func: Any, args: Any, kwargs: Any) -> Tensor:
        return self._moved(args[0], func(*args, **kwargs), self._whose.made_here(TO_CPU) or False)

    def _cuda(self, func: Any, args: Any, kwargs: Any) -> Tensor:
        self._written()
        return self._moved(args[0], args[0], True)

    def _moved(self, x: Tensor, result: Tensor, tag: bool | Made) -> Tensor:
        """Return a result of x's that is where the tag says; a tensor that stays is not copied."""
        if is_twin(x) == (tag is True):
            return result
        if is_twin(x):
            self._waits()
        wrapped = torch._C._functorch.is_functorch_wrapped_tensor(result)
        if result.requires_grad and torch.is_grad_enabled() and not wrapped:
            return _Move.apply(result, tag, tag_of(x) or False)  # type: ignore[no-any-return, no-untyped-call]
        moved = result.clone()
        put(moved, tag)
        return moved

    def _where(self, device: Any, by: str) -> bool | Made:
        """Return the tag of what a line puts on a device, by a function of torch's."""
        follows = isinstance(device, torch.device)
        return self._means_twin(device) or self._whose.made_here(by, follows=follows) or False

    def _beside(self, other: Tensor) -> bool | Made:
        """Return the tag of what a line puts where another tensor is."""
        return tag_of(other) or self._whose.made_here(TO_CPU) or False

    def _means_twin(self, device: Any) -> bool:
        """Say whether a device is the twin's; a student's line that names it without a tensor is noted."""
        if isinstance(device, int):  # the number of a GPU
            return True
        named_ = isinstance(device, str) or (isinstance(device, torch.device) and device.index is None)
        found = device if isinstance(device, torch.device) else torch.device(device)
        if found.type == TWIN.type and named_:
            self._written()
        return found.type == TWIN.type

    def _written(self) -> None:
        if (frame := self._whose.students()) and says_cuda(frame):
            where = place(file_of(frame), frame.f_lineno)
            self._log.told[
                f"{where} {WRITTEN}: that fails on every other device. Write x.device, where x is a tensor "
                "that came in."
            ] = None

    # ------------------------------------------------------------------ the CPU's side
    def _numpy(self, func: Any, args: Any, kwargs: Any) -> Any:
        if kwargs.get("force"):  # which moves to the CPU by itself
            return self._list(func, args, kwargs)
        frame = self._whose.students()
        if frame and is_twin(args[0]) and not self._whose.building():
            error = NoNumpy(NO_NUMPY)
            error.told = (
                f"{place(file_of(frame), frame.f_lineno)}: numpy in between: a tensor on a GPU has no "
                "numpy(). Stay with torch."
            )
            raise error
        return func(*args, **kwargs)

    def _list(self, func: Any, args: Any, kwargs: Any) -> Any:
        if is_twin(args[0]):
            self._waits()
        return func(*args, **kwargs)

    def _waits(self) -> None:
        if frame := self._whose.students():
            self._log.wait(file_of(frame), frame.f_lineno)

    def _same_generator(self, given: Any, twin: bool) -> None:
        """Refuse a generator of the CPU for numbers on the twin, and the other way about."""
        for one in given:
            if isinstance(one, torch._C.Generator) and (one.device.type == TWIN.type) != twin:
                wanted, found = ("cuda", "cpu") if twin else ("cpu", "cuda")
                error = Mixed(GENERATOR.format(wanted, found))
                if frame := self._whose.students():
                    where = place(file_of(frame), frame.f_lineno)
                    error.told = (
                        f"{where}: numbers are drawn on the {wanted} by a generator of the {found}, which "
                        "fails on a GPU. Give both one device: device=generator.device."
                    )
                raise error


class _Move(torch.autograd.Function):
    """A copy on the other device, whose gradient goes back to the first."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, tag: Any, back: Any) -> Tensor:
        ctx.back = back
        moved = x.clone()
        put(moved, tag)
        return moved

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:
        moved = gradient.clone()
        put(moved, ctx.back)
        return moved, None, None

    @staticmethod
    def jvp(ctx: Any, tangent: Tensor, *_: Any) -> Tensor:
        return tangent.clone()


def _by_its_data(func: Any, kwargs: Any) -> bool:
    """Say whether a factory puts its result where what it gets is."""
    return kwargs.get("device") is None and ("out" in kwargs or "sparse" in named(func))


@cache
def _special() -> dict[Any, Callable[..., Any]]:
    """Return what is answered otherwise than by torch."""
    return {
        Tensor.device.__get__: Calling._device,
        Tensor.is_cuda.__get__: Calling._is_cuda,  # type: ignore[attr-defined]
        Tensor.is_cpu.__get__: Calling._is_cpu,  # type: ignore[attr-defined]
        Tensor.get_device: Calling._get_device,
        Tensor.to: Calling._to,
        torch._C._nn._parse_to: Calling._parse_to,
        Tensor.type_as: Calling._type_as,
        Tensor.cpu: Calling._cpu,
        Tensor.cuda: Calling._cuda,
        Tensor.numpy: Calling._numpy,
        Tensor.__array__: Calling._numpy,
        Tensor.tolist: Calling._list,
    }
