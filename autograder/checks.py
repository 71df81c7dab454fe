"""What a check file imports: the task marker, the comparators, `exactly` for worked examples, and `Seed`.

A check is a function whose docstring is the line that the student reads:

    @task("q_sample")
    def test_keeps_unit_variance(submission, seed):
        \"\"\"x_t keeps variance 1 when x_0 has variance 1\"\"\"
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from .calls.outcomes import MISSING_RETURN, SLIPS, CheckFailed, NothingRaised, StudentError
from .calls.undertest import UnderTest
from .differences.describe import describe
from .differences.places import Axis
from .differences.rounding import spare
from .seeds import Seed

__all__ = [
    "CheckFailed",
    "Seed",
    "any_of",
    "close",
    "exactly",
    "expect",
    "expect_dtype",
    "law_is",
    "mean_is",
    "raises",
    "task",
    "variance_is",
]

STANDARD_ERRORS = 5.0  # a normal deviate leaves ±5 with probability 5.7e-7
FALSE_ALARM = 1e-6  # of one statistical comparison; a failure is confirmed on a second seed besides


def task(
    id: str, *, gate: bool = False, weight: int = 1, statistical: bool = False, device: str = "cpu"
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Mark a check as belonging to a task; a failed `gate` earns 0 for the whole task.

    One with `device="cuda"` is for a GPU alone: nothing on the CPU runs it, and it is worth no points there.
    """

    def mark(check: Callable[..., None]) -> Callable[..., None]:
        marked = _confirmed(check) if statistical else check
        marker = pytest.mark.task(id, gate=gate, weight=weight, device=device, afresh=statistical)
        return marker(marked)  # type: ignore[no-any-return]

    return mark


def _confirmed(check: Callable[..., None]) -> Callable[..., None]:
    """Let a failure count only when it also occurs on a second, independent seed.

    Each run is a process's first: nothing tells the code under test that it is asked for the second time.
    """

    @functools.wraps(check)
    def twice(submission: UnderTest, seed: Seed, **kwargs: Any) -> None:
        submission.begin_anew()
        try:
            check(submission=submission, seed=seed, **kwargs)
        except CheckFailed:
            submission.begin_anew()
            check(submission=submission, seed=seed.fork("confirm"), **kwargs)

    return twice


def exactly(*values: float) -> Tensor:
    """Return the values in float64; torch.tensor would keep seven digits."""
    return torch.tensor(values, dtype=torch.float64)


def expect(condition: bool | Tensor, message: str, hint: str = "") -> None:
    """Fail with `message` (what came, what was expected) unless the condition holds."""
    if not bool(condition):
        raise CheckFailed(message, hint)


def expect_dtype(value: Tensor, dtype: torch.dtype, hint: str = "Cast the result.") -> None:
    """Fail unless the result has the dtype that the task names."""
    expect(value.dtype == dtype, f"the result is {value.dtype}; expected {dtype}", hint)


def any_of(*ways: Callable[[], None]) -> None:
    """Ask for one of several things, in this order: a gate asks whether one function of a task has an answer.

    When none passes, the failure of the first is told.
    """
    failures: list[Exception] = []
    for way in ways:
        try:
            return way()
        except Exception as failure:  # whatever is wrong there, the next may be right
            failures.append(failure)
    raise failures[0]


@contextmanager
def raises(error: type[Exception], hint: str = "") -> Iterator[None]:
    """Expect the student's code to raise `error` or a subclass; a slip such as NameError is told as one."""
    try:
        yield
    except StudentError as raised:
        if error.__name__ in raised.fault.bases:
            return
        if SLIPS & set(raised.fault.bases):
            raise
        raise CheckFailed(f"{raised}; expected {error.__name__}", hint) from None
    raise NothingRaised(f"nothing was raised; expected {error.__name__}", hint)


def close(
    actual: Any,
    expected: Any,
    *,
    rtol: float = 1e-7,
    atol: float = 0.0,
    hint: str = "",
    what: str = "the result",
    axes: tuple[Axis, ...] = (),
) -> None:
    """Fail unless |actual - expected| <= atol + rtol |expected| everywhere; NaN equals nothing, not even NaN.

    Compares tensors, numbers, and tuples, lists and dictionaries of them. Shapes must agree exactly. The hint
    is about values: it is not shown when kinds, keys or shapes differ. `axes` says what an index means, axis
    by axis: a name ("image"), or for a table's columns the name of each (("context", "t")).
    """
    if isinstance(expected, dict):
        expect(
            isinstance(actual, dict) and actual.keys() == expected.keys(),
            f"{what}: other keys came than {list(expected)}",
        )
        for key in expected:
            inner = f"{key!r} of {what}"
            _expect_something(actual[key], expected[key], inner)
            close(actual[key], expected[key], rtol=rtol, atol=atol, hint=hint, what=inner, axes=axes)
    elif isinstance(expected, tuple | list):
        same = isinstance(actual, tuple | list) and len(actual) == len(expected)
        forgotten = MISSING_RETURN if actual is None else ""
        expect(same, f"{what}: expected {len(expected)} values, got {_brief(actual)}", forgotten)
        compare = functools.partial(close, rtol=rtol, atol=atol, hint=hint, axes=axes)
        for i, name in enumerate(names := _names(what, len(expected))):
            _expect_something(actual[i], expected[i], name)
            try:
                compare(actual[i], expected[i], what=name)
            except CheckFailed as failed:
                others = [names[j] for j in range(len(names)) if _exchanged(compare, actual, expected, i, j)]
                exchanged = f"{name} and {others[0]} have changed places." if others else ""
                look = functools.partial(str, exchanged) if others else failed.look
                raise CheckFailed(failed.line, failed.hint, look, failed.seen) from None
    else:
        _close_arrays(actual, expected, rtol, atol, hint, what, axes)


def _expect_something(actual: Any, expected: Any, what: str) -> None:
    """Tell of one result among several that is None, as a gradient may be: no `return` is missing."""
    if actual is None and expected is not None:
        raise CheckFailed(f"{what} is None; expected {_brief(expected)}")


def _names(what: str, n: int) -> list[str]:
    """Return what n values are called: "mean and error" has the names of two, "the weights" of none."""
    head, colon, listed = what.rpartition(": ")
    names = re.split(", | and ", listed)
    if len(names) == n:
        return [head + colon + name for name in names]
    return [f"value {i} of {what}" for i in range(1, n + 1)]


def _exchanged(compare: Callable[[Any, Any], None], actual: Any, expected: Any, i: int, j: int) -> bool:
    """Say whether each of two values stands in the other's place."""
    try:
        compare(actual[i], expected[j])
        compare(actual[j], expected[i])
    except CheckFailed:
        return False
    return i != j


def _close_arrays(
    actual: Any, expected: Any, rtol: float, atol: float, hint: str, what: str, axes: tuple[Axis, ...]
) -> None:
    if not isinstance(actual, Tensor | float | int):
        raise CheckFailed(
            f"{what} is {_brief(actual)}; expected numbers", MISSING_RETURN if actual is None else ""
        )
    got, want = _tensor(actual), _tensor(expected)
    if got.shape != want.shape:
        raise CheckFailed(f"{what} has shape {tuple(got.shape)}; expected {tuple(want.shape)}")
    if got.dtype == want.dtype and torch.equal(got, want):  # not so where there is a NaN
        return
    came, due = got, want
    wide = torch.complex128 if got.is_complex() or want.is_complex() else torch.float64
    got, want = got.to(wide), want.to(wide)
    if torch.allclose(got, want, rtol, atol):  # the same rule, sooner where all is well
        return
    within = atol + rtol * want.abs()
    if least := spare(came, due):
        within = within.clamp(min=least)
    near = (got - want).abs() <= within
    good = (got == want) | (near & got.isfinite() & want.isfinite())  # an infinity is near nothing
    if not good.all():
        line = _difference(came, due, good, what, axes)
        at = tuple((~good).nonzero()[0].tolist())
        look = functools.partial(describe, came, due, good, axes)
        raise CheckFailed(line, hint, look, (came, due, at))


def _tensor(value: Any) -> Tensor:
    if isinstance(value, Tensor):
        return value.detach()
    return torch.tensor(value, dtype=torch.bool if isinstance(value, bool) else torch.float64)


def _difference(got: Tensor, want: Tensor, good: Tensor, what: str, axes: tuple[Axis, ...]) -> str:
    wrong = (~good).nonzero()
    at = tuple(wrong[0].tolist())
    came, due = _pair(got[at].item(), want[at].item())
    line = f"{_placed(what, at, axes)} is {came}; expected {due}"
    return line if good.numel() == 1 else f"{line} ({len(wrong)} of {good.numel()} values differ)"


def _pair(came: Any, due: Any) -> tuple[str, str]:
    """Return two numbers with as many digits as tell them apart, whole ones in full; words of booleans."""
    if isinstance(came, bool) or isinstance(due, bool):
        return str(came), str(due)
    whole = not isinstance(came, complex) and float(came).is_integer() and float(due).is_integer()
    digits = 7 if f"{came:.7g}" != f"{due:.7g}" and not whole else 16
    return f"{came:.{digits}g}", f"{due:.{digits}g}"


def _placed(what: str, at: tuple[int, ...], axes: tuple[Axis, ...]) -> str:
    """Return which value is meant: "keep[1]", "the result at image 2", "for image 1 the context"."""
    if len(axes) != len(at) or not at:
        index = f"[{', '.join(map(str, at))}]" if at else ""
        return f"{what} at {index}" if at and " " in what else f"{what}{index}"
    places = ", ".join(f"{name} {i}" for name, i in zip(axes, at, strict=True) if isinstance(name, str))
    columns = " ".join(name[i] for name, i in zip(axes, at, strict=True) if not isinstance(name, str))
    if not columns:
        return f"{what} at {places}"
    return f"for {places} the {columns}" if places else f"{what}: the {columns}"


def _brief(value: Any) -> str:
    if isinstance(value, Tensor):
        return f"a tensor of shape {tuple(value.shape)}"
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    return "None" if value is None else f"a {type(value).__name__}"


def mean_is(samples: Tensor, mean: float, std: float, hint: str = "", what: str = "the mean") -> None:
    """Fail unless the mean of independent samples with deviation `std` is `mean` (5 standard errors)."""
    _within(samples.double().mean().item(), mean, std / math.sqrt(samples.numel()), hint, what)


def variance_is(samples: Tensor, variance: float, hint: str = "", what: str = "the variance") -> None:
    """Fail unless independent normal samples have this variance (5 standard errors of an estimate)."""
    error = variance * math.sqrt(2 / (samples.numel() - 1))
    _within(samples.double().var().item(), variance, error, hint, what)


def _within(value: float, expected: float, standard_error: float, hint: str, what: str) -> None:
    allowed = STANDARD_ERRORS * standard_error
    if not abs(value - expected) <= allowed:
        raise CheckFailed(f"{what} is {value:.5g}; expected {expected:.5g} within {allowed:.2g}", hint)


def law_is(
    samples: Tensor, cdf: Callable[[Any], Any], hint: str = "", what: str = "the distribution"
) -> None:
    """Fail unless independent samples follow the law with this CDF (Kolmogorov-Smirnov, false alarm 1e-6)."""
    from scipy import stats

    values = samples.double().flatten().numpy()
    if not np.isfinite(values).all():
        raise CheckFailed(f"{what} contains NaN or infinity", hint)
    test = stats.kstest(values, cdf)
    if test.pvalue < FALSE_ALARM:
        raise CheckFailed(
            f"{what} is {test.statistic:.3g} away from the right one (Kolmogorov-Smirnov)", hint
        )
