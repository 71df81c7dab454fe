"""The loss by step, on digits that the model was trained on and on others."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q3"
points = 2


@test_case(points=1)
def test_loss_by_step(loss_training, loss_held_out):
    assert loss_training.shape == loss_held_out.shape == (25,), "expected the loss at 25 steps"
    assert (loss_held_out > 0).all(), "a mean of squares is positive"
    mean = loss_held_out.mean()
    assert mean < 0.5, f"the mean loss is {mean:.2f}; predicting 0 has 0.87, expected less than 0.5"


@test_case(points=1)
def test_guess_is_better_than_the_noisy_image(seen, x_t, guessed):
    noisy, guess = ((x[1] - seen[1]).abs().mean() for x in (x_t, guessed))  # t = 125
    assert guess < 0.75 * noisy, f"at t = 125 the guess is off by {guess:.2f}, the noisy image by {noisy:.2f}"
