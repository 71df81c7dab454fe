"""Hidden checks of the two layers: statistics channel by channel, Jacobians of whole images."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.checks import Seed, close, expect, task

from .. import plays_flow
from .fresh import EXACT, expect_alike


def images(seed: Seed, *shape: int) -> Tensor:
    """Return images whose channels differ in mean and deviation."""
    c = shape[1]
    scale = torch.arange(1, c + 1, dtype=torch.float64)[:, None, None]
    return scale * seed.normal(*shape) + 5 - 2 * scale


# -------------------- 3.2 ActNorm
@task("ActNorm", gate=True)
def test_act_norm_is_an_answer_at_all(submission, seed):
    """The first batch comes out with each channel in step with what came in, moved or scaled"""
    x = images(seed, 4, 2, 3, 3)
    y, _ = submission.play(plays_flow.act_norm, [x])["results"][0]
    expect((y - x).abs().mean() > 1e-3, "x comes back unchanged")
    for channel in range(2):
        expect_alike(y[:, channel], x[:, channel])


@task("ActNorm", weight=2)
def test_act_norm_channel_by_channel(submission, seed):
    """Parameters, results and log-determinants of three batches, worked out channel by channel

    The first batch fixes shift and scale, later ones do not; log_det counts rows times columns for each
    channel.
    """
    batches = [images(seed.fork(f"{i}"), b, 3, 2, 4) for i, b in enumerate((5, 2, 1))]
    for training in (False, True):
        came = submission.play(plays_flow.act_norm, batches, training)
        values = batches[0].transpose(0, 1).reshape(3, -1).numpy()
        mean, std = torch.from_numpy(values.mean(1)), torch.from_numpy(values.std(1)) + 1e-6
        close(came["shift"].flatten(), -mean, rtol=EXACT, what="shift")
        close(came["log_scale"].flatten(), -std.log(), rtol=EXACT, atol=EXACT, what="log_scale")
        expect(came["ready"] is True, "`ready` is not set after the first batch")
        for batch, (y, log_det) in zip(batches, came["results"], strict=True):
            expected = (batch - mean[:, None, None]) / std[:, None, None]
            close(y, expected, rtol=EXACT, atol=EXACT, what="y")
            close(log_det, torch.full((len(batch),), -8 * std.log().sum().item()), rtol=1e-6, what="log_det")
        close(came["batches"], batches, rtol=0, what="the batches afterwards")


@task("ActNorm")
def test_act_norm_back_with_other_parameters(submission, seed):
    """inverse undoes any shift and scale, changes neither, and has the log-determinant of its direction

    Set shift and scale to other values: inverse undoes them, leaves them, and its log_det has the other sign.
    """
    shift, log_scale, y = seed.normal(3), seed.fork("s").normal(3), seed.fork("y").normal(2, 3, 4, 2)
    x, log_det, *after = submission.play(plays_flow.act_norm_inverse, shift, log_scale, y)
    expected = torch.stack([y[:, c] / log_scale[c].exp() - shift[c] for c in range(3)], 1)
    close(x, expected, rtol=EXACT, atol=EXACT, what="x")
    close(log_det, -8 * log_scale.sum().expand(2), rtol=EXACT, what="log_det")
    close(after, [shift, log_scale], rtol=0, what="the parameters afterwards")


@task("ActNorm")
def test_act_norm_loads_what_was_saved(submission, seed):
    """What one layer learnt from its first batch another one uses after load_state_dict

    Save and load the state: a layer that was loaded must not begin anew with its first batch, so this is a
    buffer too.
    """
    first, second = images(seed, 6, 2, 2, 3), images(seed.fork("second"), 3, 2, 2, 3)
    y, log_det = submission.play(plays_flow.act_norm_loaded, first, second)
    std = first.std((0, 2, 3), correction=0) + 1e-6
    expected = (second - first.mean((0, 2, 3))[:, None, None]) / std[:, None, None]
    close(y, expected, rtol=EXACT, atol=EXACT, what="y")
    close(log_det, (-6 * std.log().sum()).expand(3), rtol=EXACT, what="log_det")


@task("ActNorm")
def test_act_norm_far_from_zero(submission, seed):
    """Channels near 1000 and of deviation 1e-3, in float32, come out standardized to three digits

    Try float32 channels near 1000 with a deviation of 1e-3: (x + shift) first, then the scale, and the
    deviation about the mean.
    """
    x = (1000 + torch.tensor([1.0, 0.3])[:, None, None] * seed.normal(8, 2, 4, 4)).float()
    y, log_det = submission.play(plays_flow.act_norm, [x])["results"][0]
    expect(y.dtype == log_det.dtype == torch.float32, f"float32 came back as {y.dtype} and {log_det.dtype}")
    wide = x.double()
    std = wide.std((0, 2, 3), correction=0, keepdim=True)
    close(y, (wide - wide.mean((0, 2, 3), keepdim=True)) / std, atol=5e-3, what="y")


# -------------------- 3.3 InvertibleConv1x1
def square(seed: Seed, c: int) -> Tensor:
    """Return a matrix that is far from singular."""
    left, right = (torch.linalg.qr(seed.fork(name).normal(c, c))[0] for name in ("left", "right"))
    return left @ torch.diag(0.5 + 2 * seed.fork("scale").uniform(c)) @ right


@task("InvertibleConv1x1", gate=True)
def test_conv_is_an_answer_at_all(submission, seed):
    """The result goes with the matrix, or its transpose or inverse, times the channels"""
    weight, x = square(seed, 4), seed.normal(3, 4, 2, 2)
    y = submission.play(plays_flow.conv, weight, x)["y"]
    others = (weight, weight.T, torch.linalg.inv(weight))
    expect((y - x).abs().max() > 1e-6, "x comes back unchanged")
    P, L, U = torch.linalg.lu(weight)
    expect_alike(y, *(F.conv2d(x, W[:, :, None, None]) for W in (*others, P.T @ L @ U, L @ U, U @ L)))


@task("InvertibleConv1x1", weight=2)
def test_conv_both_ways(submission, seed):
    """Matrices of 1 to 5 channels, of both signs: y, the way back, and both log-determinants

    Try 1 to 5 channels and signs of both kinds: y, the inverse, and a log_det for each direction, rows times
    columns large.
    """
    for c, (h, w) in ((1, (2, 3)), (2, (1, 1)), (3, (2, 5)), (5, (3, 1))):
        weight, x = square(seed.fork(f"{c}"), c), seed.fork(f"x{c}").normal(2, c, h, w)
        for matrix in (weight, weight.flip(0)):
            came = submission.play(plays_flow.conv, matrix, x)
            pixels = x.permute(0, 2, 3, 1).reshape(-1, c)  # b*h*w c
            for name, due in (("y", pixels @ matrix.T), ("back", torch.linalg.solve(matrix, pixels.T).T)):
                expected = due.reshape(2, h, w, c).permute(0, 3, 1, 2)
                close(came[name], expected, rtol=1e-9, atol=1e-9, what=f"{name} of {c} channels")
            log_det = h * w * torch.linalg.slogdet(matrix)[1].expand(2)
            close(came["log_det"], log_det, rtol=1e-9, atol=1e-9, what="log_det")
            close(came["log_det back"], -log_det, rtol=1e-9, atol=1e-9, what="log_det of the way back")
            close(came["weight"], matrix, rtol=1e-9, atol=1e-9, what="weight()")


@task("InvertibleConv1x1")
def test_conv_is_one_large_matrix(submission, seed):
    """log_det is that of the Jacobian of a whole image, 24 x 24

    Every pixel has its own factor |det W|: compare with the Jacobian of a whole small image.
    """
    weight, x = square(seed, 4), seed.normal(1, 4, 2, 3)
    came = submission.play(plays_flow.conv, weight, x)
    whole = torch.kron(weight.contiguous(), torch.eye(6, dtype=torch.float64))
    close(came["y"].flatten(), whole @ x.flatten(), rtol=1e-9, atol=1e-9, what="y")
    close(came["log_det"], torch.linalg.slogdet(whole)[1][None], rtol=1e-9, atol=1e-9, what="log_det")


@task("InvertibleConv1x1", weight=2)
def test_conv_trains_its_parts_alone(submission, seed):
    """Gradients reach L below its diagonal, U above it and log_s, and nothing else

    Gradients reach L below its diagonal, U above it, and log_s; permutation and signs are buffers.
    """
    weight, x, factor = square(seed, 3), seed.normal(2, 3, 2, 2), seed.fork("f").normal(2, 3, 2, 2)
    by_L, by_U, by_s = submission.play(plays_flow.gradients_of_conv, weight, x, factor)
    P, L, U = torch.linalg.lu(weight)
    by_weight = torch.einsum("bohw,bchw->oc", factor, x)
    close(by_L, (P.T @ by_weight @ U.T).tril(-1), rtol=1e-9, atol=1e-9, what="the gradient to L")
    of_U = (P @ L).T @ by_weight
    close(by_U, of_U.triu(1), rtol=1e-9, atol=1e-9, what="the gradient to U")
    close(by_s, of_U.diagonal() * U.diagonal() + 8, rtol=1e-9, atol=1e-9, what="the gradient to log_s")


@task("InvertibleConv1x1")
def test_conv_after_training(submission, seed):
    """After any change of its parts the layer is W = P L (U + diag(sign exp(log_s))), and invertible

    Change the parts and build W = P L (U + diag(sign exp(log_s))) anew in each call: the triangles' other
    halves count for nothing.
    """
    weight, x = square(seed, 4), seed.normal(2, 4, 1, 3)
    moves = [seed.fork("L").normal(4, 4), seed.fork("U").normal(4, 4), seed.fork("s").normal(4)]
    came = submission.play(plays_flow.conv_with, weight, x, moves)
    P, L, U = torch.linalg.lu(weight)
    diagonal = torch.diag(U.diagonal() * moves[2].exp())
    expected = P @ (L + moves[0].tril(-1)) @ (U.triu(1) + moves[1].triu(1) + diagonal)
    close(came["weight"], expected, rtol=1e-9, atol=1e-9, what="weight()")
    close(came["y"], F.conv2d(x, expected[:, :, None, None]), rtol=1e-8, atol=1e-8, what="y")
    close(F.conv2d(came["back"], expected[:, :, None, None]), x, rtol=1e-6, atol=1e-6, what="there and back")
    log_det = 3 * torch.linalg.slogdet(expected)[1].expand(2)
    close(came["log_det"], log_det, rtol=1e-8, atol=1e-8, what="log_det")
    signs = torch.linalg.slogdet(expected)[0], torch.linalg.slogdet(weight)[0]
    expect(signs[0] == signs[1] and math.isfinite(log_det[0]), "the determinant changed its sign")
    close(came["log_det back"], -log_det, rtol=1e-8, atol=1e-8, what="log_det of the way back")
