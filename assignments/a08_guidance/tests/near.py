"""How near results must come, in every check of this assignment."""

from typing import Any

from autograder.checks import close

EXACT = 1e-12  # float64 rounds at 1e-16; a few operations stay far below this
LONG = 1e-9  # the same after a thousand steps, and where most digits cancel
SINGLE = 1e-5  # float32 rounds at 6e-8, on values up to 30 and a few operations
HALF = 5e-3  # float16 rounds at 5e-4, on values up to 5
QUADRATURE = 1e-5  # of the mean of a guided ODE: five digits, as task 5.2 asks

DIGITS = (
    "The first digits are right and the last are not: float32 arithmetic does that, and so does a small "
    "constant such as 1e-8. Work in the dtype that came in, or in float64."
)


def near(actual: Any, expected: Any, what: str = "the result", hint: str = "", within: float = EXACT) -> None:
    """Fail unless all values come this near, relative to what is expected or in absolute terms.

    Where float32's digits are right and no more, that is said instead of the hint.
    """
    coarse = max(SINGLE, within)
    close(actual, expected, rtol=coarse, atol=coarse, what=what, hint=hint)
    close(actual, expected, rtol=within, atol=within, what=what, hint=DIGITS)
