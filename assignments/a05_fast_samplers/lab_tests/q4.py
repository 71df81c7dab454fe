"""Digits inverted, and drawn again."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q4"
points = 3


@test_case(points=2)
def test_round_trips_get_better_with_steps(rms):
    assert rms[50] < 0.5 * rms[10], (
        f"10 steps are off by {rms[10]:.3f} and 50 by {rms[50]:.3f}; expected less than half"
    )
    assert rms[250] < rms[100] < rms[50], "more steps should bring the digits back better"


@test_case(points=1)
def test_latents_have_about_the_size_of_noise(latents):
    size = latents[50].square().mean().item()
    assert 0.7 < size < 1.8, f"the mean square of the latents at S = 50 is {size:.2f}; noise has 1"
