"""The scale that a noisy bit wants, found by descent."""

import math

from otter.test_files import test_case

OK_FORMAT = False
name = "q4"
points = 2


@test_case(points=2)
def test_best_scale_is_half_the_log_odds(best_scale):
    wanted = math.log(9) / 2
    assert abs(best_scale - wanted) < 1e-3, (
        f"descent ended at scale {best_scale:.4f}; the least is at ln 3 = {wanted:.4f}: minimise the mean "
        "over all batches, each with its probability, over log_scale alone"
    )
