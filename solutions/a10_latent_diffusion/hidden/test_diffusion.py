"""Hidden checks of latent diffusion: fresh schedules and steps, and training steps worked out by hand."""

import math

import torch
from torch import Tensor

from autograder.checks import Seed, any_of, close, exactly, expect, expect_dtype, raises, task

from .. import plays_pipeline as plays
from ..tests.near import EXACT, LONG, near
from .gates import between, expect_alike, expect_within


# -------------------- 6.1 scaled_linear
@task("scaled_linear", gate=True)
def test_schedule_is_an_answer_at_all(submission, seed):
    """Betas rise between their ends, or embeddings go with cosines and sines"""
    T = seed.fork("T").integer(20, 60)
    t = torch.arange(40) + seed.fork("t").integer(0, 100)

    def betas() -> None:
        came = submission.diffusion.scaled_linear_betas(T, 0.01, 0.05)
        inside = abs(len(came) - T) <= 1 and 0.005 < came.min() < came.max() < 0.3
        expect(inside, "the betas are out of range")

    def embedding() -> None:
        came = submission.diffusion.timestep_embedding(t, 4)
        waves = torch.stack([t.double().cos(), t.double().sin()], 1)
        expect(came.shape == (40, 4) and came.abs().max() <= 1.001, "the embedding has another shape or size")
        fit = torch.linalg.lstsq(came.double(), waves).solution
        expect_alike(came.double() @ fit, waves)

    any_of(betas, embedding)


@task("scaled_linear", weight=2)
def test_betas_are_exact(submission, seed):
    """Fresh ends and numbers of steps, one step among them, in float64

    The roots of the betas are even between the roots of the ends: squared afterwards, in float64. One step
    too.
    """
    start, end = between(seed.fork("ends"), 1e-4, 0.1, 2).tolist()
    for T in (1, 2, seed.fork("T").integer(3, 40)):
        came = submission.diffusion.scaled_linear_betas(T, start, end)
        roots = [start**0.5 + (end**0.5 - start**0.5) * i / max(T - 1, 1) for i in range(T)]
        close(came, exactly(*(root**2 for root in roots)), rtol=EXACT, what="the betas")
        expect_dtype(came, torch.float64)
    default = submission.diffusion.scaled_linear_betas(3)
    middle = ((0.00085**0.5 + 0.012**0.5) / 2) ** 2
    close(default, exactly(0.00085, middle, 0.012), rtol=EXACT, what="the default")


@task("scaled_linear", weight=2)
def test_embedding_is_exact(submission, seed):
    """Both forms, wave by wave, for fresh steps, widths and periods

    Stable Diffusion's frequencies are max_period^(-j / half), DDPM's max_period^(-j / (half - 1)), where half
    is dim / 2 and not dim: try dim = 8.
    """
    t = (1000 * seed.fork("t").uniform(5)).long()
    dim, period = 2 * seed.fork("dim").integer(3, 20), 10 ** seed.fork("period").integer(2, 5)
    for width, longest in ((dim, float(period)), (4, 10_000.0)):
        half = width // 2
        for form, gaps in (("stable_diffusion", half), ("ddpm", half - 1)):
            came = submission.diffusion.timestep_embedding(t, width, form, longest)
            angles = [[step * longest ** (-i / gaps) for i in range(half)] for step in t.tolist()]
            pair = [
                torch.tensor([[f(a) for a in row] for row in angles]).double() for f in (math.cos, math.sin)
            ]
            expected = torch.cat(pair if form == "stable_diffusion" else pair[::-1], 1)
            close(
                came, expected, rtol=1e-6, atol=1e-6, what=f"the embedding of {form}"
            )  # torch.tensor: float32
            expect_dtype(came, torch.float64)
    default = submission.diffusion.timestep_embedding(t, 4)
    near(default[:, 1], (t.double() / 100).cos(), "the second wave by default")


@task("scaled_linear")
def test_widths_are_refused(submission):
    """Odd widths, widths below 4 and other names raise ValueError in both forms

    Try odd widths, widths below 4, and another name, in both forms.
    """
    for form in ("stable_diffusion", "ddpm"):
        for dim in (3, 2, 1, 0, 9):
            with raises(ValueError):
                submission.diffusion.timestep_embedding(torch.tensor([1]), dim, form)
    with raises(ValueError):
        submission.diffusion.timestep_embedding(torch.tensor([1]), 8, "ddim")


# -------------------- 6.2 latent_train_step
def a_batch(seed: Seed, b: int) -> tuple[list[Tensor], list[Tensor], Tensor, Tensor]:
    """Return tables, a batch, a schedule of 6 levels, and the mean vectors of the words to be seen."""
    tables = [seed.fork("slope").normal(6), seed.fork("shift").normal(6), seed.fork("words").normal(8, 3)]
    tokens = 2 + (6 * seed.fork("tokens").uniform(b, 4)).long()
    tokens[:, 0], tokens[1::2, 2:] = 1, 0
    null = torch.tensor([1, 2, 0, 0])
    keep, t = seed.fork("keep").uniform(b) < 0.5, (6 * seed.fork("t").uniform(b)).long()
    keep[0], keep[1] = True, False
    z, eps = seed.fork("z").normal(b, 3, 2, 1), seed.fork("eps").normal(b, 3, 2, 1)
    alpha_bar = between(seed.fork("a"), 0.7, 0.95, 6).cumprod(0)
    seen = torch.stack([tokens[i] if keep[i] else null for i in range(b)])
    means = torch.stack([tables[2][row[row > 0]].mean(0) for row in seen])
    return tables, [z, tokens, null, keep, t, eps], alpha_bar, means


def gradients(tables: list[Tensor], batch: list[Tensor], alpha_bar: Tensor, means: Tensor):
    """Return loss and gradients with respect to slope and shift, sample by sample."""
    z, _, _, _, t, eps = batch
    by_slope, by_shift, total = torch.zeros(6).double(), torch.zeros(6).double(), 0.0
    for i, step in enumerate(t.tolist()):
        z_t = alpha_bar[step] ** 0.5 * z[i] + (1 - alpha_bar[step]) ** 0.5 * eps[i]
        off = tables[0][step] * z_t + tables[1][step] * means[i][:, None, None] - eps[i]
        total += (off**2).sum().item() / z.numel()
        by_slope[step] += 2 / z.numel() * (off * z_t).sum()
        by_shift[step] += 2 / z.numel() * (off * means[i][:, None, None]).sum()
    return total, by_slope, by_shift


@task("latent_train_step", gate=True)
def test_step_is_an_answer_at_all(submission, seed):
    """The weights move, mostly against the gradient, and the loss is of the right size"""
    tables, batch, alpha_bar, means = a_batch(seed, 30)
    loss, by_slope, by_shift = gradients(tables, batch, alpha_bar, means)
    came = submission.play(plays.latent_train_step, tables, batch, alpha_bar)
    expect_within(float(came["losses"][0]), loss, 1000)
    moved = torch.cat([a - b for a, b in zip(came["weights"][:2], tables[:2], strict=True)])
    down = -torch.cat([by_slope, by_shift])
    expect((moved @ down) > 0.3 * moved.norm() * down.norm(), "the weights do not go down the gradient")


@task("latent_train_step", weight=2)
def test_step_is_exact(submission, seed):
    """Loss, weights of the model and what it was asked are exact, one step and three

    Noise the latents, replace texts where keep is False, one call, mean squared error, one step: what was the
    model asked?
    """
    tables, batch, alpha_bar, means = a_batch(seed, 5)
    came = submission.play(plays.latent_train_step, tables, batch, alpha_bar, 0.05, 3, True)
    now, losses = list(tables), []
    for _ in range(3):
        loss, by_slope, by_shift = gradients(now, batch, alpha_bar, means)
        losses.append(loss)
        now = [now[0] - 0.05 * by_slope, now[1] - 0.05 * by_shift, now[2]]
    near(came["losses"], losses, "the losses", within=LONG)
    near(came["weights"], now, "the weights", within=LONG)
    near(came["asked"][0]["words"], means, "the words that the model saw")
    close(came["asked"][0]["t"], batch[4], what="the steps that the model saw")
    close(came["arguments"], [*batch, alpha_bar], rtol=0, what="the arguments afterwards")


@task("latent_train_step")
def test_encoder_is_trained_exactly(submission, seed):
    """The vectors of the words get the gradient of the samples that saw them

    The encoder is trained too: its words get gradients from the samples that saw them, and the null text from
    the others.
    """
    tables, batch, alpha_bar, means = a_batch(seed, 4)
    came = submission.play(plays.latent_train_step, tables, batch, alpha_bar, 0.1)
    z, tokens, null, keep, t, eps = batch
    by_words = torch.zeros(8, 3).double()
    for i, step in enumerate(t.tolist()):
        z_t = alpha_bar[step] ** 0.5 * z[i] + (1 - alpha_bar[step]) ** 0.5 * eps[i]
        off = tables[0][step] * z_t + tables[1][step] * means[i][:, None, None] - eps[i]
        row = [word for word in (tokens[i] if keep[i] else null).tolist() if word]
        for word in row:
            by_words[word] += 2 / z.numel() * tables[1][step] * off.sum((1, 2)) / len(row)
    near(came["weights"][2], tables[2] - 0.1 * by_words, "the vectors of the words", within=LONG)


@task("latent_train_step")
def test_step_takes_float32_and_extreme_masks(submission, seed):
    """Latents of float32 reach the model as float32, with all prompts kept and with none

    Try float32 latents, all prompts kept, and none kept.
    """
    tables, batch, alpha_bar, _ = a_batch(seed, 4)
    z, tokens, null, _, t, eps = batch
    for keep in (True, False):
        changed = [z.float(), tokens, null, torch.full((4,), keep), t, eps.float()]
        came = submission.play(plays.latent_train_step, tables, changed, alpha_bar)
        expect_dtype(came["asked"][0]["z"], torch.float32)
        expected = tokens if keep else null.expand(4, 4)
        close(came["texts"], [expected], what="the texts to encode")
