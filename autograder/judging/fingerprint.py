"""Fingerprints: what a check's calls returned, as a few seeded random projections compared with a tolerance.

A hash of rounded values would miss the same answer whenever a value lies near a rounding edge. Release ships
the fingerprints of wrong answers with their sentences, never their code, so a local run can name a mistake.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch
from torch import Tensor

from ..calls.outcomes import StudentError
from ..calls.wire import Opaque
from ..errors import Stop
from ..records import Verdict
from ..spec import RELEASED_MARK, SpecError
from .naming import sentences
from .trial import CheckRun

PROJECTIONS = 8
CONSTANT = 20150312  # of the projections' seed; any number does, but it must never change
# The same formula in another order is off by less, of the largest value: float64 and ints, float32, halves.
TOLERANCES = (1e-6, 4e-6, 2e-2)
GROUPS = {torch.float32: 1, torch.complex64: 1, torch.float16: 2, torch.bfloat16: 2}
FINE = 1e-9  # in float64, of a mistake whose values are right but for their last digits
DIGITS = 10  # significant, in the released file: more than the tolerance needs, fewer than machines differ in

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Fingerprint = list[float] | str  # a string where a check's calls returned no number but, say, raised


class Saying(msgspec.Struct, frozen=True):
    """What a student reads about one wrong answer."""

    task: str
    says: str
    read: str = ""


class Released(msgspec.Struct, frozen=True):
    """The content of a released folder's `checks.json`."""

    hidden: dict[str, int] = {}  # task -> how many hidden checks it has
    fingerprints: dict[str, dict[str, Fingerprint]] = {}  # public check -> wrong answer -> fingerprint
    fine: dict[str, list[str]] = {}  # public check -> wrong answers whose values are right but for rounding
    wrong: dict[str, Saying] = {}

    def diagnose(self, judged: Iterable[CheckRun]) -> dict[str, Saying]:
        """Return failed check -> the known mistake that its own evidence shows, for one task's checks."""
        seen = [one for one in judged if one.check.name in self.fingerprints]
        marks = {one.check.name: mark_of(one) for one in seen}
        failed = [one.check.name for one in seen if one.outcome.verdict is Verdict.FAIL]
        passed = [one.check.name for one in seen if one.outcome.verdict is Verdict.PASS]
        says = {name: saying.says for name, saying in self.wrong.items()}
        found = placed(self.fingerprints, says, marks, failed, passed, self.fine) if failed else {}
        return {check: self.wrong[name] for check, name in found.items() if name in self.wrong}


def placed(
    known: Mapping[str, Mapping[str, Fingerprint]],
    says: Mapping[str, str],
    marks: Mapping[str, Fingerprint | None],
    failed: Collection[str],
    passed: Collection[str],
    fine: Mapping[str, Collection[str]],
) -> dict[str, str]:
    """Return failed check -> the wrong answer that its fingerprint, beside those of the others, shows."""

    def shows(wrong: str, check: str) -> bool | None:
        mark, mine = known[check].get(wrong), marks[check]
        return (
            None if mark is None else mine is not None and matches(mine, mark, wrong in fine.get(check, ()))
        )

    wrongs = {wrong: says.get(wrong, wrong) for check in failed for wrong in known[check]}
    return sentences(wrongs, failed, passed, shows, lambda check: isinstance(marks[check], list))


def read_released(folder: Path) -> Released:
    """Read a released folder's `checks.json`; empty where there is none, as in `solutions/`."""
    path = folder / RELEASED_MARK
    if not path.is_file():
        return Released()
    try:
        return msgspec.json.decode(path.read_bytes(), type=Released)
    except msgspec.DecodeError as problem:
        raise SpecError(
            f"{path}: not as released ({problem}); get it again: git checkout -- {path.name}"
        ) from problem


def fingerprint(outcomes: Iterable[Any]) -> Fingerprint | None:
    """Return the fingerprint of what a check's calls gave; None when a call was cut short.

    Types, shapes, dtypes, texts and the names of exceptions choose the projections of the numbers.
    """
    form: list[str] = []
    parts: list[tuple[int, Tensor]] = []
    for outcome in outcomes:
        if outcome is None or isinstance(outcome, Stop):
            return None
        _take_apart(outcome, form, parts)
    values = _finite(torch.cat([part for _, part in parts]).numpy() if parts else np.zeros(0))
    if not values.any():
        return " ".join([*form, "of zeros"] if values.size else form)
    groups = np.repeat([group for group, _ in parts], [part.numel() for _, part in parts])
    return [
        float(f"{x:.{DIGITS - 1}e}")
        for group in range(groups.max() + 1)
        for x in _projected(values[groups == group], f"{CONSTANT}/{group}/{' '.join(form)}")
    ]


def _projected(values: Numbers, label: str) -> Numbers:
    """Return the values seen from a few directions that the label chooses; of no values, zeros."""
    seed = int.from_bytes(hashlib.sha256(f"{label}/{values.size}".encode()).digest()[:8], "little")
    directions = np.random.Generator(np.random.PCG64(seed)).random((PROJECTIONS, values.size)) - 0.5
    directions /= np.maximum(np.linalg.norm(directions, axis=1, keepdims=True), 1e-300)
    projections: Numbers = directions @ values
    return projections


def matches(a: Fingerprint, b: Fingerprint, fine: bool = False) -> bool:
    """Say whether two fingerprints are of the same results, but for rounding; finely: but for float64's."""
    if isinstance(a, str) or isinstance(b, str):
        return a == b
    scale = max(map(abs, [*a, *b]), default=0.0)
    within = (FINE, *TOLERANCES[1:]) if fine else TOLERANCES
    allowed = [tolerance * scale for tolerance in within for _ in range(PROJECTIONS)]
    return len(a) == len(b) and all(abs(x - y) <= most for x, y, most in zip(a, b, allowed, strict=False))


def mark_of(judged: CheckRun) -> Fingerprint | None:
    """Return the fingerprint of a check's calls."""
    return fingerprint(call.outcome for call in judged.calls)


def _take_apart(value: Any, form: list[str], numbers: list[tuple[int, Tensor]]) -> None:
    """Split a value into a description of its form and its numbers in float64, each part with its group."""
    match value:
        case Tensor():
            form.append(f"{value.dtype}{tuple(value.shape)}")
            plain = torch.view_as_real(value.resolve_conj()) if value.is_complex() else value
            numbers.append((GROUPS.get(value.dtype, 0), plain.detach().to(torch.float64).flatten()))
        case bool() | int() | float():
            form.append(type(value).__name__)
            numbers.append((0, torch.tensor([float(value)], dtype=torch.float64)))
        case dict():
            form.append(f"dict({','.join(map(str, sorted(value)))})")
            for key in sorted(value):
                _take_apart(value[key], form, numbers)
        case tuple() | list():
            form.append(f"sequence({len(value)})")
            for item in value:
                _take_apart(item, form, numbers)
        case StudentError():
            form.append(value.fault.type)
        case Opaque():
            form.append(value.type)
        case _:
            form.append(repr(value))


def _finite(values: Numbers) -> Numbers:
    """Replace NaN and the infinities by numbers of the size of the others, each by its own."""
    finite = np.isfinite(values)
    scale = float(np.abs(values[finite]).max(initial=0.0)) or 1.0
    scale = scale if math.isfinite(3 * scale) else 1.0
    replaced: Numbers = np.nan_to_num(values, nan=1.5 * scale, posinf=2.5 * scale, neginf=-2.5 * scale)
    return replaced
