"""Hidden checks of the norms: torch's own on fresh input, numbers far from zero, and what autograd sees."""

import torch
import torch.nn.functional as F

from autograder.checks import Seed, any_of, close, expect, expect_dtype, task

from .. import plays
from ..tests.near import EXACT, LONG, near
from .fresh import expect_in_step, several

SHAPES = ((2, 6, 3, 4), (3, 4, 5), (2, 6, 2, 3, 2))  # images, sequences, volumes


def fresh_mask(seed: Seed, x: torch.Tensor) -> torch.Tensor:
    """Return which positions count, (b, 1, *dims): about half of each image, two of them for certain."""
    mask = seed.fork("mask").uniform(len(x), 1, *x.shape[2:]) < 0.5
    mask.flatten(1)[:, :2] = True
    return mask


def strangers_far_away(x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return x with what does not count a hundred away, upwards in one channel and downwards in the next."""
    side = 1 - 2 * (torch.arange(x.shape[1]).double() % 2)
    return torch.where(mask, x, x + 100 * side.reshape(-1, *[1] * (x.ndim - 2)))


def shared(x: torch.Tensor, mask: torch.Tensor, eps: float) -> torch.Tensor:
    """Standardize row after row of x by the values that the row of the mask picks out."""
    rows = []
    for row, counts in zip(x, mask, strict=True):
        values = row[counts]
        rows.append((row - values.mean()) / (values.var(correction=0) + eps).sqrt())
    return torch.stack(rows)


def grouped(x: torch.Tensor, groups: int, mask: torch.Tensor, eps: float) -> torch.Tensor:
    """Standardize the groups of each image."""
    counts = mask.expand(x.shape).reshape(len(x) * groups, -1)
    return shared(x.reshape(len(x) * groups, -1), counts, eps).reshape(x.shape)


# -------------------- 2.1 standardize, layer_norm, instance_norm, group_norm
@task("group_norm", gate=True)
def test_group_norm_is_an_answer_at_all(submission, seed):
    """The result goes with the right one on fresh input, channel by channel"""
    levels = 4 * seed.fork("levels").normal(2, 6, 1, 1)  # or what comes in would go with the result
    x, one, zero = seed.normal(2, 6, 5, 5) + levels, torch.ones(6).double(), torch.zeros(6).double()
    mask = fresh_mask(seed, x) | fresh_mask(seed.fork("more"), x) | fresh_mask(seed.fork("most"), x)
    far = strangers_far_away(x, mask)
    expected = torch.where(mask, grouped(far, 6, mask, 1e-5), 0)
    any_of(
        lambda: expect_in_step(mask * submission.norms.group_norm(far, 6, one, zero, 1e-5, mask), expected),
        lambda: expect_in_step(mask * submission.norms.instance_norm(far, one, zero, 1e-5, mask), expected),
    )


@task("group_norm")
def test_norms_equal_torchs(submission, seed):
    """All norms are torch's on images, sequences and volumes, for another eps too

    Compare with torch's norms on sequences, images and volumes, with another eps: variance by n, eps inside
    the root.
    """
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


@task("group_norm", weight=3)
def test_norms_of_what_counts(submission, seed):
    """With a fresh mask the norms share mean and variance of what counts, on images, sequences and volumes

    With a mask, mean, variance and the count below them are those of what counts, for each sample and group.
    """
    for shape in SHAPES:
        c = shape[1]
        x, weight, bias = several(seed, shape, (c,), (c,))
        mask = fresh_mask(seed.fork(f"{shape}"), x)
        ones = [1] * (x.ndim - 2)
        scale, shift = weight.reshape(-1, *ones), bias.reshape(-1, *ones)
        layer = submission.norms.layer_norm(x, weight, bias, 0.3, mask)
        instance = submission.norms.instance_norm(x, weight, bias, 0.3, mask)
        for name, came, groups in (("layer_norm", layer, 1), ("instance_norm", instance, c)):
            near(came, grouped(x, groups, mask, 0.3) * scale + shift, name, within=EXACT)
        for groups, eps in ((2, 0.1), (c // 2, 1e-5)):
            came = submission.norms.group_norm(x, groups, weight, bias, eps, mask)
            expected = grouped(x, groups, mask, eps) * scale + shift
            near(came, expected, f"group_norm with {groups} groups", within=EXACT)


@task("group_norm")
def test_norms_far_from_zero(submission, seed):
    """Float32 values near 1000 are standardized as well as values near 0, and what does not count is not

    Try float32 values near 1000: the mean of squares less the square of the mean loses all digits.
    """
    x = seed.normal(8, 36)
    mask = fresh_mask(seed, x[:, None])[:, 0]
    expected = shared(x, mask, 1e-5)
    came = submission.norms.standardize((1000 + x).float(), (1,), 1e-5, mask)
    expect_dtype(came, torch.float32)
    close(came, expected, atol=2e-3, what="values near 1000")  # they are rounded to 6e-5, a few times


@task("group_norm")
def test_groups_do_not_see_each_other(submission, seed):
    """What happens in one group or image changes nothing in the others

    Change one group or one image: nothing else may change. Over which axes is the mean?
    """
    x, other = several(seed, (2, 4, 3, 3), (2, 4, 3, 3))
    mixed = x.clone()
    mixed[0, 2:] = 7 * other[0, 2:]
    ones, zeros = torch.ones(4).double(), torch.zeros(4).double()
    a, b = submission.norms.group_norm(x, 2, ones, zeros), submission.norms.group_norm(mixed, 2, ones, zeros)
    near(b[0, :2], a[0, :2], "the first group", within=EXACT)
    near(b[1], a[1], "the other image", within=EXACT)


# -------------------- 2.2 batch_norm
def by_channel(x: torch.Tensor, mask: torch.Tensor, eps: float) -> torch.Tensor:
    """Standardize each channel over images and positions."""
    counts = mask.transpose(0, 1).expand(x.transpose(0, 1).shape)
    return shared(x.transpose(0, 1), counts, eps).transpose(0, 1)


@task("batch_norm", gate=True)
def test_batch_norm_is_an_answer_at_all(submission, seed):
    """The result goes with the right one on fresh input"""
    x, one, zero = seed.normal(6, 3, 4), torch.ones(3).double(), torch.zeros(3).double()
    mask = fresh_mask(seed, x)
    far = strangers_far_away(x, mask)
    y, _, _ = submission.norms.batch_norm(far, one, zero, zero, one, True, mask=mask)
    counted = mask.expand(x.shape)
    expect(y.shape == x.shape, f"the result has the shape {tuple(y.shape)}")
    expect_in_step(y[counted], by_channel(far, mask, 1e-5)[counted])


@task("batch_norm")
def test_batch_norm_equals_torchs(submission, seed):
    """Result and running statistics are torch's, for vectors, sequences, images; another momentum and eps

    The running variance is that with n - 1, the batch's own norm that with n; momentum counts the new. Try
    vectors, sequences and images.
    """
    for shape in ((5, 3), (4, 3, 2), (2, 3, 4, 2), (1, 3, 5, 2)):
        x, weight, bias, mean, deviation = several(seed, shape, (3,), (3,), (3,), (3,))
        for training, momentum, eps in ((True, 0.1, 1e-5), (True, 0.4, 0.2), (False, 0.1, 0.3)):
            variance = deviation.square()
            came = submission.norms.batch_norm(x, weight, bias, mean, variance, training, momentum, eps)
            moved = [mean.clone(), variance.clone()]
            y = F.batch_norm(x, *moved, weight, bias, training, momentum, eps)
            what = f"{tuple(shape)}, training = {training}: y, mean and variance"
            near(list(came), [y, *moved], what, within=EXACT)


@task("batch_norm", weight=3)
def test_batch_norm_of_what_counts(submission, seed):
    """With a fresh mask result and running statistics are those of what counts; evaluation needs no mask

    With a mask the statistics are over all that counts in the batch; in evaluation the running ones need no
    mask.
    """
    for shape in ((5, 3), (4, 3, 2), (2, 3, 4, 2)):
        x, weight, bias, mean, deviation = several(seed, shape, (3,), (3,), (3,), (3,))
        variance, mask = deviation.square(), fresh_mask(seed.fork(f"{shape}"), x)
        scale, shift, center, spread = (
            one.reshape(-1, *[1] * (x.ndim - 2)) for one in (weight, bias, mean, variance)
        )
        counted = [channel[mask[:, 0]] for channel in x.unbind(1)]
        for momentum, eps in ((0.1, 1e-5), (0.4, 0.2)):
            came = submission.norms.batch_norm(x, weight, bias, mean, variance, True, momentum, eps, mask)
            new_mean = torch.stack([values.mean() for values in counted])
            new_variance = torch.stack([values.var() for values in counted])
            expected = [
                by_channel(x, mask, eps) * scale + shift,
                torch.lerp(mean, new_mean, momentum),
                torch.lerp(variance, new_variance, momentum),
            ]
            near(list(came), expected, f"{tuple(shape)}: y, mean and variance", within=EXACT)
        y, _, _ = submission.norms.batch_norm(x, weight, bias, mean, variance, False, 0.1, 0.3, mask)
        expected_y = (x - center) / (spread + 0.3).sqrt() * scale + shift
        near(y, expected_y, f"{tuple(shape)}: y in evaluation", within=EXACT)


@task("batch_norm")
def test_batch_norm_lets_gradients_through_its_statistics(submission, seed):
    """The gradient with respect to x is autograd's: mean and variance of what counts depend on x too

    Mean and variance depend on x: they may be detached for the running statistics, not for the result.
    """
    x, weight, bias, mean = several(seed, (4, 2, 3), (2,), (2,), (2,))
    mask = fresh_mask(seed, x)
    came = submission.play(plays.batch_norm, x, weight, bias, mean, mean.square(), mask)
    tracked = x.clone().requires_grad_()
    y = by_channel(tracked, mask, 1e-5) * weight[:, None] + bias[:, None]
    expected = torch.autograd.grad(y.square().sum(), tracked)[0]
    near(came["by x"], expected, "the gradient with respect to x", within=LONG)


@task("batch_norm")
def test_batch_norm_far_from_zero(submission, seed):
    """Float32 values near 1000 are standardized, and remembered, as well as values near 0

    Try float32 values near 1000: subtract the mean first, for the running variance too.
    """
    x = seed.normal(8, 2, 5)
    one, zero, mask = torch.ones(2), torch.zeros(2), fresh_mask(seed, x)
    far = (1000 + strangers_far_away(x, mask)).float()
    y, mean, variance = submission.norms.batch_norm(far, one, zero, zero, one, True, 1.0, mask=mask)
    expect_dtype(y, torch.float32)
    counted = mask.expand(x.shape)
    close(y[counted], by_channel(x, mask, 1e-5)[counted], atol=2e-3, what="y where it counts")
    values = x.transpose(0, 1)[:, mask[:, 0]]
    close(mean, 1000 + values.mean(1), rtol=1e-6, what="the running mean")
    close(variance, values.var(1), rtol=2e-3, what="the running variance")
