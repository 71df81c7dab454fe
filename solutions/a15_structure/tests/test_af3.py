"""Public checks of AlphaFold 3's loss: what its network is told, worked losses, motions, gradients."""

import math

import torch

from autograder.checks import close, exactly, expect, task
from autograder.nearness import WORKED, near

from .. import plays
from .test_superpose import A, B, bent, line
from .turns import turns

WEIGHTS = exactly(1, 1, 6, 11)
TRUTH = 0.1959178055  # 1 - the mean of four sigmoids at .5, 1, 2, 4


@task("af3_loss", weight=2)
def test_what_the_network_is_told(submission, seed):
    """At .0064, 16 and 2560 the network is told -1.9560115, 0, 1.2687935, and positions of deviation 1"""
    sigma = exactly(0.0064, 16, 2560)
    x = 20 * seed.normal(3, 4, 3)
    came = submission.play(plays.denoise, x, sigma, {})
    expect(len(came["asked"]) == 1, f"the network was asked {len(came['asked'])} times; expected once")
    y, condition = came["asked"][0]
    due = exactly(-1.9560115, 0, 1.2687935)
    close(
        condition, due, rtol=0, atol=WORKED, what="the condition", hint="A quarter of ln(sigma / sigma_data)."
    )
    spread = (sigma**2 + 256).sqrt()[:, None, None]
    near(y, x / spread, "the positions", "Divide by the root of sigma² + sigma_data².")
    kept, share = 256 / spread**2, sigma[:, None, None] * 16 / spread
    hint = "x times sigma_data² over the sum of squares, the answer times sigma sigma_data over its root."
    near(
        came["result"],
        kept * x + share * (torch.tanh(x / spread) + due_condition(sigma)),
        "the positions",
        hint,
        1e-11,
    )


def due_condition(sigma: torch.Tensor) -> torch.Tensor:
    """Return what the network adds to each structure."""
    return torch.stack([exactly(math.log(one / 16) / 4)[0] for one in sigma.tolist()])[:, None, None]


@task("af3_loss", weight=2)
def test_worked_smooth_lddt(submission):
    """The truth costs .1959178, four worked points .2136036, the bent line .2063692, one point alone 1"""
    hint = "1 minus the mean over pairs of the mean of sigmoid(c - |difference|), c = .5, 1, 2, 4."
    came = submission.af3.smooth_lddt_loss(torch.stack([A, B]), torch.stack([A, A]))
    close(came, exactly(TRUTH, 0.2136035515), rtol=0, atol=1e-9, what="the losses", hint=hint)
    came = submission.af3.smooth_lddt_loss(bent(), line(3.8))
    close(came, exactly(0.2063692)[0], rtol=0, atol=WORKED, what="the bent line's loss", hint=hint)
    alone = submission.af3.smooth_lddt_loss(A[:1], A[:1])
    near(alone, exactly(1)[0], "the loss of one point", "The sum is divided by at least 1.")
    none = submission.af3.smooth_lddt_loss(A[:2], A[:2], 1.0)
    near(none, exactly(1)[0], "the loss of two atoms whose distance is the cutoff", "Strictly below.")


@task("af3_loss", weight=3)
def test_worked_loss(submission):
    """Weights 1, 1, 6, 11: .2320057523 at sigma = 1 and .2137467593 at 16, with the smooth part"""
    pair = torch.stack([B, B]), torch.stack([A, A])
    came = submission.af3.diffusion_loss(*pair, exactly(1, 16), WEIGHTS.expand(2, 4))
    hint = (
        "A third of the mean of w |x - aligned truth|², times (sigma² + sigma_data²) / (sigma sigma_data)²."
    )
    close(came, exactly(0.2320057523, 0.2137467593), rtol=0, atol=1e-9, what="the losses", hint=hint)
    squares = (came - submission.af3.smooth_lddt_loss(*pair)) / exactly(1 + 1 / 256, 2 / 256)
    close(squares, exactly(0.0183306, 0.0183306), rtol=0, atol=WORKED, what="the distances' part", hint=hint)
    other = submission.af3.diffusion_loss(B[None], A[None], exactly(4), WEIGHTS[None], 2.0)
    close(
        other,
        exactly(0.2136035515 + 0.0183305969 * 0.3125),
        rtol=0,
        atol=1e-9,
        what="with sigma_data 2",
        hint=hint,
    )


@task("af3_loss")
def test_motions_of_the_truth(submission, seed):
    """A truth that is turned and moved costs the same: it is aligned, with the same weights"""
    x, true, weights = (
        seed.fork("x").normal(3, 5, 3),
        seed.normal(3, 5, 3),
        0.5 + seed.fork("weights").uniform(3, 5),
    )
    sigma = exactly(0.5, 4, 30)
    one = submission.af3.diffusion_loss(x, true, sigma, weights)
    moved = true @ turns(seed.fork("Q"), 3).mT + 9 * seed.fork("move").normal(3, 1, 3)
    near(
        submission.af3.diffusion_loss(x, moved, sigma, weights),
        one,
        "the losses",
        "weighted_rigid_align.",
        1e-9,
    )
    expect(bool((one > TRUTH).all()), "a loss is below that of the truth")


@task("af3_loss", weight=2)
def test_gradients_of_the_loss(submission):
    """Gradients are finite, at the truth too; the squared part's add up to 0, row 0 is the handout's"""
    args = [B[None], A[None], exactly(1), WEIGHTS[None]]
    came = submission.play(plays.with_gradients, "af3", "diffusion_loss", args, [0])["gradients"][0]
    smooth = submission.play(plays.with_gradients, "af3", "smooth_lddt_loss", args[:2], [0])["gradients"][0]
    hint = "The root of 0 has no finite gradient: a pair with itself is masked too late. Tensor.norm is safe."
    for one in (came, smooth):
        expect(one is not None and bool(one.isfinite().all()), "gradients are missing or not finite", hint)
    squares = (came - smooth)[0] / (1 + 1 / 256)
    due = exactly(0.03386818, -0.00216434, -0.00385623)
    close(
        squares[0],
        due,
        rtol=0,
        atol=WORKED,
        what="row 0 of the squared part's gradient, over lambda",
        hint="No gradient is lost.",
    )
    near(squares.sum(dim=0), torch.zeros(3).double(), "its sum over atoms", within=1e-9)
    same = submission.play(plays.with_gradients, "af3", "smooth_lddt_loss", [A, A], [0])["gradients"][0]
    near(same, torch.zeros(4, 3).double(), "the smooth gradient at the truth", hint)
