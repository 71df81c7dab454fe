"""What a value can be made of: short expressions of other values that give it in every place looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

CLOSE = 1e-6  # of the largest, within which a value is the same: it was solved for
DIGITS = 2.0**26  # of a value, to which two are the same
LONG = 6  # parts and functions of an expression of two
MOST = 60  # expressions that are yielded
HITS = 400  # pairs that are compared in all places, for each operation


class Made:
    """The functions that expressions use, of tensors and plain numbers alike."""

    def __getattr__(self, name: str) -> Callable[[Any], Any]:
        function = getattr(torch, name)

        def of(*several: Any) -> Any:
            tensors = [x if isinstance(x, Tensor) else torch.tensor(x, dtype=torch.float64) for x in several]
            result = function(*tensors)
            return result if any(isinstance(x, Tensor) for x in several) else result.item()

        return of


@dataclass(frozen=True)
class Part:
    """A value that is at hand: its code, the words for it, and its numbers in the places looked at."""

    code: str
    words: str
    at: np.ndarray[Any, np.dtype[np.float64]]
    size: int = 1  # of the expression: the values and functions in it


Array = np.ndarray[Any, np.dtype[np.float64]]
ONE: Sequence[tuple[str, Callable[[Array], Array]]] = (
    ("{} ** 2", np.square), ("_made.sqrt({})", np.sqrt), ("1 / {}", np.reciprocal), ("_made.exp({})", np.exp),
    ("_made.log({})", np.log), ("1 - {}", lambda x: 1 - x), ("1 + {}", lambda x: 1 + x),
    ("2 * {}", lambda x: 2 * x),
    ("{} - 1", lambda x: x - 1), ("{} / 2", lambda x: x / 2), ("_made.abs({})", np.abs),
    ("_made.sign({})", np.sign),
    ("_made.cos({})", np.cos), ("_made.sin({})", np.sin), ("_made.tanh({})", np.tanh),
    ("_made.exp(-{})", lambda x: np.exp(-x)), ("-{}", np.negative),
    ("_made.sigmoid({})", lambda x: 1 / (1 + np.exp(-x))),
)  # fmt: skip
# what stands around two parts, and what must then be within it
AROUND: Sequence[tuple[str, Callable[[Array], Array], int]] = (
    ("{}", lambda y: y, 0), ("_made.sqrt({})", lambda y: np.where(y >= 0, y * y, np.nan), 1),
    ("({}) ** 2", np.sqrt, 1), ("1 / ({})", np.reciprocal, 1), ("_made.exp({})", np.log, 1),
    ("_made.log({})", np.exp, 1), ("1 - {}", lambda y: 1 - y, 1), ("-({})", np.negative, 1),
)  # fmt: skip
# of two parts, and which the second must be by the first
TWO: Sequence[tuple[str, Callable[[Array, Array], Array]]] = (
    ("{} * {}", lambda t, a: t / a), ("{} / {}", lambda t, a: a / t),
    ("{} + {}", lambda t, a: t - a), ("{} - {}", lambda t, a: a - t),
)  # fmt: skip


def made(want: Array, parts: Sequence[Part]) -> list[Part]:
    """Return expressions of one or two parts that give what is wanted in all places, short ones first.

    Where NaN is wanted, anything will do.
    """
    told = np.isfinite(want)
    want = want[told]
    parts = [replace(part, at=part.at[told]) for part in parts]
    with np.errstate(all="ignore"):
        if not want.size:
            return []
        once = _once([Part("1", "1", np.ones(len(want))), *parts])
        found = [*_of_one(want, once), *_of_two(want, once), *_of_bounds(want, parts)]
    return sorted(found, key=lambda part: (part.size, len(part.words)))[:MOST]


def scaled(want: Array, was: Array) -> Iterator[tuple[str, str]]:
    """Yield by what number a value is multiplied, or what is added to it: the code and the words, with {}."""
    told = np.isfinite(want)
    with np.errstate(all="ignore"):
        for alike, form, says in (
            (want[told] / was[told], "{0} * ({{}})", "{{}} is multiplied by {0}"),
            (want[told] - was[told], "({{}}) + {0}", "{0} is added to {{}}"),
        ):
            one = alike.size and np.isfinite(alike).all() and _same(alike, np.full_like(alike, alike[0]))
            if one and (name := named_number(float(alike[0]))):
                yield form.format(float(name)), says.format(name)


def named_number(value: float) -> str:
    """Return a number that people write, in short; "" when it is none, or changes nothing."""
    near = f"{value:.3g}"
    return near if value and value != 1 and abs(float(near) - value) <= CLOSE * abs(value) else ""


def _once(parts: Sequence[Part]) -> list[Part]:
    """Return the parts and each function of one of them, no value twice."""
    found: dict[bytes, Part] = {}
    alone = [part for part in parts if part.size == 1]
    forms: Sequence[tuple[str, Callable[[Array], Array]]] = (("{}", np.positive), *ONE)
    for form, of in forms:
        several = parts if form == "{}" else alone
        inner = form == "{}" or (form.startswith("_made") and "(-" not in form)
        for part, at, key in zip(several, *_rows(of, several), strict=True):
            constant = form != "{}" and bool((at == at[0]).all()) and len(at) > 1
            if np.isfinite(at).all() and not constant and key not in found:
                code, words = (
                    text if inner or text.isidentifier() else f"({text})" for text in (part.code, part.words)
                )
                found[key] = Part(form.format(code), form.format(words), at, part.size + (form != "{}"))
    return list(found.values())


def _rows(of: Callable[[Array], Array], parts: Sequence[Part]) -> tuple[list[Array], list[bytes]]:
    """Return a function of each part, and a key that is the same for equal values."""
    at = of(np.array([part.at for part in parts])) if parts else np.empty((0, 0))
    mantissa, exponent = np.frexp(at)
    rounded = np.ldexp(np.round(mantissa * DIGITS) / DIGITS, exponent) + 0.0
    return [*at], [row.tobytes() for row in rounded]


def _of_one(want: Array, once: Sequence[Part]) -> Iterator[Part]:
    all_at = np.array([part.at for part in once])
    for around, within, more in AROUND:
        target = within(want)
        if not np.isfinite(target).all():
            continue
        for row in np.flatnonzero((np.abs(all_at - target) <= CLOSE * np.abs(target).max()).all(1)):
            part = once[int(row)]
            if part.size + more < 4:
                yield Part(around.format(part.code), around.format(part.words), want, part.size + more)


def _of_two(want: Array, once: Sequence[Part]) -> Iterator[Part]:
    all_at = np.array([part.at for part in once])
    key = int(np.argmax([len(np.unique(column)) for column in all_at.T]))
    order = all_at[:, key].argsort()
    ranked = all_at[order, key]
    for around, within, more in AROUND:
        target = within(want)
        if not np.isfinite(target).all():
            continue
        for form, second in TWO:
            needed = second(target, all_at)
            spare = CLOSE * np.maximum(np.abs(needed[:, key]), 1e-9)
            low = ranked.searchsorted(needed[:, key] - spare)
            high = ranked.searchsorted(needed[:, key] + spare)
            pairs = [
                (int(a), int(order[b])) for a in np.flatnonzero(high > low) for b in range(low[a], high[a])
            ]
            for a, b in pairs[:HITS]:
                one, other = once[a], once[b]
                alone = any(_same(target, part.at) for part in (one, other))
                if a != b and one.size + other.size < LONG and not alone and _same(other.at, needed[a]):
                    yield _joined(form, around, one, other, more)


def _of_bounds(want: Array, parts: Sequence[Part]) -> Iterator[Part]:
    """Yield the larger or the smaller of two parts, or of one and a bound."""
    bounds = [Part(str(n), str(n), np.full(len(want), float(n)), 1) for n in (0, 1, -1)]
    plain = [part for part in parts if part.size == 1]
    if not plain:
        return
    left, right = (np.array([part.at for part in several]) for several in (plain, [*plain, *bounds]))
    for word, function in (("maximum", np.maximum), ("minimum", np.minimum)):
        cut = function(left[:, None], right[None])
        for around, within, more in AROUND:
            target = within(want)
            close = (np.abs(cut - target) <= CLOSE * np.abs(target).max()).all(-1)
            telling = (cut != left[:, None]).any(-1) & (cut != right[None]).any(-1)
            for a, b in np.argwhere(close & telling):
                one, other = plain[a], [*plain, *bounds][b]
                texts = (f"_made.{word}({one.code}, {other.code})", f"{word}({one.words}, {other.words})")
                code, words = map(around.format, texts)
                yield Part(code, words, want, 3 + more)


def _joined(form: str, around: str, one: Part, other: Part, more: int) -> Part:
    def text(a: str, b: str) -> str:
        a, b = (f"({x})" if " " in x or x.startswith("-") else x for x in (a, b))
        return around.format(form.format(a, b))

    return Part(
        text(one.code, other.code), text(one.words, other.words), one.at, one.size + other.size + 1 + more
    )


def _same(a: Array, b: Array) -> bool:
    scale = np.abs(b).max()
    return bool(np.isfinite(scale) and (np.abs(a - b) <= CLOSE * scale).all())
