"""How near results must come, in every check of this assignment, and what several of them say."""

from typing import Any

from autograder.checks import close

EXACT = 1e-10  # float64 rounds at 1e-16; sums of some hundred terms stay far below this
LONG = 1e-8  #   the same behind a few layers with norms, or a chain of steps
SINGLE = 1e-4  # float32 rounds at 6e-8, on sums of some hundred terms

IN_PLACE = "Methods that end in _ and assignments like x *= 2 or x[i] = 0 write into the caller's tensor."
NO_GRADIENT = "with torch.no_grad(): around the work. A detach() at the end comes too late for the memory."


def near(actual: Any, expected: Any, what: str = "the result", hint: str = "", within: float = EXACT) -> None:
    """Fail unless all values come this near, relative to what is expected or in absolute terms."""
    close(actual, expected, rtol=within, atol=within, what=what, hint=hint)
