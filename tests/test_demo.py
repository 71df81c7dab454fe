"""The bundled class: what its students hand in, what must come out, and that it does."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from autograder.democlass.classroom import PEOPLE, Room, Student, build, enrol
from autograder.democlass.classwork import Fate, Work, class_work, finished, users
from autograder.democlass.demo import DUE, STUDENTS, run_demo, surprises_of
from autograder.errors import UserError
from autograder.intake.parsing import tell_what_python_cannot_read
from autograder.pipeline import OpenJudges, collect_class
from autograder.records import CheckResult, Grade, Result, Run, Submission, TaskResult, Verdict, Visibility
from autograder.sources.source import skeletons
from autograder.spec import Assignment, load_assignment
from tests.small_assignment import write_small
from tests.tiny_assignment import write_tiny


@pytest.fixture
def tiny(tmp_path: Path) -> Assignment:
    return load_assignment(write_tiny(tmp_path))


def works_by_what(assignment: Assignment) -> dict[str, Work]:
    return {work.what: work for work in class_work(assignment)}


# -------------------------------------------------------------------------------- what is handed in
def test_there_is_a_work_for_each_of_24_different_students(tiny: Assignment) -> None:
    assert len(class_work(tiny)) == STUDENTS == 24
    assert len({username for username, _ in PEOPLE}) == len({name for _, name in PEOPLE}) == 24


def test_every_work_but_the_broken_file_is_valid_python_without_markers(tiny: Assignment) -> None:
    for work in class_work(tiny):
        for text in (work.sources or {}).values():
            assert "SOLUTION" not in text
            if not work.what.startswith("a syntax error"):
                ast.parse(text)


def test_a_right_answer_replaces_the_reference_where_there_is_one(tiny: Assignment) -> None:
    another = [work for work in class_work(tiny) if work.what == "right in another way"]
    assert ["x + x" in (work.sources or {})["first.py"] for work in another] == [True, False]
    assert all(work.score(tiny) == 100 for work in another)


def test_an_unfinished_work_is_the_reference_up_to_a_task_and_the_skeleton_from_there(tmp_path: Path) -> None:
    assignment = load_assignment(write_small(tmp_path))
    work = works_by_what(assignment)["the first 1 tasks"]
    text = (work.sources or {})["idea.py"]
    assert "given * factor" in text
    assert "self.slope" not in text
    assert text.count("TODO Line") == 2
    assert work.fates == {"scale": Fate(Verdict.PASS, 40), "Line": Fate(Verdict.NOT_IMPLEMENTED, 0.0)}


def test_skeleton_and_reference_differ_in_the_answers_only(tiny: Assignment) -> None:
    assert "return 2 * x" in finished(tiny)["first.py"]
    assert "TODO double: read task 1.1" in skeletons(tiny)["first.py"]


# -------------------------------------------------------------------------------- what must come out
def test_a_task_whose_needs_are_missing_is_expected_to_be_skipped(tmp_path: Path) -> None:
    blank = works_by_what(load_assignment(write_small(tmp_path)))["nothing begun"]
    assert blank.fates == {"scale": Fate(Verdict.NOT_IMPLEMENTED, 0.0), "Line": Fate(Verdict.SKIPPED, 0.0)}


def test_what_uses_a_broken_task_is_not_foretold(tmp_path: Path) -> None:
    assignment = load_assignment(write_small(tmp_path))
    assert users(assignment, {"scale"}) == {"Line"}
    assert users(assignment, {"Line"}) == set()


def test_a_mishap_costs_its_own_task_and_the_score_is_known(tiny: Assignment) -> None:
    work = works_by_what(tiny)["double never ends"]
    assert work.fates == {"double": Fate(Verdict.TIMEOUT, 0.0), "total": Fate(Verdict.PASS, 60)}
    assert work.score(tiny) == 60


def test_a_mistake_must_be_named_and_its_score_is_not_known_to_the_point(tiny: Assignment) -> None:
    work = works_by_what(tiny)["wrong: double__squared"]
    assert work.fates["double"] == Fate(Verdict.FAIL, None, "x is squared.")
    assert work.score(tiny) is None


def test_an_assignment_without_wrong_answers_is_refused_by_name(tiny: Assignment) -> None:
    (tiny.folder / "wrong.py").unlink()
    with pytest.raises(UserError, match=r"a91_tiny/wrong\.py: the demo needs a wrong answer to every task"):
        class_work(tiny)


# -------------------------------------------------------------------------------- the class as repositories
@pytest.fixture
def collected(tiny: Assignment, tmp_path: Path) -> tuple[list[Student], dict[str, Submission]]:
    room = Room(tmp_path / "demo", tiny, "tiny", DUE)
    students = enrol(room, class_work(tiny))
    build(room, students)
    root = tiny.folder.parents[1]
    found = collect_class(root, tiny, room.submissions, room.roster, room.received)
    submissions = tell_what_python_cannot_read(found)
    return students, {one.student: one for one in submissions}


def parses(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def test_every_repository_is_collected_as_it_was_built(
    collected: tuple[list[Student], dict[str, Submission]],
) -> None:
    students, submissions = collected
    assert {form: [s.form for s in students].count(form) for form in ("bare", "folder", "zip")} == {
        "bare": 3, "folder": 1, "zip": 1,
    }  # fmt: skip
    for student in students:
        found = submissions[student.username]
        assert found.name == student.name
        assert found.late == student.work.late
        assert bool(found.problem) == (student.work.sources is None)
        if student.work.sources is not None:
            assert {name: text.decode() for name, text in found.files.items()} == student.work.sources
            assert found.commit.startswith("sha256:") == (student.form in ("folder", "zip"))
            broken = [source for source in student.work.sources.values() if not parses(source)]
            assert ["Python cannot read" in notice for notice in found.notices] == [True for _ in broken]


def test_one_student_is_late_by_a_second_and_one_has_no_commit(
    collected: tuple[list[Student], dict[str, Submission]],
) -> None:
    _, submissions = collected
    assert [one.received_at for one in submissions.values() if one.late] == ["2026-10-12T22:00:00Z"]
    assert [one.problem[-13:] for one in submissions.values() if one.problem] == ["has no commit"]


# -------------------------------------------------------------------------------- the comparison
def result_with(verdict: Verdict, earned: float, diagnosis: str = "", withheld: bool = False) -> Result:
    check = CheckResult("tests/a.py::a", "a", Visibility.PUBLIC, verdict, diagnosis=diagnosis)
    task = TaskResult("double", "1.1", "Twice", 40, earned, (check,))
    grade = Grade("aiko", "", "a91_tiny", "", "", False, "0", earned, 40, withheld, (task,))
    return Result(grade, Run("full", "", "", 0.0, ""))


@pytest.mark.parametrize(
    ("fate", "result", "words"),
    [
        (
            Fate(Verdict.PASS, 40),
            result_with(Verdict.FAIL, 20),
            "double earned 20, not 40; double has FAIL, not PASS",
        ),
        (Fate(Verdict.CRASH, 0), result_with(Verdict.TIMEOUT, 0), "double has TIMEOUT, not CRASH"),
        (Fate(Verdict.FAIL, None), result_with(Verdict.FAIL, 40), "double earned all 40"),
        (
            Fate(Verdict.FAIL, None, "x is squared."),
            result_with(Verdict.FAIL, 10),
            "double: the mistake was not named (x is squared.)",
        ),
        (Fate(Verdict.FAIL, None, "x."), result_with(Verdict.FAIL, 10, "x."), ""),
        (Fate(Verdict.PASS, 40), result_with(Verdict.PASS, 40, withheld=True), "the grade is withheld"),
        (Fate(Verdict.PASS, 40), None, "no result"),
    ],
)  # fmt: skip
def test_whatever_differs_from_the_expectation_is_a_surprise(
    fate: Fate, result: Result | None, words: str
) -> None:
    student = Student("aiko", "", Work("a work", {}, {"double": fate}), "work tree", DUE)
    lines = [line.removeprefix("aiko (a work): ") for line in surprises_of(student, result)]
    assert "; ".join(lines) == words


# -------------------------------------------------------------------------------- end to end
@pytest.mark.skipif(sys.platform != "linux", reason="grading needs the sandbox")
def test_the_whole_class_comes_out_as_expected(
    tmp_path: Path, judges_here: OpenJudges, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autograder.pipeline.Pool", lambda assignment, jobs, **_: judges_here(assignment))
    write_tiny(tmp_path / "course")
    seen: list[str] = []
    keep = tmp_path / "kept"
    done = run_demo(tmp_path / "course", lambda result, _: seen.append(result.grade.student), keep, jobs=1)
    assert done.surprises == ()
    assert (done.students, done.graded, done.as_expected) == (24, 24, 24)
    assert sorted(seen) == sorted(username for username, _ in PEOPLE)
    assert done.page.is_file()
    assert len(list((keep / "results").glob("*.json"))) == 24


def test_a_folder_that_is_not_empty_is_refused(tmp_path: Path) -> None:
    write_tiny(tmp_path)
    with pytest.raises(UserError, match="not empty; name a new folder"):
        run_demo(tmp_path, lambda *_: None, tmp_path)
