"""Seeds: the only form in which randomness reaches a check, so that every run can be repeated."""

from __future__ import annotations

import hashlib
import hmac
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

BITS = 63  # what torch.Generator accepts as a non-negative seed


@dataclass(frozen=True)
class Seed:
    """A number from which a check draws all its inputs; the same seed always gives the same draws."""

    n: int

    def fork(self, label: str) -> Seed:
        """Return another, independent seed named by `label`."""
        return Seed(_number(hashlib.sha256(f"{self.n}/{label}".encode()).digest()))

    def generator(self) -> torch.Generator:
        """Return a CPU generator that starts at this seed."""
        import torch

        return torch.Generator().manual_seed(self.n)

    def normal(self, *shape: int, dtype: torch.dtype | None = None) -> torch.Tensor:
        """Draw standard normal numbers (float64 unless `dtype` says otherwise)."""
        import torch

        return torch.randn(shape, generator=self.generator(), dtype=dtype or torch.float64)

    def uniform(self, *shape: int, dtype: torch.dtype | None = None) -> torch.Tensor:
        """Draw uniform numbers from [0, 1) (float64 unless `dtype` says otherwise)."""
        import torch

        return torch.rand(shape, generator=self.generator(), dtype=dtype or torch.float64)

    def integer(self, low: int, high: int) -> int:
        """Draw one integer from low to high, both included."""
        return random.Random(self.n).randint(low, high)


def assignment_key(course_key: bytes, assignment: str) -> bytes:
    """Derive one assignment's key: who holds it knows nothing of the course key and of other assignments."""
    return hmac.digest(course_key, assignment.encode(), "sha256")


def student_seed(key: bytes, student: str) -> Seed:
    """Derive one student's seed from an assignment's key, so that nobody without the key can predict it."""
    return Seed(_number(hmac.digest(key, student.encode(), "sha256")))


PRACTICE = Seed(20260901)  # of local runs, the same for everybody


def _number(digest: bytes) -> int:
    return int.from_bytes(digest[:8], "little") >> (64 - BITS)
