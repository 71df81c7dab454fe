"""The storm."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q3"
points = 4


@test_case(points=1)
def test_standing_still(times, still):
    assert len(times) == 15
    assert abs(still - 0.5578) < 1e-3, f"standing still misses by {still:.4f}; expected .5578"


@test_case(points=1)
def test_the_loss_falls(first, final):
    assert final < 0.8 * first, f"the loss fell from {first:.3f} to {final:.3f} only"


@test_case(points=2)
def test_futures_are_better_than_changes_of_the_past(score, rival, error, still):
    assert score < 0.93 * rival, f"CRPS {score:.4f}; expected less than {0.93 * rival:.4f}"
    assert error < 0.93 * still, f"the mean misses by {error:.4f}; expected less than {0.93 * still:.4f}"
