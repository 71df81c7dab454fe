"""The beginning: a loss that is known, and two names."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q2"
points = 2


@test_case(points=1)
def test_first_loss_is_that_of_nothing(first_loss, eps, x0):
    wanted = (eps - x0).square().mean().item()
    assert abs(first_loss.item() - wanted) < 1e-5, (
        f"the first loss is {first_loss.item():.4f}; a model that gives 0 has {wanted:.4f}"
    )


@test_case(points=1)
def test_the_last_layer_moves_first(first_names):
    wanted = {"final.linear.weight", "final.linear.bias"}
    assert first_names == wanted, f"moving: {sorted(first_names)}; expected {sorted(wanted)}"
