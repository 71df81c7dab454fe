"""Long forecasts from models with short leads: Pangu-Weather's plan, and FuXi's chain of three models."""

from collections.abc import Callable, Sequence

from jaxtyping import Float
from torch import Tensor

State = Float[Tensor, "*state"]


def lead_times(hours: int, models: Sequence[int] = (24, 6, 3, 1)) -> list[int]:
    """Return the leads whose sum is `hours`: always the largest that still fits (Bi et al. 2023).

    Raises ValueError where that does not end at 0, and for hours of 0 or less.
    """
    # BEGIN SOLUTION
    if hours <= 0:
        raise ValueError(f"{hours} hours are no lead")
    plan: list[int] = []
    for lead in sorted(models, reverse=True):
        count, hours = divmod(hours, lead)
        plan += [lead] * count
    if hours:
        raise ValueError(f"{hours} hours are left over")
    return plan
    # END SOLUTION


def hourly_forecasts(x: State, models: dict[int, Callable[[State], State]], hours: int) -> list[State]:
    """Return the states of hours 1, 2, ..., `hours`, with one call for each.

    Hour h comes from the state of hour h - k by the model with the largest lead k that divides h. Raises
    ValueError where no lead does, and for hours of 0 or less.
    """
    # BEGIN SOLUTION
    if hours <= 0:
        raise ValueError(f"{hours} hours have no forecast")
    states = [x]
    for hour in range(1, hours + 1):
        fitting = [lead for lead in models if hour % lead == 0]
        if not fitting:
            raise ValueError(f"no lead divides {hour}")
        lead = max(fitting)
        states.append(models[lead](states[hour - lead]))
    return states[1:]
    # END SOLUTION


def cascade(
    models: Sequence[Callable[[State, State], State]],
    steps: Sequence[int],
    before: State,
    now: State,
) -> list[State]:
    """Return the states of all steps: of the first model so many, then of the second, ... (Chen et al. 2023).

    A model makes the next state of (the one before, the one now). Raises ValueError unless there is a number
    of steps for each model.
    """
    # BEGIN SOLUTION
    states = [before, now]
    for model, count in zip(models, steps, strict=True):
        for _ in range(count):
            states.append(model(*states[-2:]))
    return states[2:]
    # END SOLUTION
