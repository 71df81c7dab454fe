"""How near results must come, in every check of this assignment.

Public checks give a float32 answer its points where they can: which dtype came is a check of its own.
"""

from typing import Any

from autograder.checks import close

SINGLE = 1e-5  # float32 rounds at 6e-8; sums of a hundred products
EXACT = 1e-10  # float64 rounds at 1e-16; sums of a thousand products and a few norms stay far below this
LONG = 1e-8  #   the same behind a whole network, or where angles are as large as the time


def near(
    actual: Any, expected: Any, what: str = "the result", hint: str = "", within: float = SINGLE
) -> None:
    """Fail unless all values come this near, relative to what is expected or in absolute terms."""
    close(actual, expected, rtol=within, atol=within, what=what, hint=hint)
