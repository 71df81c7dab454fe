"""Members."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q2"
points = 3


@test_case(points=1)
def test_few_members_are_found(areas):
    area = areas["trained on 64"]
    assert area > 0.95, f"the area for the model of 64 is {area:.3f}; expected more than 0.95"


@test_case(points=1)
def test_many_members_hide(areas, never):
    area = areas["trained on 1,438"]
    assert 0.55 < area < 0.85, f"the area for the model of 1,438 is {area:.3f}; expected 0.55 to 0.85"
    assert abs(never - 0.5) < 0.15, (
        f"the area for digits it never saw is {never:.3f}; expected about one half"
    )


@test_case(points=1)
def test_promise_is_right(promised):
    assert abs(promised - 3.64) < 0.005, f"epsilon is {promised:.3f}; expected 3.64"
