"""The dVAE: codes in use, and how much they keep."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q1"
points = 3


@test_case(points=1)
def test_codes_are_used(used, perplexity):
    assert 8 <= used <= 64, f"{used} codes are used; expected at least 8: is tau above 1/16 at first?"
    assert 5 < perplexity <= used + 0.01, f"the codes are as good as {perplexity:.1f} equal ones; expected 5"


@test_case(points=2)
def test_digits_come_back(error):
    assert error < 0.23, f"the mean error of held-out digits is {error:.3f}; expected less than 0.23"
