"""Hidden checks of couplings and flows: Jacobians by autograd, and layers composed by hand."""

import math

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.autograd.functional import jacobian

from autograder.checks import Seed, close, expect, task

from .. import plays_flow
from .fresh import EXACT, expect_alike


def random_net(seed: Seed, values: int) -> tuple[Tensor, Tensor]:
    """Return weight and bias of a net for images of so many values."""
    weight = seed.fork("weight").normal(values, 2 * values) / 4
    return weight, seed.fork("bias").normal(2 * values) / 2


def random_mask(seed: Seed, values: int) -> Tensor:
    """Return a mask with at least one 1 and one 0, where there are two values."""
    mask = (seed.fork("mask").uniform(values) < 0.5).double()
    mask[0], mask[-1] = 1, 0
    return mask


def coupled(x: Tensor, mask: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return what a coupling makes of one image, value by value."""
    s, t = ((x * mask) @ weight + bias).chunk(2)
    return torch.stack([x[i] if mask[i] else x[i] * s[i].exp() + t[i] for i in range(len(x))])


# -------------------- 3.1 coupling
@task("coupling", gate=True)
def test_coupling_is_an_answer_at_all(submission, seed):
    """The result goes with the right one on fresh images"""
    net, mask, x = random_net(seed, 6), random_mask(seed, 6), 3 * seed.normal(5, 6)
    came = submission.play(plays_flow.coupling, x, mask, *net)["result"]
    s, t = (x * mask @ net[0] + net[1]).chunk(2, 1)
    changed = torch.where(mask == 1, x, x * s.exp() + t)
    other = torch.where(mask == 0, x, x * s.exp() + t)
    expect((came - x).abs().max() > 1e-3, "x comes back unchanged")
    expect_alike(came, changed, other, x * s.exp() + t, (x + t) * s.exp())


@task("coupling", weight=2)
@settings(max_examples=8)
@given(b=st.integers(1, 4), d=st.integers(2, 6), n=st.integers(0, 10**6))
def test_coupling_value_by_value(submission, b, d, n):
    """Results are those worked out value by value, and log_det that of autograd's Jacobian

    Work a small image out value by value, and compare log_det with autograd's Jacobian: kept values add
    nothing.
    """
    seed = Seed(n)
    net, mask, x = random_net(seed, d), random_mask(seed, d), seed.normal(b, d)
    came = submission.play(plays_flow.coupling, x, mask, *net)
    expected = torch.stack([coupled(row, mask, *net) for row in x])
    close(came["result"], expected, rtol=EXACT, atol=EXACT, what="y")
    matrices = torch.stack([jacobian(lambda v: coupled(v, mask, *net), row) for row in x])
    close(came["log_det"], torch.linalg.slogdet(matrices)[1], rtol=EXACT, atol=EXACT, what="log_det")
    back = submission.play(plays_flow.coupling, expected, mask, *net, back=True)
    close(back["result"], x, rtol=1e-9, atol=1e-9, what="x of y")
    close(back["log_det"], -torch.linalg.slogdet(matrices)[1], rtol=EXACT, atol=EXACT, what="the way back's")
    expect((came["calls"], back["calls"]) == (1, 1), "the net is asked more than once a way")


@task("coupling")
def test_checkerboards_of_any_size(submission):
    """Masks of 1 x 1 to 5 x 4: each pixel differs from its neighbours, the corner is 1

    Row plus column, even or odd: try 1 x 1 and 5 x 4, where sides are odd and differ.
    """
    for h, w in ((1, 1), (1, 5), (4, 1), (5, 4), (4, 5)):
        mask = submission.flow.checkerboard_mask(h, w)
        expected = torch.tensor([[float((i + j) % 2 == 0) for j in range(w)] for i in range(h)])
        close(mask, expected[None], rtol=0, what=f"the mask of {h} x {w}")
        expect(mask.dtype == torch.float32, f"the mask is {mask.dtype}")


@task("coupling")
def test_coupling_under_a_checkerboard(submission, seed):
    """Images of 2 x 3 x 4 under a checkerboard, in float32: both ways keep dtype and shape

    Try float32 images of 2 x 3 x 4 under a checkerboard: dtype and shape stay in both directions.
    """
    x, net = seed.normal(2, 2, 3, 4, dtype=torch.float32), random_net(seed, 24)
    net = net[0].float(), net[1].float()
    mask = torch.tensor([[float((i + j) % 2 == 0) for j in range(4)] for i in range(3)])[None]
    there = submission.play(plays_flow.coupling, x, mask, *net)
    back = submission.play(plays_flow.coupling, there["result"], mask, *net, back=True)
    flat = torch.stack([coupled(row, mask.expand(2, 3, 4).flatten(), *net) for row in x.flatten(1)])
    close(there["result"].flatten(1), flat, rtol=1e-4, atol=1e-4, what="y")
    close(back["result"], x, rtol=1e-3, atol=1e-3, what="x, there and back")  # float32, exp(s) up to 50
    for value in (there["result"], there["log_det"], back["result"], back["log_det"]):
        expect(value.dtype == torch.float32, f"float32 came back as {value.dtype}")


@task("coupling")
def test_coupling_has_gradients(submission, seed):
    """Gradients reach x and the net in both directions

    Gradients must reach x and the network in both directions: no detach, no no_grad, no .data.
    """
    x, net, mask = seed.normal(3, 4), random_net(seed, 4), random_mask(seed, 4)
    came = submission.play(plays_flow.gradients_of_coupling, x, mask, *net)
    tracked, bias = x.clone().requires_grad_(), net[1].clone().requires_grad_()
    s, t = ((tracked * mask) @ net[0] + bias).chunk(2, 1)
    s, t = torch.where(mask == 1, 0, s), torch.where(mask == 1, 0, t)
    y, z = tracked * s.exp() + t, (tracked - t) / s.exp()
    total = (y**2).sum() + (z**2).sum() + 4 * s.sum()
    expected = torch.autograd.grad(total, [tracked, bias])
    close(came, list(expected), rtol=EXACT, atol=EXACT, what="gradients to x and to the net's bias")


# -------------------- 3.4 Flow
def random_layers(seed: Seed, d: int) -> list[list[Tensor]]:
    """Return four layers, of which two are curved."""
    affine = [
        [
            seed.fork(f"A{i}").normal(d, d) / 2 + torch.eye(d, dtype=torch.float64),
            seed.fork(f"s{i}").normal(d),
        ]
        for i in range(2)
    ]
    return [affine[0], [], affine[1], []]


def composed(layers: list[list[Tensor]], x: Tensor) -> Tensor:
    """Return the noise of one image, (d,)."""
    for layer in layers:
        x = x @ layer[0] + layer[1] if layer else x.sinh()
    return x


@task("Flow", gate=True)
def test_flow_is_an_answer_at_all(submission, seed):
    """The noise, or the density, goes with the right one on fresh images"""
    layers, x = random_layers(seed, 2)[:2], seed.normal(10, 2) / 2
    came = submission.play(plays_flow.flow, layers, x)
    z = torch.stack([composed(layers, row) for row in x])
    expect((came["z"] - x).abs().max() > 1e-6, "x comes back unchanged")
    expect_alike(came["z"], z, torch.stack([composed(layers[::-1], row) for row in x]))


@task("Flow", weight=2)
@settings(max_examples=6)
@given(d=st.integers(1, 3), b=st.integers(1, 4), n=st.integers(0, 10**6))
def test_flow_by_its_jacobian(submission, d, b, n):
    """Noise, log-determinant and density are those of the composed map and of autograd's Jacobian

    Log-determinants of the layers add up, image by image; compare with autograd's Jacobian of the whole.
    """
    layers, x = random_layers(Seed(n), d), Seed(n).normal(b, d) / 3
    came = submission.play(plays_flow.flow, layers, x)
    z = torch.stack([composed(layers, row) for row in x])
    matrices = torch.stack([jacobian(lambda v: composed(layers, v), row) for row in x])
    log_det = torch.linalg.slogdet(matrices)[1]
    close(came["z"], z, rtol=1e-8, atol=1e-8, what="z")
    close(came["log_det"], log_det, rtol=1e-8, atol=1e-8, what="log_det")
    normal = -0.5 * (z.square().sum(1) + d * math.log(2 * math.pi))
    close(came["log_prob"], normal + log_det, rtol=1e-8, atol=1e-8, what="log p(x)")


@task("Flow")
def test_flow_there_and_back(submission, seed):
    """inverse undoes the flow, with the log-determinant of its own direction

    The inverse goes through the layers in reverse order, with the log-determinant of its own direction.
    """
    layers, x = random_layers(seed, 4), seed.normal(3, 2, 2) / 3
    z = torch.stack([composed(layers, row) for row in x.flatten(1)]).view_as(x)
    matrices = torch.stack([jacobian(lambda v: composed(layers, v), row) for row in x.flatten(1)])
    back, log_det = submission.play(plays_flow.flow_back, layers, z)
    close(back, x, rtol=1e-7, atol=1e-7, what="x, there and back")
    close(log_det, -torch.linalg.slogdet(matrices)[1], rtol=1e-7, atol=1e-7, what="log_det of the way back")


@task("Flow")
def test_score_of_a_flow(submission, seed):
    """The gradient of log_prob with respect to x is that of the density written out

    The gradient of log_prob by x goes through the noise and through the log-determinant.
    """
    layers, x = random_layers(seed, 2)[:2], seed.normal(3, 2) / 2
    came = submission.play(plays_flow.gradient_of_log_prob, layers, x)
    (A, shift), tracked = layers[0], x.clone().requires_grad_()
    middle = tracked @ A + shift
    log_prob = -0.5 * middle.sinh().square().sum() + middle.cosh().log().sum()
    close(came, torch.autograd.grad(log_prob, tracked)[0], rtol=1e-9, atol=1e-9, what="the score")


@task("Flow")
def test_empty_flow_keeps_the_dtype(submission, seed):
    """No layers: zeros of shape (b,) and of x's dtype, and the normal density

    Try no layers: zeros of shape (b,) in x's dtype, and the density of the noise itself.
    """
    x = seed.normal(3, 2, 2, dtype=torch.float32)
    came = submission.play(plays_flow.flow, [], x)
    for name in ("log_det", "log_det back"):
        close(came[name], torch.zeros(3), what=name)
        expect(came[name].dtype == torch.float32, f"{name} of float32 is {came[name].dtype}")
    expected = -0.5 * x.double().square().sum((1, 2)) - 2 * math.log(2 * math.pi)
    close(came["log_prob"], expected, rtol=1e-5, what="log p(x)")
