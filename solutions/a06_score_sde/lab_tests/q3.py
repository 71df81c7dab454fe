"""Bits per pixel: in the right range, ordered as they must be, and steady in the number of steps."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q3"
points = 4


@test_case(points=2)
def test_held_out_digits(bits_held_out, bits_gaussian):
    bits = bits_held_out.mean()
    assert bits_held_out.shape == (128,), f"expected 128 values, got shape {tuple(bits_held_out.shape)}"
    assert 2.2 < bits < 2.8, f"held-out digits cost {bits:.2f} bits per pixel; expected about 2.5"
    assert bits < bits_gaussian, (
        f"held-out digits cost {bits:.2f} bits, and a Gaussian needs {bits_gaussian:.2f}"
    )


@test_case(points=1)
def test_training_digits_cost_less(bits_training, bits_held_out):
    seen, unseen = bits_training.mean(), bits_held_out.mean()
    assert seen < unseen, f"training digits cost {seen:.2f} bits, held-out ones {unseen:.2f}"


@test_case(points=1)
def test_twice_as_many_steps_change_little(bits_coarse, bits_held_out):
    change = (bits_coarse.mean() - bits_held_out.mean()).abs()
    assert change < 0.06, f"twice as many steps change the mean by {change:.3f} bits; expected less than 0.06"
