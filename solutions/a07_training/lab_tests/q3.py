"""A network in eight bits."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q3"
points = 2


@test_case(points=1)
def test_bytes_of_a_square_matrix(bytes_ratio):
    assert abs(bytes_ratio - 3.9385) < 0.001, (
        f"{bytes_ratio:.4f} times fewer bytes; expected 4 * 256 / (256 + 4)"
    )


@test_case(points=1)
def test_loss_hardly_changes(loss_32, loss_8):
    assert abs(loss_8 - loss_32) < 0.01, (
        f"the loss goes from {loss_32:.4f} to {loss_8:.4f}; expected no change"
    )
