"""Checks what a student's function returned against the function's signature, before a check sees it.

Shapes are jaxtyping's: an axis named in an argument has the same size in the return value. So `None`, a tuple
or a (30000, 1) tensor is a FAIL with a sentence, never an exception (or a memory bomb) inside a check.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from typing import Any

import jaxtyping
from torch import Tensor

from .outcomes import MISSING_RETURN, CheckFailed
from .wire import Opaque

_known: dict[int, tuple[inspect.Signature, set[Any]]] = {}  # forms of calls that keep each one's promise


def signature_of(function: Callable[..., Any]) -> inspect.Signature:
    """Return a trusted function's signature with its annotations evaluated."""
    hints = typing.get_type_hints(function, include_extras=True)
    signature = inspect.signature(function)
    parameters = [
        parameter.replace(annotation=hints.get(name, parameter.annotation))
        for name, parameter in signature.parameters.items()
    ]
    returned = hints.get("return", signature.return_annotation)
    return signature.replace(parameters=parameters, return_annotation=returned)


def check_return(
    target: str, signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any], value: Any
) -> None:
    """Raise CheckFailed when `value` is not what the signature promises for these arguments."""
    _, fitting = _known.setdefault(id(signature), (signature, set()))
    form = (_form(args), *((name, _form(argument)) for name, argument in kwargs.items()), _form(value))
    if form not in fitting:
        _check(target, signature, args, kwargs, value)
        fitting.add(form)


def _form(value: Any) -> Any:
    """Return all that a signature can say of a value: types, and tensors' shapes and dtypes."""
    if isinstance(value, Tensor):
        return value.shape, value.dtype
    return (type(value), *map(_form, value)) if isinstance(value, tuple | list) else type(value)


def _check(
    target: str, signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any], value: Any
) -> None:
    expected = signature.return_annotation
    if expected is inspect.Signature.empty:
        return
    arguments = signature.bind(*args, **kwargs).arguments
    axes: dict[str, Any] = {}
    with jaxtyping.jaxtyped("context"):
        for name, argument in arguments.items():
            annotation = signature.parameters[name].annotation
            if _is_array(annotation) and isinstance(argument, Tensor) and isinstance(argument, annotation):
                _bind(annotation.dim_str, tuple(argument.shape), axes)
        problem = _mismatch(value, expected, axes)
    if problem:
        raise CheckFailed(f"{target} {problem}", MISSING_RETURN if value is None else "")


def _mismatch(value: Any, expected: Any, axes: dict[str, Any]) -> str:
    """Say in what `value` differs from the annotation; "" when it does not."""
    if typing.get_origin(expected) is tuple:
        parts = typing.get_args(expected)
        if not isinstance(value, tuple | list) or len(value) != len(parts):
            return f"returned {_describe(value)}; expected a tuple of {len(parts)} values"
        problems = (_mismatch(item, part, axes) for item, part in zip(value, parts, strict=True))
        numbered = (
            f"returned, as value {i} of its tuple, {p.removeprefix('returned ')}"
            for i, p in enumerate(problems, 1)
            if p
        )
        return next(numbered, "")
    if _is_array(expected):
        return _array_mismatch(value, expected, axes)
    if expected is float:
        return "" if type(value) in (float, int) else f"returned {_describe(value)}; expected a number"
    if expected in (int, bool, str, dict, list, None, type(None)):
        kind = type(None) if expected is None else expected
        return "" if isinstance(value, kind) else f"returned {_describe(value)}; expected {kind.__name__}"
    return ""


def _array_mismatch(value: Any, expected: Any, axes: dict[str, Any]) -> str:
    wanted = f"expected {_wanted_dtype(expected)} of shape {_shape_text(expected.dim_str, axes)}"
    if not isinstance(value, Tensor):
        return f"returned {_describe(value)}; {wanted}"
    if str(value.dtype).removeprefix("torch.") not in expected.dtypes:
        return f"returned a tensor of {str(value.dtype).removeprefix('torch.')}; {wanted}"
    if not isinstance(value, expected):
        return f"returned a tensor of shape {tuple(value.shape)}; {wanted}"
    return ""


def _is_array(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, jaxtyping.AbstractArray)


def _bind(dims: str, shape: tuple[int, ...], axes: dict[str, Any]) -> None:
    """Remember the sizes of named axes, for the message only; jaxtyping itself decides what fits."""
    names = dims.split()
    for i, name in enumerate(names):
        if name.startswith("*") or name == "...":
            tail = len(names) - i - 1
            if name != "...":  # it may be other axes each time
                axes.setdefault(name, shape[i : len(shape) - tail])
            names, shape = names[i + 1 :], shape[len(shape) - tail :]
            break
        axes.setdefault(name, shape[i])
    else:
        return
    for name, size in zip(names, shape, strict=True):
        axes.setdefault(name, size)


def _shape_text(dims: str, axes: dict[str, Any]) -> str:
    sizes: list[str] = []
    for name in dims.split():
        known = axes.get(name, name)
        sizes += map(str, known) if isinstance(known, tuple) else [str(known)]
    return f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"


def _wanted_dtype(expected: Any) -> str:
    return f"a {expected.__name__.split('[')[0].lower()} tensor"


def _describe(value: Any) -> str:
    match value:
        case None:
            return "None"
        case Opaque(type="numpy.ndarray"):
            return "a numpy array (torch.from_numpy makes it a tensor)"
        case Opaque():
            return f"a {value.type}"
        case Tensor():
            return f"a tensor of shape {tuple(value.shape)}"
        case tuple() | list() | dict():
            return f"a {type(value).__name__} of {len(value)} values"
    return f"the {type(value).__name__} {value!r:.60}"
