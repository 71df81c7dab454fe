"""What people mark: entered once, attendance counted, agreement as defined, parts once nothing is open."""

from __future__ import annotations

import csv
import io
import random
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder.cli import app
from autograder.coursework.agreement import agreements, weighted_kappa
from autograder.coursework.attendance import from_sheet
from autograder.coursework.entering import merged, parts, write_entered
from autograder.coursework.labs import lab_rubric, lab_rubrics, write_labs
from autograder.coursework.peers import read_forms, readers, write_forms, write_gathered
from autograder.errors import UserError
from autograder.intake.roster import TableError
from autograder.intake.rubricmarks import MARKS, Entered, marked, read_entered
from autograder.rubric import Criterion, Level, Rubric, load_rubrics
from autograder.seeds import Seed
from autograder.spec import SpecError

ROOT = Path(__file__).parents[1]
FOUR = Criterion("sense", "Sense", tuple(Level(points, "x.") for points in (3.0, 2.0, 1.0, 0.0)))
ESSAY = {"essay": Rubric("essay", "Essay", (FOUR,), "essay")}


def by(marker: str, points: list[float]) -> list[Entered]:
    return [Entered(f"s{i}", "essay", "sense", marker, p) for i, p in enumerate(points)]


def pairs_of(table: list[list[int]]) -> tuple[list[int], list[int]]:
    """Write a table of counts out: row by the first, column by the second."""
    cells = [(i, j) for i, row in enumerate(table) for j, count in enumerate(row) for _ in range(count)]
    return [i for i, _ in cells], [j for _, j in cells]


def kappa_by_hand(first: list[int], second: list[int]) -> float:
    """Cohen 1968: 1 - (weighted disagreement seen) / (weighted disagreement expected by chance)."""
    seen = sum((a - b) ** 2 for a, b in zip(first, second, strict=True)) / len(first)
    chance = sum((a - b) ** 2 for a in first for b in second) / len(first) ** 2
    return 1 - seen / chance


def test_weighted_kappa_is_what_its_definition_gives() -> None:
    # By hand: 2 x 2, 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: agreement 0.7, by chance 0.5, so kappa 0.4.
    assert weighted_kappa(*pairs_of([[20, 5], [10, 15]])) == pytest.approx(0.4, abs=1e-12)
    # By hand: seen (4 * 1 + 1 * 4) / 20 = 0.4; chance 1.36 from the margins 8, 7, 5 and 7, 8, 5.
    first, second = pairs_of([[6, 1, 1], [1, 6, 0], [0, 1, 4]])
    margins = sum(a * b * (i - j) ** 2 for i, a in enumerate((8, 7, 5)) for j, b in enumerate((7, 8, 5)))
    assert weighted_kappa(first, second) == pytest.approx(1 - (7 / 20) / (margins / 400), abs=1e-12)
    rng = random.Random(1)
    for _ in range(20):
        first, second = ([rng.randrange(4) for _ in range(15)] for _ in range(2))
        assert weighted_kappa(first, second) == pytest.approx(kappa_by_hand(first, second), abs=1e-12)
    assert weighted_kappa([1, 1], [1, 1]) is None


def test_two_markers_are_compared_where_both_marked_and_who_settles_is_none_of_them() -> None:
    lines = by("tb", [3, 2, 1, 0, 3, 2]) + by("rk", [3, 2, 1, 0, 1]) + by("agreed", [3, 3, 3])
    whole, criterion = agreements(lines, ESSAY)
    assert (whole.criterion, criterion.criterion, whole.markers) == ("", "sense", ("rk", "tb"))
    assert (whole.pairs, whole.same, whole.apart, whole.enough) == (5, 0.8, 0.4, False)
    assert whole.kappa == pytest.approx(kappa_by_hand([0, 1, 2, 3, 2], [0, 1, 2, 3, 0]))


def attendance(tmp_path: Path, rows: str, missable: int = 1) -> list[Entered]:
    path = tmp_path / "sheet.csv"
    path.write_text(f"student,1,2,3,4,5\n{rows}")
    levels = (Level(100.0, "All."), Level(0.0, "None."))
    rubric = Rubric("attendance", "A", (Criterion("presence", "P", levels),), "attendance", missable=missable)
    return from_sheet(path, rubric, ["Ada", "bob", "cem", "dan"])


def test_attendance_leaves_out_what_was_not_held_or_is_excused_and_what_may_be_missed(tmp_path):
    rows = "ada,x,x,x,x,\nbob,x,,x,x,\ncem,1,e,,no,\ndan,E,excused,e,e,\n"
    given = {one.student: (one.points, one.comment) for one in attendance(tmp_path, rows)}
    assert given == {
        "Ada": (100.0, "there at 4 of 4 lectures"),
        "bob": (100.0, "there at 3 of 4 lectures"),
        "cem": (50.0, "there at 1 of 3 lectures"),
        "dan": (100.0, "there at 0 of 0 lectures"),
    }
    assert attendance(tmp_path, "ada,x,x,x,x,\nbob,x,,x,x,\n", missable=0)[1].points == 75.0


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("ada,x,maybe,,,", "sheet.csv:2: 2: 'maybe' is neither x, e (excused) nor empty"),
        ("cemm,x,,,,", "sheet.csv:2: the roster has no 'cemm'; did you mean 'cem'?"),
        (",x,,,,", "sheet.csv:2: says who of nobody"),
        ("ada,x,,,,\nADA,x,,,,", "sheet.csv:3: ADA is on line 2 already"),
    ],
)
def test_a_slip_in_a_sheet_has_its_line(tmp_path, row, words):
    with pytest.raises(TableError) as slip:
        attendance(tmp_path, f"{row}\n")
    assert words in str(slip.value)


def test_what_is_entered_again_changes_nothing_and_another_number_is_told(tmp_path):
    table, told = merged([], by("tb", [3, 2]))
    assert len(told) == 2
    write_entered(tmp_path / MARKS, table)
    held = read_entered(tmp_path / MARKS, ESSAY)
    assert held == table
    assert merged(held, by("TB", [3, 1]))[1] == [
        "s0 essay sense by TB: 3 -> 3",
        "s1 essay sense by TB: 2 -> 1",
    ]
    assert merged(held, by("tb", [3, 2])) == (table, [])


def test_a_part_is_the_weighted_sum_of_its_deliverables_once_nothing_is_open():
    rubrics = {
        name: Rubric(name, name, (FOUR,), "project", share) for name, share in (("start", 1), ("end", 3))
    }
    lines = [Entered("ada", "start", "sense", "tb", 3), Entered("ada", "end", "sense", "tb", 1)]
    content, lacking = parts(marked([*lines, Entered("bob", "end", "sense", "tb", 3)], rubrics), rubrics)
    rows = list(csv.reader(io.StringIO(content.decode())))
    assert rows == [["student", "what", "points", "most", "comment"], ["ada", "project", "50", "100", ""]]
    assert lacking == {"bob": ["start"]}


def test_the_shipped_rubrics_make_the_four_parts_of_the_final_grade() -> None:
    rubrics = load_rubrics(ROOT).values()
    assert {one.part for one in rubrics} == {"attendance", "participation", "review", "project"}
    assert sum(one.share for one in rubrics if one.part == "project") == 100


def test_the_commands_enter_settle_show_and_hand_on(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    run, place = CliRunner(), ["--results", str(tmp_path)]

    def marks(*words: str, code: int = 0) -> str:
        done = run.invoke(app, ["marks", *words, *place])
        assert done.exit_code == code, done.output
        return done.output

    for marker, points in (("tb", "40"), ("rk", "10")):
        marks("set", "ada", "participation", "questions", points, "--marker", marker)
    marks("set", "ada", "participation", "preparation", "20", "--marker", "tb", "--dry-run")
    shown = marks("show", "participation", code=1)
    assert "to be agreed on: questions of ada (tb 40, rk 10)" in shown
    assert "open" in shown
    for criterion in ("preparation", "peers"):
        marks("set", "ada", "participation", criterion, "20", "--marker", "tb")
    marks("set", "ada", "participation", "questions", "30", "--marker", "agreed")
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("student,1,2\nada,x,x\n")
    marks("attendance", str(sheet))
    assert "0 of 1 marks changed" in marks("attendance", str(sheet))
    marks("show", "participation")
    for criterion, points in {"checks": 12, "question_1": 5, "question_2": 6, "question_3": 4}.items():
        marks("set", "ada", "lab_a04", criterion, str(points), "--marker", "tb")
    marks("labs")
    assert "ada,lab,27," in (tmp_path / "a04_ddpm" / "marks.csv").read_text()
    marks("parts", "--out", str(tmp_path / "parts.csv"))
    assert "ada,participation,70,100," in (tmp_path / "parts.csv").read_text()
    assert "ada,attendance,100,100," in (tmp_path / "parts.csv").read_text()


def test_everybody_reads_as_often_as_they_are_read_and_never_themselves():
    for count, each in ((2, 1), (5, 2), (12, 4)):
        students = [f"s{i}" for i in range(count)]
        pairs = readers(students, each, Seed(1))
        assert pairs == readers(students[::-1], each, Seed(1))
        assert all(len(set(some)) == each and author not in some for author, some in pairs.items())
        assert set(Counter(reader for some in pairs.values() for reader in some).values()) == {each}
    with pytest.raises(UserError, match="2 students cannot each read 2 works"):
        readers(["a", "b"], 2, Seed(1))


def test_forms_come_back_by_author_without_names_and_harmless(tmp_path):
    rubric = load_rubrics(ROOT)["review"]
    paths = write_forms(rubric, {"ada": ["bob", "cem"]}, tmp_path)
    assert paths == [tmp_path / "bob" / "ada.by-bob.md", tmp_path / "cem" / "ada.by-cem.md"]
    first = rubric.asks_peers[0]
    empty = paths[0].read_text()
    said = "<script>alert(1)</script> Section 2 never says which data the numbers of its table are from."
    paths[0].write_text(empty.replace(f"## {first}\n", f"## {first}\n{said}\n"))
    assert write_forms(rubric, {"ada": ["bob"]}, tmp_path) == paths[:1]
    assert said in paths[0].read_text()  # what somebody wrote stays
    given = list(read_forms(tmp_path, rubric))
    assert [(one.author, one.reader, one.short) for one in given] == [("ada", "bob", 4), ("ada", "cem", 5)]
    (page,) = write_gathered(rubric, given, tmp_path / "out")
    text = page.read_text()
    assert "> &lt;script>alert(1)" in text
    assert "bob" not in text
    (tmp_path / "bob" / "ada.by-bob.md").unlink()
    (tmp_path / "bob" / "ada.by-bob.md").symlink_to("/etc/passwd")
    with pytest.raises(UserError, match=r"ada\.by-bob"):
        list(read_forms(tmp_path, rubric))


def test_labs_have_rubrics_worth_what_the_course_gives_for_them(tmp_path):
    rubrics = lab_rubrics(ROOT)
    assert len(rubrics) == len(list((ROOT / "solutions").glob("*/lab_rubric.md")))
    assert {one.most for one in rubrics.values()} == {30}  # by_hand in course.toml
    assert [level.points for level in rubrics["lab_a04"].criterion("question_1").levels] == [6, 4, 2, 0]
    broken = tmp_path / "a04_ddpm" / "lab_rubric.md"
    broken.parent.mkdir()
    text = (ROOT / "solutions" / "a04_ddpm" / "lab_rubric.md").read_text()
    broken.write_text(text.replace("## Question 2 · 6 points", "## Question 2 · 7 points"))
    with pytest.raises(SpecError, match=r"a04_ddpm/lab_rubric\.md: Question 2 has 7 points, and its list 6"):
        lab_rubric(broken)


def test_what_a_lab_came_to_stands_in_its_assignment_s_table_beside_what_was_there(tmp_path):
    rubrics = lab_rubrics(ROOT)
    given = {"checks": 12.0, "question_1": 5.0, "question_2": 6.0, "question_3": 4.0}
    lines = [Entered("ada", "lab_a04", name, "tb", points, "") for name, points in given.items()]
    lines[1] = Entered("ada", "lab_a04", "question_1", "tb", 5.0, "Say which digits.")
    path = tmp_path / "marks.csv"
    path.write_text("student,what,points,comment\nADA,lab,3,old\nada,q_sample,8,why\nbob,lab,20,\n")
    for _ in range(2):
        assert write_labs(marked(lines, rubrics)["lab_a04"].values(), path) == 1
        assert path.read_text() == (
            "student,what,points,comment\nada,q_sample,8,why\nbob,lab,20,\n"
            "ada,lab,27,Question 1: Say which digits.\n"
        )
    assert parts(marked(lines, rubrics), rubrics) == (b"student,what,points,most,comment\n", {})
    assert write_labs(marked(lines[:3], rubrics)["lab_a04"].values(), tmp_path / "new" / "marks.csv") == 0
