"""Frames and noise."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q1"
points = 4


@test_case(points=2)
def test_n_lies_where_it_does(mean_n):
    off = max(abs(a - b) for a, b in zip(mean_n.tolist(), (-0.524, 1.361, 0.0), strict=True))
    assert off < 0.01, f"N lies {off:.3f} off (-.524, 1.361, 0): are the columns of R the axes?"


@test_case(points=2)
def test_noise_has_its_mean_trace(trace):
    assert abs(trace - 0.6405) < 0.01, f"a third of the mean trace is {trace:.4f}; exp(-sigma²) is .6405"
