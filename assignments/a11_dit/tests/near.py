"""How near results must come, and what is said of gradients, in every check of this assignment."""

from typing import Any

from torch import Tensor

from autograder.checks import close, expect

EXACT = 1e-11  # float64 rounds at 1e-16; sums of some hundred terms stay far below this
LONG = 1e-9  # the same behind a few layers with norms, or a chain of steps
WORKED = 2e-6  # of numbers that the handout gives with six or seven digits
SINGLE = 2e-5  # float32 rounds at 6e-8, on values up to 100 and a few operations
DIGITS = (
    "The first digits are right and the last are not: float32 arithmetic does that, and so does another "
    "small constant in a norm. Angles and frequencies are asked in float64, and eps is 1e-6."
)
IN_PLACE = "Methods that end in _ and assignments like x *= 2 or x[i] = 0 write into the caller's tensor."
DETACHED = "Whatever is detached, or copied by .data or .item(), gets no gradient: it is a constant."


def near(actual: Any, expected: Any, what: str = "the result", hint: str = "", within: float = EXACT) -> None:
    """Fail unless all values come this near, relative to what is expected or in absolute terms.

    Where float32's digits are right and no more, that is said instead of the hint.
    """
    coarse = max(SINGLE, within)
    close(actual, expected, rtol=coarse, atol=coarse, what=what, hint=hint)
    close(actual, expected, rtol=within, atol=within, what=what, hint=DIGITS)


def gradients_near(
    came: list[Tensor | None], expected: dict[str, Tensor], hint: str = "", within: float = EXACT
) -> None:
    """Fail unless each gradient is there and comes near."""
    for gradient, (name, right) in zip(came, expected.items(), strict=True):
        expect(gradient is not None, f"no gradient reaches {name}", DETACHED)
        near(gradient, right, f"the gradient of {name}", hint, within)
