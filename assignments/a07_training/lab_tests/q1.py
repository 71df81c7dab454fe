"""A run that was killed goes on to the same bits."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q1"
points = 4


@test_case(points=2)
def test_same_losses_to_the_bit(difference):
    assert difference == 0, (
        f"the losses after going on differ by up to {difference}; expected none: which state is not captured?"
    )


@test_case(points=1)
def test_it_was_really_stopped(first, second, half, UPDATES):
    stopped = min(map(len, first))
    assert half + 100 <= stopped < UPDATES, (
        f"the first start made {stopped} updates; expected it to be killed"
    )
    went_on = [len(losses) for losses in second]
    assert went_on == [UPDATES - half] * 2, (
        f"the second start made {went_on} updates; expected {UPDATES - half}"
    )


@test_case(points=1)
def test_a_ring_sends_each_value_once(values_sent):
    assert values_sent in (454_721, 454_722), (
        f"rank 0 sent {values_sent} values; expected 454,720 gradients and one count, once each for two ranks"
    )
