"""Small slips in the reference name a mistake that nobody foresaw, only where nothing contradicts them."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest
import torch

from autograder.calls.outcomes import Outcome
from autograder.calls.undertest import Ask, Call
from autograder.calls.wire import Reply
from autograder.differences.scope import Scope, scope_of
from autograder.differences.slips import LIKELY, RARE, TOGETHER, WHERE
from autograder.differences.values import often
from autograder.judging import unforeseen
from autograder.judging.plugin import Check
from autograder.judging.slipped import slipped
from autograder.judging.trial import CheckRun
from autograder.judging.unforeseen import with_unforeseen
from autograder.records import CheckResult, TaskResult, Verdict, Visibility
from autograder.sources.inplace import InPlace
from autograder.sources.markers import Region
from autograder.spec import Assignment
from tests.small_assignment import small_loaded

X = torch.rand(50, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def said(expression: str, owner: str = "") -> set[str]:
    """Return the sentences of all slips in `return expression`, of a function of x and mask."""
    source = f"def f(x, mask):\n    secret = x + 1\n    other = mask + 1\n    return {expression}\n"
    node = ast.parse(source).body[0]
    assert isinstance(node, ast.FunctionDef)
    whole = Region(1, 5, tuple(node.body), "f", 4)
    class_ = ast.parse(owner) if owner else None
    scope = scope_of(node, class_, frozenset({"norm"}))
    return {
        says.partition(WHERE)[0]
        for kind in (*LIKELY, *TOGETHER, *RARE)
        for says, _ in kind(node, [whole], scope)
    }


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("(1 - mask) * secret", "the factor with `mask` is missing"),
        ("x - mask", "the term with `mask` has the wrong sign"),
        ("2 * secret", "the factor 2 is missing"),
        ("secret * other", "one factor is missing"),
        ("x.sqrt()", "a square root is missing at `x`"),
        ("torch.sqrt(x)", "a square root is missing at `x`"),
        ("x.sum()", "mean stands where sum belongs"),
        ("f(x, mask=mask)", "`mask` is not passed on"),
        ("f(x, norm='ortho')", "`norm` of a call is left at its default"),
        ("x.flip(dims=d)[mask]", "`mask` is read the wrong way round"),
        ("x.sum(dim=1)", "another dimension is taken"),
        ("x.sum(1)", "another dimension is taken"),
        ("1 - mask", "`1 -` is left out before `mask`"),
        ("x.sum(dim=(0, 1))", "one dimension too few is taken"),
        ("(x - mask) / 2", "the divisor 2 acts on one of two terms alone"),
        ("(x - secret) ** 2", "the power 2 acts on one of two terms alone"),
        ("x ** 2", "the absolute value stands where a power belongs at `x`"),
        ("secret.sigmoid()", "tanh stands where sigmoid belongs"),
        ("torch.where(mask, x, 0)", "the case with `mask` is not told apart"),
        ("rearrange(x, 'b n d -> n (b d)')", "the dimensions b and d have changed places"),
        ("rearrange(x, 'b n d -> n (b d)')", "a reshape stands where dimensions must be permuted"),
        ("[secret for i in range(3)]", "a loop ends one short"),
        ("x[1:]", "a slice takes the other end"),
        ("(x[..., ::2], x[..., 1::2])", "halves stand where neighbours make a pair"),
        ("torch.cat([x.sin(), x.cos()], dim=1)", "parts take turns that should stand one after the other"),
        ("secret * 255", "256 stands where 255 belongs"),
        ("x + 0.5", "a sum is 0.5 off, as with 1 for 0.5"),
        ("x // mask", "the quotient with `x` and `mask` is rounded the other way"),
        ("secret.long()", "it is rounded the other way"),
        ("secret", "`x` is one too small"),
        ("secret", "`mask` and `x` have changed places"),
        ("secret", "`x` is not used: it counts as 0"),
        ("secret + other", "a factor `mask` is too many"),
        ("(x < 1) & (mask < 1)", "a value on the bound itself counts on the other side in 2 places"),
        ("x.sum() / mask.sum()", "mean stands where sum belongs in 2 places"),
        ("(x - mask) + (x - mask) ** 2", "the term with `mask` is missing in 2 places"),
        ("norm(f(x), mask)", "two steps are in the other order"),
        ("x.norm().f()", "two steps are in the other order"),
        ("f(x)", "`x` is added to what is made of it"),
        ("x - mask * 2", "`x` and `mask` have changed places in one formula"),
        ("x.sign()", "only the sign of `x` is taken"),
        ("secret < x", "a value on the bound itself counts on the other side"),
    ],
)
def test_slips_are_put_into_words(expression: str, says: str) -> None:
    assert says in said(expression)


def test_no_sentence_says_what_depends_on_the_form_of_a_sum() -> None:
    found = said("x // 2 + 0.5")
    assert not any("0.5 belongs" in says or "rounded up" in says for says in found)


def test_gradients_that_are_cut_off_are_named() -> None:
    node = ast.parse("def f(optimizer):\n    optimizer.step()\n").body[0]
    assert isinstance(node, ast.FunctionDef)
    whole = Region(1, 3, tuple(node.body), "f", 4)
    scope = scope_of(node, None, frozenset())
    found = {says.partition(WHERE)[0] for kind in LIKELY for says, _ in kind(node, [whole], scope)}
    assert "gradients are cut off at norm 1 before the update" in found


def test_sentences_name_nothing_of_an_answer_but_arguments() -> None:
    assert not any("secret" in says for says in said("secret.sqrt() * (secret - x) / secret[secret]"))


def test_a_bound_is_no_dimension() -> None:
    assert "another dimension is taken" not in said("x.clamp(1, 2) + torch.full(mask, 0)")


def test_parts_of_a_module_are_named_where_students_read_of_them() -> None:
    owner = "class C:\n    def f(self): return self.norm(self.secret(x))"
    found = said("self.norm(x)", owner)
    assert "`norm` is not applied" in found
    assert "one part stands where `norm` belongs" in found


@pytest.mark.parametrize(("expression", "a_share"), [("2 * x", True), ("mask[x]", False), ("2 // x", False)])
def test_what_is_counted_is_no_share(expression: str, a_share: bool) -> None:
    whole = ast.parse(expression, mode="eval").body
    x = next(one for one in ast.iter_child_nodes(whole) if isinstance(one, ast.Name) and one.id == "x")
    made = {says for says, _ in often(x, whole, Scope(frozenset({"x", "mask"})))}
    assert ("1 - `x` stands where `x` belongs" in made) is a_share


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Assignment]:
    with small_loaded(tmp_path) as loaded:
        yield loaded


def run(name: str, verdict: Verdict, x: torch.Tensor, came: torch.Tensor) -> CheckRun:
    check = Check(name, "", Visibility.PUBLIC, "scale", 1, False, "p", False)
    return CheckRun(check, Outcome(verdict), 0.0, (Call("idea.scale", (x, 3.0), {}, False, came),))


def named(small: Assignment, *judged: CheckRun) -> dict[str, str]:
    return slipped(small, "scale", judged)


def test_a_slip_is_named_under_every_failed_check(small: Assignment) -> None:
    both = [run(name, Verdict.FAIL, X, X.clone()) for name in "ab"]
    says = "the factor with `factor` is missing, in `scale`."
    assert named(small, *both) == {"a": says, "b": says}


def test_a_slip_that_any_check_contradicts_is_not_named(small: Assignment) -> None:
    failed = run("a", Verdict.FAIL, X, X.clone())
    assert named(small, failed, run("b", Verdict.FAIL, X, X + 1)) == {}
    assert named(small, failed, run("b", Verdict.PASS, X, 3 * X)) == {}


def test_a_slip_in_a_value_without_a_name_is_not_told(
    small: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autograder.judging.slipped.searched", lambda *_: "one value is halved, in `scale`.")
    assert named(small, run("a", Verdict.FAIL, X, X.clone())) == {}


def test_few_digits_name_nothing(small: Assignment) -> None:
    one = torch.ones(1, dtype=torch.float64)
    assert named(small, run("a", Verdict.FAIL, one, one.clone())) == {}


def test_results_that_no_slip_gives_are_not_named(small: Assignment) -> None:
    assert named(small, run("a", Verdict.FAIL, X, X.sin() + 0.3)) == {}


def test_a_number_is_found_that_nobody_listed(small: Assignment) -> None:
    both = [run(name, Verdict.FAIL, X, 3.7 * 3.0 * X) for name in "ab"]
    says = "`factor` is multiplied by 3.7, in `scale`."
    assert named(small, *both) == {"a": says, "b": says}


@pytest.mark.parametrize(
    ("came", "says"),
    [
        (math.exp(3.0) * X, "`exp(factor)` stands where `factor` belongs"),
        ((X + 3.0).sqrt(), "`sqrt(x + factor)` stands where a product belongs"),
        (3.0 * X.tanh(), "the tanh of `x` is taken"),
        (torch.maximum(X, 0.5 + 0 * X) * 3.0, ""),
    ],
)
def test_an_expression_is_found_that_stands_where_another_value_belongs(
    small: Assignment, came: torch.Tensor, says: str
) -> None:
    expected = {"a": f"{says}, in `scale`."} if says else {}
    assert named(small, run("a", Verdict.FAIL, X, came)) == expected


@pytest.mark.parametrize("shape", [(3, 1), (20, 1), (1, 5), (20, 5)])
def test_a_value_is_solved_for_wherever_it_is_broadcast_to(small: Assignment, shape: tuple[int, int]) -> None:
    x = X.repeat(2)[: 5 * max(shape[0], 3)].reshape(-1, 5)
    factor = X.roll(7).repeat(2)[: math.prod(shape)].reshape(shape) + 0.3
    check = Check("a", "", Visibility.PUBLIC, "scale", 1, False, "p", False)
    calls = (Call("idea.scale", (x, factor), {}, False, x * (1 + factor.exp())),)
    says = "`1 + exp(factor)` stands where `factor` belongs, in `scale`."
    assert named(small, CheckRun(check, Outcome(Verdict.FAIL), 0.0, calls)) == {"a": says}


def test_of_slips_that_differ_elsewhere_none_is_told(small: Assignment) -> None:
    check = Check("a", "", Visibility.PUBLIC, "scale", 1, False, "p", False)
    calls = (Call("idea.scale", (X, 2.0), {}, False, 4.0 * X),)  # doubled, or squared?
    assert named(small, CheckRun(check, Outcome(Verdict.FAIL), 0.0, calls)) == {}


@contextmanager
def nothing_seen(visibility: Visibility) -> Iterator[Ask]:
    """Look into calls of a submission of which nothing is told."""
    yield lambda asked: Reply(asked.id)


def test_a_slip_takes_the_place_of_the_hint_where_students_read_it(
    small: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unforeseen, "slipped", lambda *_: dict.fromkeys("ab", "a root is missing."))
    checks = tuple(
        CheckResult(name, "", visibility, Verdict.FAIL, hint="try 2")
        for name, visibility in zip("ab", Visibility, strict=True)
    )
    (task,) = with_unforeseen(small, [TaskResult("scale", "1.1", "T", 4, 0, checks)], [], {}, nothing_seen)
    assert [one.diagnosis for one in task.checks] == ["a root is missing."] * 2
    assert [one.hint for one in task.checks] == ["", "try 2"]


@pytest.mark.parametrize(("came", "hint"), [((X + 3.0).sqrt(), "Look."), (X.clone(), "")])
def test_a_hint_stays_beside_a_sentence_that_leaves_open_what_is_right(
    small: Assignment, came: torch.Tensor, hint: str
) -> None:
    failed = CheckResult("a", "", Visibility.PUBLIC, Verdict.FAIL, hint="Look.")
    task = TaskResult("scale", "1.1", "Scale", 40, 0, (failed,))
    (told,) = with_unforeseen(small, [task], [run("a", Verdict.FAIL, X, came)], {}, nothing_seen)
    assert told.checks[0].diagnosis
    assert told.checks[0].hint == hint


def test_a_number_that_nothing_pins_down_is_not_told(small: Assignment) -> None:
    assert named(small, run("a", Verdict.FAIL, 0 * X, X.sin() + 0.3)) == {}


def test_a_result_of_another_length_is_evidence_too(small: Assignment) -> None:
    says = "`x` loses its last, in `scale`."
    assert named(small, run("a", Verdict.FAIL, X, 3.0 * X[:-1])) == {"a": says}


def test_one_value_of_few_digits_is_none(small: Assignment) -> None:
    assert named(small, run("a", Verdict.FAIL, torch.tensor(2.0), torch.tensor(12.0))) == {}


def test_a_changed_function_is_as_before_afterwards() -> None:
    source = "def f(x):\n    return x + 1\n"
    module = ModuleType("m")
    exec(source, module.__dict__)
    node = ast.parse(source).body[0]
    assert isinstance(node, ast.FunctionDef)
    assert isinstance(node.body[0], ast.Return)
    function, inner = InPlace(module, "f", node), node.body[0].value
    assert inner is not None
    with function.changed([(inner, "2 * x")]) as possible:
        assert possible
        assert module.f(3) == 6
    with function.changed([(inner, "x +")]) as possible:
        assert not possible
        assert module.f(3) == 4
    with function.changed([(inner, "2.0[0]")]) as possible:  # Python would warn of it
        assert possible
    assert module.f(3) == 4
    assert ast.unparse(node) == source.strip()
