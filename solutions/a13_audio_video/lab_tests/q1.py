"""Griffin-Lim on a word: the error falls."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q1"
points = 3


@test_case(points=1)
def test_error_never_rises(errors):
    rises = [i for i in range(len(errors) - 1) if errors[i + 1] > errors[i] + 1e-9]
    assert not rises, f"the error rises: {[round(error, 4) for error in errors]}"


@test_case(points=2)
def test_error_after_60_rounds(errors):
    assert 0.5 < errors[0] < 0.8, f"random phases have an error of {errors[0]:.3f}; expected about 0.67"
    assert errors[-1] < 0.2, f"after 60 rounds the error is {errors[-1]:.3f}; expected less than 0.2"
