"""How near results must come, in every check of this assignment."""

from typing import Any

from autograder.checks import close

SINGLE = 1e-5  # float32 rounds at 6e-8, in sums of a few dozen values
EXACT = 1e-12  # float64 rounds at 1e-16; a few operations stay far below this
LONG = 1e-9  #   the same after dozens of steps, and where digits cancel
TORCHS = 2e-6  # torch divides by norm + 1e-6 where a task divides by the norm
HALF = 2e-3  #   float16 rounds at 5e-4, bfloat16 at 4e-3


def near(actual: Any, expected: Any, what: str = "the result", hint: str = "", within: float = EXACT) -> None:
    """Fail unless all values come this near, relative to what is expected or in absolute terms."""
    close(actual, expected, rtol=within, atol=within, what=what, hint=hint)


def same_bits(actual: Any, expected: Any, what: str, hint: str = "") -> None:
    """Fail unless all values are equal to the bit."""
    close(actual, expected, rtol=0, what=what, hint=hint)
