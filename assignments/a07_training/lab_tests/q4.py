"""A graph that draws digits."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q4"
points = 2


@test_case(points=1)
def test_graph_is_the_network(off):
    assert off < 1e-4, f"graph and network differ by {off:.1e} on a batch of 7; expected the same"


@test_case(points=1)
def test_samples_are_images(samples):
    assert tuple(samples.shape) == (64, 1, 8, 8), f"samples have shape {tuple(samples.shape)}"
    assert samples.abs().max() <= 1, "samples leave [-1, 1]"
    assert samples.std() > 0.3, "samples hardly vary"
