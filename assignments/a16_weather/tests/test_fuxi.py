"""Public checks of cubes: patches cut out one by one, and pixels laid out by hand."""

import torch
from torch import Tensor

from autograder.checks import Seed, exactly, expect_dtype, task
from autograder.nearness import near, near_single, unchanged

from .. import plays


def cubes(seed: Seed, b: int = 2, c: int = 3, d: int = 5, p: int = 4) -> list[Tensor]:
    """Return fields of two frames, 9 rows and 11 columns, weights and biases."""
    weight = seed.fork("weight").normal(d, c, 2, p, p)
    return [seed.fork("x").normal(b, c, 2, 9, 11), weight, seed.fork("bias").normal(d)]


def cut_out(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return the embedding, cube by cube."""
    p = weight.shape[-1]
    rows = []
    for i in range(x.shape[3] // p):
        parts = [x[..., i * p : i * p + p, j * p : j * p + p] for j in range(x.shape[4] // p)]
        rows.append(torch.stack([one.flatten(1) @ weight.flatten(1).T + bias for one in parts], dim=2))
    return torch.stack(rows, dim=2)


# -------------------- 5.1 cube_embedding
@task("cube_embedding", weight=2)
def test_cubes_one_by_one(submission, seed):
    """Fields of 9 x 11 pixels and two frames have 2 x 2 cubes of 4 x 4; what is left over is dropped"""
    args = cubes(seed)
    came = submission.play(plays.calling, "fuxi", "cube_embedding", args)
    hint = "Each cube of both frames times all weights, in the order channel, frame, row, column."
    near(came["value"], cut_out(*args), "the embedding", hint)
    unchanged(came["arguments"], args)
    single = [one.float() for one in args]
    near_single(submission.fuxi.cube_embedding(*single), cut_out(*args), "the embedding of float32")


@task("cube_embedding")
def test_both_frames_count(submission, seed):
    """Frames in the other order give another embedding; cubes of 3 x 3 and fields of one frame are legal"""
    x, weight, bias = cubes(seed)
    turned = x[..., :8, :8].flip(2)
    came = submission.fuxi.cube_embedding(turned, weight, bias)
    near(came, cut_out(turned, weight, bias), "the embedding of frames exchanged", "Do not average frames.")
    x, weight, bias = cubes(seed, p=3)
    x = x[..., :9]
    came = submission.fuxi.cube_embedding(x[:, :, :1], weight[:, :, :1], bias)
    near(
        came, cut_out(x[:, :, :1], weight[:, :, :1], bias), "the embedding of one frame", "p is the weight's."
    )


@task("cube_embedding")
def test_pixels_of_a_place(submission):
    """One place of one number: c x p x p numbers become rows of pixels, channel after channel"""
    y, weight = exactly(1).view(1, 1, 1, 1), torch.arange(8).double()[:, None]
    came = submission.play(plays.calling, "fuxi", "cube_recovery", [y, weight, (2, 2), 2])
    hint = "The order of the numbers is channel, row, column (pixel_shuffle)."
    near(came["value"], torch.arange(8).double().view(1, 2, 2, 2), "the pixels", hint)
    unchanged(came["arguments"][:2], [y, weight])
    expect_dtype(submission.fuxi.cube_recovery(y.float(), weight.float(), (3, 3), 2), torch.float32)


@task("cube_embedding")
def test_stretched_pixels(submission):
    """Two pixels stretched to four are 0 .25 .75 1, and to one their mean; without a word p is 4"""
    y, weight = exactly(1).view(1, 1, 1, 1), torch.arange(4).double()[:, None]
    came = submission.fuxi.cube_recovery(y, weight, (2, 4), 2)
    hint = "Bilinear, values in the middles of pixels: align_corners=False."
    near(came[0, 0, 0], exactly(0, 0.25, 0.75, 1), "a row of two pixels, stretched to four", hint)
    near(submission.fuxi.cube_recovery(y, weight, (1, 1), 2).flatten(), exactly(1.5), "one pixel")
    many = torch.arange(16).double()
    near(submission.fuxi.cube_recovery(y, many[:, None], (4, 4)).flatten(), many, "p = 4")
