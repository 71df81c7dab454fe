"""Hidden checks of inference: fresh layers against torch's own fusion, and fresh models."""

import torch

from autograder.checks import any_of, expect, raises, task

from .. import plays_after
from ..tests.near import near
from ..tests.test_inference import expect_any_batch


def fresh_layers(seed, bias: bool, affine: bool, groups: int = 1) -> tuple:
    """Return x, weight, bias, settings, statistics, gamma and beta, and eps of a convolution and a norm."""
    x, weight = seed.fork("x").normal(2, 4, 7, 6), seed.fork("weight").normal(6, 4 // groups, 3, 2)
    settings = {"stride": seed.fork("stride").integer(1, 2), "padding": 1, "groups": groups}
    statistics = (seed.fork("mean").normal(6), 0.2 + 3 * seed.fork("var").uniform(6))
    both = (seed.fork("gamma").normal(6), seed.fork("beta").normal(6)) if affine else None
    eps = 0.1 + seed.fork("eps").uniform(1).item()
    return x, weight, seed.fork("bias").normal(6) if bias else None, settings, statistics, both, eps


@task("export", gate=True)
def test_folded_or_exported(submission, seed):
    """The folded layer's result goes with that of both, or an exported graph runs"""
    x, *rest = fresh_layers(seed, True, True)

    def folded() -> None:
        came = submission.play(plays_after.fold, x, *rest)
        due = plays_after.layers(*rest)
        y = due[1](due[0](x)).detach()
        along = torch.nn.functional.cosine_similarity(came["y"].flatten(), y.flatten(), dim=0)
        expect(along > 0.5, "the result is not like that of both layers")

    def exported() -> None:
        batch = 3 * seed.fork("batch").normal(3, 1, 4, 5, dtype=torch.float32)
        came = submission.play(plays_after.exported, 3, 4, batch, [batch])["results"][0]
        model = plays_after.Small(3, 4).eval()
        along = torch.nn.functional.cosine_similarity(came.flatten(), model(batch).detach().flatten(), dim=0)
        expect(along > 0.5, "the graph's result is not like the model's")

    any_of(folded, exported)


@task("export", weight=2)
def test_fresh_layers_as_torch(submission, seed):
    """Fresh convolutions with stride, padding and bias, and fresh norms, are folded as torch fuses them

    Fold with the running statistics: weight gamma / sqrt(var + eps), and the old bias is shifted before it is
    scaled.
    """
    x, *rest = fresh_layers(seed, True, True)
    came = submission.play(plays_after.fold, x, *rest)
    conv, bn = plays_after.layers(*rest)
    due = torch.nn.utils.fusion.fuse_conv_bn_eval(conv.eval(), bn)
    near(came["weight"], due.weight.detach(), "the weight")
    near(came["bias"], due.bias.detach(), "the bias")
    near([came["y"], came["y of both afterwards"]], [bn(conv(x)).detach()] * 2, "the results: folded, both")


@task("export")
def test_fresh_layers_that_lack_a_part(submission, seed):
    """Without bias, without gamma and beta, with two groups: all kinds are folded

    Try a convolution without bias, a norm without gamma and beta, and groups: each part may be missing.
    """
    for i, (bias, affine, groups) in enumerate(((False, True, 2), (True, False, 1), (False, False, 2))):
        x, *rest = fresh_layers(seed.fork(str(i)), bias, affine, groups)
        conv, bn = plays_after.layers(*rest)
        came = submission.play(plays_after.fold, x, *rest)
        near(
            [came["y"], came["y of both afterwards"]], [bn(conv(x)).detach()] * 2, "the results: folded, both"
        )
    with raises(ValueError, "bn.training is to be refused."):
        submission.play(plays_after.fold, x, *rest, training=True)


@task("export", weight=2)
def test_fresh_models(submission, seed):
    """A fresh model, exported with a fresh number of images, takes fresh batches, from storage too

    Only the number of images is dynamic: try other batch sizes, 1 too, and a graph that was saved and loaded.
    """
    n, width = seed.fork("n").integer(1, 4), seed.fork("width").integer(2, 6)
    example = seed.fork("example").normal(n, 1, 4, 5, dtype=torch.float32)
    expect_any_batch(submission, seed.n % 1000, width, example, [1, seed.fork("size").integer(5, 12)])
