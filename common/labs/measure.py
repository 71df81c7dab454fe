"""What a lab's judge wants of a file, and what it says about the content."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Wanted:
    """One array that a file must hold."""

    shape: tuple[int, ...]
    kind: str  # numpy's letter: "f" for floating point, "i" for integers

    @property
    def words(self) -> str:
        """Say for people what is wanted."""
        return f"{'floats' if self.kind == 'f' else 'integers'} of shape {self.shape}"


@dataclass(frozen=True)
class Measure:
    """One number about what was handed in, and what was wanted of it."""

    name: str
    value: float
    limit: float
    at_most: bool  # or at least
    says: str

    @property
    def ok(self) -> bool:
        """Tell whether the number is as wanted; NaN never is."""
        return self.value <= self.limit if self.at_most else self.value >= self.limit


def unmet(measures: Iterable[Measure], digits: int = 2) -> str:
    """Say for a lab's own test what is not as wanted; "" when everything is."""
    failing = (one for one in measures if not one.ok)
    return "; ".join(
        f"{one.name} {one.value:.{digits}f}, wanted {one.limit:g}: {one.says}" for one in failing
    )
