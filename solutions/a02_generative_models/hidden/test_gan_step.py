"""Hidden checks of one round: both players' steps written out for networks, momentum and every kind."""

import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.checks import Seed, close, expect, task

from .. import plays_gan
from .fresh import EXACT, exactly, expect_alike

COSTS = {  # of a critic's answers on real images, on generated ones, and to the generator
    "non_saturating": (lambda r: F.softplus(-r), F.softplus, lambda f: F.softplus(-f)),
    "hinge": (lambda r: F.relu(1 - r), lambda f: F.relu(1 + f), lambda f: -f),
    "least_squares": (lambda r: (r - 1) ** 2 / 2, lambda f: f**2 / 2, lambda f: (f - 1) ** 2 / 2),
    "wasserstein": (lambda r: -r, lambda f: f, lambda f: -f),
}


def players(seed: Seed) -> tuple[list[Tensor], list[Tensor]]:
    """Return a generator from 2 to 3 numbers, and a critic with a hidden layer of four."""
    generator = [seed.fork("bias").normal(3), seed.fork("weight").normal(2, 3)]
    return generator, [seed.fork("A").normal(3, 4) / 2, seed.fork("B").normal(4)]


def answers(critic: list[Tensor], x: Tensor) -> Tensor:
    """Return what the critic says."""
    return (x @ critic[0]).tanh() @ critic[1]


def played(
    generator: list[Tensor],
    critic: list[Tensor],
    real: Tensor,
    noises_d: Tensor,
    noises_g: Tensor,
    kind: str,
    gamma: float = 0.0,
    rate: float = 0.1,
    momentum: float = 0.0,
    frozen: bool = False,
) -> tuple[list[list[float]], list[list[Tensor]]]:
    """Return losses and weights of all rounds, each player's velocity kept by hand."""
    of_real, of_fake, to_generator = COSTS[kind]
    g, d = [w.clone() for w in generator], [w.clone() for w in critic]
    speed_g, speed_d = [0 * w for w in g], [0 * w for w in d]
    losses, after = [], []
    for z_d, z_g in zip(noises_d, noises_g, strict=True):
        d = [w.detach().requires_grad_() for w in d]
        loss_d = of_real(answers(d, real)).mean() + of_fake(answers(d, z_d @ g[1] + g[0])).mean()
        slope = ((1 - (real @ d[0]).tanh() ** 2) * d[1]) @ d[0].T
        by = torch.autograd.grad(loss_d + gamma / 2 * slope.square().sum(1).mean(), d)
        speed_d = [momentum * s + b for s, b in zip(speed_d, by, strict=True)]
        rates = [rate, 0.0 if frozen else 2 * rate]
        d = [w.detach() - r * s for w, r, s in zip(d, rates, speed_d, strict=True)]
        g = [w.detach().requires_grad_() for w in g]
        loss_g = to_generator(answers(d, z_g @ g[1] + g[0])).mean()
        speed_g = [momentum * s + b for s, b in zip(speed_g, torch.autograd.grad(loss_g, g), strict=True)]
        g = [w.detach() - rate * s for w, s in zip(g, speed_g, strict=True)]
        losses.append([loss_d.item(), loss_g.item()])
        after.append([*g, *d])
    return losses, after


def data(seed: Seed, rounds: int = 3) -> tuple[Tensor, Tensor, Tensor]:
    """Return five real images, and noises for both players."""
    real = 1 + seed.fork("real").normal(5, 3)
    return real, seed.fork("d").normal(rounds, 5, 2), seed.fork("g").normal(rounds, 5, 2)


def compare(submission, networks, inputs, **settings) -> dict:
    """Play rounds and expect losses and weights to be those written out; return the evidence."""
    came = submission.play(plays_gan.rounds, *networks, *inputs, **settings)
    given = {name: value for name, value in settings.items() if name != "stale"}
    losses, weights = played(*networks, *inputs, **given)
    close(came["losses"], losses, rtol=1e-9, atol=EXACT, what="the losses")
    close(came["weights"], weights, rtol=1e-9, atol=EXACT, what="the weights after each round")
    return came


# -------------------- 2.5 gan_step
@task("gan_step", gate=True)
def test_round_is_an_answer_at_all(submission, seed):
    """The losses that come back go with the right ones, and some weight moves"""
    came, due = [], []
    for i, kind in enumerate(("hinge", "least_squares", "wasserstein")):
        networks, inputs = players(seed.fork(kind)), data(seed.fork(kind), 2)
        evidence = submission.play(plays_gan.rounds, *networks, *inputs, kind, rate=0.05 * (i + 1))
        came += [float(loss) for losses in evidence["losses"] for loss in losses]
        losses, _ = played(*networks, *inputs, kind, rate=0.05 * (i + 1))
        due += [loss for pair in losses for loss in pair]
        moved = (evidence["weights"][-1][2] - networks[1][0]).abs().max()
        expect(moved > 0, "the critic does not move")
    expect_alike(exactly(*came), exactly(*due))


@task("gan_step", weight=2)
def test_rounds_of_every_kind(submission, seed):
    """Two rounds of networks, of every kind that both losses know, written out

    One round: the critic learns first, on detached fakes, then the generator against the new critic. Try each
    kind that both losses know.
    """
    for kind in COSTS:
        compare(submission, players(seed), data(seed, 2), kind=kind)


@task("gan_step")
def test_rounds_with_r1(submission, seed):
    """Three rounds with R1 of 0.7, whose value is in no loss that comes back

    R1 is taken at real images, gamma / 2 times the mean squared gradient, and belongs to the critic's step
    alone; the loss that comes back is without it.
    """
    compare(submission, players(seed), data(seed), kind="non_saturating", gamma=0.7)


@task("gan_step")
def test_rounds_with_momentum_and_stale_gradients(submission, seed):
    """Optimizers with momentum and two rates; old gradients lie around, and count nowhere

    Leave gradients of before lying around and use momentum: each step clears exactly what it trains.
    """
    compare(submission, players(seed), data(seed, 4), kind="hinge", momentum=0.8, rate=0.05, stale=True)


@task("gan_step")
def test_frozen_weights_stay(submission, seed):
    """A critic's weight that is not trained stays as it is, and is not trainable afterwards

    A weight that does not require a gradient before the round does not afterwards, and does not move: restore
    what you found.
    """
    networks = players(seed)
    came = compare(submission, networks, data(seed), kind="wasserstein", gamma=0.3, frozen=True)
    close(came["weights"][-1][3], networks[1][1], rtol=0, what="the frozen weight")
    expect(came["trainable"] == [True, True, True, False], "which weights can be trained has changed")


@task("gan_step")
def test_players_in_balance(submission):
    """At theta = psi = 0 nobody moves, and the losses are 2 ln 2 and ln 2

    Try theta = psi = 0: gradients vanish, so nobody moves, and the losses are those of a critic that says 0.
    """
    nothing = torch.zeros(2, 3, 1, dtype=torch.float64)
    networks = [exactly(0), exactly(0)[None]], [exactly(0)]
    came = submission.play(plays_gan.rounds, *networks, nothing[0], nothing, nothing, "non_saturating")
    close(came["weights"][-1], [exactly(0), exactly(0)[None], exactly(0)], atol=1e-15, what="the weights")
    half = exactly(2).log().item()
    close(came["losses"], [[2 * half, half]] * 2, rtol=EXACT, what="the losses")
