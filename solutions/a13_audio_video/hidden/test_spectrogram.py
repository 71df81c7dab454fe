"""Hidden checks of windows: fresh lengths, windows and hops, frame by frame."""

from autograder.checks import expect, task
from autograder.nearness import near, unchanged

from .. import plays
from ..tests.test_spectrogram import painted
from .fresh import expect_alike, not_the_input


# -------------------- 3.1 windows
def steps(seed, b: int):
    """Return a fresh step for each clip."""
    return (9 * seed.uniform(b)).long()


@task("windows", gate=True)
def test_windows_are_an_answer_at_all(submission, seed):
    """Predictions for fresh spectrograms go with these"""
    x_t, t = 1 + seed.fork("x").normal(2, 2, 3, 16), steps(seed, 2)
    came = submission.play(plays.windowed_prediction, "frames", x_t, t, 5, 3)["result"]
    not_the_input(came, x_t)
    expect_alike(came, x_t.square() * (1 + t)[:, None, None, None])


@task("windows", weight=3)
def test_fresh_windows(submission, seed):
    """Fresh lengths, windows and hops for three clips, painted and frame by frame

    The model is asked once for all windows of all clips, each with its own clip's step; a frame is the mean
    of the predictions that cover it. The last window may be flush with the end.
    """
    for i in range(4):
        draw = seed.fork(f"{i}")
        window = draw.fork("window").integer(1, 6)
        hop, more = draw.fork("hop").integer(1, window), draw.fork("more").integer(0, 9)
        x_t, t = draw.fork("x").normal(3, 1, 2, window + more), steps(draw, 3)
        came = submission.play(plays.windowed_prediction, "windows", x_t, t, window, hop)
        sizes = f"{window + more} frames in windows of {window} every {hop}"
        near(came["result"], painted(x_t, t, window, hop), f"the prediction for {sizes}")
        expect(len(came["calls"]) == 1, f"the model is called {len(came['calls'])} times; expected once")
        unchanged(came["arguments"], [x_t, t])
