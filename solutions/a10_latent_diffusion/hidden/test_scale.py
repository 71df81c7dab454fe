"""Hidden checks of the scale: many batches, float32 far from 0, and the round trip."""

import torch

from autograder.checks import expect, raises, task

from .. import plays
from ..tests.near import near
from .gates import expect_alike, expect_within


@task("latent_scale", gate=True)
def test_scale_is_an_answer_at_all(submission, seed):
    """The factor is about one over the deviation, and latents and images go with what came in"""
    deviation = 2 + 3 * seed.fork("d").uniform(1).item()
    factor = submission.scale.scale_factor([deviation * seed.fork("z").normal(400)])
    expect_within(float(factor), 1 / deviation, 1.8)
    x = seed.fork("x").normal(1, 1, 6, 6)
    expect_alike(submission.play(plays.latents, x.new_tensor(5.0), x, 3.0)["z"], x)
    images = submission.play(plays.images, x.new_tensor(5.0), x, 3.0)["x"]
    expect_alike(images, x)
    expect(images.double().mean() < -0.3, "the images are not decoded")  # the decoder subtracts 1


@task("latent_scale", weight=2)
def test_factor_is_exact_for_many_batches(submission, seed):
    """Batches of any sizes and levels, in float32 and far from 0, to nine digits

    One deviation about one mean over all values of all batches, by n; a generator is gone through once, in
    float64.
    """
    batches = [seed.fork(f"{n}").normal(n, 2, 3, 1).float() + 100 * n for n in (1, 4, 2)]
    values = [value for batch in batches for value in batch.flatten().tolist()]
    mean = sum(values) / len(values)
    expected = (sum((value - mean) ** 2 for value in values) / len(values)) ** -0.5
    came = submission.scale.scale_factor(batches)
    expect(type(came) is float, f"the factor is a {type(came).__name__}; expected float")
    near(came, expected, "the factor", within=1e-9)
    stream = submission.play(plays.scale_of_stream, batches)
    near(stream, expected, "the factor of a generator", within=1e-9)


@task("latent_scale")
def test_scaled_latents_have_deviation_one(submission, seed):
    """Latents times the factor have deviation 1 about their mean, which stays where it is

    The factor is 1 over the deviation: about the mean, not about 0. Values that are all equal raise
    ValueError.
    """
    z = 7 + 5 * seed.normal(6, 4, 3, 3)
    factor = submission.scale.scale_factor([z[:2], z[2:]])
    near((factor * z).std(correction=0), 1.0, "the deviation of the scaled latents")
    with raises(ValueError):
        submission.scale.scale_factor([torch.zeros(2, 3), torch.zeros(1, 3)])


@task("latent_scale", weight=2)
def test_latents_and_images_are_exact(submission, seed):
    """Modes, samples, images and the round trip for a fresh codec and factor, without a gradient

    Multiply after the encoder (mode or sample), divide before the decoder, and record nothing.
    """
    gain, scale = 1 + seed.fork("g").uniform(1)[0], 0.1 + seed.fork("s").uniform(1).item()
    x, noise = seed.fork("x").normal(2, 3, 2, 2), seed.fork("n").normal(2, 3, 2, 2)
    mean = gain * (x + 1)
    came = submission.play(plays.latents, gain, x, scale)
    near(came["z"], scale * mean, "the scaled mode")
    sampled = submission.play(plays.latents, gain, x, scale, noise)
    near(sampled["z"], scale * (mean + (1 + mean.abs() / 2) * noise), "the sample")
    images = submission.play(plays.images, gain, noise, scale)
    near(images["x"], noise / scale / gain - 1, "the images")
    back = submission.play(plays.round_trip, gain, x, scale)
    near(back, x, "the image after a round trip")
    expect(not any(one["tracked"] for one in (came, sampled, images)), "a gradient is recorded")
