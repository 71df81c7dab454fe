"""Public checks of couplings and of whole flows: numbers by hand, Jacobians by autograd, a known Gaussian."""

import math

import torch
from torch import Tensor
from torch.distributions import MultivariateNormal

from autograder.checks import close, expect, task

from .. import plays_flow
from .numbers import AN_IMAGE, IN_PLACE, exactly, near, number, rows

LN2 = math.log(2)
MASK = exactly(1, 0, 1, 0)
CONSTANT = torch.zeros(4, 8, dtype=torch.float64), exactly(LN2, LN2, LN2, LN2, 1, 1, 1, 1)  # s = ln 2, t = 1


def random_net(seed, values: int) -> tuple[Tensor, Tensor]:
    """Return weight and bias of a net for images of so many values."""
    weight = seed.fork("weight").normal(values, 2 * values) / 4
    return weight, seed.fork("bias").normal(2 * values) / 2


def jacobians(forward, x: Tensor) -> Tensor:
    """Return the log |det| of the Jacobian at each row of x, by autograd."""
    found = [torch.autograd.functional.jacobian(lambda v: forward(v[None])[0], row) for row in x]
    return torch.linalg.slogdet(torch.stack(found))[1]


# -------------------- 3.1 coupling
@task("coupling")
def test_checkerboard(submission):
    """The mask of 2 x 3 is 1 0 1 / 0 1 0, float32, of shape (1, 2, 3)"""
    mask = submission.flow.checkerboard_mask(2, 3)
    expected = rows((1, 0, 1), (0, 1, 0))[None]
    close(
        mask, expected, rtol=0, what="the mask", hint="1 where row + column is even, so also at the corner."
    )
    expect(mask.dtype == torch.float32, f"the mask is {mask.dtype}; expected torch.float32")
    close(submission.flow.checkerboard_mask(1, 2), rows((1, 0))[None], rtol=0, what="the mask of 1 x 2")


@task("coupling", weight=2)
def test_coupling_by_hand(submission):
    """s = ln 2, t = 1, x = 1, mask 1 0 1 0: y = (1, 3, 1, 3) and log_det 2 ln 2; back again (1, 0, 1, 0)"""
    ones = exactly(1, 1, 1, 1)[None]
    came = submission.play(plays_flow.coupling, ones, MASK, *CONSTANT)
    hint = "Where the mask is 1, x passes; elsewhere x exp(s) + t: scaled first, then shifted."
    near(came["result"], rows((1, 3, 1, 3)), "y", hint)
    hint = "The sum of s where the mask is 0: the others are not scaled."
    near(came["log_det"], exactly(2 * LN2), "log_det", hint)
    came = submission.play(plays_flow.coupling, ones, MASK, *CONSTANT, back=True)
    near(came["result"], rows((1, 0, 1, 0)), "x of y = 1", "(y - t) exp(-s): shift back first.")
    near(came["log_det"], exactly(-2 * LN2), "log_det of the way back", "It has the other sign.")


@task("coupling", weight=2)
def test_coupling_can_be_undone(submission, seed):
    """The inverse of the forward is the identity, and their log-dets cancel; the net is asked once a way"""
    x, net = seed.normal(3, 4), random_net(seed, 4)
    there = submission.play(plays_flow.coupling, x, MASK, *net)
    back = submission.play(plays_flow.coupling, there["result"], MASK, *net, back=True)
    hint = "The net may see only what passes: mask * x. Both ways see the same."
    near(back["result"], x, "x, there and back", hint)
    near(back["log_det"], -there["log_det"], "log_det of the way back")
    near(there["result"][:, MASK == 1], x[:, MASK == 1], "what passes")
    calls = there["calls"], back["calls"]
    expect(calls == (1, 1), f"the net was asked {calls[0]} and {calls[1]} times; expected once each")


@task("coupling")
def test_log_det_is_that_of_the_jacobian(submission, seed):
    """log_det is the logarithm of the Jacobian's determinant, image by image"""
    x, net = seed.normal(3, 4), random_net(seed, 4)
    came = submission.play(plays_flow.coupling, x, MASK, *net)
    s, t = (x * MASK @ net[0] + net[1]).chunk(2, 1)
    near(came["result"], torch.where(MASK == 1, x, x * s.exp() + t), "y")
    near(came["log_det"], (s * (1 - MASK)).sum(1), "log_det", AN_IMAGE)


@task("coupling")
def test_coupling_of_images(submission, seed):
    """Images of 2 x 3 x 2 take a mask of 1 x 3 x 2; one of ones changes nothing and has log_det 0"""
    x, net = seed.normal(3, 2, 3, 2), random_net(seed, 12)
    mask = rows((1, 0), (0, 1), (1, 0))[None]
    came = submission.play(plays_flow.coupling, x, mask, *net)
    s, t = ((x * mask).flatten(1) @ net[0] + net[1]).chunk(2, 1)
    s, t = s.reshape(x.shape), t.reshape(x.shape)
    near(came["result"], torch.where(mask == 1, x, x * s.exp() + t), "y")
    near(came["log_det"], ((1 - mask) * s).sum((1, 2, 3)), "log_det", AN_IMAGE)
    came = submission.play(plays_flow.coupling, x, torch.ones_like(mask), *net)
    near(came["result"], x, "y under a mask of ones")
    near(came["log_det"], exactly(0, 0, 0), "log_det under a mask of ones")


@task("coupling")
def test_coupling_changes_no_argument(submission, seed):
    """Neither the image nor the mask is changed"""
    x, net = seed.normal(3, 4), random_net(seed, 4)
    after = submission.play(plays_flow.after_coupling, x, MASK, *net)
    close(after, [x, MASK, *net], rtol=0, what="the arguments afterwards", hint=IN_PLACE)


# -------------------- 3.4 Flow
SHEAR = [rows((2, 1), (0, 0.5)), exactly(1, -1)]  # x A + shift, log |det A| = 0
GROW = [rows((0, 3), (2, 0)), exactly(0, 2)]  # log |det A| = ln 6


@task("Flow")
def test_flow_by_hand(submission):
    """Two affine layers make (1, 11) of (1, 1); the log-determinant is ln 6, and -ln 6 back"""
    came = submission.play(plays_flow.flow, [SHEAR, GROW], rows((1, 1), (0, 0)))
    near(came["z"], rows((1, 11), (-2, 5)), "z", "forward goes through the layers in order.")
    near(came["log_det"], exactly(math.log(6), math.log(6)), "log_det", "Add those of all layers.")
    hint = "inverse undoes the last layer first."
    near(came["back"], rows((-2 / 3, 13 / 3), (-5 / 6, 11 / 3)), "the image of (1, 1) and (0, 0)", hint)
    near(came["log_det back"], exactly(-math.log(6), -math.log(6)), "log_det of the way back")


@task("Flow", weight=2)
def test_affine_flow_is_a_gaussian(submission, seed):
    """The density of affine layers is the Gaussian that they make of N(0, I)"""
    x = seed.normal(4, 2)
    came = submission.play(plays_flow.flow, [SHEAR, GROW, SHEAR], x)
    A = SHEAR[0] @ GROW[0] @ SHEAR[0]
    at_zero = (SHEAR[1] @ GROW[0] + GROW[1]) @ SHEAR[0] + SHEAR[1]
    inverse = torch.linalg.inv(A)
    expected = MultivariateNormal(-at_zero @ inverse, inverse.T @ inverse).log_prob(x)
    hint = "log p(x) = log N(z; 0, I) + log_det: plus, and d/2 log(2 pi) belongs to the normal."
    near(came["log_prob"], expected, "log p(x)", hint)


@task("Flow")
def test_curved_flow_of_images(submission, seed):
    """A curved layer's log-determinant differs by image; images of any shape are taken"""
    x = seed.normal(3, 1, 2)
    layers = [[], GROW, []]
    came = submission.play(plays_flow.flow, layers, x)
    first = x.sinh()
    middle = (first.flatten(1) @ GROW[0] + GROW[1]).reshape(x.shape)
    log_det = x.cosh().log().sum((1, 2)) + math.log(6) + middle.cosh().log().sum((1, 2))
    near(came["z"], middle.sinh(), "z")
    near(came["log_det"], log_det, "log_det")
    normal = -0.5 * (middle.sinh() ** 2).sum((1, 2)) - math.log(2 * math.pi)
    near(came["log_prob"], normal + log_det, "log p(x)")


@task("Flow")
def test_flow_without_layers(submission):
    """No layers: z is x, both log-dets are (0, 0), and the density is the normal one"""
    x = rows((1, 2), (0, 0))
    came = submission.play(plays_flow.flow, [], x)
    hint = "Begin the sum with zeros of shape (b,), not with the number 0."
    near([came["z"], came["back"]], [x, x], "z and the image")
    near([came["log_det"], came["log_det back"]], [exactly(0, 0)] * 2, "the log-dets", hint)
    near(came["log_prob"], exactly(-2.5, 0) - math.log(2 * math.pi), "log p(x)")


@task("Flow")
def test_mass_of_a_curved_flow(submission):
    """The density of a curved flow in two dimensions adds up to 1 on a fine grid"""
    line = torch.linspace(-10, 10, 201, dtype=torch.float64)
    points = torch.cartesian_prod(line, line)
    layers = [SHEAR, [], [rows((0.5, 0.2), (-0.3, 0.6)), exactly(0.2, 0)]]
    came = submission.play(plays_flow.flow, layers, points)
    mass = came["log_prob"].exp().sum() * (line[1] - line[0]) ** 2
    close(
        mass, number(1), rtol=0.01, what="the sum of the density", hint="With minus log_det it is far from 1."
    )
