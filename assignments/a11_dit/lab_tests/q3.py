"""Both models learn, and do on digits that they never saw."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q3"
points = 2


@test_case(points=1)
def test_losses_fall(log):
    for p, (_, losses, _) in log.items():
        last = losses[-100:].mean().item()
        assert 0.3 < last < 0.52, (
            f"patch {p}: the loss of the last 100 updates is {last:.3f}; expected 0.4 to 0.5"
        )


@test_case(points=1)
def test_unseen_digits_are_nearly_as_easy(unseen):
    for p, loss in unseen.items():
        assert 0.35 < loss < 0.55, f"patch {p}: the held-out loss is {loss:.3f}; expected 0.4 to 0.5"
