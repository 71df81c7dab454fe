"""Tells whether two slips that give all that came would give the same in calls that were not made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..calls.undertest import Call
from ..differences.steps import Puts
from ..sources.inplace import InPlace
from .evidence import same
from .trying import Trial

ASKED = 3  # calls
Slip = tuple[InPlace, Puts]


def alike(one: Slip, other: Slip, trial: Trial, calls: Sequence[Call]) -> bool:
    """Say whether two slips give the same where whole numbers are one larger, and others a tenth."""
    moved = [replace(call, args=_moved(call.args), kwargs=_moved(call.kwargs)) for call in calls[:ASKED]]
    return all(map(same, _outcomes(one, trial, moved), _outcomes(other, trial, moved)))


def _outcomes(slip: Slip, trial: Trial, calls: Sequence[Call]) -> list[Any]:
    function, puts = slip
    with function.changed(puts):
        return [trial.again(call) for call in calls]


def _moved(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, float):
        return 1.1 * value
    if isinstance(value, dict):
        return {key: _moved(one) for key, one in value.items()}
    return type(value)(map(_moved, value)) if type(value) in (list, tuple) else value
