"""Public checks of latent diffusion: the schedule, the clock, and a training step."""

import math

import torch
from torch import Tensor

from autograder.checks import close, exactly, expect, expect_dtype, raises, task

from .. import plays_pipeline as plays
from .chains import NULL, TOKENS, WORDS
from .near import EXACT, near


# -------------------- 6.1 scaled_linear
@task("scaled_linear", weight=2)
def test_roots_of_betas_grow_evenly(submission):
    """From 0.01 to 0.09 in three steps the roots are 0.1, 0.2, 0.3 and the betas 0.01, 0.04, 0.09"""
    came = submission.diffusion.scaled_linear_betas(3, 0.01, 0.09)
    hint = "Evenly spaced are the square roots; square them at the end."
    close(came, exactly(0.01, 0.04, 0.09), rtol=EXACT, what="the betas", hint=hint)
    expect_dtype(came, torch.float64)


@task("scaled_linear")
def test_signal_of_stable_diffusion(submission):
    """After 1000 steps 0.00466 of the signal's variance is left (evenly spaced betas leave 0.00158)"""
    betas = submission.diffusion.scaled_linear_betas(1000)
    close(betas[[0, -1]], exactly(0.00085, 0.012), rtol=EXACT, what="the first and the last beta")
    left = (1 - betas).log().sum().exp()
    close(left, 0.00466010, rtol=1e-5, what="the signal that is left", hint="See Convention.")  # six digits


@task("scaled_linear", weight=2)
def test_cosines_stand_first(submission):
    """With 4 values and max_period 100, t = 2 has the angles 2 and 0.2: cos, cos, sin, sin"""
    came = submission.diffusion.timestep_embedding(torch.tensor([2]), 4, max_period=100.0)
    expected = exactly(math.cos(2), math.cos(0.2), math.sin(2), math.sin(0.2))[None]
    hint = "Frequencies 100^(-i / 2) for i = 0, 1 in this form: the divisor is half of dim."
    near(came, expected, "the embedding", hint)
    expect_dtype(came, torch.float64)


@task("scaled_linear")
def test_sines_stand_first_in_the_other_form(submission):
    """In the form of DDPM, t = 2 with 6 values and max_period 100 has sines, then cosines of 2, 0.2, 0.02"""
    came = submission.diffusion.timestep_embedding(torch.tensor([2]), 6, "ddpm", 100.0)
    angles = exactly(2, 0.2, 0.02)
    expected = torch.cat([angles.sin(), angles.cos()])[None]
    near(came, expected, "the embedding", "Here the divisor is half of dim, less 1.")


@task("scaled_linear")
def test_embedding_of_a_batch(submission):
    """Each step has its own row, and step 0 has cosines of 1 and sines of 0"""
    came = submission.diffusion.timestep_embedding(torch.tensor([0, 7, 0]), 6)
    near(came[[0, 2]], exactly(1, 1, 1, 0, 0, 0).expand(2, 6), "the rows of step 0")
    near(came[1, [0, 3]], exactly(math.cos(7), math.sin(7)), "the first frequency of step 7")


@task("scaled_linear")
def test_impossible_embeddings_are_refused(submission):
    """5 values, 2 values and an unknown form raise ValueError"""
    for dim, form in ((5, "ddpm"), (2, "ddpm"), (8, "cos")):
        with raises(ValueError, hint="dim must be even and at least 4."):
            submission.diffusion.timestep_embedding(torch.tensor([1]), dim, form)


# -------------------- 6.2 latent_train_step
SLOPE, SHIFT = exactly(0.5, -0.25, 0.75), exactly(1, 0.5, -1)
ALPHA_BAR = exactly(0.64, 0.36, 0.0784)  # signal 0.8, 0.6, 0.28, noise 0.6, 0.8, 0.96
KEEP, STEPS = torch.tensor([True, False]), torch.tensor([2, 0])
Z = exactly(1, -1, 0.5, 2, 0, 3, -2, 1).reshape(2, 2, 1, 2)
EPS = exactly(0.5, 1, -1, 2, 1, 0, 1, -1).reshape(2, 2, 1, 2)
BATCH = [Z, TOKENS, NULL, KEEP, STEPS, EPS]
GIVEN = ([SLOPE, SHIFT, WORDS], BATCH, ALPHA_BAR)
SEEN = ([1, 2, 3], [1])  # the words that the model may see
MEANS = torch.stack([WORDS[seen].mean(0) for seen in SEEN])


def worked_out(slope: Tensor, shift: Tensor, words: Tensor) -> tuple[float, list[Tensor]]:
    """Return the loss and its gradients with respect to slope, shift and words, sample by sample."""
    total, by_slope, by_shift = 0.0, torch.zeros(3).double(), torch.zeros(3).double()
    by_words = torch.zeros_like(words)
    for z, eps, t, seen in zip(Z, EPS, STEPS.tolist(), SEEN, strict=True):
        mean = words[seen].mean(0)
        z_t = ALPHA_BAR[t].sqrt() * z + (1 - ALPHA_BAR[t]).sqrt() * eps
        off = slope[t] * z_t + shift[t] * mean[:, None, None] - eps
        total += off.square().sum().item() / 8
        by_slope[t] += 2 / 8 * (off * z_t).sum()
        by_shift[t] += 2 / 8 * (off * mean[:, None, None]).sum()
        by_words[seen] += 2 / 8 * shift[t] * off.sum((1, 2)) / len(seen)
    return total, [by_slope, by_shift, by_words]


@task("latent_train_step", weight=2)
def test_step_goes_down_the_gradient(submission):
    """Loss and weights after one step are those worked out by hand"""
    came = submission.play(plays.latent_train_step, *GIVEN, frozen=True)
    loss, (by_slope, by_shift, _) = worked_out(SLOPE, SHIFT, WORDS)
    hint = "Noise the latents, predict, mean square error of the noise; the loss is that before the update."
    near(came["losses"], [loss], "the loss", hint)
    expected = [SLOPE - 0.1 * by_slope, SHIFT - 0.1 * by_shift]
    near(came["weights"][:2], expected, "the weights", "backward, then step.")
    expect(type(came["losses"][0]) is float, "the loss is not a plain number", "See .item().")


@task("latent_train_step", weight=2)
def test_a_lost_prompt_is_the_empty_text(submission):
    """The sample that loses its prompt is trained on the empty one, with the empty one's mask"""
    came = submission.play(plays.latent_train_step, *GIVEN)
    expect(len(came["texts"]) == 1, f"the encoder was called {len(came['texts'])} times; expected once")
    hint = "keep is True where the prompt stays. Replace the tokens, and the mask follows by itself."
    close(came["texts"][0], torch.stack([TOKENS[0], NULL]), what="the texts to encode", hint=hint)
    near(came["asked"][0]["words"], MEANS, "the words that the model saw", hint)


@task("latent_train_step")
def test_model_sees_noised_latents(submission):
    """The model is asked once, at each latent's own level of noise"""
    came = submission.play(plays.latent_train_step, *GIVEN)
    expect(len(came["asked"]) == 1, f"the model was called {len(came['asked'])} times; expected once")
    asked = came["asked"][0]
    close(asked["t"], STEPS, what="the steps")
    z_t = torch.stack([0.28 * Z[0] + 0.96 * EPS[0], 0.8 * Z[1] + 0.6 * EPS[1]])
    hint = "alpha_bar is a variance: its square root is the signal. One level for each sample, (b, 1, 1, 1)."
    near(asked["z"], z_t, "the noised latents", hint)


@task("latent_train_step")
def test_encoder_learns_if_the_optimizer_has_it(submission):
    """An encoder whose weights the optimizer has is moved, word by word; the padding's vector is not"""
    came = submission.play(plays.latent_train_step, *GIVEN)
    moved = (came["weights"][2] - WORDS).abs().sum(1) > 1e-6
    hint = "No torch.no_grad around the encoder: whether it learns is the optimizer's business."
    close(moved, torch.tensor([False, True, True, True]), what="which words' vectors moved", hint=hint)


@task("latent_train_step")
def test_steps_do_not_add_gradients_up(submission):
    """Two steps with momentum use two gradients of model and encoder, each once, and none left from before"""
    came = submission.play(plays.latent_train_step, *GIVEN, steps=2, momentum=0.5, left=1.0)
    weights, losses = [SLOPE, SHIFT, WORDS], []
    moving = [torch.zeros_like(one) for one in weights]
    for _ in range(2):
        loss, gradients = worked_out(*weights)
        losses.append(loss)
        moving = [0.5 * old + by for old, by in zip(moving, gradients, strict=True)]
        weights = [old - 0.1 * by for old, by in zip(weights, moving, strict=True)]
    hint = "backward() adds to the gradients that are there: optimizer.zero_grad() comes before it, for all."
    near(came["losses"], losses, "the losses", hint)
    near(came["weights"], weights, "the weights of the model and of the encoder", hint)


@task("latent_train_step")
def test_dtype_of_the_latents_is_kept(submission):
    """Latents of float32 stay float32 on their way to the model, though alpha_bar is float64"""
    batch = [Z.float(), TOKENS, NULL, KEEP, STEPS, EPS.float()]
    came = submission.play(plays.latent_train_step, [SLOPE, SHIFT, WORDS], batch, ALPHA_BAR)
    expect_dtype(came["asked"][0]["z"], torch.float32)
