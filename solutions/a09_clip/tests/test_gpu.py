"""Task 1.1 on a GPU, whose check costs no points: run by `autograder grade --device cuda` alone."""

from typing import Any

import torch
from torch import Tensor

from autograder.checks import Seed, close, expect_dtype, task

from .. import plays
from .near import HALF


def long_rows(seed: Seed) -> tuple[Tensor, Tensor]:
    """2,048 rows and as many others of 512 values around 200, in float16: their squares add up to 2e7."""
    a, b = (200 * seed.fork(name).normal(2048, 512) for name in "ab")
    return a.half(), b.half()


def rounded_once(came: Tensor, _: Tensor, args: tuple[Any, ...]) -> None:
    """Every cosine is that of float64, rounded once."""
    a, b = (x.double() / x.double().norm(dim=1, keepdim=True) for x in args)
    expect_dtype(came, torch.float16)
    close(came, a @ b.T, rtol=0, atol=HALF, what="the cosines")


@task("cosine_similarity", device="cuda")
def test_half_precision_adds_in_float32(speed):
    """2,048 rows in half precision take about as long as their products in float32, on a GPU"""
    hint = "Go to float32 before anything is squared, no further: float64 is slow on many cards."
    speed("similarity.cosine_similarity", plays.products_in_float32, long_rows, rounded_once, hint)
