"""Context dropout: whole labels, as often as asked."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q1"
points = 1


@test_case(points=1)
def test_a_fifth_is_dropped(told, given, uniforms):
    assert told.shape == given.shape, "one label for each image"
    dropped = told == 10
    assert (dropped == (uniforms < 0.2)).all(), "those whose uniform is below 0.2 should have label 10"
    assert (told == given)[~dropped].all(), "all others should keep their label"
