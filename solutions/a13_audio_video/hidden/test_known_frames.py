"""Hidden checks of guided frames: fresh clips, and the weight that is exact for Gaussian frames."""

import torch

from autograder.checks import exactly, expect, task
from autograder.nearness import LONG, near, unchanged

from ..tests.test_known_frames import a_clip, by_products, gaussian, guided
from .fresh import expect_alike, not_the_input


# -------------------- 5.2 reconstruction_guidance
@task("reconstruction_guidance", gate=True)
def test_guidance_is_an_answer_at_all(submission, seed):
    """Frames of a fresh clip that are not known go with what denoise says"""
    matrix, (z, known) = a_clip(seed, 5)
    mask = torch.tensor([True, False, False, False, False])
    came = guided(submission, matrix, [z, known], mask, [0.5, 0.1])["result"]
    not_the_input(came, z)
    not_the_input(came, known)
    expect_alike(came[:, 1:], torch.einsum("fg,bg...->bf...", matrix, z)[:, 1:])


@task("reconstruction_guidance", weight=3)
def test_fresh_clips(submission, seed):
    """Fresh clips, masks, levels and weights, straight and curved

    The squared norm is a sum over the known frames, the gradient goes through denoise, and known frames come
    back as they are, also with NaN elsewhere in `known`.
    """
    for i, kind in enumerate(("linear", "curved", "curved")):
        draw = seed.fork(f"{i}")
        f = 2 + i
        matrix, (z, known) = a_clip(draw, f)
        mask = torch.arange(f) == draw.integer(0, f - 1)
        known[:, ~mask] = torch.nan
        numbers = draw.fork("numbers").uniform(2).tolist()
        came = guided(submission, matrix, [z, known], mask, numbers, kind=kind, recording=i != 1)
        expected = by_products(kind, matrix, z, known, mask, *numbers)
        near(came["result"], expected, "the frames", within=LONG)
        expect(not came["recorded"], "something stays recorded: requires_grad or a .grad")
        unchanged(came["arguments"], [z, known.nan_to_num(), mask])


@task("reconstruction_guidance", weight=2)
def test_exact_weight_of_gaussian_frames(submission, seed):
    """With the exact weight the second of two Gaussian frames is its mean given the first and its noise

    For two Gaussian frames the exact weight is known: the gradient goes through denoise, and the squared
    error is summed, not averaged.
    """
    rho, alpha_bar = (
        0.5 + 0.4 * seed.fork("r").uniform(1).item(),
        0.2 + 0.6 * seed.fork("a").uniform(1).item(),
    )
    z, first = seed.fork("z").normal(3, 2), seed.fork("x").normal(3)
    a = alpha_bar**0.5
    matrix = gaussian(alpha_bar, rho)
    variance = 1 - a * (matrix[0, 0] + rho * matrix[0, 1]).item()
    weight = (1 - alpha_bar) / (alpha_bar * variance)
    came = guided(submission, matrix, [z, torch.stack([first, 0 * first], 1)], torch.tensor([True, False]),
                  [alpha_bar, weight])["result"]  # fmt: skip
    # Given x_a and z_b: two numbers, of which z_a says nothing more.
    K, k = exactly(1, a * rho, a * rho, 1).view(2, 2), exactly(rho, a)
    expected = torch.stack([first, z[:, 1]], dim=1) @ torch.linalg.solve(K, k)
    near(came[:, 1], expected, "the second frame", within=LONG)
