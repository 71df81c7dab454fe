"""nbgrader's own commands accept our course, come to our points, and run no line of a student's."""

from __future__ import annotations

import copy
import csv
import json
import os
import shutil
import sys
from pathlib import Path

import msgspec
import pytest

pytest.importorskip("nbgrader", reason="nbgrader is not installed: pip install -e '.[nbgrader]'")

from jupyter_core.application import NoStart
from nbgrader.api import Gradebook
from nbgrader.apps.nbgraderapp import NbGraderApp
from typer.testing import CliRunner

from autograder import cli
from autograder.authoring.release import release
from autograder.course import load_course
from autograder.errors import UserError
from autograder.frontends import nbgrader as ours
from autograder.frontends.nbgrader import ASIDE, answers
from autograder.frontends.nbgrader_book import changes_of, write_scores
from autograder.frontends.nbgrader_files import write_course
from autograder.frontends.points import points
from autograder.keys import KEY_ENV, key_for
from autograder.pipeline import collect_class, grade_class
from autograder.results.store import read_results
from autograder.spec import load_assignment
from tests.front_end_course import KEY, RIGHT, course, hand_in
from tests.small_assignment import imports_apart
from tests.tiny_assignment import NAME

BOOK = f"{NAME}.ipynb"
LAB = """\
# %% [markdown]
# ## Questions
#
# **1.** Why twice?
#
# *Your answer:*
"""
RUBRIC = "# Rubric\n\n## Question 1 · 5 points\n- 5: because.\n"
HAND_INS = {  # student -> files, points of the two tasks: two checks of three, and a gate that takes all
    "right": (RIGHT, (40.0, 60.0)),
    "partial": (
        {**RIGHT, "first.py": "def double(x):\n    return 2 * x + 0 / (x.sum() - 12)\n"},
        (26.67, 60.0),
    ),
    "gate": ({**RIGHT, "first.py": "def double(x):\n    return x + x.abs()\n"}, (0.0, 60.0)),
}
WITHHELD = {**RIGHT, "second.py": "def total(x):\n    return float(x.mean() * 3)\n"}
FAILING = '''

@task("total")
def test_a_disk_of_ours(submission):
    """Thirteen ones fail on our disk when the answer is wrong"""
    if submission.second.total(torch.ones(13)) != 13:
        raise OSError("disk")
'''


def nbgrader(*commands: str) -> list[str]:
    """Run nbgrader's commands in this folder; return those that failed."""
    failed = []
    for words in commands:
        app = NbGraderApp.instance()
        app.initialize(words.split())
        try:
            app.start()
        except NoStart:  # its subcommand did
            pass
        except SystemExit:
            failed.append(words)
        finally:
            app.subapp.clear_instance()
    return failed


def hostile(mark: Path, book: dict) -> dict:
    """Return a notebook that would leave a mark if it ran, whose cells claim all points."""
    code = f"import os; open({str(mark)!r}, 'w'); os._exit(0)"
    for cell in book["cells"]:
        if cell["cell_type"] == "code":
            value = {"output_type": "execute_result", "data": {"text/plain": "60.0"}}
            cell |= {"source": code, "outputs": [value | {"metadata": {}, "execution_count": 1}]}
    return book


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory):
    """Yield a course directory after nbgrader's commands, the assignment, and which commands failed."""
    root = tmp_path_factory.mktemp("nbgrader")
    tiny, folder, mark = course(root), root / "book", root / "mark"
    (tiny.folder / "lab.py").write_text(LAB)
    (tiny.folder / "lab_rubric.md").write_text(RUBRIC)
    with (tiny.folder / "hidden" / "test_both.py").open("a") as file:
        file.write(FAILING)
    with imports_apart(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)  # alembic is there
        patch.setenv("HOME", str(root))
        patch.setenv(KEY_ENV, KEY)
        patch.setattr(ours, "ROOT", root)
        release(tiny, root, root / "assignments")
        write_course(tiny, root, folder)
        patch.chdir(folder)
        failed = nbgrader(f"generate_assignment {NAME}")
        submit(folder, mark)
        found = collect_class(root, tiny, folder / "submitted", None, None)
        before = [one for one in found if one.student != "withheld"]
        grade_class(tiny, before, key_for(NAME), folder / "results" / NAME, lambda *_: None)
        failed += nbgrader(f"autograde {NAME}", f"generate_feedback {NAME}", "export")
    assert not mark.exists()
    return folder, tiny, failed


def submit(folder: Path, mark: Path) -> None:
    """Write five submissions whose notebooks are broken, copied, hostile, or lack their tasks' cells."""
    book = json.loads((folder / "release" / NAME / BOOK).read_text())
    next(cell for cell in book["cells"] if cell["id"] == "answer-1")["source"] = "Because x."
    notebooks = {
        "copied": {**book, "cells": book["cells"] * 2},
        "gate": {**book, "cells": [cell for cell in book["cells"] if "task" not in cell["id"]]},
        "partial": hostile(mark, copy.deepcopy(book)),
        "withheld": book,
    }
    files = {"copied": RIGHT, "withheld": WITHHELD} | {who: files for who, (files, _) in HAND_INS.items()}
    for student, written in files.items():
        place = folder / "submitted" / student / NAME
        content = json.dumps(notebooks[student]) if student in notebooks else "{no json"
        hand_in(place, {**written, BOOK: content, "torch.py": f"open({str(mark)!r}, 'w')"})
        (place / "link.txt").symlink_to("/etc/hostname")


def scores(folder: Path) -> dict[str, tuple[float, ...]]:
    with Gradebook(f"sqlite:///{folder}/gradebook.db", "tiny") as book:
        return {
            one.student.id: tuple(grade.auto_score for grade in one.notebooks[0].grades)
            for one in book.assignment_submissions(NAME)
        }


def test_every_command_is_content_but_where_a_grade_is_withheld(graded) -> None:
    folder, _, failed = graded
    assert failed == [f"autograde {NAME}"]
    assert {path.parent.name for path in folder.glob(f"autograded/*/{NAME}")} == {*HAND_INS, "copied"}


def test_nbgrader_comes_to_our_points_whatever_became_of_the_notebook(graded) -> None:
    folder, *_ = graded
    found = scores(folder)
    points = {student: points for student, (_, points) in HAND_INS.items()}
    assert found["right"] == (*points["right"], 0.0)  # no JSON: nothing is written in the answer's cell
    assert found["partial"] == (*points["partial"], None)
    assert found["gate"] == (*points["gate"], None)
    assert found["copied"] == (40.0, 60.0, None)
    text = (folder / "grades.csv").read_text()
    exported = {row["student_id"]: row for row in csv.DictReader(text.splitlines())}
    assert {row["max_score"] for row in exported.values()} == {"105.0"}
    assert float(exported["partial"]["score"]) == sum(points["partial"])


def test_what_was_handed_in_stays_and_links_are_not_followed(graded) -> None:
    folder, *_ = graded
    place = folder / "submitted" / "right" / NAME
    assert (place / f"{BOOK}{ASIDE}").read_text() == "{no json"
    assert not (place / "link.txt").is_symlink()
    page = (folder / "feedback" / "partial" / NAME / f"{NAME}.html").read_text()
    assert "Because x." in page
    assert "FAIL Twice 3 is 6" in page
    assert "Fresh numbers" not in page  # a hidden check's title


def test_the_release_has_neither_answers_nor_rubric(graded) -> None:
    folder, *_ = graded
    text = (folder / "release" / NAME / BOOK).read_text()
    assert "YOUR ANSWER HERE" in text
    assert "because" not in text
    assert not (folder / "release" / NAME / "lab.ipynb").exists()


def test_scores_from_results_touch_no_mark_of_a_person(graded, tmp_path: Path) -> None:
    folder, tiny, _ = graded
    shutil.copytree(folder, tmp_path / "book")
    place = tmp_path / "book"
    with Gradebook(f"sqlite:///{place}/gradebook.db", "tiny") as book:
        for student in ("right", "gate"):
            grades = {grade.name: grade for grade in book.find_submission(NAME, student).notebooks[0].grades}
            grades["answer-1"].manual_score, grades["task-double"].manual_score = 4.0, 38.0
        book.remove_submission(NAME, "copied")
        book.db.commit()
    shutil.rmtree(place / "autograded" / "copied")
    results = read_results(folder / "results" / NAME)
    root = load_course(tiny.folder.parents[1])
    for _ in range(2):
        assert write_scores(place, root, tiny, results) == ["withheld"]
    with Gradebook(f"sqlite:///{place}/gradebook.db", "tiny") as book:
        assert book.find_submission(NAME, "right").score == 38 + 60 + 4
        assert book.find_submission(NAME, "copied").score == 100
        assert book.find_submission(NAME, "copied").needs_manual_grade
        assert book.find_assignment(NAME).duedate == root.due(NAME).replace(tzinfo=None)
    assert changes_of(place, root, tiny, results) == []
    late = {"right": 20.4}
    assert changes_of(place, root, tiny, results, late) == ["right late: 0.0 → 20.4"]
    write_scores(place, root, tiny, results, late)
    assert changes_of(place, root, tiny, results, late) == []
    with Gradebook(f"sqlite:///{place}/gradebook.db", "tiny") as book:
        assert book.find_submission(NAME, "right").late_submission_penalty == 20.4
    assert "PASS Twice 0 is 0" in (place / "autograded" / "copied" / NAME / BOOK).read_text()


def test_marks_in_formgrader_become_marks_of_the_lab(graded, tmp_path: Path, monkeypatch) -> None:
    folder, tiny, _ = graded
    place, root = tmp_path / "book", tiny.folder.parents[1]
    shutil.copytree(folder, place)
    monkeypatch.chdir(root)
    (tiny.folder / "lab_rubric.md").write_text(f"2 points by Otter's checks\n{RUBRIC}")
    (root / "rubrics").mkdir(exist_ok=True)
    results, words = (
        tmp_path / "results",
        ("marks", "formgrader", str(place), "a91", "--marker", "tb", "--json"),
    )

    def given(points: float, comment: str) -> None:
        with Gradebook(f"sqlite:///{place}/gradebook.db", "tiny") as book:
            notebook = book.find_submission(NAME, "right").notebooks[0]
            {grade.name: grade for grade in notebook.grades}["answer-1"].manual_score = points
            {one.name: one for one in notebook.comments}["answer-1"].manual_comment = comment
            book.db.commit()

    def run():
        return CliRunner().invoke(cli.app, [*words, "--results", str(results)])

    assert json.loads(run().stdout)["changed"] == []
    given(4.5, "=Half, as you say")
    assert json.loads(run().stdout)["changed"] == ["right lab_a91 question_1 by tb: 4.5"]
    with (results / "marks.csv").open() as file:
        assert list(csv.reader(file))[1:] == [
            ["right", "lab_a91", "question_1", "tb", "4.5", "=Half, as you say"]
        ]
    assert json.loads(run().stdout)["changed"] == []
    given(3, "")
    assert json.loads(run().stdout)["changed"] == ["right lab_a91 question_1 by tb: 4.5 -> 3"]
    given(6, "")
    assert str(run().exception).startswith("question 1 of right: points of question_1 are '6'")


def test_a_gradebook_without_the_assignment_says_what_to_run(graded) -> None:
    folder, tiny, _ = graded
    other = msgspec.structs.replace(tiny, name="a92_other")
    with pytest.raises(UserError, match="run `nbgrader generate_assignment a92_other` there first"):
        write_scores(folder, load_course(tiny.folder.parents[1]), other, [])


@pytest.mark.parametrize(
    "content", ["", "[]", "[" * 100_000, '{"cells": [3, {"metadata": 1}]}', '{"cells": 1}']
)
def test_a_broken_notebook_holds_no_answers(tmp_path: Path, content: str) -> None:
    (tmp_path / BOOK).write_text(content)
    assert answers(tmp_path / BOOK) == {}
    assert answers(tmp_path / "none") == {}


def test_a_released_cell_tells_the_points_of_the_public_checks(graded, tmp_path, monkeypatch, capsys) -> None:
    folder, *_ = graded
    here = tmp_path / NAME
    shutil.copytree(folder / "release" / NAME, here)
    hand_in(here, HAND_INS["partial"][0])
    monkeypatch.chdir(here)
    assert points("double") == 20.0
    assert "FAIL Twice 3 is 6" in capsys.readouterr().out


def test_an_assignment_that_is_not_released_is_refused(tmp_path: Path) -> None:
    tiny = load_assignment(course(tmp_path / "course").folder)
    with pytest.raises(UserError, match="run `autograder release a91_tiny` first"):
        write_course(tiny, tiny.folder.parents[1], tmp_path / "book")
