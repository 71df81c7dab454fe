"""Public checks of the ways to make images larger: kernels that can be seen, identities, counts."""

import torch
import torch.nn.functional as F

from autograder.checks import close, exactly, expect, expect_dtype, raises, task

from .near import EXACT, SINGLE, near

KERNEL = exactly(1, 2, 3, 4, 5, 6, 7, 8, 9).reshape(1, 1, 3, 3)
ODD = "stride says how far apart the copies of the kernel begin in the result."


# -------------------- 1.1 conv_transpose2d
@task("conv_transpose2d")
def test_one_pixel_writes_the_kernel(submission):
    """A pixel of 2 writes 2 times the kernel, as it stands, and the bias is added once"""
    image = torch.zeros(1, 1, 2, 2).double()
    image[0, 0, 1, 0] = 2.0
    came = submission.transposed_conv.conv_transpose2d(image, KERNEL, exactly(10), stride=3)
    expected = torch.full((1, 1, 6, 6), 10.0).double()
    expected[0, 0, 3:, :3] += 2 * KERNEL[0, 0]
    hint = "Pixel (1, 0) writes its copy at row 1 * stride, column 0, without turning it."
    near(came, expected, "the result", hint)


@task("conv_transpose2d")
def test_overlapping_copies_add_up(submission):
    """Two pixels of 1, two apart in the result, share a column of a 3 × 3 kernel"""
    came = submission.transposed_conv.conv_transpose2d(torch.ones(1, 1, 1, 2).double(), KERNEL, stride=2)
    expected = exactly(1, 2, 3 + 1, 2, 3, 4, 5, 6 + 4, 5, 6, 7, 8, 9 + 7, 8, 9).reshape(1, 1, 3, 5)
    near(came, expected, "the result", "Add to what is there: do not overwrite it.")


@task("conv_transpose2d", weight=2)
def test_the_largest_of_overlapping_copies_stays(submission):
    """overlap = "max": the largest value stays, be it negative; where no copy lies there is 0 and the bias"""
    image = exactly(-1, -2).reshape(1, 1, 1, 2)
    came = submission.transposed_conv.conv_transpose2d(image, KERNEL, stride=2, overlap="max")
    expected = exactly(-1, -2, -2, -4, -6, -4, -5, -6, -10, -12, -7, -8, -9, -16, -18).reshape(1, 1, 3, 5)
    near(came, expected, "the result", "Beside a negative copy 0 is larger: begin below all of them.")
    ones, kernel = torch.ones(1, 1, 3, 3).double(), torch.ones(1, 1, 3, 3).double()
    came = submission.transposed_conv.conv_transpose2d(ones, kernel, stride=2, overlap="max")
    near(came, torch.ones(1, 1, 7, 7), "an image of ones", "Largest of ones is 1: no checkerboard.")
    came = submission.transposed_conv.conv_transpose2d(
        image, -kernel[..., :1, :1], exactly(10), 3, 0, 1, overlap="max"
    )
    expected = exactly(11, 10, 10, 12, 10, 10, 10, 10, 10, 10).reshape(1, 1, 2, 5)
    near(came, expected, "pixels that are three apart", "What no copy lies over is 0, before the bias.")


@task("conv_transpose2d")
def test_transposed_is_the_adjoint(submission, seed):
    """<conv(x), y> = <x, transposed conv(y)> for every stride and padding: that is what transposed means"""
    for stride, padding, k in ((1, 0, 3), (2, 1, 4), (3, 2, 5)):
        side = 2 * stride + k - 2 * padding  # so that the convolution leaves no pixel out
        x, weight = seed.fork("x").normal(2, 3, side, side), seed.fork("w").normal(4, 3, k, k)
        small = F.conv2d(x, weight, stride=stride, padding=padding)
        y = seed.fork("y").normal(*small.shape)
        back = submission.transposed_conv.conv_transpose2d(y, weight, None, stride, padding)
        near((x * back).sum(), (small * y).sum(), "<x, transposed conv(y)>", ODD)


@task("conv_transpose2d")
def test_transposed_has_the_size_of_the_formula(submission):
    """A side of n becomes (n - 1) stride - 2 padding + k + output_padding"""
    for n, k, stride, padding, extra in ((4, 3, 2, 1, 1), (5, 4, 2, 1, 0), (3, 2, 3, 0, 2), (6, 3, 1, 1, 0)):
        image, weight = torch.ones(1, 2, n, n + 1).double(), torch.ones(2, 3, k, k).double()
        came = submission.transposed_conv.conv_transpose2d(image, weight, None, stride, padding, extra)
        size = [(side - 1) * stride - 2 * padding + k + extra for side in (n, n + 1)]
        expect(
            list(came.shape) == [1, 3, *size],
            f"shape {tuple(came.shape)} for k = {k}, stride {stride}, padding {padding}, output_padding "
            f"{extra}; expected {(1, 3, *size)}",
            "padding is cut off on all four sides; output_padding is kept below and to the right only.",
        )
        if padding == 0 and extra:
            below, right = came[..., -extra:, :], came[..., -extra:]
            near(below, torch.zeros_like(below), "the rows that output_padding keeps")
            near(right, torch.zeros_like(right), "the columns that output_padding keeps")


@task("conv_transpose2d")
def test_impossible_settings_are_refused(submission):
    """output_padding outside 0..stride - 1 raises ValueError, and so does an overlap of another name"""
    for stride, extra in ((2, 2), (1, 1), (2, -1)):
        with raises(ValueError, hint="Compare it with stride before anything else."):
            submission.transposed_conv.conv_transpose2d(
                torch.ones(1, 1, 2, 2), KERNEL, None, stride, 0, extra
            )
    with raises(ValueError, hint="A typing error must not choose between the two."):
        submission.transposed_conv.conv_transpose2d(torch.ones(1, 1, 2, 2), KERNEL, overlap="mean")


@task("conv_transpose2d")
def test_transposed_in_both_dtypes(submission, seed):
    """float64 keeps all its digits, and float32 stays float32, for sums and for the largest"""
    hint = "A new tensor is float32 unless it is told otherwise: dtype=x.dtype, or x.new_zeros."
    for dtype, within in ((torch.float64, EXACT), (torch.float32, SINGLE)):
        image, kernel = seed.normal(1, 1, 3, 3).to(dtype), KERNEL.to(dtype)
        came = submission.transposed_conv.conv_transpose2d(image, kernel, exactly(1).to(dtype), 3)
        expected = torch.kron(image[0, 0], kernel[0, 0]) + 1  # copies side by side
        near(came, expected[None, None], "the result", hint, within=within)
        expect_dtype(came, dtype, hint)
        row = image[:, :, :1].abs()
        came = submission.transposed_conv.conv_transpose2d(row, kernel[:, :, 2:], stride=1, overlap="max")
        a, b, c = row.flatten().tolist()
        largest = [7 * a, max(8 * a, 7 * b), max(9 * a, 8 * b, 7 * c), max(9 * b, 8 * c), 9 * c]
        near(came.flatten(), torch.tensor(largest, dtype=dtype), "the largest", hint, within=within)
        expect_dtype(came, dtype, hint)


# -------------------- 1.2 coverage, resize_conv
BESIDE = "Along a line neighbours begin a stride apart, and each is as wide as the kernel."


@task("coverage")
def test_coverage_of_an_odd_kernel(submission):
    """A 3 × 3 kernel with stride 2 writes to the pixels once, twice, or four times: a checkerboard"""
    line = torch.tensor([1, 1, 2, 1, 2, 1, 2, 1, 1])
    came = submission.transposed_conv.coverage(3, 2, 4)
    hint = f"{BESIDE} In the plane counts are multiplied: rows times columns."
    close(came, line[:, None] * line, what="coverage(3, 2, 4)", hint=hint)


@task("coverage")
def test_coverage_is_even_where_stride_divides_the_kernel(submission):
    """A 4 × 4 kernel with stride 2 writes to all pixels four times, but for the border"""
    came = submission.transposed_conv.coverage(4, 2, 5)
    expect(list(came.shape) == [12, 12], f"shape {tuple(came.shape)} for 5 pixels; expected (12, 12)")
    close(came[2:-2, 2:-2], torch.full((8, 8), 4), what="the inside of coverage(4, 2, 5)", hint=BESIDE)
    close(came.sum(), torch.tensor(5 * 5 * 4 * 4), what="the sum", hint="Each pixel writes k × k times.")


@task("coverage")
def test_coverage_has_holes(submission):
    """A stride larger than the kernel leaves pixels that nobody writes to; the counts are int64"""
    came = submission.transposed_conv.coverage(1, 3, 2)
    expected = torch.zeros(4, 4, dtype=torch.int64)
    expected[::3, ::3] = 1
    close(came, expected, what="coverage(1, 3, 2)", hint=BESIDE)
    expect_dtype(came, torch.int64)


@task("coverage")
def test_resize_conv_repeats_pixels(submission):
    """With a kernel that is 1 in the middle each pixel becomes scale × scale equal ones, plus the bias"""
    weight = torch.zeros(1, 1, 3, 3).double()
    weight[0, 0, 1, 1] = 1.0
    image = exactly(1, 2, 3, 4, 5, 6).reshape(1, 1, 2, 3)
    for scale in (2, 3):
        came = submission.transposed_conv.resize_conv(image, weight, exactly(0.5), scale)
        expected = torch.kron(image[0, 0], torch.ones(scale, scale).double()) + 0.5
        near(came, expected[None, None], f"the result for scale {scale}", "Nearest pixel.")


@task("coverage")
def test_resize_conv_leaves_no_checkerboard(submission, seed):
    """A constant image stays constant inside, whatever the kernel; the border sees zeros"""
    weight = 1 + seed.normal(1, 1, 3, 3).abs()
    came = submission.transposed_conv.resize_conv(torch.ones(1, 1, 3, 3).double(), weight)
    hint = "Make the image larger first, then convolve, with zeros around."
    near(came[..., 1:-1, 1:-1], weight.sum().expand(1, 1, 4, 4), "the inside", hint)
    near(came[0, 0, 0, 0], weight[0, 0, 1:, 1:].sum(), "the first corner", hint)


@task("coverage")
def test_resize_conv_refuses_even_kernels(submission):
    """An even kernel has no middle, so it raises ValueError"""
    with raises(ValueError, hint="Half of an even side, on both sides, is one pixel too many."):
        submission.transposed_conv.resize_conv(torch.ones(1, 1, 3, 3), torch.ones(1, 1, 2, 2))


# -------------------- 1.3 deconvolve
def blurred(image: torch.Tensor, kernel: torch.Tensor) -> torch.Tensor:
    """Return the circular convolution, pixel by pixel as it is defined."""
    _, _, H, W = image.shape
    result = torch.zeros_like(image)
    for n, m in torch.cartesian_prod(torch.arange(H), torch.arange(W)).tolist():
        for i, j in torch.cartesian_prod(*map(torch.arange, kernel.shape)).tolist():
            result[..., n, m] += kernel[i, j] * image[..., (n - i) % H, (m - j) % W]
    return result


@task("deconvolve", weight=2)
def test_deconvolve_undoes_a_blur(submission, seed):
    """Without noise to speak of (snr = 1e12) the image comes back, for a kernel that is not symmetric"""
    image, kernel = seed.normal(2, 1, 4, 5), exactly(1, 0.25, 0.5, -0.1).reshape(2, 2)
    came = submission.transposed_conv.deconvolve(blurred(image, kernel), kernel, 1e12)
    hint = "True convolution, kernel[0, 0] at the pixel itself: neither turn nor centre the kernel."
    near(came, image, "the image", hint)


@task("deconvolve")
def test_deconvolve_trusts_noise_less(submission, seed):
    """With the kernel 2 an image is multiplied by 2 / (4 + 1/snr): 1/2 at most, and nearly 0 in noise"""
    for dtype, snr in ((torch.float64, 1000.0), (torch.float64, 1.0), (torch.float32, 0.25)):
        y, kernel = seed.normal(1, 2, 3, 4).to(dtype), exactly(2).reshape(1, 1).to(dtype)
        came = submission.transposed_conv.deconvolve(y, kernel, snr)
        near(came, 2 * y / (4 + 1 / snr), f"the image at snr = {snr}")
        expect_dtype(came, dtype)


@task("deconvolve")
def test_deconvolve_does_not_invent(submission):
    """What the blur has removed altogether stays away: stripes under the kernel (1, 1) come back as 0"""
    stripes = exactly(1, -1, 1, -1).expand(1, 1, 3, 4).clone()
    for snr in (1.0, 1e6):
        came = submission.transposed_conv.deconvolve(stripes, exactly(1, 1).reshape(1, 2), snr)
        near(came, torch.zeros(1, 1, 3, 4), f"the stripes at snr = {snr}")


@task("deconvolve")
def test_deconvolve_refuses_impossible_ratios(submission):
    """snr must be positive and finite, else ValueError"""
    for snr in (0.0, -1.0, float("inf")):
        with raises(ValueError, hint="1 / snr must be a positive number."):
            submission.transposed_conv.deconvolve(torch.ones(1, 1, 2, 2), torch.ones(1, 1), snr)
