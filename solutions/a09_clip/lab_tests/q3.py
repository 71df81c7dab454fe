"""The scale that was learnt, and the gap."""

import math

from otter.test_files import test_case

OK_FORMAT = False
name = "q3"
points = 2


@test_case(points=1)
def test_scale_moved_and_kept_its_bounds(model):
    log_scale = model.log_scale.item()
    assert 0 <= log_scale <= math.log(100) + 1e-6, "clamp_scale after each step keeps it within [0, ln 100]"
    assert 15 < math.exp(log_scale) < 40, (
        f"the scale is {math.exp(log_scale):.1f}; it began at 14.3 and grows"
    )


@test_case(points=1)
def test_gap_closes(gap_before, gap_after):
    assert gap_after < 0.5 * gap_before, (
        f"the gap went from {gap_before:.2f} to {gap_after:.2f}; it should close"
    )
