"""Hidden checks of attention by axes: fresh sizes against attention among all tokens."""

import torch

from autograder.checks import any_of, close, task
from autograder.nearness import near, near_single

from .. import plays
from ..tests.test_attention import among_all, same
from .fresh import expect_alike, not_the_input


# -------------------- 4.1 factorised_attention
@task("factorised_attention", gate=True)
def test_attention_is_an_answer_at_all(submission, seed):
    """What fresh tokens see goes with what they should"""
    x = (
        seed.normal(2, 3, 6, 4) / 3
        + seed.fork("frame").normal(2, 3, 1, 4)
        + seed.fork("n").normal(2, 1, 6, 4)
    )

    def of(kind: str) -> None:
        came = submission.play(plays.attention, kind, x)["value"]
        not_the_input(came, x)
        expect_alike(came, among_all(x, same(3, 6, kind)))

    def mask() -> None:
        expected = torch.block_diag(torch.ones(4, 4), torch.eye(3)).bool()
        expect_alike(submission.attention.joint_mask(4, 3), expected)

    any_of(lambda: of("space"), lambda: of("time"), mask)


@task("factorised_attention", weight=3)
def test_fresh_tokens(submission, seed):
    """Fresh frames and places, one frame, one place, and fresh masks

    Space is within a frame, time within a place: move axes before you reshape. Try one frame, one place, and
    masks.
    """
    for f, n in ((4, 3), (1, 5), (5, 1), (2, 6)):
        x = 2 * seed.fork(f"{f}").normal(3, f, n, 2)
        mask = (seed.fork(f"mask{f}").uniform(f, f) < 0.5) | torch.eye(f, dtype=torch.bool)
        for kind, given in (("space", None), ("time", None), ("time", mask)):
            allowed = same(f, n, kind)
            if given is not None:
                allowed &= given.repeat_interleave(n, 0).repeat_interleave(n, 1)
            came = submission.play(plays.attention, kind, x, given)["value"]
            near(came, among_all(x, allowed), f"the result of {f} frames of {n} places")
        single = submission.play(plays.attention, "time", x.float(), mask)["value"]
        near_single(single, among_all(x, allowed))


@task("factorised_attention")
def test_fresh_joint_masks(submission, seed):
    """Fresh numbers of frames and images

    Frames come first and look at all frames, each image behind them at itself alone: rows are who looks.
    """
    for i in range(3):
        frames, images = (seed.fork(f"{i}{kind}").integer(1, 7) for kind in "fi")
        expected = [
            [a == b or max(a, b) < frames for a in range(frames + images)] for b in range(frames + images)
        ]
        close(
            submission.attention.joint_mask(frames, images), torch.tensor(expected), rtol=0, what="the mask"
        )
