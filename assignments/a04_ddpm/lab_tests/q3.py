"""The loss by step, on digits that the model was trained on and on others."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q3"
points = 2


@test_case(points=1)
def test_loss_by_step(loss_training, loss_held_out):
    assert loss_training.shape == loss_held_out.shape == (25,), "expected the loss at 25 steps"
    assert (loss_held_out > 0).all(), "a mean of squares is positive"
    assert (loss_held_out < 1.1).all(), "predicting 0 gives between 0.7 and 1: this model should do better"


@test_case(points=1)
def test_guess_at_little_noise(seen, guessed):
    error = (guessed[0] - seen[0]).abs().mean()
    assert error < 0.2, f"at t = 60 the guessed image should be nearly right; it is off by {error:.2f}"
