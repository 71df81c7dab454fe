"""Few bits: losses that are scaled for float16, and weights that are rounded at random for bfloat16."""

from collections.abc import Iterable
from typing import Any

import torch
from jaxtyping import BFloat16, Float, Float32
from torch import Tensor, nn

from .clip import clip_by_norm


class LossScaler:
    """Chooses by how much a loss is multiplied, so that its half-precision gradients are not 0.

    Micikevicius et al. 2018, Sec. 3.2, with the dynamic choice of the scale: it shrinks when a gradient
    is not finite, and grows when `interval` steps in a row were fine.
    """

    def __init__(
        self,
        scale: float = 65536.0,  #  what the loss is multiplied by at first
        growth: float = 2.0,  #     factor after `interval` good steps in a row
        backoff: float = 0.5,  #    factor after a bad one
        interval: int = 2000,
    ) -> None:
        self.scale, self.growth, self.backoff, self.interval = scale, growth, backoff, interval
        self.good = 0  # good steps since the scale last changed or a step was bad

    def state_dict(self) -> dict[str, Any]:
        """Return what changes from step to step."""
        return {"scale": self.scale, "good": self.good}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what `state_dict` returned."""
        self.scale, self.good = state["scale"], state["good"]

    def unscale(self, gradients: list[Float[Tensor, "..."]]) -> tuple[list[Float32[Tensor, "..."]], bool]:
        """Return new gradients in float32, divided by the scale, and whether every value of them is finite.

        They are cast before they are divided. What came in is not changed.
        """
        # BEGIN SOLUTION
        unscaled = [g.float() / self.scale for g in gradients]
        return unscaled, all(bool(g.isfinite().all()) for g in unscaled)
        # END SOLUTION

    def update(self, finite: bool) -> None:
        """Choose the next scale: after a bad step times `backoff`, after `interval` good ones times `growth`.

        `good` counts the good steps in a row, and begins again at 0 after a bad step and after a growth. A
        growth to what float32 cannot hold is not taken; counting begins again all the same.
        """
        # BEGIN SOLUTION
        if not finite:
            self.scale, self.good = self.scale * self.backoff, 0
            return
        self.good += 1
        if self.good == self.interval:
            self.good = 0
            grown = self.scale * self.growth
            if torch.tensor(grown, dtype=torch.float32).isfinite():
                self.scale = grown
        # END SOLUTION

    def scaled_step(
        self, optimizer: torch.optim.Optimizer, parameters: Iterable[nn.Parameter], max_norm: float
    ) -> bool:
        """Unscale the gradients of float32 parameters, clip them, make a step, and update the scale.

        Parameters without a gradient are skipped. If a value is not finite there is no step: weights and the
        optimizer's state stay as they are. Returns whether a step was made.
        """
        # BEGIN SOLUTION
        trained = [p for p in parameters if p.grad is not None]
        gradients, finite = self.unscale([p.grad for p in trained])
        if finite:
            for i, p in enumerate(trained):
                p.grad = gradients[i]
            clip_by_norm(trained, max_norm)  # the norm of the real gradient, not of the scaled one
            optimizer.step()
        self.update(finite)
        return finite
        # END SOLUTION


def stochastic_round(
    x: Float32[Tensor, "*dims"],
    uniform: Float[Tensor, "*dims"],  # in [0, 1), one for each value
) -> BFloat16[Tensor, "*dims"]:
    """Round to one of the two neighbours in bfloat16, so that the mean over `uniform` is x.

    bfloat16 is the upper half of float32. Cutting the lower 16 bits off rounds towards zero; with f these
    bits over 65536, the result is the neighbour away from zero where `uniform < f`, and the cut value
    elsewhere. Infinities and NaN stay.
    """
    # BEGIN SOLUTION
    bits = x.view(torch.int32)
    low = bits & 0xFFFF
    away = uniform < low / 65536
    rounded = bits - low + away.int() * 65536  # a carry goes into the exponent, as it should
    return torch.where(x.isfinite(), rounded.view(torch.float32), x).bfloat16()
    # END SOLUTION
