"""Hidden checks of the ways to make images larger: fresh inputs against torch, numpy and linear algebra."""

import numpy as np
import torch
import torch.nn.functional as F

from autograder.checks import any_of, close, exactly, expect_dtype, task

from .. import plays
from ..tests.near import EXACT, near
from .fresh import expect_in_step, several


# -------------------- 1.1 conv_transpose2d
def largest(x: torch.Tensor, weight: torch.Tensor, stride: int, padding: int, extra: int) -> torch.Tensor:
    """Return the largest of the copies over each pixel, which are written one after the other; 0 for none."""
    (b, _, h, w), (_, c, k_h, k_w) = x.shape, weight.shape
    canvas = torch.full((b, c, (h - 1) * stride + k_h + extra, (w - 1) * stride + k_w + extra), float("-inf"))
    canvas = canvas.double()
    for n in range(h):
        for m in range(w):
            place = canvas[:, :, n * stride : n * stride + k_h, m * stride : m * stride + k_w]
            torch.maximum(place, torch.tensordot(x[:, :, n, m], weight, 1), out=place)
    canvas[canvas.isinf()] = 0
    return canvas[:, :, padding : canvas.shape[2] - padding, padding : canvas.shape[3] - padding]


CASES = (  # stride, padding, output_padding, k_h, k_w
    (1, 0, 0, 3, 3),
    (2, 1, 1, 3, 3),
    (2, 1, 0, 4, 4),
    (3, 2, 2, 4, 5),
    (2, 0, 1, 1, 2),
    (1, 1, 0, 5, 3),
)


@task("conv_transpose2d", gate=True)
def test_transposed_is_an_answer_at_all(submission, seed):
    """The result goes with the right one on fresh input"""
    x, weight = several(seed, (1, 1, 6, 7), (1, 2, 5, 5))
    came = submission.transposed_conv.conv_transpose2d(x, weight, overlap="max")
    expect_in_step(came, largest(x, weight, 1, 0, 0))


@task("conv_transpose2d")
def test_transposed_equals_torchs(submission, seed):
    """Fresh images, kernels that are not square, every stride and padding: as torch

    Compare with F.conv_transpose2d for oblong kernels, each stride and padding: copies overlap and add up,
    padding cuts the border.
    """
    for stride, padding, extra, k_h, k_w in CASES:
        x, weight, bias = several(seed, (2, 3, 4, 5), (3, 2, k_h, k_w), (2,))
        came = submission.transposed_conv.conv_transpose2d(x, weight, bias, stride, padding, extra)
        expected = F.conv_transpose2d(x, weight, bias, stride, padding, extra)
        what = f"{k_h} × {k_w}, stride {stride}, padding {padding}, output_padding {extra}: the result"
        near(came, expected, what, within=EXACT)


@task("conv_transpose2d", weight=3)
def test_the_largest_stays_on_fresh_input(submission, seed):
    """Fresh images, kernels that are not square, every stride and padding: the largest copy stays

    With overlap="max" the largest of the copies that reach a pixel stays, also below 0: begin with -inf. What
    no copy reaches is 0 before the bias.
    """
    for stride, padding, extra, k_h, k_w in CASES:
        x, weight, bias = several(seed, (2, 3, 4, 5), (3, 2, k_h, k_w), (2,))
        given = (x, weight, bias, stride, padding, extra)
        came = submission.transposed_conv.conv_transpose2d(*given, overlap="max")
        expected = largest(x, weight, stride, padding, extra) + bias[:, None, None]
        what = f"{k_h} × {k_w}, stride {stride}, padding {padding}, output_padding {extra}: the largest"
        near(came, expected, what, within=EXACT)


@task("conv_transpose2d")
def test_transposed_can_be_trained(submission, seed):
    """Gradients of the sum with respect to image, kernel and bias are those of torch's own

    Compare the gradients by image, kernel and bias with torch's: nothing is detached or copied as a number.
    """
    x, weight, bias, factor = several(seed, (2, 2, 3, 4), (2, 3, 3, 3), (3,), (2, 3, 5, 7))
    came = submission.play(plays.gradients_of_conv_transpose2d, x, weight, bias, 2, 1, factor)
    inputs = [x.clone().requires_grad_(), weight.clone().requires_grad_(), bias.clone().requires_grad_()]
    result = F.conv_transpose2d(inputs[0], inputs[1], inputs[2], 2, 1)
    expected = list(torch.autograd.grad((factor * result).sum(), inputs))
    near(came, expected, "the gradients with respect to x, weight and bias", within=EXACT)


@task("conv_transpose2d")
def test_transposed_keeps_dtype_and_arguments(submission, seed):
    """float32 stays float32, and no argument is changed

    Make new tensors in x's dtype, and write into none that came in.
    """
    x, weight, bias = (one.float() for one in several(seed, (1, 2, 3, 3), (2, 1, 3, 3), (1,)))
    came = submission.transposed_conv.conv_transpose2d(x, weight, bias, 2, overlap="max")
    expect_dtype(came, torch.float32)
    near(came, largest(x.double(), weight.double(), 2, 0, 0) + bias)
    after = submission.play(plays.after_transposed_conv, x, weight, bias)
    close(after, [x, weight, bias], rtol=0, what="the arguments afterwards")


# -------------------- 1.2 coverage, resize_conv
@task("coverage", gate=True)
def test_coverage_is_an_answer_at_all(submission, seed):
    """The counts go with the right ones for a fresh kernel, stride and size, with overlaps or with gaps"""
    kernel, stride, size = (seed.fork(name).integer(3, 6) for name in ("kernel", "stride", "size"))
    kernel += stride if kernel % stride == 0 else 0

    def ask(kernel: int, stride: int) -> None:
        ones = torch.ones(1, 1, size + 4, size + 4).double()
        expected = F.conv_transpose2d(ones, torch.ones(1, 1, kernel, kernel).double(), stride=stride)
        expect_in_step(submission.transposed_conv.coverage(kernel, stride, size + 4), expected)

    any_of(lambda: ask(kernel + 7, stride), lambda: ask(kernel, kernel + stride))


@task("coverage")
def test_coverage_counts_what_torch_writes(submission, seed):
    """Counts are those of torch's transposed convolution of ones, one pixel and wide strides included

    Compare with torch's transposed convolution of ones: strides wider than the kernel leave zeros, and one
    pixel is enough.
    """
    cases = [(seed.fork(f"k{i}").integer(1, 7), seed.fork(f"s{i}").integer(1, 5), i) for i in (1, 2, 3, 5)]
    for kernel, stride, size in [*cases, (2, 5, 3), (5, 2, 1)]:
        ones, weight = torch.ones(1, 1, size, size).double(), torch.ones(1, 1, kernel, kernel).double()
        expected = F.conv_transpose2d(ones, weight, stride=stride)[0, 0].round().long()
        came = submission.transposed_conv.coverage(kernel, stride, size)
        close(came, expected, what=f"coverage({kernel}, {stride}, {size})")
        expect_dtype(came, torch.int64)


@task("coverage")
def test_resize_conv_on_fresh_input(submission, seed):
    """Fresh images, channels, kernels and scales give sums over neighbours of repeated pixels

    Repeat pixels first, then convolve, with a padding that keeps the size: try oblong images and several
    kernels.
    """
    for k, scale in ((1, 2), (3, 3), (5, 2), (3, 1)):
        x, weight, bias = several(seed, (2, 3, 3, 4), (2, 3, k, k), (2,))
        larger = torch.kron(x, torch.ones(scale, scale).double())
        patches = F.unfold(larger, k, padding=k // 2)  # b c*k*k n
        expected = (weight.flatten(1) @ patches).reshape(2, 2, 3 * scale, 4 * scale) + bias[:, None, None]
        came = submission.transposed_conv.resize_conv(x, weight, bias, scale)
        near(came, expected, f"the result for k = {k}, scale = {scale}", within=EXACT)


# -------------------- 1.3 deconvolve
@task("deconvolve", gate=True)
def test_deconvolve_is_an_answer_at_all(submission, seed):
    """A fresh image comes back from a strong blur, roughly, or waves are as much enlarged as they must be"""
    image, kernel = seed.fork("x").normal(1, 1, 8, 10), exactly(1, 0.5, -0.9, 0.7, -0.6, 0.8).reshape(2, 3)
    kernel = kernel * (1 + 0.02 * seed.fork("kernel").uniform(2, 3))
    response = torch.fft.fft2(kernel, s=(8, 10))
    y = torch.fft.ifft2(torch.fft.fft2(image) * response).real
    came = submission.transposed_conv.deconvolve(y, kernel, 1e4)
    any_of(
        lambda: expect_in_step(came, image),
        lambda: expect_in_step((torch.fft.fft2(came) / torch.fft.fft2(y)).abs(), 1 / response.abs()),
    )


@task("deconvolve", weight=2)
def test_deconvolve_solves_the_normal_equations(submission, seed):
    """The result solves (K^T K + I / snr) x = K^T y, with the blur K as a matrix

    conj(K) Y / (|K|^2 + 1 / snr), with K the transform of the kernel laid out from the corner, kernel[0, 0]
    at the pixel itself: write the blur as a matrix and compare.
    """
    H, W, snr = 4, 5, 0.5 + 20 * seed.fork("snr").uniform(1).item()
    kernel, y = several(seed, (2, 3), (2, 1, H, W))
    columns = []
    for unit in torch.eye(H * W).double():
        image = unit.reshape(H, W)
        shifted = [kernel[i, j] * image.roll((i, j), (0, 1)) for i in range(2) for j in range(3)]
        columns.append(torch.stack(shifted).sum(0).flatten())
    K = torch.stack(columns, dim=1)
    normal = K.T @ K + torch.eye(H * W).double() / snr
    expected = torch.linalg.solve(normal, K.T @ y.reshape(2, H * W).T).T.reshape(y.shape)
    came = submission.transposed_conv.deconvolve(y, kernel, snr)
    near(came, expected, "the image", within=EXACT)


@task("deconvolve")
def test_deconvolve_of_any_size(submission, seed):
    """Odd and even sides, several channels, a kernel as large as the image, by numpy's transform

    Try odd and even sides and a kernel as large as the image: the way back from the transform must be told
    the size.
    """
    for H, W, snr in ((5, 7, 3.0), (4, 6, 100.0), (3, 4, 0.1), (1, 5, 2.0)):
        y, kernel = several(seed, (2, 3, H, W), (H, W))
        K = np.fft.fft2(kernel.numpy())
        expected = np.fft.ifft2(np.fft.fft2(y.numpy()) * K.conj() / (np.abs(K) ** 2 + 1 / snr)).real
        came = submission.transposed_conv.deconvolve(y, kernel, snr)
        near(came, torch.from_numpy(expected), f"the image of {H} × {W}", within=EXACT)


@task("deconvolve")
def test_deconvolve_keeps_float32(submission, seed):
    """float32 stays float32

    The result has the dtype of the image.
    """
    y, kernel = (one.float() for one in several(seed, (1, 1, 4, 4), (2, 2)))
    came = submission.transposed_conv.deconvolve(y, kernel, 2.0)
    expect_dtype(came, torch.float32)
    wide = submission.transposed_conv.deconvolve(y.double(), kernel.double(), 2.0)
    close(came, wide, rtol=1e-4, atol=1e-4, what="the image")  # divided by at least 1/2, so SINGLE times ten
