"""Public checks of guided frames: two Gaussian frames, whose law is known, and denoisers of other kinds."""

import math
from typing import Any

import torch
from torch import Tensor

from autograder.checks import Seed, close, exactly, expect, task
from autograder.nearness import EXACT, LONG, near, near_single, unchanged

from .. import plays

# -------------------- 5.2 reconstruction_guidance
WORKED = (  # alpha_bar, weight, the estimate of the second frame; the last of three is the exact weight
    (0.9, 0, -0.18753042), (0.9, 1, -0.12575801), (0.9, 1.262055, -0.10957027),
    (0.5, 0, -0.03703893), (0.5, 2, 0.23536457), (0.5, 2.470588, 0.29945951),
    (0.1, 1, 0.04936302), (0.1, 2, 0.09643453), (0.1, 10.615385, 0.50197372),
)  # fmt: skip


def gaussian(alpha_bar: float, rho: float = 0.8) -> Tensor:
    """Return the matrix by which two noisy frames with correlation rho become the mean of the clean ones."""
    C = exactly(1, rho, rho, 1).view(2, 2)
    noisy = alpha_bar * C + (1 - alpha_bar) * torch.eye(2, dtype=torch.float64)
    return math.sqrt(alpha_bar) * torch.linalg.solve(noisy, C).T


def guided(submission: Any, *args: Any, kind: str = "linear", recording: bool = True) -> dict[str, Any]:
    """Run the guidance in a play."""
    return submission.play(plays.reconstruction_guidance, kind, *args, recording)


@task("reconstruction_guidance", weight=2)
def test_two_gaussian_frames(submission):
    """Correlation .8, z = (.4, -.3), first frame known: .7. The second is -.1258 at alpha_bar .9, weight 1"""
    z, known = exactly(0.4, -0.3)[None], exactly(0.7, math.nan)[None]
    mask = torch.tensor([True, False])
    for alpha_bar, weight, second in WORKED:
        came = guided(submission, gaussian(alpha_bar), [z, known], mask, [alpha_bar, weight])["result"]
        hint = "weight * sqrt(alpha_bar) / 2 times the gradient by z of the squared error, through denoise."
        what = f"frames at alpha_bar {alpha_bar}, weight {weight}"
        close(came, exactly(0.7, second)[None], rtol=0, atol=3e-7, what=what, hint=hint)


def by_products(
    kind: str, matrix: Tensor, z: Tensor, known: Tensor, mask: Tensor, alpha_bar: float, weight: float
) -> Tensor:
    """Return the guided frames of a denoiser that mixes frames, with the gradient worked out on paper."""
    inside, slope = (z, torch.ones_like(z)) if kind == "linear" else (z + z.square() / 4, 1 + z / 2)
    x0 = torch.einsum("fg,bg...->bf...", matrix, inside)
    gap = (x0 - known)[:, mask]
    gradient = 2 * slope * torch.einsum("kg,bk...->bg...", matrix[mask], gap)
    return torch.where(
        mask.view(-1, *[1] * (z.ndim - 2)), known, x0 - weight * math.sqrt(alpha_bar) / 2 * gradient
    )


def a_clip(seed: Seed, f: int = 4) -> tuple[Tensor, list[Tensor]]:
    """Return a matrix that mixes frames, and two noisy clips with what is known of them."""
    frames = [seed.fork(name).normal(2, f, 3, 2) for name in ("z", "known")]
    return seed.fork("matrix").normal(f, f), frames


@task("reconstruction_guidance", weight=2)
def test_two_clips_of_images(submission, seed):
    """Two clips of 4 frames, two of them known: the error is summed over frames and pixels, clip by clip"""
    matrix, (z, known) = a_clip(seed)
    mask = torch.tensor([False, True, False, True])
    came = guided(submission, matrix, [z, known], mask, [0.4, 1.5])
    expected = by_products("linear", matrix, z, known, mask, 0.4, 1.5)
    near(came["result"], expected, "the frames", "A sum, not a mean: then no clip knows how many there are.")
    unchanged(came["arguments"], [z, known, mask])


@task("reconstruction_guidance", weight=2)
def test_curved_denoiser(submission, seed):
    """A denoiser that is not linear, asked once, with NaN where nothing is known"""
    matrix, (z, known) = a_clip(seed)
    mask = torch.tensor([True, False, False, False])
    known[:, 1:] = math.nan
    came = guided(submission, matrix, [z, known], mask, [0.7, 2.0], kind="curved")
    expected = by_products("curved", matrix, z, known, mask, 0.7, 2.0)
    near(came["result"], expected, "the frames", "0 * NaN is NaN: choose the known frames, then subtract.")
    expect(came["calls"] == 1, f"denoise is called {came['calls']} times; expected once")


@task("reconstruction_guidance")
def test_weight_0_and_all_masks(submission, seed):
    """Weight 0 replaces known frames and changes no other; with none known nothing, with all everything"""
    matrix, (z, known) = a_clip(seed)
    some = torch.tensor([False, False, True, False])
    for mask, weight in ((some, 0.0), (some & False, 3.0), (some | True, 3.0)):
        came = guided(submission, matrix, [z, known], mask, [0.5, weight])["result"]
        x0 = torch.einsum("fg,bg...->bf...", matrix, z)
        expected = torch.where(mask[:, None, None], known, x0)
        near(came, expected, f"the frames with {int(mask.sum())} known, weight {weight}", within=LONG)


@task("reconstruction_guidance")
def test_under_no_grad(submission, seed):
    """It works where the caller records nothing, and records nothing; a deaf denoiser has gradient 0"""
    matrix, (z, known) = a_clip(seed)
    mask = torch.tensor([True, False, False, True])
    expected = by_products("linear", matrix, z, known, mask, 0.4, 1.5)
    for recording in (True, False):
        came = guided(submission, matrix, [z, known], mask, [0.4, 1.5], recording=recording)
        near(came["result"], expected, "the frames", "torch.enable_grad() inside; z.detach() first.")
        expect(not came["recorded"], "something stays recorded: requires_grad or a .grad", "detach().")
    deaf = torch.where(mask[:, None, None], known, matrix.sum().expand_as(z))
    for kind in ("deaf", "deaf, without weights"):
        came = guided(submission, matrix, [z, known], mask, [0.4, 1.5], kind=kind)["result"]
        hint = "allow_unused=True and materialize_grads=True; nothing to do if nothing requires a gradient."
        near(came, deaf, "the frames of a denoiser that ignores z", hint, EXACT)


@task("reconstruction_guidance")
def test_guidance_in_float32(submission, seed):
    """float32 frames stay float32"""
    matrix, (z, known) = a_clip(seed)
    mask = torch.tensor([True, False, True, False])
    came = guided(submission, matrix.float(), [z.float(), known.float()], mask, [0.4, 1.5])["result"]
    near_single(came, by_products("linear", matrix, z, known, mask, 0.4, 1.5), "the frames")
