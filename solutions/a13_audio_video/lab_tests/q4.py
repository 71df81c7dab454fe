"""What attention in time is for."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q4"
points = 2


@test_case(points=1)
def test_curtains_open(opens):
    assert opens > 0.45, f"{opens:.2f} of the clips open; expected more than 0.45"


@test_case(points=1)
def test_without_attention_in_time_they_do_not(opens, opens_apart):
    assert opens_apart < 0.5 * opens, (
        f"{opens_apart:.2f} open without attention in time, {opens:.2f} with it; is time_attention used?"
    )
