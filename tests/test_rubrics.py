"""Rubrics and what people mark by them: shipped ones are whole, slips have their line, two markers meet."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.intake.roster import TableError
from autograder.intake.rubricmarks import MARKS, marked, read_entered
from autograder.rubric import FOLDER, Rubric, load_rubric, load_rubrics
from autograder.spec import SpecError

ROOT = Path(__file__).parents[1]
TEXT = """\
title = "Essay"
[[criteria]]
id = "sense"
title = "Sense"
levels = [{ points = 9, says = "All." }, { points = 5, says = "Some." }, { points = 0, says = "None." }]
[[criteria]]
id = "style"
title = "Style"
levels = [{ points = 1, says = "Good." }, { points = 0, says = "Bad." }]
"""


@pytest.fixture
def essay(tmp_path: Path) -> dict[str, Rubric]:
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "essay.toml").write_text(TEXT)
    return load_rubrics(tmp_path)


def entered(tmp_path: Path, rubrics: dict[str, Rubric], rows: str, students=None):
    path = tmp_path / MARKS
    path.write_text(f"student,deliverable,criterion,marker,points,comment\n{rows}", encoding="utf-8")
    return read_entered(path, rubrics, students)


def test_the_shipped_rubrics_are_whole_and_worth_100_points() -> None:
    rubrics = load_rubrics(ROOT)
    milestones = {f"project_{part}" for part in ("proposal", "midterm", "final", "presentation")}
    assert rubrics.keys() == {"attendance", "participation", "review"} | milestones
    assert {one.most for one in rubrics.values()} == {100}
    for one in rubrics.values():
        for criterion in one.criteria:
            assert criterion.asks.endswith((")", "?")), (one.deliverable, criterion.id)
            assert criterion.levels[-1].points == 0, (one.deliverable, criterion.id)
            assert all(level.says.endswith(".") for level in criterion.levels), (
                one.deliverable,
                criterion.id,
            )


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('id = "style"', 'id = "sense"', "rubrics/essay.toml: criterion 'sense' is there twice"),
        ("points = 5", "points = 9", "levels of 'sense' go from the most points down"),
        ("points = 1,", "points = -1,", "criterion 2, level 1: points: "),
        ('title = "Style"', 'titel = "Style"', "unknown field `titel`"),
        ("[[criteria]]", "[[criteria", "not valid TOML"),
    ],
)
def test_a_slip_in_a_rubric_says_where(tmp_path: Path, old: str, new: str, words: str) -> None:
    (tmp_path / FOLDER).mkdir()
    path = tmp_path / FOLDER / "essay.toml"
    path.write_text(TEXT.replace(old, new))
    with pytest.raises(SpecError) as slip:
        load_rubric(path)
    assert words in str(slip.value)


def test_one_marker_s_points_add_up_and_what_is_missing_stays_open(tmp_path, essay):
    rows = "ada,essay,sense,tb,8.5,Well argued.\nada,essay,style,tb,1,\nbob,essay,sense,tb,9,\n"
    found = marked(entered(tmp_path, essay, rows), essay)["essay"]
    assert (found["ada"].points, found["ada"].most) == (9.5, 10)
    assert found["ada"].criteria[0].comments == ("Well argued.",)
    assert found["bob"].points is None
    assert [one.criterion for one in found["bob"].criteria if one.points is None] == ["style"]
    assert not found["bob"].criteria[1].apart


def test_neighbouring_levels_are_averaged_and_markers_apart_must_agree(tmp_path, essay):
    rows = "ada,essay,sense,tb,9,\nada,essay,sense,rk,5,\nada,essay,style,tb,1,\n"
    assert marked(entered(tmp_path, essay, rows), essay)["essay"]["ada"].points == 8
    apart = rows.replace("rk,5", "rk,1")
    found = marked(entered(tmp_path, essay, apart), essay)["essay"]["ada"]
    assert (found.points, found.criteria[0].apart) == (None, True)
    settled = apart + "ada,essay,sense,agreed,6,\n"
    assert marked(entered(tmp_path, essay, settled), essay)["essay"]["ada"].points == 7


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("adda,essay,style,tb,1,", "the roster has no 'adda'; did you mean 'Ada'?"),
        ("ada,esay,style,tb,1,", "no deliverable 'esay'; did you mean 'essay'?"),
        ("ada,essay,stile,tb,1,", "essay has no criterion 'stile'; did you mean 'style'?"),
        ("ada,essay,style,,1,", "says not who marked"),
        ("ada,essay,style,tb,1.5,", "points of style are '1.5'; write a number from 0 to 1"),
        ("ada,essay,style,tb,nan,", "write a number from 0 to 1"),
        ("ADA,essay,sense,TB,1,", "sense of Ada by TB: see line 2"),
    ],
)
def test_a_slip_in_the_marks_has_its_line_and_remedy(tmp_path, essay, row, words):
    with pytest.raises(TableError) as slip:
        entered(tmp_path, essay, f"ada,essay,sense,tb,3,\n{row}\n", ["Ada"])
    assert str(slip.value).startswith("marks.csv:3: ")
    assert words in str(slip.value)


def test_no_table_is_no_mark_and_a_missing_column_is_named(tmp_path, essay):
    assert read_entered(tmp_path / MARKS, essay) == []
    (tmp_path / MARKS).write_text("student,deliverable,points\n")
    with pytest.raises(TableError, match=r"marks\.csv:1: no column 'criterion'; the first line is student,"):
        read_entered(tmp_path / MARKS, essay)
