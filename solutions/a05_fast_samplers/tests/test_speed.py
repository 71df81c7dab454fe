"""Tasks 1.3 and 3.2: what a whole batch costs, in units of a yardstick. The bars show how far you are."""

import torch

from autograder.checks import Seed, close, task

from .. import plays

ALPHA_BAR = torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64), 0)


def many_sigmas(seed: Seed) -> tuple[torch.Tensor, ...]:
    """20,000 noise levels in mixed order, and a schedule of 1,000 steps."""
    return (2 * seed.normal(20000)).exp().clamp(0.011, 150), ALPHA_BAR


def each_step_has_its_sigma(t: torch.Tensor, _: torch.Tensor, args: tuple[torch.Tensor, ...]) -> None:
    """Between its two neighbours the logarithm of sigma must be what came in."""
    sigma, alpha_bar = args
    table = torch.logit(1 - alpha_bar) / 2  # ln(sigma) of each step
    below = t.floor().clamp(0, len(table) - 2)
    here, there = table[below.long()], table[below.long() + 1]
    close(here.lerp(there, t - below), sigma.log(), rtol=0, atol=1e-9, what="ln(sigma) at t")


@task("sigma_to_t")
def test_many_sigmas_need_no_table_of_differences(speed):
    """20,000 sigmas cost about as much as torch.searchsorted for them"""
    hint = "The table of ln(sigma) is sorted: torch.searchsorted finds the places of all sigmas at once."
    speed("grid.sigma_to_t", plays.find_places, many_sigmas, each_step_has_its_sigma, hint)


def large_image(seed: Seed) -> tuple[torch.Tensor, list[float]]:
    """An image of 384 x 384 pixels, and 200 steps from sigma = 80 to 0.1."""
    levels = [80 * (0.1 / 80) ** (i / 200) for i in range(201)]
    return seed.normal(1, 1, 384, 384, dtype=torch.float32), levels


@task("dpm_sample")
def test_memory_does_not_grow_with_steps(memory):
    """200 steps hold a few images at once, not those of all steps"""
    hint = (
        "Keep the prediction of the step before and no older one, and record no gradients: torch.no_grad()."
    )
    memory(plays.dpm_sample_of_black, plays.shrink_in_steps, large_image, hint=hint)
