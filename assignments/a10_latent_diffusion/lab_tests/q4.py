"""Inpainting: the upper half stays, the lower one is new."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q4"
points = 2


@test_case(points=2)
def test_upper_half_stays(filled, decode, z0):
    before = decode(z0)
    kept = (filled - before)[:, :, :10].abs().mean()
    new = (filled - before)[:, :, 18:].abs().mean()
    assert kept < 0.15, f"far above the hole nothing should change; the mean change is {kept:.2f}"
    assert new > 2 * kept, f"the hole should change: {new:.2f} against {kept:.2f} above it"
