"""Public checks of the scale between autoencoder and diffusion model."""

import torch

from autograder.checks import exactly, expect, raises, task

from .. import plays
from .near import NO_GRADIENT, near


@task("latent_scale", weight=2)
def test_factor_of_known_values(submission):
    """The values 1, 3, 5, 7 have deviation sqrt(5), so the factor is 0.4472; a shift changes nothing"""
    for shift in (0, 100):
        batches = [exactly(1, 3, 5, 7).reshape(1, 4, 1, 1) + shift]
        came = submission.scale.scale_factor(batches)
        hint = "One over the deviation about the mean, with n (not n - 1) below the fraction."
        near(came, 5**-0.5, "the factor", hint)


@task("latent_scale")
def test_factor_of_batches_of_different_sizes(submission):
    """Batches of 3 values and of 1 count by their values: 1, 3, 5 and 7 again have deviation sqrt(5)"""
    batches = [exactly(1, 3, 5).reshape(3, 1, 1, 1), exactly(7).reshape(1, 1, 1, 1)]
    hint = "One deviation about one mean. A mean of the batches' own deviations is too small."
    near(submission.scale.scale_factor(batches), 5**-0.5, "the factor", hint)
    stream = submission.play(plays.scale_of_stream, batches)
    near(stream, 5**-0.5, "the factor of a generator", "Go through the batches once.")


@task("latent_scale")
def test_factor_of_float32_far_from_zero(submission, seed):
    """Values of float32 around 10 000 give nine digits of the factor"""
    batch = (0.1 * seed.normal(300, 1) + 10_000).float()
    values = batch.flatten().tolist()
    mean = sum(values) / 300
    expected = (sum((value - mean) ** 2 for value in values) / 300) ** -0.5
    hint = "Go to float64 first. Even there the mean of squares less the square of the mean loses digits."
    near(submission.scale.scale_factor([batch]), expected, "the factor", hint, within=1e-9)


@task("latent_scale")
def test_one_factor_for_all_channels(submission):
    """Channels with the values -3, 3 and -1, 1 get one factor, 1 / sqrt(5)"""
    z = exactly(-3, -1, 3, 1).reshape(2, 2, 1, 1)
    hint = "One number for all: channels keep their relation, as Stable Diffusion's 0.18215 does."
    near(submission.scale.scale_factor([z]), 5**-0.5, "the factor", hint)


@task("latent_scale")
def test_no_factor_for_equal_values(submission):
    """Latents that are all equal raise ValueError, also where their deviation is rounded to more than 0"""
    hint = "Compare the least value with the largest: the deviation of 301 times 0.1 is not quite 0."
    for batch in (torch.full((2, 3), 4.0), torch.full((301, 1), 0.1, dtype=torch.float64)):
        with raises(ValueError, hint=hint):
            submission.scale.scale_factor([batch])


@task("latent_scale", weight=2)
def test_encode_multiplies_and_decode_divides(submission):
    """With gain 2 and factor 0.5, an image of 3 has the latent 8, scaled 4, and 4 gives the image 3 again"""
    x = exactly(3).reshape(1, 1, 1, 1)
    z = submission.play(plays.latents, exactly(2), x, 0.5)["z"]
    hint = "Multiply behind the encoder, divide before the decoder."
    near(z, torch.full((1, 1, 1, 1), 4.0), "the scaled latent", hint)
    back = submission.play(plays.images, exactly(2), z, 0.5)["x"]
    near(back, x, "the image", hint)


@task("latent_scale")
def test_noise_makes_a_sample(submission):
    """The law of the image 3 is N(8, 5^2): noise 1 gives 13, times the factor; no noise gives the mode"""
    x, noise = exactly(3).reshape(1, 1, 1, 1), exactly(1).reshape(1, 1, 1, 1)
    hint = "The posterior makes the sample; the factor comes after it, so it scales mean and noise alike."
    z = submission.play(plays.latents, exactly(2), x, 0.1, noise)["z"]
    near(z.flatten(), exactly(1.3), "the scaled sample", hint)
    z = submission.play(plays.latents, exactly(2), x, 0.1, 0 * noise)["z"]
    near(z.flatten(), exactly(0.8), "the scaled sample for noise 0", hint)


@task("latent_scale")
def test_no_gradient_is_recorded(submission, seed):
    """Neither latents and images nor the way to them are recorded, though the autoencoder has a weight"""
    z = submission.play(plays.latents, exactly(2), seed.normal(1, 1, 2, 2), 0.5)
    x = submission.play(plays.images, exactly(2), seed.normal(1, 1, 2, 2), 0.5)
    expect(not z["tracked"] and not x["tracked"], "a gradient is recorded", NO_GRADIENT)
    hint = "torch.no_grad() around the call of the autoencoder: detach() at the end comes too late."
    expect(not z["recording"], "the encoder was recorded on the way", hint)
    expect(not x["recording"], "the decoder was recorded on the way", hint)
