"""Public checks of inference: a convolution worked out by hand, and graphs for batches of all sizes."""

import torch

from autograder.checks import Seed, close, exactly, raises, task

from .. import plays_after
from .near import SINGLE, near

ONE = (exactly(3), exactly(3.75))  # running mean and variance


def image_of(*values):
    """Return one image of one row."""
    return exactly(*values).reshape(1, 1, 1, -1)


# -------------------- 7.2 fold_batch_norm
@task("export")
def test_one_number_by_hand(submission):
    """Weight 2, bias 1; mean 3, variance 3.75, eps 0.25, gamma 4, beta -1: weight 4 and bias -5"""
    affine = (exactly(4), exactly(-1))
    came = submission.play(plays_after.fold, image_of(1, 2), image_of(2), exactly(1), {}, ONE, affine, 0.25)
    hint = "The factor is gamma / sqrt(running_var + eps), here 4 / 2."
    near(came["weight"].flatten(), exactly(4), "the weight", hint)
    near(came["bias"], exactly(-5), "the bias", "beta + (old bias - running_mean) * factor.")
    near(came["y"].flatten(), exactly(-1, 3), "the result for 1 and 2", hint)


@task("export")
def test_without_bias_and_without_affine(submission):
    """A convolution with stride, padding and groups but no bias, and a norm without weight and bias"""
    place = torch.arange(1, 100, dtype=torch.float64)
    x, weight = torch.sin(place[:72]).reshape(1, 4, 6, 3), torch.cos(place[:48]).reshape(6, 2, 2, 2)
    settings = {"stride": 2, "padding": 1, "groups": 2}
    statistics = (torch.sin(place[:6]), 1.5 + torch.cos(place[:6]))
    came = submission.play(plays_after.fold, x, weight, None, settings, statistics, None, 1e-5)
    y = torch.nn.functional.conv2d(x, weight, None, 2, 1, 1, 2)
    mean, deviation = statistics[0], (statistics[1] + 1e-5).sqrt()
    y = (y - mean[:, None, None]) / deviation[:, None, None]
    near(came["y"], y, "the result", "No bias is a bias of 0, no gamma is 1, and no beta is 0.")
    near(came["y of both afterwards"], y, "what both layers do afterwards", "Work on a copy.")


@task("export")
def test_training_mode_cannot_be_folded(submission):
    """A batch norm in training mode raises ValueError: it uses the statistics of each batch"""
    with raises(ValueError, "bn.training is to be refused; the mode of the convolution does not matter."):
        submission.play(
            plays_after.fold, image_of(1, 2), image_of(2), None, {}, ONE, None, 0.25, training=True
        )


# -------------------- 7.2 export_any_batch
def expect_any_batch(submission, seed, width, example, sizes, training=True):
    """Expect the exported graph to give what the model gives in evaluation mode."""
    batches = [Seed(seed).fork(str(n)).normal(n, 1, 4, 5, dtype=torch.float32) for n in sizes]
    model = plays_after.Small(seed, width).eval()
    with torch.no_grad():
        expected = [model(batch) for batch in batches]
    came = submission.play(plays_after.exported, seed, width, example, batches, training)
    hint = "The first axis is dynamic, and the model in evaluation mode while it is exported: no dropout."
    for n, found, stored, due in zip(sizes, came["results"], came["from storage"], expected, strict=True):
        near(found, due, f"the graph's result for a batch of {n}", hint, SINGLE)
        near(stored, due, f"the stored graph's result for a batch of {n}", hint, SINGLE)
    hint = "Note part.training for each part of model.modules() first: model.train() sets all of them."
    kept = [int(part.training) for part in model.train(training).modules()]
    kept[2] = 0  # the norm comes in evaluation mode
    close(came["modes"], kept, rtol=0, what="the modes of the parts afterwards (1 is training)", hint=hint)


@task("export", weight=2)
def test_batches_of_all_sizes(submission):
    """A model in training mode, exported with three images, takes 1, 2, 5 and 9, without dropout"""
    expect_any_batch(submission, 1, 4, torch.zeros(3, 1, 4, 5), [1, 2, 5, 9])


@task("export")
def test_example_of_one(submission):
    """With an example of a single image the graph takes batches of 1 and 4 as well"""
    expect_any_batch(submission, 2, 3, torch.ones(1, 1, 4, 5), [1, 4], training=False)
