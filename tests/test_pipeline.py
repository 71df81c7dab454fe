"""A class that is graded already costs next to nothing to grade again."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from autograder import pipeline
from autograder.errors import UserError
from autograder.intake.parsing import UNREADABLE
from autograder.judging.grading import conclude
from autograder.pipeline import collect_class, grade_class, whom_to_judge
from autograder.records import CheckResult, Result, Submission, TaskResult, Verdict, Visibility
from autograder.results.changes import Change, change_between
from autograder.results.key import inputs_digest, parts_of, result_key
from autograder.results.store import orphaned, read_result, stamped, write_result
from autograder.seeds import Seed, student_seed
from autograder.spec import Assignment, load_assignment
from tests.tiny_assignment import write_tiny

KEY = b"a key for nobody's course"
ADA = Submission("ada", "Ada", "ada", "c0ffee", {"first.py": b"1"})


class Opened(Exception):
    """Judges were asked for."""


def no_judges(assignment: Assignment) -> None:
    raise Opened


def graded(root: Path, level: str) -> Assignment:
    """Return an assignment for which Ada has a result."""
    assignment = load_assignment(write_tiny(root))
    seed = student_seed(KEY, "ada")
    key = result_key(ADA, inputs_digest(parts_of(assignment)), seed, level)
    (root / "out").mkdir()
    result = conclude(assignment, ADA, seed, (), (), 0.0)
    write_result(stamped(result, key, level, parts_of(assignment)), root / "out")
    return assignment


def grade(root: Path, assignment: Assignment, *submissions: Submission) -> list[str]:
    results = grade_class(
        assignment, [*submissions], KEY, root / "out", lambda *_: None, open_judges=no_judges
    ).results
    return [result.grade.student for result in results]


def test_an_unchanged_class_needs_no_judge(tmp_path: Path) -> None:
    assert grade(tmp_path, graded(tmp_path, "full"), ADA) == ["ada"]


def test_one_new_submission_needs_a_judge(tmp_path: Path) -> None:
    with pytest.raises(Opened):
        grade(tmp_path, graded(tmp_path, "full"), ADA, msgspec.structs.replace(ADA, student="bob"))


def test_a_changed_submission_needs_a_judge(tmp_path: Path) -> None:
    with pytest.raises(Opened):
        grade(tmp_path, graded(tmp_path, "full"), msgspec.structs.replace(ADA, files={"first.py": b"2"}))


def test_a_regrade_judges_who_has_a_result(tmp_path: Path) -> None:
    assignment = graded(tmp_path, "full")
    with pytest.raises(Opened):
        grade_class(assignment, [ADA], KEY, tmp_path / "out", lambda *_: None, 1, no_judges, again=True)


def test_a_result_below_full_does_not_count(tmp_path: Path) -> None:
    assignment = graded(tmp_path, "partial")
    with pytest.raises(Opened):
        grade(tmp_path, assignment, ADA)


def test_words_that_decide_nothing_are_brought_up_to_date_without_a_judge(tmp_path: Path) -> None:
    assignment = graded(tmp_path, "full")
    now = msgspec.structs.replace(ADA, name="Ada L.", commit="f00d", problem="2 submissions")
    assert grade(tmp_path, assignment, now) == ["ada"]
    kept = read_result(tmp_path / "out" / "ada.json").grade
    assert (kept.name, kept.commit, kept.problem) == ("Ada L.", "f00d", "2 submissions")


def test_what_python_could_not_read_of_the_same_files_stays_told(tmp_path: Path) -> None:
    assignment, told = graded(tmp_path, "full"), f"first.py, line 2: {UNREADABLE}"
    old = read_result(tmp_path / "out" / "ada.json")
    write_result(replace(old, grade=replace(old.grade, notices=(told, "before"))), tmp_path / "out")
    assert grade(tmp_path, assignment, replace(ADA, notices=("now",))) == ["ada"]
    assert read_result(tmp_path / "out" / "ada.json").grade.notices == (told, "now")


def test_what_python_cannot_read_is_told_before_judging(tmp_path: Path) -> None:
    assignment, sent = load_assignment(write_tiny(tmp_path)), list[Submission]()

    class Judges:
        def level(self) -> str:
            return "full"

        def grade_all(self, todo: list[Submission], seeds: dict[str, Seed]) -> Iterator[Result]:
            sent.extend(todo)
            return iter(())

    broken = replace(ADA, files={"first.py": b"x = 1\ndef f(:\n"})
    judges = lambda _: nullcontext(Judges())  # noqa: E731
    grade_class(assignment, [broken], KEY, tmp_path / "out", lambda *_: None, open_judges=judges)
    assert sent[0].notices == (f"first.py, line 2: {UNREADABLE}",)


def test_each_kept_result_is_read_once_and_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assignment, read = graded(tmp_path, "full"), list[str]()
    reads = pipeline.earlier_result
    monkeypatch.setattr(pipeline, "earlier_result", lambda out, who: (read.append(who), reads(out, who))[1])
    written = (tmp_path / "out" / "ada.json").stat()
    grade(tmp_path, assignment, ADA)
    assert (read, (tmp_path / "out" / "ada.json").stat()) == (["ada"], written)


@pytest.mark.parametrize("damage", [b"", b"{", b'{"grade": {}, "run": {}}'])
def test_whose_kept_result_is_damaged_is_judged_again(tmp_path: Path, damage: bytes) -> None:
    assignment, out = graded(tmp_path, "full"), tmp_path / "out"
    (out / "ada.json").write_bytes(damage)
    assert whom_to_judge(assignment, [ADA], KEY, out)[1] == {"ada": "no result yet"}
    with pytest.raises(Opened):
        grade(tmp_path, assignment, ADA)


def test_a_grade_stays_when_nothing_readable_comes(tmp_path: Path) -> None:
    assignment = graded(tmp_path, "full")
    path = tmp_path / "out" / "ada.json"
    old = read_result(path)
    check = CheckResult("tests/a.py::a", "a", Visibility.PUBLIC, Verdict.PASS)
    tasks = (TaskResult("double", "1.1", "Double", 40, 40, (check,)),)
    write_result(replace(old, grade=replace(old.grade, tasks=tasks, score=40)), tmp_path / "out")
    before = path.read_bytes()
    missing = replace(ADA, files={}, commit="", problem="no submission found")
    out = tmp_path / "out"
    found = grade_class(assignment, [missing], KEY, out, lambda *_: None, open_judges=no_judges)
    assert (found.kept, found.results[0].grade.score, path.read_bytes()) == (["ada"], 40, before)


def test_an_extension_changes_who_is_late_and_nobody_is_judged_again(tmp_path: Path) -> None:
    assignment = load_assignment(write_tiny(tmp_path))
    folder, out, course = tmp_path / "in", tmp_path / "out", tmp_path / "course.toml"
    (folder / "ada").mkdir(parents=True)
    (folder / "ada" / "first.py").write_text("x = 1\n")
    roster, received = tmp_path / "roster.csv", tmp_path / "received.csv"
    roster.write_text("github_username\nada\nbob\n")
    received.write_text("student,received_at\nada,2026-10-13T12:00:00Z\n")
    parts = parts_of(assignment)

    def collected() -> Submission:
        return collect_class(tmp_path, assignment, folder, roster, received)[0]

    ada, seed = collected(), student_seed(KEY, "ada")
    assert ada.late
    out.mkdir()
    key = result_key(ada, inputs_digest(parts), seed, "full")
    write_result(stamped(conclude(assignment, ada, seed, (), (), 0.0), key, "full", parts), out)
    without = course.read_text()
    extended = without + "[assignments.a91_tiny.extensions]\nada = 2026-10-14T00:00:00Z\n"
    for text, late in ((extended, False), (without, True)):
        course.write_text(text)
        grade(tmp_path, assignment, collected())
        assert read_result(out / "ada.json").grade.late is late
    course.write_text(extended.replace("ada =", "adda ="))
    words = (
        r"course\.toml:8: \[assignments\.a91_tiny\.extensions\] nobody is called 'adda'; did you mean 'ada'"
    )
    with pytest.raises(UserError, match=words):
        collected()


def test_a_dry_run_says_who_would_be_judged_and_why_and_writes_nothing(tmp_path: Path) -> None:
    assignment, out = graded(tmp_path, "full"), tmp_path / "out"
    before = {path: path.read_bytes() for path in out.iterdir()}
    people = [replace(ADA, late=True), replace(ADA, student="bob")]
    stay, todo = whom_to_judge(assignment, people, KEY, out)
    assert [result.grade.late for result in stay.results] == [True]
    assert todo == {"bob": "no result yet"}
    again = replace(ADA, commit="f00d", files={"first.py": b"2"})
    todo = whom_to_judge(assignment, [again], KEY, out)[1]
    assert todo == {"ada": "handed in again: f00d instead of c0ffee"}
    assert whom_to_judge(assignment, [ADA], b"another", out)[1] == {"ada": "the course key changed"}
    (assignment.folder / "first.py").write_text("# mended\n")
    assert whom_to_judge(assignment, [ADA], KEY, out)[1] == {"ada": "the assignment changed"}
    assert {path: path.read_bytes() for path in out.iterdir()} == before


def test_whoever_is_not_in_the_roster_gets_no_result(tmp_path: Path) -> None:
    assignment = graded(tmp_path, "full")
    stranger = replace(ADA, student="wim", files={}, problem="wim is not in roster.csv", enrolled=False)
    out = tmp_path / "out"
    found = grade_class(assignment, [ADA, stranger], KEY, out, lambda *_: None, open_judges=no_judges)
    assert found.strangers == ["wim"]
    assert [result.grade.student for result in found.results] == ["ada"]
    assert sorted(path.name for path in out.glob("*.json")) == ["ada.json"]


def test_a_replaced_grade_is_kept_and_its_change_explained(tmp_path: Path) -> None:
    graded(tmp_path, "full")
    out = tmp_path / "out"
    old = read_result(out / "ada.json")
    new = replace(old, grade=replace(old.grade, score=7.5), run=replace(old.run, inputs={"the engine": "2"}))
    assert change_between(old, old) is None
    assert change_between(old, new) == Change("ada", 0.0, 7.5, "the engine changed")
    for _ in range(2):
        write_result(new, out)
    assert [path.name for path in (out / "earlier").iterdir()] == ["ada.1.json"]
    assert read_result(out / "earlier" / "ada.1.json") == old


def test_a_second_grader_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    assignment = graded(tmp_path, "full")
    with (tmp_path / "out" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(UserError, match=r"another `autograder grade` works here; wait, or use --out"):
            grade(tmp_path, assignment, ADA)


def test_results_of_those_who_are_gone_are_told(tmp_path: Path) -> None:
    graded(tmp_path, "full")
    assert orphaned(tmp_path / "out", [ADA]) == []
    assert orphaned(tmp_path / "out", [msgspec.structs.replace(ADA, student="bob")]) == ["ada"]


def test_what_is_graded_already_is_found_without_torch() -> None:
    code = "import sys, autograder.pipeline, autograder.pool.cluster; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
