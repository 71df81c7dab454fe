"""Numbers in float64, how near results must come, and probes of samplers that are linear in their noise."""

from typing import Any

import torch
from torch import Tensor

from autograder.checks import close, expect

EXACT = 1e-12  # float64 rounds at 1e-16; a few operations stay far below this
LONG = 1e-9  # the same after a whole chain, and where digits cancel
SINGLE = 1e-5  # float32 rounds at 6e-8, on values up to 30 and a few operations
ORDER = "Levels go from noisy to clean, and the first of the noises belongs to the first step."
IN_PLACE = "Methods that end in _ and assignments like x *= 2 or x[i] = 0 write into the caller's tensor."
NO_GRADIENT = "with torch.no_grad(): around the loop. A detach() at the end comes too late for the memory."
DIGITS = (
    "The first digits are right and the last are not: float32 arithmetic does that, and so does a small "
    "constant such as 1e-8. Grids and coefficients are float64."
)


def exactly(*values: float) -> Tensor:
    """Return the values in float64."""
    return torch.tensor(values, dtype=torch.float64)


def near(actual: Any, expected: Any, what: str, hint: str = "", rtol: float = EXACT) -> None:
    """Expect more digits than float32 has; where only its digits are right, say so instead of the hint."""
    close(actual, expected, rtol=SINGLE, atol=SINGLE, what=what, hint=hint)
    close(actual, expected, rtol=rtol, atol=rtol, what=what, hint=DIGITS)


def expect_dtype(value: Tensor, dtype: torch.dtype, hint: str = "Cast the result.") -> None:
    """Expect the dtype that the task names."""
    expect(value.dtype == dtype, f"the result is {value.dtype}; expected {dtype}", hint)


def probes(steps: int) -> tuple[Tensor, Tensor]:
    """Return x_T and noises, all 0 but for one 1 in each sample: sample 1 has it in x_T, 2 + i in noise i."""
    x_T, noises = torch.zeros(steps + 2).double(), torch.zeros(steps, steps + 2).double()
    x_T[1] = 1
    noises[range(steps), range(2, steps + 2)] = 1
    return x_T, noises


def probed(result: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return intercept, coefficient of x_T and coefficient of each noise, from what probes became."""
    return result[0], result[1] - result[0], result[2:] - result[0]


def expect_told(asked: list[dict[str, Any]], key: str, expected: list[Any], hint: str) -> None:
    """Expect that the model was told these steps or levels, one call after the other."""
    told = [call[key][0].item() if isinstance(call[key], Tensor) else call[key] for call in asked]
    expect(
        len(told) == len(expected), f"the model was called {len(told)} times; expected {len(expected)}", hint
    )
    close(exactly(*told), exactly(*expected), rtol=EXACT, atol=EXACT, what=f"{key} of call", hint=hint)


def expect_no_trace(came: dict[str, Any], *arguments: Tensor) -> None:
    """Expect that no gradient was recorded and no argument changed."""
    expect(not came["tracked"], "gradients were recorded on the way", NO_GRADIENT)
    close(came["arguments"], list(arguments), rtol=0, what="the arguments", hint=IN_PLACE)
