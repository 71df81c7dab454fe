"""The GAN: a game without a winner."""

import math

from otter.test_files import test_case

OK_FORMAT = False
name = "q4"
points = 1


@test_case(points=1)
def test_nobody_has_won(gan_losses, GAN_STEPS):
    assert len(gan_losses) == GAN_STEPS, f"{len(gan_losses)} rounds of {GAN_STEPS}"
    of_critic = sum(loss for loss, _ in gan_losses[-200:]) / 200
    assert 0.3 < of_critic < 2 * math.log(2) + 0.1, (
        f"the critic's loss ends at {of_critic:.2f}; near 0 it has won, above 2 ln 2 it learns nothing"
    )
