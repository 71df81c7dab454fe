"""Where a tensor is on the twin: written on its storage, so that views, modules and autograd keep it.

All tensors lie in this machine's memory, and hold real values. A storage says "on the twin", or where in the
code it was made on the CPU; one that says nothing was made out of sight, and counts as on the CPU.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

TWIN = torch.device("cuda", 0)  # what tensors on the twin say of themselves
CPU = torch.device("cpu")
TAG = "twin_tag"  # attribute of a storage


# A module that is built is moved by `.to(device)`: its parameters and buffers, and nothing else.
When = Literal["called", "built", "imported"]


@dataclass(frozen=True)
class Made:
    """The student's line that left a tensor on the CPU, and how."""

    file: str
    line: int
    by: str  # "torch.arange", "numpy", ".cpu()"
    like: str  # a tensor on the twin, by its name there: "x0"; "" when none is at hand
    when: When = "called"


def tag_of(tensor: Tensor) -> bool | Made | None:
    """Return True for a tensor on the twin, where it was made for one on the CPU, None when nobody knows."""
    return getattr(_bearer(tensor), TAG, None)


def is_twin(tensor: Tensor) -> bool:
    """Say whether a tensor is on the twin."""
    return tag_of(tensor) is True


def put(tensor: Tensor, tag: bool | Made) -> None:
    """Write on a tensor's storage where it is (False: on the CPU, made by nobody's line)."""
    setattr(_bearer(tensor), TAG, tag)


def _bearer(tensor: Tensor) -> Any:
    """Return what carries the tag: the storage, below the wrappers of vmap, grad and jvp."""
    while torch._C._functorch.is_functorch_wrapped_tensor(tensor):
        tensor = torch._C._functorch.get_unwrapped(tensor)
    with torch._C.DisableTorchFunction():
        try:
            return tensor.untyped_storage()
        except NotImplementedError:  # a sparse tensor has none
            return tensor


def tensors_in(value: Any) -> Iterator[Tensor]:
    """Yield the tensors of a structure, a module's parameters and buffers among them."""
    for leaf in tree_leaves(value):
        if isinstance(leaf, Tensor):
            yield leaf
        elif isinstance(leaf, nn.Module):
            yield from leaf.parameters()
            yield from leaf.buffers()
