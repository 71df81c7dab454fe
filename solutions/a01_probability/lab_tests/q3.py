"""The mixture: a likelihood that rises, and a gap to held-out digits."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q3"
points = 2


@test_case(points=1)
def test_likelihood_rises(history):
    steps = history[1:, 0] - history[:-1, 0]
    assert steps.min() > -0.05, (
        "the likelihood of the training digits falls; are responsibilities those of x?"
    )


@test_case(points=1)
def test_training_digits_are_more_likely(history):
    train, fresh = history[-1].tolist()
    assert train > -20, f"training digits have {train:.1f} nats; expected more than -20"
    assert train > fresh + 5, "the gap to held-out digits is missing"
