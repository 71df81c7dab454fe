"""Tells what float32 loses from what a small constant changes: an epsilon makes errors of the same size.

Errors of rounding share no sign; those of a constant go with the value, or with its neighbours.
"""

from __future__ import annotations

import torch
from torch import Tensor

BITS, SMALLEST = 12, 2.0**-100  # that a value of digits has at least; float32's normal numbers, and some
WITNESSES = 8  # errors of rounding at least
CHANCE, MOST_BY_CHANCE = 2.5, 0.6  # the correlation of neighbours: in standard errors, and at most


def in_float32(got: Tensor, want: Tensor, good: Tensor) -> bool:
    """Say whether small errors are float32's: it holds what came and not what is due, or they are random."""
    by_itself = _is_narrow(got[~good]) and not _is_narrow(want[~good])
    return by_itself or _is_rounding(got, want)


def _is_narrow(got: Tensor) -> bool:
    """Say whether float32 holds all values, and not because they are short ones."""
    mantissa = got.abs().clamp(min=SMALLEST).frexp().mantissa * 2**BITS
    return torch.equal(got.float().double(), got) and bool((mantissa != mantissa.round()).any())


def _is_rounding(got: Tensor, want: Tensor) -> bool:
    """Say whether neighbours' errors have nothing in common: those of a small constant go together.

    Neighbours are those along each axis, and those of the nearest value or size.
    """
    apart = got - want
    return int((apart != 0).sum()) >= WITNESSES and not any(
        _go_together(line)
        for errors in (apart, apart.sign(), (apart * want).sign())
        for line in (
            *(errors.movedim(axis, 0) for axis in range(errors.ndim)),
            *(errors.flatten()[order.flatten().argsort()] for order in (want, want.abs())),
        )
    )


def _go_together(errors: Tensor) -> bool:
    one, other = errors[:-1], errors[1:]
    chance = min(CHANCE / max(one.numel(), 1) ** 0.5, MOST_BY_CHANCE)
    return bool((one * other).sum() > chance * one.norm() * other.norm())
