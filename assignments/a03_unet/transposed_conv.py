"""Making images larger: the transposed convolution, the checkerboard it leaves, and what undoes a blur.

Images are (B, C, H, W). Strides, paddings and scales are the same for rows and columns.
"""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor


def conv_transpose2d(
    x: Float[Tensor, "b c_in h w"],
    weight: Float[Tensor, "c_in c_out k_h k_w"],
    bias: Float[Tensor, " c_out"] | None = None,
    stride: int = 1,
    padding: int = 0,  #         rows and columns that are cut off on each side of the result
    output_padding: int = 0,  #  rows below and columns to the right that are kept in addition
    overlap: str = "sum",  #     where copies of the kernel overlap: their "sum", or the largest, "max"
) -> Float[Tensor, "b c_out h_out w_out"]:
    """Write each pixel times the kernel into the result, `stride` apart (Dumoulin and Visin 2016, Chapter 4).

    A side of n pixels becomes (n - 1) stride - 2 padding + k + output_padding. What no copy lies over is 0,
    before the bias. Raises ValueError unless 0 <= output_padding < stride, and for any other `overlap`.
    """
    raise NotImplementedError("TODO conv_transpose2d: read task 1.1 in README.md")


def coverage(kernel: int, stride: int, size: int) -> Int[Tensor, "n n"]:
    """Return how often a transposed convolution writes to each pixel of its result (Odena et al. 2016).

    The input is size × size, the kernel kernel × kernel, without padding: n = (size - 1) stride + kernel.
    int64.
    """
    raise NotImplementedError("TODO coverage: read task 1.2 in README.md")


def resize_conv(
    x: Float[Tensor, "b c_in h w"],
    weight: Float[Tensor, "c_out c_in k k"],
    bias: Float[Tensor, " c_out"] | None = None,
    scale: int = 2,
) -> Float[Tensor, "b c_out h_out w_out"]:
    """Repeat each pixel scale × scale times, then convolve as nn.Conv2d does (Odena et al. 2016).

    The image is padded with zeros so that each side becomes exactly `scale` times as long.
    Raises ValueError for an even kernel, which has no middle.
    """
    raise NotImplementedError("TODO coverage: read task 1.2 in README.md")


def circular_convolve(
    x: Float[Tensor, "b c h w"], kernel: Float[Tensor, "k_h k_w"]
) -> Float[Tensor, "b c h w"]:
    """Blur each channel: pixel n of the result is the sum over m of kernel[m] x[n - m].

    Indices are taken modulo the sides of the image, and kernel[0, 0] stands at the pixel itself.
    """
    blurred = torch.zeros_like(x)
    for i, j in torch.cartesian_prod(*map(torch.arange, kernel.shape)).tolist():
        blurred = blurred + kernel[i, j] * x.roll((i, j), dims=(-2, -1))
    return blurred


def deconvolve(
    y: Float[Tensor, "b c h w"],
    kernel: Float[Tensor, "k_h k_w"],
    snr: float,  # variance of an image's pixels over variance of the noise in y; not in decibels
) -> Float[Tensor, "b c h w"]:
    """Undo `circular_convolve` in the presence of noise, with Wiener's filter (Wiener 1949).

    Image and noise are both white. Returned in y's dtype. Raises ValueError unless 0 < snr < infinity.
    """
    raise NotImplementedError("TODO deconvolve: read task 1.3 in README.md")
