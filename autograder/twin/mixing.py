"""Operations on the twin, below autograd: what they make is where their arguments are, which may not mix."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from .found import NUMPY, Lacking, Log, Mixed, of_made, place
from .frames import Whose, file_of
from .tags import Made, is_twin, put, tag_of

TWO = "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!"
INDEX = "indices should be either on cpu or on the same device as the indexed tensor (cpu)"
ANYWHERE = frozenset({"aten::copy_", "aten::set_", "aten::_has_same_storage_numel", "aten::is_same_size"})
INDEXED = frozenset({"aten::index", "aten::index_put", "aten::index_put_", "aten::_index_put_impl_"})
JOINING = frozenset({"aten::cat", "aten::stack"})  # take no 0-dimensional tensor of another device
MULTIPLIED = frozenset(
    f"aten::{name}" for name in ("mm", "addmm", "bmm", "baddbmm", "mv", "addmv", "dot", "vdot")
)  # not of whole numbers
WAITING = frozenset(
    {"aten::_local_scalar_dense", "aten::nonzero", "aten::equal", "aten::masked_select", "aten::_unique2"}
)


class Mixing(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Tags what operations make, and refuses to mix devices as CUDA does."""

    def __init__(self, whose: Whose, log: Log) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._whose = whose
        self._log = log
        self.inside = 0  # calls at work, of torch's functions, that got something on the twin
        self.making: bool | Made | None = None  # where the factory at work puts what it makes, if decided

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        twins = [tensor for tensor in tensors if is_twin(tensor)]
        name = func._schema.name
        if twins:
            self._touch(name)
            if len(twins) < len(tensors):
                self._meet(func, name, args, kwargs, tensors)
            self._has(name, tensors)
        result = func(*args, **kwargs)
        tag = True if twins else None
        for made in tree_leaves(result):
            if isinstance(made, Tensor) and tag_of(made) is None:
                tag = self._place_of(tensors, func) if tag is None else tag
                put(made, tag)
        return result

    def _place_of(self, tensors: list[Tensor], func: Any) -> Any:
        """Return the tag of what an operation without anything on the twin makes."""
        for tensor in tensors:
            if known := tag_of(tensor):
                return known
        if tensors and not func._schema.name.startswith("aten::lift"):
            return False
        if self.making is not None:
            return self.making
        of_numpy = bool(tensors) and not tensors[0].untyped_storage().resizable()
        return True if self.inside else self._whose.made_here(NUMPY if of_numpy else "torch.Tensor") or True

    def _touch(self, name: str) -> None:
        if name in WAITING and (frame := self._whose.students()):
            self._log.wait(file_of(frame), frame.f_lineno)
        if not self._log.touched:
            self._log.touched = self._whose.at_work()

    def _has(self, name: str, tensors: list[Tensor]) -> None:
        """Raise what CUDA would for a student's operation that it does not have."""
        if name.startswith(("aten::histogram", "aten::_histogramdd")):
            message = f"Could not run '{name}' with arguments from the 'CUDA' backend."
            told = "torch.histogram is not there on a GPU. Take torch.bucketize and torch.bincount."
        elif name in MULTIPLIED and not (tensors[0].is_floating_point() or tensors[0].is_complex()):
            message = f"\"{name.removeprefix('aten::')}_cuda\" not implemented for '{tensors[0].dtype}'"
            told = "matrices of whole numbers are not multiplied on a GPU. Multiply .double() ones."
        else:
            return
        if frame := self._whose.students():
            error = Lacking(message)
            error.told = f"{place(file_of(frame), frame.f_lineno)}: {told}"
            raise error

    def _meet(self, func: Any, name: str, args: Any, kwargs: Any, tensors: list[Tensor]) -> None:
        """Raise what CUDA would when tensors of two devices meet."""
        if name in ANYWHERE or self._whose.building():
            return
        if name in INDEXED:
            table, indices, *values = args
            if not is_twin(table) and any(is_twin(one) for one in indices if one is not None):
                raise mixed(INDEX, table)
            tensors = [table, *(one for one in values if isinstance(one, Tensor))]
        strangers = [one for one in tensors if not is_twin(one) and (one.dim() or name in JOINING)]
        strangers += [one for one in _written(func, args, kwargs) if not is_twin(one)]
        if strangers and any(map(is_twin, tensors)):
            raise mixed(TWO, strangers[0])


def mixed(message: str, stranger: Tensor) -> Mixed:
    """Return the error of a tensor on the CPU that meets one on the twin."""
    error = Mixed(message)
    made = tag_of(stranger)
    error.told = of_made(
        made if isinstance(made, Made) else None, "on a GPU it meets one on the GPU, which fails"
    )
    return error


def _written(func: Any, args: Any, kwargs: Any) -> Iterable[Tensor]:
    """Yield the tensors that an operation writes into."""
    for at, argument in enumerate(func._schema.arguments):
        if argument.alias_info and argument.alias_info.is_write:
            given = kwargs.get(argument.name) if argument.kwarg_only else args[at : at + 1]
            yield from (leaf for leaf in tree_leaves(given) if isinstance(leaf, Tensor))
