"""The small assignment that every grader is given, in every form, and what is read from each of them."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from autograder.benches import benchpeers, peerwork
from autograder.benches.benchpeers import Tally, rows_of, usable
from autograder.benches.peers import Lane, Passed, passed_of
from autograder.errors import MachineFault
from autograder.records import Verdict
from autograder.spec import load_assignment


def test_twelve_checks_have_one_name_in_every_form(tmp_path: Path) -> None:
    names = {name for name, _ in peerwork.bodies()}
    assert len(names) == 12
    peerwork.write_otter(tmp_path)
    with zipfile.ZipFile(tmp_path / "autograder.zip") as archive:
        tests = {Path(name).stem for name in archive.namelist() if name.startswith("tests/")}
    cells = json.loads(peerwork.nbgrader_notebook(None))["cells"]
    graded = {
        cell["metadata"]["nbgrader"]["grade_id"] for cell in cells if cell["metadata"]["nbgrader"]["grade"]
    }
    peerwork.write_pytest(tmp_path)
    plain = (tmp_path / "test_idea.py").read_text()
    assert names == tests == graded
    assert all(f"def test_{name}():" in plain for name in names)


def test_our_form_is_an_assignment_whose_points_add_up(tmp_path: Path) -> None:
    assignment = load_assignment(peerwork.write_ours(tmp_path))
    assert [task.id for task in assignment.tasks] == list(peerwork.CHECKS)


def test_only_the_first_of_five_submissions_is_right() -> None:
    right = [all(answer in peerwork.submission(i) for answer in peerwork.ANSWERS.values()) for i in range(5)]
    assert right == [True, False, False, False, False]


def test_as_plain_pytest_a_wrong_answer_fails_its_checks(tmp_path: Path) -> None:
    peerwork.write_pytest(tmp_path)
    (tmp_path / "idea.py").write_text(peerwork.submission(2))  # alpha_bars adds where it should multiply
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_idea.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    failed = {line.split("::test_")[1].split()[0] for line in done.stdout.splitlines() if "::test_" in line}
    assert failed == {"alpha_bars_multiplies", "alpha_bars_falls"}


def test_names_are_those_that_the_peers_know() -> None:
    verdicts = {"tests/test_idea.py::test_a_b": Verdict.PASS, "tests/test_idea.py::test_c": Verdict.FAIL}
    assert passed_of(verdicts) == {"a_b"}


def test_ratios_are_of_medians_to_ours() -> None:
    rows = rows_of(
        1, {benchpeers.OURS: Tally([0.1, 0.1, 9.0]), "otter run": Tally([2.0, 1.0, 1.5], same=False)}
    )
    assert [(row.tool, row.ratio, row.same_scores) for row in rows] == [
        (benchpeers.OURS, 1.0, True),
        ("otter run", 15.0, False),
    ]


def test_a_peer_that_does_not_work_is_left_out_with_a_sentence() -> None:
    def works(number: int, lane: Lane) -> Passed:
        return frozenset()

    def fails(number: int, lane: Lane) -> Passed:
        raise MachineFault("no kernel")

    kept, left_out = usable({"a": works, "b": fails}, [None])  # type: ignore[list-item]
    assert list(kept) == ["a"]
    assert left_out == ["b does not work here: no kernel"]


@pytest.mark.skipif(sys.platform != "linux", reason="the official run needs the sandbox")
def test_ours_and_a_bare_fork_agree(tmp_path: Path) -> None:
    code = (
        "import sys, torch; from pathlib import Path; torch.set_num_threads(1)\n"
        "from autograder.benches import benchpeers as b\n"
        "a = b.load_assignment(b.peerwork.write_ours(Path(sys.argv[1])))\n"
        "with b.Judge(a) as judge: tallies = b.one_by_one(b.our_ways(judge), None, 5)\n"
        "print(*(tally.same for tally in tallies.values()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.stdout == "True True\n", done.stderr
