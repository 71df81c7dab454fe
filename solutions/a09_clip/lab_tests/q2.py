"""Names that find pictures by an artist whom the towers never saw."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q2"
points = 2


@test_case(points=2)
def test_names_find_the_other_artists_pictures(found):
    first, ten, median = found["name to Twitter's picture"]
    assert first > 0.1, f"R@1 is {first:.3f}; expected more than 0.1 (chance: 0.0007)"
    assert first <= ten <= 1, "R@10 counts all that R@1 counts"
    assert 2 < median < 60, f"the median rank is {median:g}; expected some ten"
