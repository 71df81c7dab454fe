"""Accuracy and variety by weight."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q4"
points = 2


@test_case(points=1)
def test_guidance_buys_accuracy(WEIGHTS, accuracy):
    by_weight = dict(zip(WEIGHTS.tolist(), accuracy.tolist(), strict=True))
    assert by_weight[0] < 0.3, f"w = 0 does not know what was asked for, but accuracy is {by_weight[0]:.2f}"
    assert by_weight[1] > 0.7, f"w = 1 is conditional sampling, but accuracy is {by_weight[1]:.2f}"
    assert by_weight[2] >= by_weight[1] - 0.02, "w = 2 should be recognised no less than w = 1"


@test_case(points=1)
def test_guidance_costs_variety(WEIGHTS, spread):
    by_weight = dict(zip(WEIGHTS.tolist(), spread.tolist(), strict=True))
    assert by_weight[2] < by_weight[1] < by_weight[0], "variety should fall from w = 0 to 1 to 2"
