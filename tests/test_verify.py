"""verify accepts a sound assignment, and tells of each way in which one can be unsound."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from msgspec.structs import replace
from rich.markup import escape

from autograder.authoring.new import new
from autograder.authoring.release import release
from autograder.proving import verify as flow
from autograder.proving.harness import Harness
from autograder.proving.proofs import mistakes_are_named_at_home
from autograder.proving.verified import Pace, ProofReport, key_of, remember
from autograder.proving.verify import prove, verify, verify_all
from autograder.proving.wrongs import all_different
from autograder.show.figures import not_proven_lines, proof_lines
from autograder.sources.variants import Wrong
from autograder.spec import RELEASED_MARK, Assignment, load_assignment

from .small_assignment import IDEA, SPEC

Edit = tuple[str, str]

# What is wrong with the unsound assignment, file by file.
FIXED_GATE = """\
    x = torch.tensor([[1.0], [3.0], [5.0], [7.0]], dtype=torch.float64)
    close(submission.noising.standardise(x, delta=0.0), reference.noising.standardise(x, delta=0.0), atol=0.2)
"""
CROSSED = '''

@task("interpolate")
def test_interpolate_asks_another_task(submission, seed):
    """It is mixed up with standardise"""
    close(submission.noising.standardise(seed.normal(9, 2), delta=0.0).mean(), 0.0, atol=1e-9)


@task("interpolate")
def test_interpolate_asks_given_code(submission):
    """The given code works"""
    close(submission.noising.given(), 0.5)
'''
GIVEN = "\n\ndef given() -> float:\n    return 0.5\n"
ANSWER = "    t = t.reshape(-1, *[1] * (x0.ndim - 1))  # (b, 1, ..., 1)\n"
NO_EFFECT = "    x0 = x0.clamp(max=1e9)\n"
LOOP = "    axes = 0\n    while axes < 1:\n        axes += 1\n"
BACKWARDS = "def interpolate__backwards(x0, eps, t):\n"
PATH = "/etc/passwd"  # this process may read it, a worker may not
MORE_WRONG = f"""

@wrong("interpolate", "nothing is wrong.")
def interpolate__by_parts(x0, eps, t):
    if (t < 0).any() or (t > 1).any():
        raise ValueError("t")
    t = t.reshape(-1, *[1] * (x0.ndim - 1))
    return x0 - t * x0 + t * eps


@wrong("interpolate", "data and noise have changed places once more.")
def interpolate__swapped(x0, eps, t):
    if (t < 0).any() or (t > 1).any():
        raise ValueError("t")
    x0, eps = eps, x0
    t = t.reshape(-1, *[1] * (x0.ndim - 1))
    return (1 - t) * x0 + t * eps


@wrong("interpolate", "the data weigh too much.")
def interpolate__heavy(x0, eps, t):
    if (t < 0).any() or (t > 1).any():
        raise ValueError(f"times must lie in 0..1, but t is {{t.tolist()}}")
{NO_EFFECT}{LOOP}    t = t.reshape(-1, *[1] * (x0.ndim - 1))
    return (2 - t) * x0 + t * eps


@wrong("interpolate", "the data weigh far too much.")
def interpolate__heavier(x0, eps, t):
    if (t < 0).any() or (t > 1).any():
        raise ValueError(f"times must lie in 0..1, but t is {{t.tolist()}}")
{NO_EFFECT}{LOOP}    t = t.reshape(-1, *[1] * (x0.ndim - 1))
    return (3 - t) * x0 + t * eps


@wrong("interpolate", "there is nothing but zeros.")
def interpolate__zeros(x0, eps, t):
    return 0 * x0
"""
COPIED = """
def standardise__by_layer_norm(y, delta=1e-5):
    m = y.mean(dim=0)
    v = y.var(dim=0, correction=0)
    return (y - m) / torch.sqrt(v + delta)
"""
UNSOUND: dict[str, list[Edit]] = {
    "hidden/test_noising.py": [
        ("    x = 5 + 3 * seed.normal(64, 4)\n", FIXED_GATE),
        ("    close(submission.noising.standardise(x), reference.noising.standardise(x), atol=1)\n", ""),
    ],
    "tests/test_noising.py": [('"""A quarter of the way from 0 to 8 is 2, and from 4 to 0 it is 3"""', "")],
    "noising.py": [(ANSWER, NO_EFFECT + LOOP + ANSWER)],
    "wrong.py": [
        ("standardise__no_shift", "standardise__mean_kept"),
        (BACKWARDS, BACKWARDS + f'    open("{PATH}").close()\n'),
    ],
    "right.py": [("torch.lerp(a, b, s)", "torch.lerp(a, b, s + torch.zeros(1)) + 1e-3")],
}
APPENDED = {"noising.py": GIVEN, "tests/test_noising.py": CROSSED, "wrong.py": MORE_WRONG}


def example_in(root: Path, tree: str) -> Path:
    """Write the assignment of `autograder new` below `tree`: `solutions` may be another course's."""
    for folder in ("solutions", "assignments", "autograder"):
        (root / folder).mkdir()
    name = new(root, "a99_example").name
    return (root / "solutions").rename(root / tree) / name


def released(folder: Path) -> Assignment:
    """Release an assignment, as verify wants it."""
    assignment, root = load_assignment(folder), folder.parents[1]
    release(assignment, root, root / "assignments")
    return assignment


@contextmanager
def on_path(root: Path) -> Iterator[None]:
    """Undo what a session adds to sys.path."""
    sys.path.insert(0, str(root))
    try:
        yield
    finally:
        sys.path[:] = [path for path in sys.path if path != str(root)]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    root = tmp_path_factory.mktemp("sound")
    with on_path(root):
        return released(example_in(root, "proven"))


@pytest.fixture(scope="module")
def report(sound: Assignment, one_zygote: object) -> ProofReport:
    with on_path(sound.folder.parents[1]):
        return verify(sound, seeds=2)


@pytest.fixture(scope="module")
def unsound(tmp_path_factory: pytest.TempPathFactory, one_zygote: object) -> ProofReport:
    """Prove an assignment in which nearly everything is wrong."""
    folder = example_in(tmp_path_factory.mktemp("unsound"), "unproven")
    for name, edits in UNSOUND.items():
        text = (folder / name).read_text()
        for old, new_text in edits:
            assert old in text
            text = text.replace(old, new_text)
        (folder / name).write_text(text)
    for name, text in APPENDED.items():
        with (folder / name).open("a") as file:
            file.write(text)
    right = (folder / "right.py").read_text()
    begin, end = right.index("\ndef standardise__"), right.index('\n\n@right("interpolate"')
    (folder / "right.py").write_text(right[:begin] + COPIED + right[end:])
    with on_path(folder.parents[1]):
        return verify(released(folder), seeds=1)


def test_a_sound_assignment_is_proven(report: ProofReport) -> None:
    assert report.problems == ()
    assert report.ok


def test_the_report_is_the_contract(report: ProofReport) -> None:
    plain = msgspec.to_builtins(report)
    assert plain.pop("seconds") > 0
    assert plain.pop("notes") == ()
    killed = plain["mutants"].pop("killed")
    on_gpu = plain.pop("on_gpu")
    pairs, described = plain.pop("pairs"), plain.pop("described")
    assert plain["delegates"].pop("tried") > 0
    assert plain["adversaries"].pop("tried") > 0
    assert pairs["named"] == pairs["total"]
    assert pairs["hints_lost"] == 0
    assert described["total"] == killed
    assert 0 < described["described"] <= killed
    assert described["misled"] == 0
    assert plain == {
        "name": "a99_example",
        "tasks": 2,
        "points": 100.0,
        "reference": (100.0, 100.0),
        "skeleton": 0.0,
        "degenerate": {"total": 10, "zero": 10},
        "delegates": {"earning": 0},
        "adversaries": {"earning": 0, "advice": 1},
        "wrong": {"total": 10, "caught": 10, "named": 10, "shut_out": 0},
        "right": {"total": 2, "accepted": 2},
        "mutants": {"total": killed, "equivalent": 0},
        "speed": (),
        "for_gpu": {"checks": 0, "named": 0},
        "modes_agree": True,
        "problems": (),
    }
    assert killed > 30
    assert (on_gpu["tasks"], on_gpu["covered"], on_gpu["holding"]) == (2, 2, 2)
    assert (on_gpu["right"], on_gpu["right_holding"]) == (2, 2)


def test_one_task_can_be_proven_alone(sound: Assignment, one_zygote: object) -> None:
    with on_path(sound.folder.parents[1]):
        alone = prove(sound, 1, frozenset({"interpolate"}))
    assert alone.problems == ()
    assert (alone.tasks, alone.reference) == (1, (100.0,))
    assert alone.wrong.total == alone.wrong.caught == alone.wrong.named == 5
    assert (alone.degenerate.total, alone.right.total, alone.right.accepted) == (5, 1, 1)
    assert 0 < alone.mutants.total == alone.mutants.killed


def test_what_has_not_changed_is_not_verified_again_and_needs_no_torch(
    sound: Assignment, report: ProofReport
) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom autograder.spec import load_assignment\n"
        "from autograder.proving.verify import verify\n"
        f"report = verify(load_assignment(Path({str(sound.folder)!r})), seeds=2)\n"
        "assert 'torch' not in sys.modules\nprint(report.seconds)\n"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(flow.__file__).parents[1])}
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=60, check=False
    )
    assert ran.stderr == ""
    assert float(ran.stdout) == report.seconds


@pytest.mark.parametrize("file", ["hidden/test_noising.py", "equivalent.toml", "README.md"])
def test_any_change_is_verified_again(sound: Assignment, report: ProofReport, file: str) -> None:
    path, before = sound.folder / file, key_of(sound, 2)
    old = path.read_text() if path.exists() else None
    path.write_text((old or "") + "\n")
    changed = key_of(sound, 2)
    path.write_text(old) if old is not None else path.unlink()
    assert changed != before == key_of(sound, 2)
    assert key_of(sound, 3) != before


def test_a_report_with_problems_is_not_remembered(sound: Assignment, report: ProofReport) -> None:
    kept = sound.folder.parents[1] / ".cache/verify/a99_example.json"
    before = kept.read_bytes()
    remember(sound, "another", msgspec.structs.replace(report, problems=("one",)))
    assert kept.read_bytes() == before


def test_an_assignment_that_cannot_be_read_has_one_problem(tmp_path: Path) -> None:
    folder = example_in(tmp_path, "unreadable")
    right = (folder / "right.py").read_text()
    (folder / "right.py").write_text(right.replace('@right("standardise"', '@right("standardize"'))
    with on_path(tmp_path):
        broken = verify(load_assignment(folder), seeds=1)
    assert broken.problems == (
        "a99_example/right.py:9: unknown task 'standardize'; did you mean 'standardise'?",
    )


def test_a_text_that_does_not_occur_is_told_before_anything_is_run(tmp_path: Path) -> None:
    folder = example_in(tmp_path, "slipped")
    with (folder / "wrong.py").open("a") as file:
        file.write('\n\nedit("interpolate", "interpolate__x", "not there", "1", "nothing.")\n')
    with on_path(tmp_path):
        broken = verify(load_assignment(folder), seeds=1)
    (problem,) = broken.problems
    assert "'not there' occurs no times in 'interpolate'" in problem
    assert list(proof_lines(broken))[1:] == [f"  [red]{escape(problem)}[/red]"]


def test_what_is_not_released_is_told_before_anything_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autograder.judging.judge.Judge", None)
    folder = example_in(tmp_path, "unreleased")
    with on_path(tmp_path):
        (problem,) = verify(load_assignment(folder), seeds=1).problems
    assert "missing; assignments/a99_example/README.md: missing; " in problem
    assert "run `autograder release a99_example`" in problem


def test_two_mistakes_in_one_place_may_stay_if_a_check_tells_them_apart(sound: Assignment) -> None:
    one, other = (
        Wrong(
            f"interpolate__{n}",
            "interpolate",
            "interpolate",
            f"def interpolate(x0, eps, t):\n    return {n}\n",
            "n",
        )
        for n in (2, 3)
    )
    harness = Harness(sound, SimpleNamespace(checks=[]))  # type: ignore[arg-type]
    all_different(harness, {one: frozenset({"a", "b"}), other: frozenset({"a"})})
    assert harness.problems == []
    all_different(harness, {one: frozenset({"a"}), other: frozenset({"a"})})
    (problem,) = harness.problems
    assert "interpolate__3 changes the same expressions as interpolate__2" in problem


def test_a_reference_that_fails_ends_the_proof(tmp_path: Path, one_zygote: object) -> None:
    folder = example_in(tmp_path, "failing")
    text = (folder / "noising.py").read_text()
    (folder / "noising.py").write_text(text.replace("(1 - t) * x0 + t * eps", "x0 + t * eps"))
    with on_path(tmp_path):
        failing = verify(released(folder), seeds=1)
    assert failing.reference[0] < 100
    assert failing.wrong.total == 0
    assert any("FAIL on the reference" in problem for problem in failing.problems)


@pytest.mark.parametrize(
    "sentence",
    [
        # lint
        "tests/test_noising.py:62: test_interpolate_a_quarter_of_the_way has no docstring",
        # the skeleton
        "tests/test_noising.py::test_interpolate_asks_given_code: PASS on the skeleton",
        # degenerate answers
        "task 'standardise': an answer that returns recorded outputs earns",
        # wrong answers
        "interpolate__by_parts fails no check of its task",
        "interpolate__swapped is not named by the diagnosis: does a call differ each time, or does another",
        "interpolate__heavier changes the same expressions as interpolate__heavy and fails the same checks",
        "interpolate__zeros only returns zeros",
        "tests/test_noising.py::test_interpolate_asks_another_task: fails on standardise__mean_kept, "
        "though task 'interpolate' does not use 'standardise'",
        # right answers
        "standardise__by_layer_norm has 100% of its statements from the reference",
        "interpolate__by_lerp fails tests/test_noising.py::test_interpolate",
        # a GPU
        "interpolate__by_lerp does not hold on a pretend GPU: noising.py, line",
        # mutants
        "noising.py:38: no check of task 'interpolate' or of its dependents kills "
        "noising.py:interpolate:clamp-dropped:1",
        "  - x0 = x0.clamp(max=1e9)\n  + x0 = x0",
        "mutants are killed; 98% are the least",
        # modes
        "interpolate__backwards gets PASS here and FAIL in the sandbox",
    ],
)
def test_each_violation_is_told(unsound: ProofReport, sentence: str) -> None:
    assert sentence in "\n".join(unsound.problems)


def test_the_numbers_count_what_was_told(unsound: ProofReport) -> None:
    assert unsound.reference == (100.0,)
    assert unsound.skeleton == 0  # the gate is shut
    assert unsound.degenerate.zero == unsound.degenerate.total - 1
    assert unsound.wrong.caught == unsound.wrong.total - 1
    assert unsound.wrong.named == unsound.wrong.total - 3  # one is right, two are the same
    assert unsound.right.accepted == unsound.right.total - 1
    assert not unsound.modes_agree
    assert not unsound.ok


def test_a_mutant_that_never_ends_is_killed(unsound: ProofReport) -> None:
    problems = "\n".join(unsound.problems)
    assert "  - while axes < 1:\n  + while axes < 2:" in problems
    assert "  - axes += 1\n  + axes -= 1" not in problems


def test_mistakes_without_a_sentence_at_home_are_noted(sound: Assignment, tmp_path: Path) -> None:
    shutil.copytree(sound.folder.parents[1], tmp_path, dirs_exist_ok=True)
    mark = tmp_path / "assignments" / sound.name / RELEASED_MARK
    known = msgspec.json.decode(mark.read_bytes())
    known["wrong"].pop("standardise__unbiased")
    mark.write_bytes(msgspec.json.encode(known))
    copied = load_assignment(tmp_path / sound.folder.parent.name / sound.name)
    harness = Harness(copied, SimpleNamespace(checks=[]))  # type: ignore[arg-type]
    mistakes_are_named_at_home(harness)
    assert harness.problems == []
    assert "standardise__unbiased is named by no public check's fingerprint" in "".join(harness.notes)


def test_what_only_a_limit_stands_against_is_known():
    slow = Pace("f", "speed", limit=5.0, slowest_right=4.5, naive=20.0)
    fine = Pace("f", "memory", limit=5.0, slowest_right=2.0, naive=20.0)
    report = ProofReport("a01_one", 1, 100.0, speed=(slow, fine))
    assert not report.strained
    assert replace(report, problems=("the limit is 5",)).strained
    assert not replace(report, problems=("the limit is 5", "a mutant survives")).strained
    assert not replace(report, speed=(fine,), problems=("a mutant survives",)).strained


def test_several_are_verified_side_by_side(tmp_path):
    for name in ("a01_one", "a02_two"):
        folder = tmp_path / "solutions" / name
        for place in (folder / "tests", folder / "hidden", folder, folder.parent):
            place.mkdir(parents=True, exist_ok=True)
            (place / "__init__.py").write_text("")
        (folder / "assignment.toml").write_text(SPEC)
        (folder / "idea.py").write_text(IDEA)
        (folder / "tests" / "test_f.py").write_text(f"raise ValueError('{name} is broken')\n")
    found = verify_all([load_assignment(tmp_path / "solutions" / name) for name in ("a01_one", "a02_two")])
    assert [report.name for report in found] == ["a01_one", "a02_two"]
    for report in found:
        assert report.problems[0].endswith(f"run `autograder release {report.name}`")
    last = [*not_proven_lines(found)]
    assert [line.split("[/red]: ")[0] for line in last] == [f"[red]NOT proven: {one.name}" for one in found]
