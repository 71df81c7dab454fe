"""Tells slips apart that give all that came: by calls that were not made."""

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


class Doubt(Exception):
    """Two slips give all that came, and are not the same: none is told."""


def agree(one: Slip, other: Slip, trial: Trial) -> None:
    """Raise Doubt unless two slips give the same where whole numbers are one larger, and others a tenth."""
    calls = [
        replace(call, args=_moved(call.args), kwargs=_moved(call.kwargs)) for call in trial.calls[:ASKED]
    ]
    if not all(map(same, _outcomes(one, trial, calls), _outcomes(other, trial, calls))):
        raise Doubt


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
