"""What the samplers cost, and what they make."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q1"
points = 4


@test_case(points=2)
def test_calls_are_those_of_the_page(calls):
    expected = {"DDIM, eta 0": 10, "DDIM, eta 1": 10, "2M, trailing": 10, "2M, Karras": 10, "Heun, Karras": 9}
    for sampler, number in expected.items():
        came = calls[sampler, 10]
        assert came == number, f"{sampler}: {came} calls of the network for a budget of 10; expected {number}"


@test_case(points=1)
def test_second_order_is_nearer_at_ten_calls(energy):
    ddim, two_m = energy["DDIM, eta 0", 10], energy["2M, trailing", 10]
    assert two_m < ddim, (
        f"with ten calls 2M is at {two_m:.3f} and DDIM at {ddim:.3f}; expected the other order"
    )


@test_case(points=1)
def test_levels_decide_at_five_calls(energy):
    trailing, karras = energy["2M, trailing", 5], energy["2M, Karras", 5]
    message = f"with five calls 2M is at {karras:.3f} on levels of Karras et al., at {trailing:.3f} on steps"
    assert karras < 0.85 * trailing, f"{message}; does sigma_to_t find the steps?"
