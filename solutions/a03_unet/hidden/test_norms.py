"""Hidden checks of the norms: torch's own on fresh input, numbers far from zero, and what autograd sees."""

import torch
import torch.nn.functional as F

from autograder.checks import close, exactly, expect_dtype, task

from .. import plays
from ..tests.near import EXACT, LONG, near
from .fresh import expect_in_step, several

SHAPES = ((2, 6, 3, 4), (3, 4, 5), (2, 6, 2, 3, 2))  # images, sequences, volumes


# -------------------- 2.1 standardize, layer_norm, instance_norm, group_norm
@task("group_norm", gate=True)
def test_group_norm_is_an_answer_at_all(submission, seed):
    """The result goes with the right one on fresh input"""
    x, weight, bias = several(seed, (2, 6, 5, 5), (6,), (6,))
    x = x * exactly(1, 9, 0.2, 5, 1, 3)[:, None, None]
    came = submission.norms.group_norm(x, 3, 1 + weight.abs(), 9 * bias)
    expect_in_step(came, F.group_norm(x, 3, 1 + weight.abs(), 9 * bias))


@task("group_norm", weight=2)
def test_norms_equal_torchs(submission, seed):
    """All norms are torch's on images, sequences and volumes, for another eps too"""
    for shape in SHAPES:
        c = shape[1]
        x, weight, bias = several(seed, shape, (c,), (c,))
        for groups, eps in ((1, 1e-5), (2, 0.1), (c, 1e-5)):
            came = submission.norms.group_norm(x, groups, weight, bias, eps)
            expected = F.group_norm(x, groups, weight, bias, eps)
            near(came, expected, f"group_norm with {groups} groups", within=EXACT)
        came = submission.norms.layer_norm(x, weight, bias, 0.3)
        near(came, F.group_norm(x, 1, weight, bias, 0.3), "layer_norm", within=EXACT)
        came = submission.norms.instance_norm(x, weight, bias, 0.2)
        expected = F.instance_norm(x, weight=weight, bias=bias, eps=0.2)
        near(came, expected, "instance_norm", within=EXACT)


@task("group_norm")
def test_norms_far_from_zero(submission, seed):
    """Float32 values near 1000 are standardized as well as values near 0"""
    x = seed.normal(2, 4, 6, 6)
    expected = submission.norms.standardize(x, (2, 3))
    came = submission.norms.standardize((1000 + x).float(), (2, 3))
    expect_dtype(came, torch.float32)
    close(came, expected, atol=2e-3, what="values near 1000")  # they are rounded to 6e-5, a few times


@task("group_norm")
def test_groups_do_not_see_each_other(submission, seed):
    """What happens in one group or image changes nothing in the others"""
    x, other = several(seed, (2, 4, 3, 3), (2, 4, 3, 3))
    mixed = x.clone()
    mixed[0, 2:] = 7 * other[0, 2:]
    ones, zeros = torch.ones(4).double(), torch.zeros(4).double()
    a, b = submission.norms.group_norm(x, 2, ones, zeros), submission.norms.group_norm(mixed, 2, ones, zeros)
    near(b[0, :2], a[0, :2], "the first group", within=EXACT)
    near(b[1], a[1], "the other image", within=EXACT)


# -------------------- 2.2 batch_norm
@task("batch_norm", gate=True)
def test_batch_norm_is_an_answer_at_all(submission, seed):
    """The result goes with the right one on fresh input"""
    x, mean = several(seed, (6, 3, 4), (3,))
    scale, shift = exactly(1, 3, 0.3), exactly(4, -5, 1)
    y, _, _ = submission.norms.batch_norm(x * exactly(9, 1, 0.2)[:, None], scale, shift, mean, scale, True)
    expect_in_step(y, F.batch_norm(x, None, None, scale, shift, True))


@task("batch_norm", weight=2)
def test_batch_norm_equals_torchs(submission, seed):
    """Result and running statistics are torch's, for vectors, sequences, images; another momentum and eps"""
    for shape in ((5, 3), (4, 3, 2), (2, 3, 4, 2), (1, 3, 5, 2)):
        x, weight, bias, mean, deviation = several(seed, shape, (3,), (3,), (3,), (3,))
        for training, momentum, eps in ((True, 0.1, 1e-5), (True, 0.4, 0.2), (False, 0.1, 0.3)):
            variance = deviation.square()
            came = submission.norms.batch_norm(x, weight, bias, mean, variance, training, momentum, eps)
            moved = [mean.clone(), variance.clone()]
            y = F.batch_norm(x, *moved, weight, bias, training, momentum, eps)
            what = f"{tuple(shape)}, training = {training}: y, mean and variance"
            near(list(came), [y, *moved], what, within=EXACT)


@task("batch_norm")
def test_batch_norm_lets_gradients_through_its_statistics(submission, seed):
    """The gradient with respect to x is torch's: mean and variance of the batch depend on x too"""
    x, weight, bias, mean = several(seed, (4, 2, 3), (2,), (2,), (2,))
    came = submission.play(plays.batch_norm, x, weight, bias, mean, mean.square(), True)
    tracked = x.clone().requires_grad_()
    y = F.batch_norm(tracked, None, None, weight, bias, True)
    expected = torch.autograd.grad(y.square().sum(), tracked)[0]
    near(came["by x"], expected, "the gradient with respect to x", within=LONG)


@task("batch_norm")
def test_batch_norm_far_from_zero(submission, seed):
    """Float32 values near 1000 are standardized, and remembered, as well as values near 0"""
    x = seed.normal(8, 2, 5)
    one, zero = torch.ones(2), torch.zeros(2)
    y, mean, variance = submission.norms.batch_norm((1000 + x).float(), one, zero, zero, one, True, 1.0)
    expect_dtype(y, torch.float32)
    values = x.transpose(0, 1).flatten(1)
    expected = (values - values.mean(1, keepdim=True)) / values.std(1, correction=0, keepdim=True)
    close(y.transpose(0, 1).flatten(1), expected, atol=2e-3, what="y")
    close(mean, 1000 + values.mean(1), rtol=1e-6, what="the running mean")
    close(variance, values.var(1), rtol=2e-3, what="the running variance")
