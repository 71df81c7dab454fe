from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.authoring.fingerprints import released_fingerprints
from autograder.authoring.new import new
from autograder.authoring.release import hidden_counts, release, stale
from autograder.judging.fingerprint import matches
from autograder.judging.session import Session
from autograder.judging.trial import InProcess, run_check
from autograder.proving.proofs import definition_source
from autograder.records import Verdict, Visibility
from autograder.seeds import Seed
from autograder.sources.leaks import leaks
from autograder.sources.similarity import changed_expressions, shared_statements
from autograder.sources.source import strip
from autograder.sources.variants import (
    load_package,
    read_right,
    read_wrong,
    unload_package,
    variant_sources,
)
from autograder.spec import Assignment, SpecError, load_assignment
from tests.small_assignment import imports_apart


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assignment]:
    root = tmp_path_factory.mktemp("root")
    (root / "solutions").mkdir()
    with imports_apart():
        yield load_assignment(new(root, "a99_first_steps"))


@pytest.fixture(scope="module")
def session(fresh: Assignment) -> Iterator[Session]:
    with Session([fresh.folder / "tests", fresh.folder / "hidden"]) as session:
        yield session


def failed(session: Session, assignment: Assignment, patched: dict[str, str]) -> dict[str, Counter[Verdict]]:
    """Run all checks on a variant; return each task's verdicts."""
    package = load_package(assignment, patched)
    trial = InProcess(package, Seed(7), assignment.package)
    found: dict[str, Counter[Verdict]] = {task.id: Counter() for task in assignment.tasks}
    for check in session.checks:
        found[check.task][run_check(session, check, trial).outcome.verdict] += 1
    unload_package(package)
    return found


@pytest.mark.parametrize("name", ["a9_x", "a99", "b99_x", "a99_X", "a99_", "a99_x-y", "a99_x/../y", "a999_x"])
def test_a_malformed_name_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "solutions").mkdir()
    with pytest.raises(SpecError, match="write it like a99_short_name"):
        new(tmp_path, name)
    assert list((tmp_path / "solutions").iterdir()) == []


def test_a_taken_number_and_a_wrong_place_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="is this the repository's root"):
        new(tmp_path, "a99_x")
    (tmp_path / "solutions" / "a99_other").mkdir(parents=True)
    with pytest.raises(
        SpecError, match=r"solutions/a99_other is there already; choose another number than a99"
    ):
        new(tmp_path, "a99_x")


def test_the_papers_name_the_assignment_and_count_right(fresh: Assignment) -> None:
    assert fresh.title == "First steps"
    readme = (fresh.folder / "README.md").read_text()
    assert "@" not in readme
    hidden = re.findall(r"`autograder check a99 (\w+)` — 4 public checks now, (\d) hidden", readme)
    assert {task: int(count) for task, count in hidden} == hidden_counts(fresh)


def test_the_reference_passes_and_the_skeleton_is_not_implemented(
    fresh: Assignment, session: Session
) -> None:
    count = Counter(check.visibility for check in session.checks)
    assert count == {Visibility.PUBLIC: 8, Visibility.HIDDEN: 7}
    for verdicts in failed(session, fresh, {}).values():
        assert set(verdicts) == {Verdict.PASS}
    path = fresh.folder / "noising.py"
    skeleton = strip(path.read_text(), path, fresh)
    for verdicts in failed(session, fresh, {"noising.py": skeleton}).values():
        assert set(verdicts) == {Verdict.NOT_IMPLEMENTED}


def test_each_wrong_answer_fails_its_task_only(fresh: Assignment, session: Session) -> None:
    wrong_answers = read_wrong(fresh)
    assert min(Counter(wrong.task for wrong in wrong_answers).values()) >= 5
    for wrong in wrong_answers:
        for task, verdicts in failed(session, fresh, variant_sources(fresh, wrong)).items():
            assert (verdicts[Verdict.FAIL] > 0) == (task == wrong.task), wrong.name
    changes = [changed_expressions(definition_source(fresh, wrong), wrong.source) for wrong in wrong_answers]
    assert len({(wrong.task, change) for wrong, change in zip(wrong_answers, changes, strict=True)}) == 10


def test_each_right_answer_passes_and_is_another_way(fresh: Assignment, session: Session) -> None:
    right_answers = read_right(fresh)
    assert {right.task for right in right_answers} == {task.id for task in fresh.tasks}
    for right in right_answers:
        for verdicts in failed(session, fresh, variant_sources(fresh, right)).values():
            assert set(verdicts) == {Verdict.PASS}
        assert shared_statements(right.source, definition_source(fresh, right)) < 0.5


@pytest.mark.parametrize("answer", ["None", "0 * x", "x", "x * float('nan')"])
def test_answers_without_content_fail_the_gate(fresh: Assignment, session: Session, answer: str) -> None:
    source = f"def standardise(x, delta=0.0):\n    return {answer}\n\n\n"
    source += f"def interpolate(x, eps, t):\n    return {answer}\n"
    package = load_package(fresh, {"noising.py": source})
    trial = InProcess(package, Seed(7), fresh.package)
    gates = [check for check in session.checks if check.gate]
    assert [run_check(session, check, trial).outcome.verdict for check in gates] == [Verdict.FAIL] * 2
    unload_package(package)


def test_it_can_be_released_and_its_mistakes_are_told_apart(fresh: Assignment) -> None:
    root = fresh.folder.parents[1]
    release(fresh, root, root / "assignments")
    assert stale(fresh, root) == leaks(root) == []
    found = released_fingerprints(fresh)
    marks, sayings = found.fingerprints, found.wrong
    assert sayings.keys() == {wrong.name for wrong in read_wrong(fresh)}
    for name in sayings:
        others = [other for other in sayings if other != name]
        for other in others:
            assert any(
                name in of_check and not (other in of_check and matches(of_check[name], of_check[other]))
                for of_check in marks.values()
            ), (name, other)
