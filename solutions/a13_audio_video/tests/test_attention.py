"""Public checks of attention by axes: against attention among all tokens, with a mask, and by hand."""

import torch
from torch import Tensor

from autograder.checks import close, exactly, task
from autograder.nearness import near, near_single, unchanged

from .. import plays


# -------------------- 4.1 factorised_attention
def among_all(x: Tensor, mask: Tensor) -> Tensor:
    """Return attention among all tokens (b, f, n, d), as far as a mask (f n, f n) allows, query by query."""
    b, f, n, d = x.shape
    tokens, rows = x.reshape(b, f * n, d), []
    for i in range(f * n):
        seen = tokens[:, mask[i]]  # b m d
        weights = (seen @ tokens[:, i, :, None] / d**0.5).softmax(dim=1)  # b m 1
        rows.append((weights * seen).sum(dim=1))
    return torch.stack(rows, dim=1).view(b, f, n, d)


def same(f: int, n: int, axis: str) -> Tensor:
    """Return which tokens share their frame, or their place."""
    frame, place = torch.arange(f * n) // n, torch.arange(f * n) % n
    of = {"space": frame, "time": place}[axis]
    return of[:, None] == of


@task("factorised_attention", weight=2)
def test_space_attention_stays_in_the_frame(submission, seed):
    """Space attention is attention among all tokens with the mask "same frame", for 3 frames of 4 places"""
    x = seed.normal(2, 3, 4, 5)
    came = submission.play(plays.attention, "space", x)
    hint = "attend takes (batch, tokens, d): fold frames into the batch, and unfold them again."
    near(came["value"], among_all(x, same(3, 4, "space")), "the result", hint)
    unchanged(came["argument"], x)


@task("factorised_attention", weight=2)
def test_time_attention_stays_at_the_place(submission, seed):
    """Time attention is attention among all tokens with the mask "same place", for 3 frames of 4 places"""
    x = seed.normal(2, 3, 4, 5)
    came = submission.play(plays.attention, "time", x)
    hint = "Move the axes before you fold: a reshape alone mixes places and frames."
    near(came["value"], among_all(x, same(3, 4, "time")), "the result", hint)
    unchanged(came["argument"], x)


@task("factorised_attention", weight=2)
def test_time_attention_with_a_mask(submission, seed):
    """With a mask, True = may look, frames see only what it allows; images behind 3 frames too"""
    x = 2 * seed.normal(2, 5, 3, 4)
    causal = torch.ones(5, 5, dtype=torch.bool).tril()
    joint = torch.block_diag(torch.ones(3, 3), torch.eye(2)).bool()
    for mask in (causal, joint):
        came = submission.play(plays.attention, "time", x, mask)["value"]
        whole = mask.repeat_interleave(3, 0).repeat_interleave(3, 1) & same(5, 3, "time")
        hint = "Right without a mask? Then pass the mask on as it is. Else see the check before this one."
        near(came, among_all(x, whole), "the result", hint)


@task("factorised_attention")
def test_worked_frames(submission):
    """Frames 0 and ln 3 of one place become .5 ln 3 and .7698 ln 3; float32 stays float32"""
    x = torch.log(exactly(1, 3)).view(1, 2, 1, 1)
    high = x[0, 1, 0, 0]
    share = 1 / (1 + torch.exp(-high * high))
    came = submission.play(plays.attention, "time", x)["value"]
    expected = torch.stack([high / 2, share * high]).view(1, 2, 1, 1)
    near(came, expected, "the result")
    near(submission.play(plays.attention, "space", x)["value"], x, "tokens that are alone in their frame")
    for kind, wanted in (("time", expected), ("space", x)):
        near_single(submission.play(plays.attention, kind, x.float())["value"], wanted)


@task("factorised_attention", weight=2)
def test_joint_mask(submission):
    """joint_mask(3, 2) has 11 True: 3 x 3 frames and 2 images; also without images, and without frames"""
    for frames, images in ((3, 2), (2, 0), (0, 3), (1, 1)):
        came = submission.attention.joint_mask(frames, images)
        expected = torch.block_diag(torch.ones(frames, frames), torch.eye(images)).bool()
        hint = "Frames come first and look at all frames, and no image; an image looks at itself alone."
        close(
            came, expected, rtol=0, what=f"the mask of {frames} + {images}", hint=hint, axes=("row", "column")
        )
