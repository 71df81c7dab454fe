"""Class Gaussians: entropy grows with the jitter, and Bayes' rule classifies fresh digits."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q1"
points = 2


@test_case(points=1)
def test_jitter_widens(entropy, train_log_p):
    assert (entropy[1:] > entropy[:-1]).all(), "more jitter is more variance, and more entropy"
    assert (train_log_p[1:] < train_log_p[:-1]).all(), "no jitter at all fits the training digits best"


@test_case(points=1)
def test_fresh_digits_are_classified(accuracy):
    assert accuracy.max() >= 0.94, (
        f"at best {accuracy.max():.3f} of the held-out digits; expected 0.94 or more"
    )
