"""The three ways of running checks: they agree, and are measured on the same ordinary submissions."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from autograder.benches.bench import Figures, describe_machine, ordinary_submissions
from autograder.benches.plainly import Plain, skip_needy
from autograder.records import Verdict, Visibility
from autograder.spec import load_assignment
from tests.small_assignment import write_small
from tests.tiny_assignment import write_tiny

PUBLIC, HIDDEN = Visibility.PUBLIC, Visibility.HIDDEN


def test_submissions_are_in_turn_right_and_wrong(tmp_path: Path) -> None:
    chosen = ordinary_submissions(load_assignment(write_tiny(tmp_path)), 7)
    first = [files["first.py"].decode() for files in chosen]
    second = [files["second.py"].decode() for files in chosen]
    assert ["2 * x" in text for text in first] == [True, False, False, True, True, False, False]
    assert ["x * x" in text for text in first] == [False, True, False, False, False, True, False]
    assert ["x.mean()" in text for text in second] == [False, False, False, True, False, False, False]


def test_the_machine_is_described_with_its_load() -> None:
    text = describe_machine()
    assert "torch" in text
    assert " cores, " in text
    assert ", load " in text


def test_a_task_that_needs_a_broken_one_counts_as_skipped(tmp_path: Path) -> None:
    assignment = load_assignment(write_small(tmp_path))
    plain = {
        "a": Plain("scale", PUBLIC, Verdict.FAIL),
        "b": Plain("Line", PUBLIC, Verdict.PASS),
        "c": Plain("Line", HIDDEN, Verdict.FAIL),
    }
    assert skip_needy(assignment, plain) == {"a": Verdict.FAIL, "b": Verdict.SKIPPED, "c": Verdict.SKIPPED}


def test_a_hidden_failure_of_a_needed_task_skips_nothing(tmp_path: Path) -> None:
    assignment = load_assignment(write_small(tmp_path))
    plain = {"a": Plain("scale", HIDDEN, Verdict.FAIL), "b": Plain("Line", PUBLIC, Verdict.PASS)}
    assert skip_needy(assignment, plain) == {"a": Verdict.FAIL, "b": Verdict.PASS}


COMPARE = """
import sys, tempfile
from pathlib import Path

import torch

from autograder.benches.bench import measure, measure_whole, ordinary_submissions
from autograder.judging.judge import Judge
from autograder.benches.plainly import Fresh
from autograder.seeds import Seed
from autograder.spec import load_assignment

torch.set_num_threads(1)
assignment = load_assignment(Path(sys.argv[1]))
wrong = ordinary_submissions(assignment, 2)[1:]
with Judge(assignment) as judge, tempfile.TemporaryDirectory() as folder:
    times, same = measure(judge, Fresh(assignment, Path.cwd(), Path(folder)), wrong, [Seed(1)])
    whole_s, measured_s, _, pairs = measure_whole(judge, ordinary_submissions(assignment, 1)[0])
print(same, *map(len, (times.official, times.fresh, times.fork)), min(times.fork) < min(times.fresh))
print(0 == measured_s < whole_s, pairs)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the official run needs the sandbox")
def test_all_ways_give_the_same_verdicts(tmp_path: Path) -> None:
    folder = write_tiny(tmp_path)
    done = subprocess.run(  # a process of its own: the judge's session does not go well inside another pytest
        [sys.executable, "-c", COMPARE, str(folder)], capture_output=True, text=True, check=False
    )
    assert done.stdout == "True 1 1 1 True\nTrue 0\n", done.stderr


def test_the_figures_begin_and_end_as_promised() -> None:
    names = [field.name for field in fields(Figures)]
    assert names[:4] == ["machine", "official_s", "fresh_pytest_s", "bare_fork_s"]
    assert names[-1] == "ok"
