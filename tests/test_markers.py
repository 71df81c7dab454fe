from __future__ import annotations

from pathlib import Path

import pytest

from autograder.sources.markers import MarkerError, regions
from autograder.spec import Assignment, load_assignment
from tests.small_assignment import IDEA, write_small
from tests.test_source import body, cut


@pytest.fixture
def small(tmp_path: Path) -> Assignment:
    return load_assignment(write_small(tmp_path))


def test_a_marker_in_a_string_is_text(small: Assignment) -> None:
    text = '    text = """\n# BEGIN SOLUTION\n"""'
    source = body("    # BEGIN SOLUTION", text, "    # END SOLUTION", "    return text")
    assert "# BEGIN" not in cut(source, small)


def test_form_feeds_and_odd_line_separators_do_not_shift_lines(small: Assignment) -> None:
    source = body("    # BEGIN SOLUTION", "    text = 'a\u2028b\x0cc'", "    # END SOLUTION", "    return 1")
    assert cut(source, small).splitlines()[7].startswith("    raise NotImplementedError")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["    return 1", "    # END SOLUTION"], "idea.py:9: '# END SOLUTION' without"),
        (["    # BEGIN SOLUTION", "    # BEGIN SOLUTION", "    x = 1"], "idea.py:9: .* inside the region"),
        (["    # BEGIN SOLUTION", "    # END SOLUTION", "    x = 1"], "idea.py:8: no whole statement"),
        (["    # Begin solution", "    x = 1", "    # END SOLUTION"], "idea.py:8: .* write exactly '# BEGIN"),
        (["    #BEGIN SOLUTION", "    x = 1", "    # END SOLUTION"], "idea.py:8: .* write exactly '# BEGIN"),
        (["    # BEGIN SOLUTION", "    x = 1", "    # END SOLUTON"], "idea.py:10: .* write exactly '# END"),
        (["    x = 1  # BEGIN SOLUTION", "    # END SOLUTION"], "idea.py:8: .* line of its own"),
        (["  # BEGIN SOLUTION", "    x = 1", "    # END SOLUTION"], "idea.py:8: indent the marker"),
        (["    # BEGIN SOLUTION", "    x = 1", "# END SOLUTION"], "idea.py:10: indent the marker"),
        (["    # BEGIN SOLUTION", "    x = (1,", "    # END SOLUTION", "    2)"], "idea.py:9: .* crosses"),
        (["    x = [", "    # BEGIN SOLUTION", "    1]", "    # END SOLUTION"], "no whole statement|crosses"),
        (["    x = [", "    # BEGIN SOLUTION", "    1]", "    y = 2", "    # END SOLUTION"], "10: .*cross"),
        (["    if x:", "        y = 1", "        # BEGIN SOLUTION", "        z = 2", "    w = 3",
          "        # END SOLUTION"], "idea.py:10: .* crosses"),
        (["    if x:", "        # BEGIN SOLUTION", "        z = 2", "    else:", "        # END SOLUTION",
          "        y = 1"], "idea.py:11: .* crosses"),
        (["    # BEGIN SOLUTION", "    if x:", "        z = 2", "        # END SOLUTION", "        y = 1"],
         "idea.py:9: .* crosses"),
        (["    return 1"], "idea.py:6: 'scale' of task 'scale' has no marked answer"),
    ],
)  # fmt: skip
def test_a_marker_mistake_names_file_and_line(small: Assignment, lines: list[str], message: str) -> None:
    with pytest.raises(MarkerError, match=message):
        cut(body(*lines), small)


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ("# BEGIN SOLUTION\nx = 1\n# END SOLUTION\n", "outside any function"),
        ("class A:\n    # BEGIN SOLUTION\n    x = 1\n    # END SOLUTION\n", "outside any function"),
        ("# BEGIN SOLUTION\ndef g():\n    x = 1\n# END SOLUTION\n", "outside any function"),
        ("def g():\n    # BEGIN SOLUTION\n    return 1\n    # END SOLUTION\n", "'g' is in no task's"),
        ("def g():\n    # BEGIN SOLUTION\n    x = 1\ndef h():\n    y = 1\n    # END SOLUTION\n", "crosses"),
        ("def g():\n    # BEGIN SOLUTION\n    return 1\n", "'# BEGIN SOLUTION' is never closed"),
        ("def g(:\n", "invalid syntax"),
    ],
)
def test_a_region_belongs_to_a_function_of_a_task(small: Assignment, extra: str, message: str) -> None:
    with pytest.raises(MarkerError, match=rf"a90_small/idea\.py:\d+: .*{message}"):
        cut(IDEA + "\n\n" + extra, small)


def test_regions_know_their_statements(small: Assignment) -> None:
    found = regions(IDEA, small.folder / "idea.py")
    assert [region.function for region in found] == ["scale", "Line.__init__", "Line.at"]
    assert [len(region.statements) for region in found] == [1, 1, 2]
