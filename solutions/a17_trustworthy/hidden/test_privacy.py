"""Hidden checks of private training: gradients by the chain rule, divergences as integrals."""

import math

import numpy as np
import torch
from torch import Tensor

from autograder.checks import any_of, close, expect, raises, task

from .. import plays
from ..tests.near import near, near_single, unchanged
from ..tests.test_privacy import private
from .fresh import expect_alike


def of_bent(parameters: dict[str, Tensor], x: Tensor, y: Tensor) -> dict[str, Tensor]:
    """Return each sample's gradients of half the squared error of tanh(W x + c)."""
    guess = torch.tanh(x @ parameters["W"].mT + parameters["c"])
    slope = (guess - y) * (1 - guess**2)
    return {"W": slope[:, :, None] * x[:, None], "c": slope}


def network(seed) -> tuple[dict[str, Tensor], Tensor, Tensor]:
    """Return parameters, five inputs and what should come out."""
    parameters = {"W": seed.fork("W").normal(2, 3), "c": seed.fork("c").normal(2)}
    return parameters, seed.fork("x").normal(5, 3), seed.fork("y").normal(5, 2)


def one_by_one(
    gradients: dict[str, Tensor], clip: float, sigma: float, noises: dict[str, Tensor], batch: float
) -> dict[str, Tensor]:
    """Return the private gradient, sample by sample."""
    total = {name: sigma * clip * noise if sigma else 0 * noise for name, noise in noises.items()}
    n = len(next(iter(gradients.values())))
    for i in range(n):
        numbers = [value for one in gradients.values() for value in one[i].flatten().tolist()]
        length = math.hypot(*numbers)
        factor = clip / length if length > clip else 1.0
        total = {name: value + factor * gradients[name][i] for name, value in total.items()}
    return {name: value / batch for name, value in total.items()}


# -------------------- 3.1 private_gradient
@task("private_gradient", gate=True)
def test_gradients_are_an_answer_at_all(submission, seed):
    """Each sample's gradients, or clipped means, go with fresh numbers"""
    parameters, x, y = network(seed)
    gradients = {"a": seed.fork("a").normal(6, 5), "b": seed.fork("b").normal(6, 3)}
    noises = {"a": torch.zeros(5).double(), "b": torch.zeros(3).double()}
    any_of(
        lambda: expect_alike(
            list(submission.play(plays.per_sample, "bent", parameters, x, y)["result"].values()),
            list(of_bent(parameters, x, y).values()),
        ),
        lambda: expect_alike(
            list(private(submission, gradients, 2.0, 0.0, noises, 6.0).values()),
            list(one_by_one(gradients, 2.0, 0.0, noises, 6.0).values()),
        ),
    )


@task("private_gradient", weight=2)
def test_fresh_gradients_of_each_sample(submission, seed):
    """Fresh gradients through tanh, sample by sample, in float64 and float32

    Sample by sample, one backward pass each gives the same as yours: nothing is averaged before it is
    clipped.
    """
    parameters, x, y = network(seed)
    due = of_bent(parameters, x, y)
    came = submission.play(plays.per_sample, "bent", parameters, x, y)
    near(came["result"], due, "the gradients")
    unchanged(came["parameters"], parameters)
    single = {name: one.float() for name, one in parameters.items()}
    came = submission.play(plays.per_sample, "bent", single, x[:2].float(), y[:2].float())["result"]
    for name in due:
        near_single(came[name], due[name][:2], f"the gradients of {name}")


@task("private_gradient", weight=3)
def test_fresh_private_gradients(submission, seed):
    """Fresh gradients of three parameters, clipped sample by sample: noise, any batch, float32

    One norm over all parameters of a sample, clipped to C, summed, plus noise of deviation sigma C, divided
    by the expected batch size: an empty batch too.
    """
    shapes = {"w": (2, 3), "s": (), "v": (4,)}
    for n, clip, sigma, batch in (
        (5, 1.5, 0.7, 4.0),
        (1, 100.0, 0.01, 7.5),
        (3, 1e-3, 0.0, 3.0),
        (0, 2.0, 1.0, 2.0),
    ):
        gradients = {
            name: (1 + 3 * n) * seed.fork(f"{name}{n}").normal(n, *shape) for name, shape in shapes.items()
        }
        noises = {name: seed.fork(f"noise {name}").normal(*shape) for name, shape in shapes.items()}
        due = one_by_one(gradients, clip, sigma, noises, batch)
        came = private(submission, gradients, clip, sigma, noises, batch)
        near(came, due, f"the gradient of {n} samples")
        single = [{name: one.float() for name, one in of.items()} for of in (gradients, noises)]
        came = private(submission, single[0], clip, sigma, single[1], batch)
        for name in shapes:
            near_single(came[name], due[name], f"the gradient of {name}")


# -------------------- 3.2 accountant
def by_integral(q: float, sigma: float, order: int) -> float:
    """Return the divergence of one step, as an integral over the noise that comes out."""
    x = np.linspace(-12 * sigma, order + 12 * sigma, 20_001)
    log_ratio = np.logaddexp(math.log1p(-q), math.log(q) + (2 * x - 1) / (2 * sigma**2))
    logs = order * log_ratio - x**2 / (2 * sigma**2) - math.log(sigma * math.sqrt(2 * math.pi))
    top = logs.max()
    return float(top + math.log(np.exp(logs - top).sum() * (x[1] - x[0]))) / (order - 1)


def by_fractions(q: float, sigma: float, order: int) -> float:
    """Return the divergence from the sum itself, where nothing overflows."""
    terms = [
        math.comb(order, i) * (1 - q) ** (order - i) * q**i * math.exp(i * (i - 1) / (2 * sigma**2))
        for i in range(order + 1)
    ]
    return math.log(math.fsum(terms)) / (order - 1)


@task("accountant", gate=True)
def test_costs_are_an_answer_at_all(submission, seed):
    """Divergences or epsilons go with fresh rates and noises"""
    q, sigma = 0.05 + 0.2 * seed.fork("q").uniform(8), 0.8 + 2 * seed.fork("s").uniform(8)
    pairs = list(zip(q.tolist(), sigma.tolist(), strict=True))
    any_of(
        lambda: expect_alike(
            [submission.accountant.rdp_subsampled_gaussian(*pair, 4) for pair in pairs],
            [by_fractions(*pair, 4) for pair in pairs],
        ),
        lambda: expect_alike(
            [submission.accountant.epsilon(*pair, 50, 1e-4)[0] for pair in pairs],
            [converted(*pair, 50, 1e-4, range(2, 20))[0] for pair in pairs],
        ),
    )


def converted(q: float, sigma: float, steps: int, delta: float, orders: range) -> tuple[float, int]:
    """Return the least epsilon, and its order, where nothing overflows."""
    ways = [
        (steps * by_fractions(q, sigma, a) + math.log((a - 1) / a) + math.log(1 / (delta * a)) / (a - 1), a)
        for a in orders
    ]
    return min(ways)


@task("accountant", weight=2)
def test_fresh_divergences(submission, seed):
    """Fresh divergences are integrals over what comes out; ends of the scale at fresh orders

    Compare with the integral of the subsampled Gaussian by quadrature: fresh rates, and rates of 0 and 1.
    Sums of exp are done in logarithms.
    """
    q = 0.01 + 0.5 * seed.fork("q").uniform(4)
    sigma = 0.7 + 3 * seed.fork("s").uniform(4)
    cost = submission.accountant.rdp_subsampled_gaussian
    for rate, noise, order in zip(q.tolist(), sigma.tolist(), (2, 3, 11, 40), strict=True):
        close(
            cost(rate, noise, order), by_integral(rate, noise, order), rtol=1e-7, what=f"the cost at {order}"
        )
        close(cost(1.0, noise, order), order / (2 * noise**2), rtol=1e-12, what="the cost for q = 1")
    close(cost(0.5, 0.05, 200), by_integral(0.5, 0.05, 200), rtol=1e-7, what="the cost of hardly any noise")
    near(cost(0.0, 0.0, 7), 0.0, "the cost for q = 0")
    expect(cost(1.0, 0.0, 2) == math.inf, "the cost without noise is finite")
    for order in (1, 0, -3):
        with raises(ValueError):
            cost(0.0, 1.0, order)


@task("accountant", weight=2)
def test_fresh_epsilons(submission, seed):
    """Fresh epsilons by trying every order, with the order that gives each; orders in any order

    steps rdp + ln((a - 1) / a) - (ln delta + ln a) / (a - 1) for each order a: the least, with its order, the
    first of equals, whatever their order.
    """
    for i, (steps, delta) in enumerate(((1, 1e-3), (300, 1e-6), (40, 0.5))):
        q, sigma = (
            0.02 + 0.1 * seed.fork(f"q{i}").uniform(1).item(),
            1.2 + seed.fork(f"s{i}").uniform(1).item(),
        )
        came = submission.accountant.epsilon(q, sigma, steps, delta)
        expect(2 <= came[1] <= 256, f"the order is {came[1]}")
        due = converted(q, sigma, steps, delta, range(2, 30))
        if due[1] < 29:
            near(came, due, "epsilon and order", within=1e-8)
        came = submission.accountant.epsilon(q, sigma, steps, delta, [7, 3, 12])
        near(came, min(converted(q, sigma, steps, delta, range(a, a + 1)) for a in (7, 3, 12)), within=1e-8)
    came = submission.accountant.epsilon(0.0, 1.0, 9, 1e-5)
    near(
        came, (math.log(255 / 256) - math.log(256e-5) / 255, 256), "epsilon and order of nobody", within=1e-9
    )
    came = submission.accountant.epsilon(1.0, 0.0, 9, 1e-5)
    expect(came[0] == math.inf and came[1] == 2, f"epsilon and order are {came}; expected inf and 2")
