"""Hidden checks of GenCast: fresh losses place by place, samplers number by number, and whole ensembles."""

import math
from itertools import pairwise

import torch
from torch import Tensor

from autograder.checks import any_of, close, exactly, raises, task
from autograder.nearness import LONG, near, near_single

from .. import plays
from .fresh import expect_alike, not_the_input

Numbers = list[float]


def clean(numbers: Numbers, y: float, sigma: float, curved: bool, before: float = 0, now: float = 0) -> float:
    """Return the expected change of one number."""
    mean = numbers[0] + numbers[1] * now + numbers[2] * before
    value = mean + numbers[3] ** 2 * (y - mean) / (numbers[3] ** 2 + sigma**2)
    return math.tanh(value) if curved else value


def one_number(
    numbers: Numbers, start: float, noises: Numbers, sigmas: Numbers, settings: Numbers, curved: bool,
    told: tuple[float, float] = (0, 0),
) -> float:  # fmt: skip
    """Sample one number: exponential integrator in the logarithm of the level, second order by its middle."""
    churn, churn_min, inflation = settings
    x, n, fresh = sigmas[0] * start, len(sigmas) - 1, list(noises)
    for sigma, after in pairwise(sigmas):
        if churn > 0 and sigma >= churn_min:
            higher = sigma * (1 + min(churn / n, math.sqrt(2) - 1))
            x += math.sqrt(higher**2 - sigma**2) * inflation * fresh.pop(0)
            sigma = higher
        d = clean(numbers, x, sigma, curved, *told)
        if after == 0:
            return d
        middle = math.exp((math.log(sigma) + math.log(after)) / 2)
        d = clean(numbers, d + (x - d) * middle / sigma, middle, curved, *told)
        x = d + (x - d) * after / sigma
    raise AssertionError


def all_numbers(
    numbers: Numbers, args: list, settings: Numbers, curved: bool, told: list[Tensor] | None = None
) -> Tensor:
    """Sample each number of a batch for itself."""
    start, noises, sigmas = args[:3]
    flat = noises.flatten(1).T.tolist() if len(noises) else [[] for _ in range(start.numel())]
    pairs = [(0.0, 0.0)] * start.numel()
    if told is not None:
        pairs = list(zip(*(one.flatten().tolist() for one in told), strict=True))
    values = [
        one_number(numbers, first, row, sigmas.tolist(), settings, curved, pair)
        for first, row, pair in zip(start.flatten().tolist(), flat, pairs, strict=True)
    ]
    return torch.tensor(values, dtype=torch.float64).view(start.shape)


@task("gencast", gate=True)
def test_gencast_is_an_answer_at_all(submission, seed):
    """Fresh changes go with their noise, or losses with how much is missed"""
    start, noises = seed.fork("start").normal(2, 2, 3, 2), seed.fork("noises").normal(2, 2, 2, 3, 2)
    args = [start, noises, exactly(6, 2, 0.4, 0)]
    numbers = [0.1, 0.0, 0.0, 1.0]
    zero = torch.zeros(4, 2, 3, 2).double()
    sizes = exactly(0.5, 1, 2, 4)

    def losses() -> None:
        after = sizes[:, None, None, None] * seed.fork("after").normal(1, 2, 3, 2)
        loss_args = [zero, zero, after, torch.ones(4).double(), zero, exactly(1, 1), torch.ones(3).double()]
        expect_alike(submission.play(plays.gencast_loss, [0.0] * 4, loss_args)["loss"], sizes**2)

    def changes() -> None:
        came = submission.play(plays.sample_change, numbers, args)["change"]
        not_the_input(came, start)
        expect_alike(came, all_numbers(numbers, args, [2.5, 0.75, 1.05], False))

    any_of(changes, losses)


@task("gencast", weight=2)
def test_fresh_samples(submission, seed):
    """Denoisers that are not linear, number by number, with other levels and settings; float32

    The middle of a step is that of logarithms, both questions start from the raised level, and the last step
    is the denoiser's answer. Follow one number through a denoiser that is not linear.
    """
    sigmas = exactly(9, 4, 1.5, 0.75, 0.3, 0.1, 0)
    for settings, k in (
        ([], 4),
        ([0.9, 0.2, 1.2], 5),
        ([4.0, 1.5, 0.9], 3),
        ([1.0, 1.6, 1.0], 2),
        ([0.0], 0),
    ):
        fresh = seed.fork(str(settings))
        start, noises = fresh.fork("start").normal(2, 2, 1, 3), fresh.fork("noises").normal(k, 2, 2, 1, 3)
        numbers = [0.4, 0.0, 0.0, 0.8]
        args = [start, noises, sigmas, *settings]
        whole = (settings + [2.5, 0.75, 1.05][len(settings) :])[:3]
        due = all_numbers(numbers, args, whole, curved=True)
        came = submission.play(plays.sample_change, numbers, args, True)
        near(came["change"], due, f"the change with {whole}", within=LONG)
        with raises(ValueError):
            submission.play(
                plays.sample_change, numbers, [start, torch.ones(k + 1, 2, 2, 1, 3).double(), *args[2:]]
            )
        single = [start.float(), noises.float(), *args[2:]]
        near_single(submission.play(plays.sample_change, numbers, single, True)["change"], due, "in float32")


@task("gencast", weight=2)
def test_fresh_losses(submission, seed):
    """Fresh states, levels and weights, place by place, with denoisers that are told both states

    Weights of rows, of variables and of the level multiply the squared error; the denoiser is told both
    earlier states.
    """
    before, now, after, noise = (seed.fork(name).normal(3, 2, 3, 2) for name in ("b", "n", "a", "noise"))
    sigma, std = seed.fork("sigma").uniform(3) * 3 + 0.1, seed.fork("std").uniform(2) + 0.5
    w, numbers = seed.fork("w").uniform(3) + 0.2, [0.1, 0.7, -0.4, 0.9]
    args = [before, now, after, sigma, noise, std, w]
    came = submission.play(plays.gencast_loss, numbers, args, True)["loss"]
    for b in range(3):
        total = 0.0
        for c, i, j in torch.cartesian_prod(torch.arange(2), torch.arange(3), torch.arange(2)).tolist():
            at, level = (b, c, i, j), sigma[b].item()
            change = (after[at] - now[at]).item() / std[c].item()
            y = change + level * noise[at].item()
            guess = clean(numbers, y, level, True, before[at].item(), now[at].item())
            total += w[i].item() * (guess - change) ** 2 / 12
        close(came[b], total * (1 + 1 / sigma[b].item() ** 2), rtol=1e-11, what=f"the loss of example {b}")


@task("gencast", weight=2)
def test_fresh_ensembles(submission, seed):
    """Fresh ensembles of two steps, number by number: each member's own states, starts and noises

    Each member has its own states and noises, and its second step starts from its own first. The residual is
    added to the last state.
    """
    before, now = seed.fork("before").normal(3, 2, 1, 2), seed.fork("now").normal(3, 2, 1, 2)
    sigmas, std, numbers = exactly(4, 0.9, 0.2, 0), exactly(0.5, 1.5), [0.1, -0.4, 0.3, 0.7]
    starts, noises = seed.fork("starts").normal(2, 3, 2, 1, 2), seed.fork("noises").normal(2, 2, 3, 2, 1, 2)
    came = submission.play(plays.ensemble_forecast, numbers, [before, now, starts, noises, sigmas, std])
    states = [before, now]
    for step in range(2):
        args = [starts[step], noises[step], sigmas]
        change = all_numbers(numbers, args, [2.5, 0.75, 1.05], False, told=states[-2:])
        states.append(states[-1] + std[:, None, None] * change)
    near(came["states"], torch.stack(states[2:]), "the states", within=LONG)
