"""How near results must come, in every check of this assignment.

Public checks give a float32 answer its points where they can: which dtype came is a check of its own.
"""

from typing import Any

from torch import Tensor

from autograder.checks import close

SINGLE = 1e-5  # float32 rounds at 6e-8, on values up to 10 and quotients by 7/25
EXACT = 1e-12  # float64 rounds at 1e-16; a few operations stay far below this
DIGITS = 1e-10  # between the digits of float64 and of float32, after a whole chain
LONG = 1e-9  #   the same after a thousand operations, and where most digits cancel: 1 - alpha_bar is 1e-4
HALF = 1e-2  #   float16 rounds at 5e-4, a few times, on values up to 5

LAST_DIGITS = "float64 came in: if only the last digits differ, something passes through float32 on the way."


def near(
    actual: Any, expected: Any, what: str = "the result", hint: str = "", within: float = SINGLE
) -> None:
    """Fail unless all values come this near, relative to what is expected or in absolute terms."""
    close(actual, expected, rtol=within, atol=within, what=what, hint=hint)


def expect_all_digits(actual: Tensor, expected: Tensor, what: str = "the result") -> None:
    """Expect that float64 input keeps its digits."""
    near(actual, expected, f"{what} (in float64)", LAST_DIGITS, within=DIGITS)
