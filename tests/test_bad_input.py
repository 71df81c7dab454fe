"""Everything that a class may hand in, end to end: a clear message for each, nothing lost for the others."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from autograder.errors import UserError
from autograder.keys import course_key
from autograder.pipeline import OpenJudges, collect_class, grade_class
from autograder.records import Result, TaskResult, Verdict
from autograder.results.store import read_result
from autograder.seeds import assignment_key
from autograder.spec import SpecError, load_assignment
from tests.tiny_assignment import NAME, write_tiny

KEY = "of the tests, long enough for a key"
FIRST = "def double(x):\n    return 2 * x\n"
SECOND = "def total(x):\n    return float(x.sum())\n"

DEAF = """\
def double(x):
    while True:
        try:
            double(x)
        except BaseException:
            pass
"""
PRINTING = """\
def double(x):
    for _ in range(10_000):
        print("x" * 1_000_000)
    return 2 * x
"""

# What a student's first.py holds. The other file is always right.
SOURCES: dict[str, bytes | str] = {
    "honest": FIRST,
    "syntax": "def double(x:\n    return 2 * x\n",
    "imports": "import no_such_library\n" + FIRST,
    "signature": "def double():\n    return 2\n",
    "nameless": "def twice(x):\n    return 2 * x\n",
    "nothing": "def double(x):\n    2 * x\n",
    "listed": "def double(x):\n    return (2 * x).tolist()\n",
    "numpy": "def double(x):\n    return (2 * x).numpy()\n",
    "shape": "def double(x):\n    return (2 * x)[:, None]\n",
    "dtype": "def double(x):\n    return (2 * x).long()\n",
    "nan": "def double(x):\n    return x * float('nan')\n",
    **dict.fromkeys(("loop", "loop2", "loop3"), "def double(x):\n    while True:\n        pass\n"),
    "deaf": DEAF,
    "memory": "def double(x):\n    hoard = []\n    while True:\n        hoard.append(bytes(1 << 27))\n",
    "tensor": "import torch\ndef double(x):\n    return torch.ones(1 << 40)\n",
    "printing": PRINTING,
    "exit": "import os\ndef double(x):\n    os._exit(0)\n",
    "polite": "def double(x):\n    raise SystemExit\n",
    "early": "import os\nos._exit(0)\n",
    "recursion": "def double(x):\n    return double(x)\n",
    "overflow": "import ctypes\ndef double(x):\n    ctypes.string_at(0)\n",
    "latin": FIRST.encode() + '"""café"""\n'.encode("latin-1"),
    "squared": "def double(x):\n    return x * x\n",
    "elsewhere": FIRST,
    "twice": FIRST,
}


def write_class(root: Path) -> None:
    """Write one folder for each student, and those that are no folder with two files."""
    for student, source in SOURCES.items():
        folder = root / "submissions" / f"tiny-a91-tiny-{student}"
        folder.mkdir(parents=True)
        content = source if isinstance(source, bytes) else source.encode()
        (folder / "first.py").write_bytes(content)
        (folder / "second.py").write_text(SECOND)
    submissions = root / "submissions"
    (submissions / "old-a91-tiny-twice").mkdir()
    (submissions / "old-a91-tiny-twice" / "first.py").write_text(FIRST)
    (submissions / "tiny-a91-tiny-torn.zip").write_bytes(b"PK\x03\x04 and then the disk was full")
    subprocess.run(["git", "init", "--quiet", str(submissions / "tiny-a91-tiny-empty")], check=True)
    students = [*SOURCES, "torn", "empty", "absent"]
    rows = [
        f"id-{i},{student},{i},Student {i}"
        for i, student in enumerate(students, start=1)
        if student != "elsewhere"
    ]
    header = "identifier,github_username,github_id,name"
    (root / "roster.csv").write_text("\n".join([header, *rows]) + "\n")
    quick = [row for row in rows if row.split(",")[1] in QUICK]
    (root / "quick.csv").write_text("\n".join([header, *quick]) + "\n")


# Quick to judge, but for the loops, without which the class could end before it is disturbed.
QUICK = ("exit", "honest", "listed", "loop", "loop2", "loop3", "nan", "squared", "syntax")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with a class of bad input."""
    root = tmp_path_factory.mktemp("course")
    write_tiny(root)
    write_class(root)
    for student in QUICK:
        folder = f"tiny-a91-tiny-{student}"
        shutil.copytree(root / "submissions" / folder, root / "quick" / folder)
    return root


@pytest.fixture(scope="module")
def graded(root: Path, judges_here: OpenJudges) -> dict[str, Result]:
    """The class's results, graded without disturbance."""
    assignment = load_assignment(root / "solutions" / NAME)
    submissions = collect_class(root, assignment, root / "submissions", root / "roster.csv", None)
    key = assignment_key(KEY.encode(), assignment.name)
    graded = grade_class(
        assignment, submissions, key, root / "quiet", lambda *_: None, open_judges=judges_here
    )
    return {result.grade.student: result for result in graded.results}


def tasks_of(result: Result) -> tuple[TaskResult, TaskResult]:
    """Return the tasks `double` and `total`."""
    double, total = result.grade.tasks
    return double, total


def test_every_student_has_a_result_and_no_grade_is_withheld(graded: dict[str, Result]) -> None:
    assert graded.keys() == {*SOURCES, "torn", "empty", "absent"} - {"elsewhere"}  # whom no roster knows
    assert not [name for name, result in graded.items() if result.grade.withheld]
    assert {result.run.level.rstrip("+") for result in graded.values()} == {"full"}


def test_a_right_submission_among_them_earns_everything(graded: dict[str, Result]) -> None:
    assert graded["honest"].grade.score == 100


@pytest.mark.parametrize(
    ("student", "verdict", "words"),
    [
        ("syntax", Verdict.FAIL, r"SyntaxError: '\(' was never closed.*first\.py, line 1"),
        ("imports", Verdict.FAIL, r"No module named 'no_such_library'.*first\.py, line 1"),
        ("signature", Verdict.FAIL, r"double\(\) takes 0 positional arguments but 1 was given"),
        ("nameless", Verdict.FAIL, r"first\.py defines no function 'double'"),
        ("nothing", Verdict.FAIL, r"double returned None; expected a float tensor of shape \(4,\)"),
        ("listed", Verdict.FAIL, r"double returned a list of 4 values; expected a float tensor"),
        ("numpy", Verdict.FAIL, r"double returned a numpy array \(torch\.from_numpy makes it a tensor\)"),
        ("shape", Verdict.FAIL, r"a tensor of shape \(4, 1\); expected a float tensor of shape \(4,\)"),
        ("dtype", Verdict.FAIL, r"double returned a tensor of int64; expected a float tensor"),
        ("nan", Verdict.FAIL, r"the result at \[0\] is nan; expected 6"),
        ("loop", Verdict.TIMEOUT, r"first\.double ran longer than 0\.5 s"),
        ("deaf", Verdict.TIMEOUT, r"first\.double ran longer than 0\.5 s"),
        ("memory", Verdict.MEMORY, r"first\.double ran out of memory"),
        ("tensor", Verdict.MEMORY, r"first\.double ran out of memory"),
        ("printing", Verdict.CRASH, r"first\.double printed more than 4 MB"),
        ("exit", Verdict.CRASH, r"first\.double ended the process \(with exit code 0\)"),
        ("polite", Verdict.CRASH, r"first\.double ended the program \(SystemExit\)"),
        ("early", Verdict.CRASH, r"importing first\.py ended the process \(with exit code 0\)"),
        ("recursion", Verdict.FAIL, r"RecursionError: maximum recursion depth exceeded"),
        ("overflow", Verdict.CRASH, r"first\.double ended the process \(by signal SIGSEGV\)"),
    ],
)
def test_a_broken_answer_costs_its_own_task_and_says_why(
    graded: dict[str, Result], student: str, verdict: Verdict, words: str
) -> None:
    double, total = tasks_of(graded[student])
    assert {check.verdict for check in double.checks} == {verdict}
    assert re.search(words, double.checks[0].message, re.DOTALL), double.checks[0].message
    assert (double.earned, total.earned) == (0, 60)


def test_a_known_mistake_is_named(graded: dict[str, Result]) -> None:
    double, _ = tasks_of(graded["squared"])
    assert "x is squared." in double.checks[0].diagnosis


def test_output_is_kept_only_up_to_a_cap(graded: dict[str, Result]) -> None:
    kept = graded["printing"].run.output
    assert kept
    assert all(len(text) < 70_000 and text.endswith("(more was printed)") for text in kept.values())


def test_source_that_is_not_utf8_is_told_with_file_line_and_remedy(graded: dict[str, Result]) -> None:
    double, total = tasks_of(graded["latin"])
    assert {check.verdict for check in double.checks} == {Verdict.FAIL}  # nor does Python read it
    assert total.earned == 60
    (notice,) = graded["latin"].grade.notices
    assert notice.startswith("first.py is not UTF-8: byte 0xe9 at offset ")
    assert notice.endswith("; save it as UTF-8.")


@pytest.mark.parametrize(
    ("student", "words"),
    [
        ("empty", "tiny-a91-tiny-empty has no commit"),
        ("absent", "no submission found"),
        ("torn", "tiny-a91-tiny-torn.zip is damaged or not a zip file"),
        ("twice", "2 submissions for one student, old-a91-tiny-twice and tiny-a91-tiny-twice: keep one"),
    ],
)
def test_a_submission_that_cannot_be_read_scores_0_with_the_reason(
    graded: dict[str, Result], student: str, words: str
) -> None:
    assert words in graded[student].grade.problem
    assert graded[student].grade.score == 0


def test_a_student_twice_in_the_roster_is_refused_with_file_and_line(root: Path, tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("identifier,github_username,github_id,name\n1,honest,1,A\n2,Honest,2,B\n")
    assignment = load_assignment(root / "solutions" / NAME)
    with pytest.raises(UserError, match=r"roster\.csv:3: Honest is on line 2 already: remove one"):
        collect_class(root, assignment, root / "submissions", roster, None)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("points = 60", "points = 50", r"a91_tiny/assignment\.toml: points sum to 90, not 100"),
        (
            'id = "double"',
            'id = "duoble"',
            r"assignment\.toml:10: no 'duoble' in first\.py; did you mean 'double'",
        ),
        (
            "minutes = 10",
            'minutes = 10\nneeds = ["duble"]',
            r"assignment\.toml:26: unknown task 'duble'; did you mean 'double'",
        ),
    ],
)
def test_a_mistake_in_assignment_toml_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    path = write_tiny(tmp_path) / "assignment.toml"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(SpecError, match=words):
        load_assignment(path.parent)


def test_a_missing_course_key_says_how_to_make_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AUTOGRADER_COURSE_KEY", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(UserError, match=r"no course key: set AUTOGRADER_COURSE_KEY, or make one with"):
        course_key()


def test_nothing_is_graded_before_the_course_key_is_there(root: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        command(root, "none"), cwd=root, env=environment(HOME=str(tmp_path)), capture_output=True, text=True
    )
    assert (done.returncode, "no course key" in done.stderr) == (2, True)
    assert not (root / "none").exists()


# -------------------------------------------------------------------------------- interrupted
# What a shell starts in the background ignores Ctrl-C, and so does all that it starts, these tests among it.
HEARS_CTRL_C = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"


def command(root: Path, out: str) -> list[str]:
    """Return the command that grades the quick part of the class into `out`."""
    arguments = f"grade {NAME} quick --roster quick.csv --out {out} --jobs 1 --json".split()
    return [sys.executable, "-c", f"{HEARS_CTRL_C}; from autograder.cli import main; main()", *arguments]


def environment(**more: str) -> dict[str, str]:
    """Return an environment without a course key."""
    kept = {name: value for name, value in os.environ.items() if name != "AUTOGRADER_COURSE_KEY"}
    return kept | more


def finished(folder: Path) -> dict[str, bytes]:
    """Return every result file; each must be whole."""
    files = {path.name: path.read_bytes() for path in sorted(folder.glob("*.json"))}
    for name in files:
        read_result(folder / name)
    return files


@pytest.fixture
def start(root: Path) -> Iterator[Callable[[int], subprocess.Popen[str]]]:
    """Start grading in a session of its own and wait until so many results are there."""
    started: list[subprocess.Popen[str]] = []

    def begin(results: int) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            command(root, "disturbed"), cwd=root, env=environment(AUTOGRADER_COURSE_KEY=KEY),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        started.append(process)
        patience = time.monotonic() + 120
        while len(list((root / "disturbed" / NAME).glob("*.json"))) < results and process.poll() is None:
            assert time.monotonic() < patience
            time.sleep(0.02)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def left_over(session: int) -> list[int]:
    """Return the processes of a session that still live."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, owner = path.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if int(owner) == session and state != "Z":
            found.append(int(path.parent.name))
    return found


def all_gone(session: int, within_s: float = 20.0) -> bool:
    """Wait until no process of a session lives."""
    patience = time.monotonic() + within_s
    while left_over(session) and time.monotonic() < patience:
        time.sleep(0.05)
    return not left_over(session)


@pytest.mark.skipif(sys.platform != "linux", reason="grading needs the sandbox")
def test_an_interrupted_class_keeps_what_is_finished_and_continues(
    root: Path, graded: dict[str, Result], start: Callable[[int], subprocess.Popen[str]]
) -> None:
    folder = root / "disturbed" / NAME

    first = start(2)
    os.killpg(first.pid, signal.SIGINT)  # Ctrl-C reaches every process of the terminal
    _, complaints = first.communicate(timeout=60)
    assert first.returncode == 130
    assert complaints == "stopped; what was finished is kept: run the same command again to continue\n"
    assert all_gone(first.pid)
    after_ctrl_c = finished(folder)
    assert 2 <= len(after_ctrl_c) < len(QUICK)

    second = start(len(after_ctrl_c) + 2)
    second.kill()
    second.communicate(timeout=60)
    assert all_gone(second.pid)
    after_kill = finished(folder)
    assert len(after_ctrl_c) + 2 <= len(after_kill) < len(QUICK)

    third = start(len(QUICK))
    answer, _ = third.communicate(timeout=120)
    assert msgspec.json.decode(answer)["ok"]
    at_the_end = finished(folder)
    assert len(at_the_end) == len(QUICK)
    for name, content in {**after_ctrl_c, **after_kill}.items():
        assert at_the_end[name] == content
    for name in at_the_end:
        result = read_result(folder / name)
        assert msgspec.json.encode(result.grade) == msgspec.json.encode(graded[result.grade.student].grade)
