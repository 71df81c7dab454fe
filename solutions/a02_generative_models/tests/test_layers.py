"""Public checks of the two layers: batches by hand, and determinants that autograd knows as well."""

import math

import torch
import torch.nn.functional as F

from autograder.checks import close, expect, task

from .. import plays_flow
from .numbers import AN_IMAGE, IN_PLACE, exactly, expect_dtype, near, rows

LN2 = math.log(2)


# -------------------- 3.2 ActNorm
@task("ActNorm")
def test_first_batch_by_hand(submission):
    """Values 1 and 5 have mean 3 and deviation 2: shift -3, log_scale -ln 2, and they become -1 and 1"""
    x = exactly(1, 5, 5, 1).reshape(2, 1, 2, 1)  # two images of 2 x 1
    came = submission.play(plays_flow.act_norm, [x])
    hint = "The mean over batch, rows and columns; the deviation divides by the number of values."
    near(came["shift"], exactly(-3).reshape(1, 1, 1, 1), "shift", hint)
    near(came["log_scale"], exactly(-math.log(2 + 1e-6)).reshape(1, 1, 1, 1), "log_scale", hint)
    y, log_det = came["results"][0]
    near(y, (x - 3) / (2 + 1e-6), "y", "(x + shift) exp(log_scale): shifted first.")
    hint = "Each of the h w pixels is scaled, so log_scale counts h w times; one number for each image."
    near(log_det, exactly(1, 1) * -2 * math.log(2 + 1e-6), "log_det", hint)
    expect(came["trainable"] == [True, True], "shift and log_scale can no longer be trained")


@task("ActNorm", weight=2)
def test_later_batches_use_the_first(submission, seed):
    """Twice the first batch comes out with twice the deviation: the numbers are set once"""
    x = 3 + 2 * seed.normal(4, 3, 2, 5)
    for training in (True, False):
        came = submission.play(plays_flow.act_norm, [x, 2 * x, x[:1]], training)
        (y, first), (z, second), (_, third) = came["results"]
        mode = "training" if training else "eval"
        hint = "The first call ever sets both, in training mode or not."
        near(y.mean((0, 2, 3)), exactly(0, 0, 0), f"the means of the first batch in {mode} mode", hint, 1e-5)
        near(y.std((0, 2, 3), correction=0), exactly(1, 1, 1), f"the deviations in {mode} mode", rtol=1e-5)
        hint = "This is no batch norm: `ready` says that the parameters are set, in any mode."
        near(
            z.std((0, 2, 3), correction=0), exactly(2, 2, 2), "the deviations of the second batch", hint, 1e-5
        )
        near([first[0], second[0], third[0]], [first[0]] * 3, "log_det", hint)
        expect(
            first.shape == (4,) and third.shape == (1,), "log_det has not one number for each image", AN_IMAGE
        )
        near(first[0], -10 * x.std((0, 2, 3), correction=0).log().sum(), "log_det", hint, 1e-5)


@task("ActNorm")
def test_saved_parameters_are_ready(submission, seed):
    """A layer that loads another's state_dict uses those numbers, also for its first batch"""
    first, second = 3 + 2 * seed.normal(4, 2, 3, 3), seed.fork("second").normal(4, 2, 3, 3)
    y, _ = submission.play(plays_flow.act_norm_loaded, first, second)
    deviation = first.std((0, 2, 3), correction=0, keepdim=True) + 1e-6
    expected = (second - first.mean((0, 2, 3), keepdim=True)) / deviation
    near(
        y, expected, "y of the second batch", "Set the buffer `ready` itself: state_dict knows no other flag."
    )


@task("ActNorm")
def test_act_norm_inverse(submission, seed):
    """With shift (1, 0) and log_scale (ln 2, ln 4), y = 8 comes from 3 and 2; a new layer changes nothing"""
    y = torch.full((2, 2, 1, 3), 8.0).double()
    x, log_det, *_ = submission.play(plays_flow.act_norm_inverse, exactly(1, 0), exactly(LN2, 2 * LN2), y)
    near(x, exactly(3, 2)[None, :, None, None].expand(2, 2, 1, 3), "x", "y exp(-log_scale) - shift.")
    near(log_det, exactly(1, 1) * -3 * 3 * LN2, "log_det of the way back")
    nothing = exactly(0, 0)
    y = seed.normal(3, 2, 2, 2)
    x, log_det, *after = submission.play(plays_flow.act_norm_inverse, nothing, nothing, y)
    near([x, log_det], [y, exactly(0, 0, 0)], "what a new layer's inverse gives")
    near(after, [nothing, nothing], "the parameters afterwards", "inverse sets nothing.")


@task("ActNorm")
def test_parameters_are_set_unseen(submission, seed):
    """Autograd sees fixed parameters in the first call too: the gradient to x is exp(log_scale) times y's"""
    x, factor = seed.normal(3, 2, 2, 3), seed.fork("factor").normal(3, 2, 2, 3)
    by_x, by_shift, by_scale, log_scale = submission.play(plays_flow.gradients_of_act_norm, x, factor)
    hint = "Set the parameters under torch.no_grad(), then compute y from them."
    near(by_x, factor * log_scale.exp(), "the gradient with respect to x", hint)
    near(by_shift, (factor * log_scale.exp()).sum((0, 2, 3), keepdim=True), "that to shift", hint)
    deviation = x.std((0, 2, 3), correction=0, keepdim=True) + 1e-6
    y = (x - x.mean((0, 2, 3), keepdim=True)) / deviation
    near(by_scale, (factor * y).sum((0, 2, 3), keepdim=True) + 18, "that to log_scale", hint)


@task("ActNorm")
def test_constant_channel(submission):
    """A channel without any deviation gets log_scale -ln(1e-6), and nothing becomes infinite"""
    came = submission.play(plays_flow.act_norm, [torch.ones(2, 1, 2, 2).double()])
    y, log_det = came["results"][0]
    near(log_det, exactly(1, 1) * -4 * math.log(1e-6), "log_det", "eps is added to the deviation.")
    near(y, torch.zeros(2, 1, 2, 2).double(), "y")
    close(came["batches"][0], torch.ones(2, 1, 2, 2), rtol=0, what="the batch afterwards", hint=IN_PLACE)
    single = submission.play(plays_flow.act_norm, [torch.rand(2, 1, 2, 2)])["results"][0]
    for value in single:
        expect_dtype(value, torch.float32)


# -------------------- 3.3 InvertibleConv1x1
SQUARE = rows((0, 2, 1), (1, 1, 0), (3, 0, 1))  # needs a permutation; determinant -5


@task("InvertibleConv1x1")
def test_matrix_is_rebuilt(submission, seed):
    """weight() is the matrix that was given, also where its determinant is negative"""
    x = seed.normal(2, 3, 1, 2)
    for weight in (SQUARE, torch.diag(exactly(-1, 2, 3)), -SQUARE):
        came = submission.play(plays_flow.conv, weight, x)
        hint = (
            "P L (U + diag(sign exp(log_s))), with ones on the diagonal of L: P, L and U as torch.linalg.lu."
        )
        near(came["weight"], weight, "weight()", hint)


@task("InvertibleConv1x1", weight=2)
def test_pixels_are_multiplied(submission, seed):
    """y is the matrix times each pixel's channels, as a 1 x 1 convolution; inverse is its way back"""
    x = seed.normal(2, 3, 4, 5)
    came = submission.play(plays_flow.conv, SQUARE, x)
    near(
        came["y"], F.conv2d(x, SQUARE[:, :, None, None]), "y", "W x, not W^T x: rows of W make new channels."
    )
    expected = F.conv2d(x, torch.linalg.inv(SQUARE)[:, :, None, None])
    near(came["back"], expected, "the way back", "Solve W x = y for the channels of all pixels.")


@task("InvertibleConv1x1")
def test_determinants_of_scaled_rotations(submission, seed):
    """2 Q of 4 channels on 3 x 5 pixels: log_det is 60 ln 2 = 41.588831, and a rotation has 0"""
    Q = torch.linalg.qr(seed.normal(4, 4))[0]
    x = seed.fork("x").normal(2, 4, 3, 5)
    came = submission.play(plays_flow.conv, 2 * Q, x)
    hint = "Each of the h w pixels is multiplied: h w times the sum of log_s, for each image."
    near(came["log_det"], exactly(1, 1) * 60 * LN2, "log_det", hint)
    near(came["log_det back"], exactly(1, 1) * -60 * LN2, "log_det of the way back")
    near(submission.play(plays_flow.conv, Q, x)["log_det"], exactly(0, 0), "log_det of a rotation")


@task("InvertibleConv1x1")
def test_parts_have_their_names(submission, seed):
    """Parameters L, U and log_s, buffers P and sign, with the values of torch.linalg.lu"""
    came = submission.play(plays_flow.conv, SQUARE, seed.normal(1, 3, 1, 1))
    P, L, U = torch.linalg.lu(SQUARE)
    names = list(came["parameters"]), list(came["buffers"])
    expect(names == (["L", "U", "log_s"], ["P", "sign"]), f"parameters and buffers are {names}")
    diagonal = U.diagonal()
    parts = {"L": L.tril(-1), "U": U.triu(1), "log_s": diagonal.abs().log()}
    near(came["parameters"]["log_s"], parts["log_s"], "log_s", "The logarithm of the absolute value.")
    near(came["parameters"]["L"].tril(-1), parts["L"], "L below the diagonal")
    near(came["parameters"]["U"].triu(1), parts["U"], "U above the diagonal")
    near(came["buffers"], {"P": P, "sign": diagonal.sign()}, "the buffers")
    close(came["arguments"][0], SQUARE, rtol=0, what="the matrix that was given", hint=IN_PLACE)


@task("InvertibleConv1x1", weight=2)
def test_only_the_triangles_count(submission, seed):
    """Whatever training adds to L and U outside of their triangles counts nowhere; log_s moves log_det"""
    x, move = seed.normal(2, 3, 2, 2), 0.3 * seed.fork("move").normal(3, 3)
    grown = exactly(0.5, 0, -0.2)
    came = submission.play(plays_flow.conv_with, SQUARE, x, [move, 2 * move, grown])
    P, L, U = torch.linalg.lu(SQUARE)
    L, U = L + move.tril(-1), U.triu(1) + 2 * move.triu(1) + torch.diag(U.diagonal() * grown.exp())
    expected = P @ L @ U
    hint = "weight() takes L below its diagonal and U above it, after each step."
    near(came["weight"], expected, "weight()", hint)
    near(came["y"], F.conv2d(x, expected[:, :, None, None]), "y", hint)
    near(came["log_det"], exactly(1, 1) * 4 * torch.linalg.slogdet(expected)[1], "log_det")
    near(came["back"], F.conv2d(x, torch.linalg.inv(expected)[:, :, None, None]), "the way back")


@task("InvertibleConv1x1")
def test_conv_in_float32(submission, seed):
    """A float32 matrix and float32 images stay float32"""
    came = submission.play(plays_flow.conv, SQUARE.float(), seed.normal(2, 3, 2, 2, dtype=torch.float32))
    for name in ("y", "log_det", "back", "log_det back", "weight"):
        expect_dtype(came[name], torch.float32)
