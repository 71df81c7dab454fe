"""The part of a student's own code that is wrong is told where, with the right value there, all is right."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from autograder.calls.answer import Code
from autograder.calls.outcomes import Outcome
from autograder.calls.probed import ask_probed, probed
from autograder.calls.undertest import Ask, Call
from autograder.calls.wire import Reply, Request
from autograder.differences.placed import LATER, placed, quoted
from autograder.errors import MachineFault, Stop
from autograder.judging import unforeseen
from autograder.judging.compared import Compared
from autograder.judging.evidence import again
from autograder.judging.grading import grade
from autograder.judging.judge import Judge
from autograder.judging.looked import Looked, apart, fitting
from autograder.judging.plugin import Check
from autograder.judging.score import BESIDES
from autograder.judging.trial import CheckRun
from autograder.judging.unforeseen import in_own_code, with_unforeseen
from autograder.records import CheckResult, Submission, TaskResult, Verdict, Visibility
from autograder.seeds import Seed
from autograder.sources.inmemory import load_package
from autograder.sources.parts import parts_of
from autograder.spec import Assignment
from tests.small_assignment import small_loaded

X = torch.rand(50, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
HEAD = "import torch\nfrom .given import ONE\n\n\n"
LINE = """

class Line:
    def __init__(self, slope):
        self.slope = slope

    def at(self, x):
        return self.slope * x
"""


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Assignment]:
    with small_loaded(tmp_path) as loaded:
        yield loaded


def told(small: Assignment, body: str, ask: Ask | None = None) -> str:
    """Return what is said of a function `scale` with this body."""
    source = f"{HEAD}def scale(x, factor=2.0):\n    {body}{LINE}"
    package = load_package(small, {"idea.py": source})

    @contextmanager
    def looking(visibility: Visibility) -> Iterator[Ask]:
        yield ask or ask_probed(package)

    asked = [Call("idea.scale", (X.roll(n), 3.0 + n), {}, False, None) for n in range(3)]
    calls = tuple(Call(c.target, c.args, {}, False, again(package, c)) for c in asked)
    check = Check("a", "", Visibility.PUBLIC, "scale", 1, False, "p", False)
    judged = [CheckRun(check, Outcome(Verdict.FAIL), 0.0, calls)]
    return in_own_code(small, "scale", judged, source, looking).get("a", "")


@pytest.mark.parametrize(
    ("body", "where", "how"),
    [
        (
            "grown = x\n    return grown * (factor + 1) - 0",
            "`factor + 1` in `grown * (factor + 1)` in line 7 of idea.py",
            "Once it is 4, and 3 in a right answer.",
        ),
        (
            "y = x + 0\n    z = -y\n    return z * factor",
            "`-y` in line 7",
            "Each value has the other sign.",
        ),
        (
            "y = 2 * x * factor\n    return y + 0",
            "`2 * x` in `2 * x * factor` in line 6",
            "Each value is the expected one times 2.",
        ),
        (
            "y = x.roll(1)\n    return torch.stack([a * factor for a in y])",
            "`x.roll(1)` in line 6",
            "The values are shifted by 1 along the values, in a circle.",
        ),
        (
            "a, b = x, x + 1\n    return b * factor * (b - a)",
            "`b` in `b * factor` in line 7",
            "with the value of `x` there all is right.",
        ),
        (
            "return helper(x, factor) + 0\n\n\ndef helper(a, b):\n    c = b.__pow__(2)\n    return a * c",
            "`b.__pow__(2)` in line 10",
            "Once it is 9, and 3 in a right answer.",
        ),
    ],
)
def test_a_part_is_told_with_what_belongs_there(small: Assignment, body: str, where: str, how: str) -> None:
    said = told(small, body)
    assert said.startswith(where)
    assert "there all is right." in said
    assert said.endswith(how)


@pytest.mark.parametrize(
    "body",
    [
        "return x + factor",  # the whole result: nothing is right but for a part
        "y = x.sin()\n    return y.cos() * 2 + 1",
        "return x * factor",
    ],
)
def test_nothing_is_told_where_no_part_mends_all(small: Assignment, body: str) -> None:
    assert told(small, body) == ""


@pytest.mark.parametrize("value", [None, 3, "x", [[0]], [[[0, [X]]]], [[-1, [X]], [10**6, [X]]], [["0", X]]])
def test_what_a_hostile_worker_tells_is_no_sentence(small: Assignment, value: object) -> None:
    assert told(small, "y = x + 0\n    return y * (factor + 1)", lambda asked: Reply(asked.id, value)) == ""


def test_a_copy_of_what_is_given_is_looked_into(small: Assignment) -> None:
    package = load_package(
        small, {"idea.py": HEAD + "def scale(x, factor=2.0):\n    x += factor\n    return x\n"}
    )
    source = HEAD + "def scale(x, factor=2.0):\n    x += factor\n    return x\n"
    x = torch.zeros(2)
    puts = [[[0, [5.0]]], [[0, [7.0]]]]
    request = Request(0, "probe idea.scale", ("idea", source, puts, (x, 1.0)), {})
    assert [one[0].tolist() for one in probed(Code(package), request)] == [[5.0, 5.0], [7.0, 7.0]]
    assert x.tolist() == [0.0, 0.0]


def test_a_function_is_as_before_when_it_was_looked_into(small: Assignment) -> None:
    source = HEAD + "def scale(x, factor=2.0):\n    return x * factor\n"
    package = load_package(small, {"idea.py": source})
    code = Code(package)
    before = code.idea.scale.__code__
    seen = probed(code, Request(0, "probe idea.scale", ("idea", source, [], (X, 3.0)), {}))
    assert code.idea.scale.__code__ is before
    assert [place for place, _ in seen] == [0, 1, 2]


def test_gradients_flow_through_what_is_put_in_place(small: Assignment) -> None:
    source = (
        "import torch\n\n\ndef scale(x, factor=2.0):\n    x = x.clone().requires_grad_()\n"
        "    (slope,) = torch.autograd.grad((x * x * factor).sum(), x)\n    return slope\n"
    )
    parts = parts_of(source)
    square = next(i for i, part in enumerate(parts) if quoted(part) == "`x * x` in `x * x * factor`")
    package = load_package(small, {"idea.py": source})
    puts = [[[square, [3 * X]]]]
    (given,) = probed(Code(package), Request(0, "probe idea.scale", ("idea", source, puts, (X, 1.0)), {}))
    assert torch.allclose(given[0], 2 * X)


def test_parts_are_what_is_read_and_decides() -> None:
    source = (
        'def f(x):\n    "text"\n    if x > 1:\n        raise ValueError(f"{x + 1}")\n'
        "    y: int = x[1:, 0] + sum(i for i in x[1:])\n    return torch.sum(y)\n"
    )
    assert [ast.unparse(part.node) for part in parts_of(source)] == [
        "x", "1", "x > 1", "x", "1", "0", "x[1:, 0]", "x", "1", "x[1:]", "sum((i for i in x[1:]))",
        "x[1:, 0] + sum((i for i in x[1:]))", "torch", "y", "torch.sum(y)",
    ]  # fmt: skip


def test_the_start_of_a_sum_is_no_part() -> None:
    parts = parts_of("def f(x):\n    total = torch.zeros_like(x)\n    return total + x\n")
    assert [ast.unparse(part.node) for part in parts] == ["torch", "x", "total", "x", "total + x"]


def test_a_dimension_and_a_dtype_are_no_parts() -> None:
    parts = parts_of("def f(x):\n    return x.sum(-1).to(x.dtype)\n")
    assert [ast.unparse(part.node) for part in parts] == ["x", "x.sum(-1)", "x.sum(-1).to(x.dtype)"]


def test_what_ran_where_all_is_right_is_known(small: Assignment) -> None:
    source = f"{HEAD}def scale(x, factor=2.0):\n    return x * factor if factor < 4 else x\n"
    theirs = Looked(ask_probed(load_package(small, {"idea.py": source})), "idea", source)
    right = [(Call("idea.scale", (X, factor), {}, False, None), None) for factor in (2.0, 3.0, 4.0)]
    both = Compared(theirs, theirs, frozenset(), [], right)
    often = [(ast.unparse(part.node), both.proven(place)) for place, part in enumerate(theirs.parts)]
    assert ("factor < 4", 3) in often
    assert ("x * factor", 2) in often


def test_one_part_that_mends_all_is_told_before_a_mistake_that_explains_some(
    small: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    says = "`x` in line 1: with another value there all is right."
    monkeypatch.setattr(unforeseen, "in_own_code", lambda *_: {"a": says, "b": says})
    known = CheckResult("a", "", Visibility.PUBLIC, Verdict.FAIL, hint="Look.", diagnosis=f"x.{BESIDES}")
    checks = (known, CheckResult("b", "", Visibility.PUBLIC, Verdict.FAIL))
    task = TaskResult("scale", "1.1", "Scale", 40, 0, checks)
    (named,) = with_unforeseen(small, [task], [], {}, None)  # type: ignore[arg-type]
    assert [(check.diagnosis, check.hint) for check in named.checks] == [(says, "Look."), (says, "")]
    monkeypatch.setattr(unforeseen, "in_own_code", lambda *_: {})
    assert with_unforeseen(small, [task], [], {}, None) == (task,)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("got", "want", "says"),
    [
        (X**2, X, "Each value is the square of the expected one."),
        (X.float(), X, "It is float32 where float64 belongs."),
        (2, 3, "Once it is 2, and 3 in a right answer."),
        (torch.tensor([1.0, 2.0]), torch.tensor([1.0, 5.0]), ""),  # one of two numbers says little
        (torch.tensor(2.0), torch.tensor(5.0), ""),  # a step that uses it may be wrong
        (True, True, ""),
        (X > 0.5, X <= 0.5, "True and False have changed places."),
        ([X], [X + 1], ""),
        (X.to(torch.complex64), X, "It is complex64 where float64 belongs."),
    ],
)
def test_a_difference_is_put_into_words(got: object, want: object, says: str) -> None:
    assert placed([([got], [want])]) == says


def test_what_goes_wrong_in_a_loop_is_said_to_begin_right() -> None:
    assert placed([([X, X**2], [X, X + 1]), ([X], [X])]) == LATER
    assert placed([([X, X**2], [X, X]), ([X**2], [X])]) == "Each value is the square of the expected one."


def test_a_relation_holds_for_single_numbers_too() -> None:
    arrays, number = ([-X], [X]), ([torch.tensor([4.0])], [torch.tensor([-2.0])])
    assert placed([arrays]) == "Each value has the other sign."
    assert placed([arrays, number]) == ""


def test_numbers_of_several_calls_tell_a_relation_together() -> None:
    numbers = [0.1234567, 2.345678, 0.3456789]
    assert placed([([x**0.5], [x]) for x in numbers]) == "Each value is the square root of the expected one."


def test_a_value_stands_where_its_kind_fits() -> None:
    row = X[None]
    assert fitting([row], [X])[0].shape == X.shape
    assert fitting([X[:3]], [X]) is None
    assert fitting([torch.tensor(2.0)], [3]) == [2.0]
    assert fitting([True], [1]) is None
    assert fitting([X > 0], [X]) is None
    assert fitting([X, X], [X]) is None
    assert apart([2 * X], [X]) < apart([X.roll(1)], [X]) <= 1.0 == apart([X[:3]], [X])


def test_the_hint_stays_beside_the_place(small: Assignment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        unforeseen, "in_own_code", lambda *_: {"a": "`x`: with another value there all is right."}
    )
    failed = CheckResult("a", "", Visibility.PUBLIC, Verdict.FAIL, hint="Look.")
    task = TaskResult("scale", "1.1", "Scale", 40, 0, (failed,))
    (named,) = with_unforeseen(small, [task], [], {}, None)  # type: ignore[arg-type]
    assert (named.checks[0].diagnosis != "", named.checks[0].hint) == (True, "Look.")


def test_the_place_is_found_in_a_locked_worker(judge: Judge, answers: dict[str, bytes]) -> None:
    source = answers["noising.py"].decode()
    wrong = source.replace("torch.sqrt(variance + delta)", "torch.pow(variance + delta, 0.7)")
    eve = Submission("eve", "", "", "", {"noising.py": wrong.encode()})
    result = grade(judge, eve, Seed(1))
    said = {check.diagnosis for task in result.grade.tasks for check in task.checks if check.diagnosis}
    assert len(said) == 1
    line = 1 + source[: source.index("torch.sqrt(var")].count("\n")
    assert said.pop().startswith(
        f"`torch.pow(variance + delta, 0.7)` in line {line} of noising.py, or a step that uses it, is wrong"
    )
    assert not (judge.staging.folder / "looked").exists()


def test_the_grader_s_own_limit_ends_a_look(small: Assignment) -> None:
    raises = "def scale(x, factor=2.0):\n    raise MachineFault('late')\n"
    source = f"from autograder.errors import MachineFault\n\n\n{raises}"
    ask = ask_probed(load_package(small, {"idea.py": source}))
    with pytest.raises(MachineFault, match="late"):
        ask(Request(0, "probe idea.scale", ("idea", source, [], (X,)), {}))


HOSTILE = {
    "hangs": "while True: pass",
    "dies": "import os; os._exit(1)",
    "lies": "globals()['_see'] = lambda place, value: [[[0] * 1000] * 1000]",
    "forges": "globals()['_see'].__self__.seen = {-1: [7], 10**9: [x], 'a': ['b']}",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_code_that_misbehaves_when_it_is_looked_into_gets_its_points(judge: Judge, body: str) -> None:
    source = (
        f"def standardise(x, delta=1e-5):\n    if '_see' in globals():\n        {body}\n"
        "    y = x - x.mean(0)\n    return y / (y.var(0) + delta)\n"
    )
    eve = Submission("eve", "", "", "", {"noising.py": source.encode()})
    named, plain = (grade(judge, eve, Seed(1), named=named).grade for named in (True, False))
    assert [task.points for task in named.tasks] == [task.points for task in plain.tasks]
    assert not named.withheld


def test_a_worker_that_stops_is_not_asked_about_further_tasks(small: Assignment) -> None:
    asked = []

    @contextmanager
    def looking(visibility: Visibility) -> Iterator[Ask]:
        asked.append(visibility)
        raise Stop(Verdict.TIMEOUT, "late")
        yield

    failed = CheckResult("a", "", Visibility.PUBLIC, Verdict.FAIL, hint="Look.")
    tasks = [TaskResult("scale", "1.1", "Scale", 40, 0, (failed,))] * 2
    check = Check("a", "", Visibility.PUBLIC, "scale", 1, False, "p", False)
    calls = (Call("idea.scale", (X, 3.0), {}, False, X.sin().cos()),)
    named = with_unforeseen(small, tasks, [CheckRun(check, Outcome(Verdict.FAIL), 0.0, calls)], {}, looking)
    assert [task.checks[0].diagnosis for task in named] == ["", ""]
    assert asked == [Visibility.PUBLIC]
