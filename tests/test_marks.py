"""What a TA enters by hand: put into a grade with its reason, refused with line and remedy, never lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.intake.marks import MARKS, read_marked
from autograder.intake.roster import TableError
from autograder.pages.report import class_page, feedback_page
from autograder.records import CheckResult, Grade, Mark, Result, Ruling, Run, TaskResult, Verdict, Visibility
from autograder.results.store import read_result, write_result
from autograder.spec import Assignment, load_assignment
from tests.tiny_assignment import write_tiny

BY_HAND = {"lab": 30.0}


def checked(verdict: Verdict, name: str = "a") -> CheckResult:
    return CheckResult(f"tests/{name}.py::{name}", name, Visibility.PUBLIC, verdict)


def result(student: str, *tasks: TaskResult, **changes) -> Result:
    tasks = tasks or (
        TaskResult("double", "1.1", "Twice", 40.0, 10.0, (checked(Verdict.FAIL),)),
        TaskResult("total", "1.2", "The sum", 60.0, 60.0, (checked(Verdict.PASS),)),
    )
    score = sum(task.earned for task in tasks)
    fields = {"withheld": False, "tasks": tasks} | changes
    return Result(
        Grade(student, "", "a91_tiny", "c", "", False, "1", score, 100.0, **fields),
        Run("full", "", "", 0, ""),
    )


@pytest.fixture
def tiny(tmp_path: Path) -> Assignment:
    return load_assignment(write_tiny(tmp_path))


def marked(tmp_path: Path, assignment: Assignment, rows: str, *results: Result) -> dict[str, Grade]:
    out = tmp_path / "results"
    out.mkdir(exist_ok=True)
    for one in results:
        write_result(one, out)
    (out / MARKS).write_text(f"student,what,points,comment\n{rows}", encoding="utf-8")
    return {one.grade.student: one.grade for one in read_marked(out, assignment, BY_HAND)}


def test_a_part_and_a_comment_stand_beside_the_score(tmp_path, tiny):
    rows = 'ada,lab,"27,5",Good pictures.\nAda,,,A pleasure to read.\n'
    grades = marked(tmp_path, tiny, rows, result("ada"), result("bob"))
    assert grades["ada"].marks == (
        Mark("lab", 27.5, 30.0, "Good pictures."), Mark("", None, 0.0, "A pleasure to read.")
    )  # fmt: skip
    assert grades["ada"].score == 70
    assert grades["bob"] == result("bob").grade


def test_a_ruling_takes_the_place_of_the_checks_and_keeps_what_they_said(tmp_path, tiny):
    grade = marked(tmp_path, tiny, "ada,double,35.5,The handout allows it.\n", result("ada"))["ada"]
    assert (grade.score, grade.tasks[0].earned) == (95.5, 35.5)
    assert grade.tasks[0].ruling == Ruling(by_checks=10.0, why="The handout allows it.")
    assert grade.tasks[1].ruling is None
    assert read_result(tmp_path / "results" / "ada.json") == result(
        "ada"
    )  # the file is as the checks left it


def test_a_ruling_on_what_the_grader_could_not_decide_lets_the_score_stand(tmp_path, tiny):
    broken = TaskResult("double", "1.1", "Twice", 40.0, 0.0, (checked(Verdict.ERROR),))
    fine = TaskResult("total", "1.2", "The sum", 60.0, 60.0, (checked(Verdict.PASS),))
    withheld = result("ada", broken, fine, withheld=True)
    assert not marked(tmp_path, tiny, "ada,total,50,Another word.\n", withheld)["ada"].stands
    grade = marked(tmp_path, tiny, "ada,double,40,Right: I read it.\n", withheld)["ada"]
    assert (grade.stands, grade.score) == (True, 100)


def test_what_came_by_mail_is_decided_task_by_task(tmp_path, tiny):
    nothing = [TaskResult(id, "1", id, 50.0, 0.0, ()) for id in ("double", "total")]
    missing = result("ada", *nothing, problem="no submission found")
    rows = "ada,double,20,By mail.\n"
    assert not marked(tmp_path, tiny, rows, missing)["ada"].stands
    grade = marked(tmp_path, tiny, f"{rows}ada,total,30,By mail.\n", missing)["ada"]
    assert (grade.stands, grade.score) == (True, 50)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("adda,lab,3,", "nobody called 'adda' has a result; did you mean 'ada'"),
        ("ada,lba,3,", "no part or task 'lba'; did you mean 'lab'"),
        ("ada,lab,31,", "points of lab are '31'; write a number from 0 to 30"),
        ("ada,lab,-1,", "from 0 to 30"),
        ("ada,lab,nan,", "from 0 to 30"),
        ("ada,lab,,", "points of lab are ''"),
        ("ada,double,41,why", "from 0 to 40"),
        ("ada,double,40,", "say in the comment why double gets other points: the student reads it"),
        ("ada,,3,what for", "write the part or the task"),
        ("ada,,,", "or a comment without points"),
        ("ada,lab,4,", "lab of ada is above already: keep one line"),
    ],
)
def test_a_slip_has_its_line_and_remedy(tmp_path, tiny, row, words):
    with pytest.raises(TableError) as slip:
        marked(tmp_path, tiny, f"ada,lab,3,\n{row}\n", result("ada"))
    assert str(slip.value).startswith("marks.csv:3: ")
    assert words in str(slip.value)


def test_a_missing_column_is_named_and_no_file_is_no_mark(tmp_path, tiny):
    assert marked(tmp_path, tiny, "", result("ada"))["ada"] == result("ada").grade
    (tmp_path / "results" / MARKS).write_text("student,points\n")
    with pytest.raises(
        TableError, match=r"marks\.csv:1: no column 'what'; the first line is student,what,points"
    ):
        read_marked(tmp_path / "results", tiny, BY_HAND)
    (tmp_path / "results" / MARKS).unlink()
    assert read_marked(tmp_path / "results", tiny, BY_HAND) == [result("ada")]


def test_the_student_reads_what_was_decided_and_why(tmp_path, tiny):
    rows = "ada,lab,27,Good <b>pictures</b>.\nada,double,40,The handout allows it.\n"
    grade = marked(tmp_path, tiny, rows, result("ada"))["ada"]
    page = feedback_page(Result(grade, result("ada").run), tiny)
    for told in (
        "<b>lab: 27 of 30 points.</b> Good &lt;b&gt;pictures",
        "<b>A TA decided:</b> 40 points in place of 10 by the checks. The handout allows it.",
    ):
        assert told in page
    assert "double 40, not 10: The handout allows it." in class_page(
        [Result(grade, result("ada").run)], tiny, "x"
    )
