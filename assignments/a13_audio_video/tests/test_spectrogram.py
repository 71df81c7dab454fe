"""Public checks of windows: a model that looks nowhere else, and one that paints its window in its mean."""

import torch
from torch import Tensor

from autograder.checks import exactly, expect, raises, task
from autograder.nearness import near, near_single, unchanged

from .. import plays


# -------------------- 3.1 windows
def painted(x_t: Tensor, t: Tensor, window: int, hop: int) -> Tensor:
    """Return frame by frame the mean of what the windows that cover it were painted in."""
    n = x_t.shape[3]
    begins = sorted({*range(0, n - window + 1, hop), n - window})
    frames = []
    for i in range(n):
        colours = [x_t[..., s : s + window].mean(dim=3) for s in begins if s <= i < s + window]
        frames.append(sum(colours) / len(colours))
    return torch.stack(frames, dim=3) * (1 + t.double())[:, None, None, None]


@task("windows", weight=2)
def test_windows_painted_in_their_means(submission):
    """0 to 99 in windows of 32 every 24: frames 0, 24, 31, 32, 68, 99 get 15.5, 27.5, 27.5, 39.5, ..."""
    x_t = torch.arange(100).double().expand(1, 1, 1, 100)
    came = submission.play(plays.windowed_prediction, "windows", x_t, torch.tensor([0]), 32, 24)
    hint = "Windows start at 0, 24, 48 and 68; each frame gets the mean over those that cover it."
    picked = came["result"][0, 0, 0, [0, 24, 31, 32, 68, 99]]
    near(picked, exactly(15.5, 27.5, 27.5, 39.5, 73.5, 83.5), "frames 0, 24, 31, 32, 68, 99", hint)


@task("windows", weight=2)
def test_each_window_is_told_its_own_step(submission, seed):
    """Two clips at steps 3 and 7: a model that works frame by frame gives what it gives for the whole"""
    x_t, t = seed.normal(2, 2, 3, 11), torch.tensor([3, 7])
    came = submission.play(plays.windowed_prediction, "frames", x_t, t, 4, 3)
    expected = x_t.square() * (1 + t)[:, None, None, None]
    hint = "Windows are stacked in the batch: which clip is number 1 of it? Repeat t in that order."
    near(came["result"], expected, "the prediction", hint)
    unchanged(came["arguments"], [x_t, t])


@task("windows", weight=2)
def test_windows_of_two_clips(submission, seed):
    """Two clips of 9 frames in windows of 4 every 2, painted; and in float32"""
    x_t, t = seed.normal(2, 1, 2, 9), torch.tensor([5, 0])
    expected = painted(x_t, t, 4, 2)
    came = submission.play(plays.windowed_prediction, "windows", x_t, t, 4, 2)
    near(came["result"], expected, "the prediction", "Sum, count, divide: by frame.")
    single = submission.play(plays.windowed_prediction, "windows", x_t.float(), t, 4, 2)
    near_single(single["result"], expected)


@task("windows")
def test_one_call(submission, seed):
    """All windows go in one call, and a clip as long as the window is the plain call"""
    x_t, t = seed.normal(2, 1, 2, 8), torch.tensor([1, 2])
    for window, hop in ((3, 2), (8, 3)):
        came = submission.play(plays.windowed_prediction, "windows", x_t, t, window, hop)
        near(came["result"], painted(x_t, t, window, hop), "the prediction")
        said = f"the model is called for {came['calls']} frames; expected once, for {window}"
        expect(came["calls"] == [window], said, "torch.cat along the batch.")


@task("windows")
def test_windows_that_do_not_cover(submission, seed):
    """Fewer frames than a window has, a hop of 0 and one that leaves gaps raise ValueError"""
    x_t, t = seed.normal(2, 1, 2, 8), torch.tensor([1, 2])
    for window, hop in ((9, 2), (4, 0), (4, 5)):
        with raises(ValueError):
            submission.play(plays.windowed_prediction, "windows", x_t, t, window, hop)
