"""Public checks of the norms: who shares a mean, worked out on a few numbers."""

import torch

from autograder.checks import close, exactly, expect, raises, task

from .. import plays
from .near import near

WEIGHT, BIAS = exactly(1, 2, -1, 0.5), exactly(0, 10, 20, 30)
ONES, ZEROS = exactly(1, 1, 1, 1), exactly(0, 0, 0, 0)
COUNT = "Sum what counts and divide by how many values count; every value is standardized, counted or not."


def mean_and_variance(values: torch.Tensor) -> tuple[float, float]:
    """Return the mean, and the mean square of what is left without it."""
    mean = values.mean()
    return mean.item(), (values - mean).square().mean().item()


# -------------------- 2.1 standardize, layer_norm, instance_norm, group_norm
@task("group_norm")
def test_standardize_of_two_numbers(submission):
    """9 and 13 have mean 11 and variance 4, so with eps = 5 they become -2/3 and 2/3"""
    came = submission.norms.standardize(exactly(9, 13).reshape(1, 2), (1,), eps=5.0)
    hint = "The variance divides by the number of values, here 2; eps is added to it under the root."
    near(came, exactly(-2 / 3, 2 / 3).reshape(1, 2), "9 and 13", hint)


@task("group_norm")
def test_standardize_along_the_axes_it_is_told(submission, seed):
    """Along each axis, or several, the mean becomes 0 and the variance 1, of those values that count"""
    x = 5 + 3 * seed.normal(4, 3, 5)
    half = torch.arange(10)[None, None] % 2 == 0
    for dims in ((0,), (2,), (0, 2), (0, 1, 2)):
        came = submission.norms.standardize(x, dims, 1e-12)  # four values may be close together
        near(came.mean(dims), torch.zeros_like(x.mean(dims)), f"the mean along {dims}")
        variance = came.square().mean(dims)
        near(variance, torch.ones_like(variance), f"the variance along {dims}")
        both = torch.stack([x, 100 * x**2], dim=-1).flatten(2)  # x at the even places, which count
        counted = submission.norms.standardize(both, dims, 1e-12, half)[..., ::2]
        near(counted, came, f"the values that count along {dims}", COUNT)


@task("group_norm")
def test_who_shares_a_mean(submission, seed):
    """layer_norm: an image; instance_norm: a channel of an image; group_norm: some channels of an image"""
    x = exactly(1, 5, 20, 100)[:, None, None] * (2 + seed.normal(2, 4, 3, 5))
    for name, came, shared in (
        ("layer_norm", submission.norms.layer_norm(x, ONES, ZEROS, 1e-12), 4),
        ("instance_norm", submission.norms.instance_norm(x, ONES, ZEROS, 1e-12), 1),
        ("group_norm with 2 groups", submission.norms.group_norm(x, 2, ONES, ZEROS, 1e-12), 2),
    ):
        for values in came.reshape(-1, shared * 15):
            mean, variance = mean_and_variance(values)
            near(mean, 0.0, f"the mean of those who share one in {name}")
            near(variance, 1.0, f"the variance of those who share one in {name}")
    for groups in (2, 3):
        x = exactly(1, 5, 20, 100, 7, 0.5)[:, None] * (2 + seed.fork("x").normal(2, 6, 4))
        came = submission.norms.group_norm(x, groups, torch.ones(6).double(), torch.zeros(6).double(), 1e-12)
        runs = x.reshape(2 * groups, -1)
        middle, scale = runs.mean(1, keepdim=True), runs.std(1, correction=0, keepdim=True)
        expected = ((runs - middle) / scale).reshape(x.shape)
        hint = "Values must come back to their places: reshape takes apart in the order in which it joins."
        near(came, expected, f"group_norm with {groups} of 6", hint)


@task("group_norm")
def test_group_norm_contains_the_others(submission, seed):
    """One group is layer_norm, as many groups as channels are instance_norm, also with weight and bias"""
    x = 1 + seed.normal(2, 4, 3)
    layer, instance = (
        submission.norms.layer_norm(x, WEIGHT, BIAS),
        submission.norms.instance_norm(x, WEIGHT, BIAS),
    )
    near(submission.norms.group_norm(x, 1, WEIGHT, BIAS), layer, "one group")
    near(submission.norms.group_norm(x, 4, WEIGHT, BIAS), instance, "four groups")


@task("group_norm")
def test_weight_and_bias_belong_to_channels(submission, seed):
    """Each channel's mean becomes its bias in instance_norm, and its deviation the size of its weight"""
    came = submission.norms.instance_norm(seed.normal(3, 4, 5, 4), WEIGHT, BIAS, 1e-12)
    near(came.mean((2, 3)), BIAS.expand(3, 4), "the means of the channels")
    near(came.std((2, 3), correction=0), WEIGHT.abs().expand(3, 4), "the deviations")


@task("group_norm")
def test_groups_must_divide_the_channels(submission):
    """4 channels cannot be shared out to 3 groups: ValueError"""
    with raises(ValueError, hint="Look at the remainder before you reshape."):
        submission.norms.group_norm(torch.ones(1, 4, 3, 2), 3, torch.ones(4), torch.zeros(4))


@task("group_norm", weight=2)
def test_only_what_the_mask_says_counts(submission):
    """Mean and variance are those of the positions in the mask, image by image; all are standardized"""
    x = exactly(1, 3, 9, 2, 6, 12).reshape(1, 2, 3).repeat(2, 1, 1)
    mask = torch.tensor([[[True, True, False]], [[False, False, True]]])
    weight, bias = exactly(1, 1), exactly(0, 0)
    rows = {
        # (1, 3): mean 2, variance 1; (2, 6): 4 and 4; 9 and 12 alone: themselves and 0
        "instance_norm": (submission.norms.instance_norm, (2, 1), (4, 4), (9, 0), (12, 0)),
        # (1, 3, 2, 6): mean 3, variance 3.5; (9, 12): 10.5 and 2.25
        "layer_norm": (submission.norms.layer_norm, (3, 3.5), (3, 3.5), (10.5, 2.25), (10.5, 2.25)),
    }
    for name, (norm, *known) in rows.items():
        middle, variance = exactly(*(value for pair in known for value in pair)).reshape(2, 2, 2).unbind(-1)
        expected = (x - middle[..., None]) / (variance[..., None] + 1).sqrt()
        near(norm(x, weight, bias, 1.0, mask), expected, name, COUNT)
        groups = 2 if name == "instance_norm" else 1
        came = submission.norms.group_norm(x, groups, weight, bias, 1.0, mask)
        near(came, expected, f"group_norm with {groups} groups", COUNT)
    after = submission.play(plays.after_norms, x, exactly(1, 2), exactly(3, 4), mask)
    close(after, [x, exactly(1, 2), exactly(3, 4), mask], rtol=0, what="the arguments afterwards")


# -------------------- 2.2 batch_norm
X = exactly(1, 3, 10, 30).reshape(2, 2).T.contiguous()  # two images, channels (1, 3) and (10, 30)
ONE, ZERO = exactly(1, 1), exactly(0, 0)


@task("batch_norm")
def test_batch_norm_in_training(submission):
    """1 and 3 become -1 and 1, and so do 10 and 30 of the next channel"""
    y, _, _ = submission.norms.batch_norm(X, ONE, ZERO, ZERO, ONE, True)
    hint = "Mean and variance of each channel over the batch; the variance divides by the number of values."
    close(y, exactly(-1, -1, 1, 1).reshape(2, 2), rtol=1e-4, what="y", hint=hint)  # eps is 1e-5 beside 1


@task("batch_norm", weight=2)
def test_batch_norm_remembers(submission):
    """A tenth of the batch's mean and of its unbiased variance enters the running ones"""
    _, mean, variance = submission.norms.batch_norm(X, ONE, ZERO, exactly(0, 100), exactly(1, 5), True)
    near(mean, exactly(0.2, 92), "the running mean", "momentum is the share of the new.")
    hint = "About the batch's own mean, divided by n - 1: (1, 3) has the variance 2 and (10, 30) has 200."
    near(variance, exactly(1.1, 24.5), "the running variance", hint)


@task("batch_norm")
def test_batch_norm_in_evaluation(submission):
    """In evaluation the running statistics are used, image by image, and stay what they are"""
    mean, variance = exactly(7, 20), exactly(4, 20)
    y, new_mean, new_variance = submission.norms.batch_norm(X[:1], ONE, ZERO, mean, variance, False, eps=5.0)
    near(y, exactly(-2, -2).reshape(1, 2), "y", "(1 - 7) / 3 and (10 - 20) / 5.")
    close([new_mean, new_variance], [mean, variance], rtol=0, what="the running statistics")


@task("batch_norm")
def test_batch_norm_over_positions(submission, seed):
    """All positions of a channel share its statistics, and eps is added under the root"""
    x = 3 + 2 * seed.normal(3, 2, 4, 5)
    y, _, _ = submission.norms.batch_norm(x, exactly(2, 3), exactly(5, 7), ZERO, ONE, True, eps=0.5)
    variance = x.var((0, 2, 3), correction=0)
    near(y.mean((0, 2, 3)), exactly(5, 7), "the means of the channels")
    expected = exactly(4, 9) * variance / (variance + 0.5)
    near(y.var((0, 2, 3), correction=0), expected, "the variances of the channels")


@task("batch_norm", weight=2)
def test_batch_norm_counts_what_the_mask_says(submission):
    """What the mask leaves out enters neither the batch's statistics nor the running ones"""
    x = torch.cat([X, exactly(1000, 5000)[None]])  # a third image, which does not count
    mask = torch.tensor([True, True, False])[:, None]
    came = submission.norms.batch_norm(x, ONE, ZERO, exactly(0, 100), exactly(1, 5), True, 0.1, 1.0, mask)
    middle, variance = exactly(2, 20), exactly(1, 100)
    near(came[0], (x - middle) / (variance + 1).sqrt(), "y", COUNT)
    near(came[1], exactly(0.2, 92), "the running mean", COUNT)
    near(came[2], exactly(1.1, 24.5), "the running variance", "n counts the values that the mask counts.")


@task("batch_norm")
def test_batch_norm_needs_two_values(submission):
    """In training one value in each channel has no variance: ValueError; in evaluation it is fine"""
    hint = "Count the values of one channel: images times positions, of which the mask may leave few."
    with raises(ValueError, hint=hint):
        submission.norms.batch_norm(torch.ones(1, 2), *[torch.ones(2)] * 4, True)
    for mask in (torch.tensor([[True], [False]]), torch.tensor([[False], [False]])):
        with raises(ValueError, hint=hint):
            submission.norms.batch_norm(X, ONE, ZERO, ZERO, ONE, True, mask=mask)
    y, _, _ = submission.norms.batch_norm(X[:1], ONE, ZERO, ZERO, exactly(1, 100), False)
    close(y, exactly(1, 1).reshape(1, 2), rtol=1e-4, what="y of one value in evaluation")


@task("batch_norm")
def test_batch_norm_leaves_no_trace(submission):
    """No argument is changed, and the running statistics carry no gradient"""
    came = submission.play(plays.batch_norm, X, ONE, ZERO, ZERO, ONE)
    close(came["arguments"], [X, ONE, ZERO, ZERO, ONE], rtol=0, what="the arguments afterwards")
    hint = "They would keep the graphs of all batches alive: see detach."
    expect(not came["tracked"], "the running statistics depend on x for autograd", hint)
