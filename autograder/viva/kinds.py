"""The kinds of questions. Each takes what running gave, and makes a question that is right, or none.

Whatever an answer states was run twice: once to find it, once more by itself in a fresh worker.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ..calls.outcomes import SLIPS
from ..calls.undertest import Call
from ..records import Verdict
from ..spec import Task
from .changes import Change, excerpt
from .records import Option, Question
from .running import Came, Runner, compare
from .words import arguments, call_text, came_text, how, is_plain, is_small
from .written import Part

SLIPPED = SLIPS | {"UnboundLocalError"}
POOR = SLIPPED | {"CheckFailed", *Verdict}  # ends that ask for no understanding
THEN = {
    "returns": "Why does it become that? Which input would show nothing?",
    "which": "Name a call for which the other edit shows, too. If there is none, why not?",
    "where": "In one sentence: for which inputs does this edit matter?",
    "raises": "How did you find out, or how would you? What do you change?",
    "now": "Which line decides that? What if it were left out?",
}


@dataclass(frozen=True)
class Row:
    """What the calls give with one edit made."""

    change: Change
    came: Sequence[Came]


@dataclass(frozen=True)
class Table:
    """One function's calls, what they give, and what they give with each of some edits."""

    task: Task
    part: Part  # the function itself
    calls: Sequence[Call]
    base: Sequence[Came]
    wanted: Sequence[bool]  # whether the check that made a call passed
    rows: Sequence[Row]

    def given(self, number: int) -> tuple[tuple[str, str], ...]:
        """A call's arguments in words."""
        return arguments(self.calls[number], self.part.node)


Confirm = Callable[[Table, int, Row | None], bool]  # run a call by itself: does it give the same once more?
Kind = Callable[[Table, Confirm, random.Random], Question | None]


def confirmer(runner: Runner) -> Confirm:
    """Return what runs one call once more in a fresh worker."""

    def confirm(table: Table, number: int, row: Row | None) -> bool:
        came = runner.came([table.calls[number]], row.change.replaced if row else None)[0]
        return compare(came, (row.came if row else table.base)[number]) == "same"

    return confirm


def returns(table: Table, confirm: Confirm, rng: random.Random) -> Question | None:
    """Ask what a call that can be worked out by hand returns after an edit."""
    found = list(_differing(table, rng))
    for row, number in sorted(found, key=lambda one: not is_plain(one[0].came[one[1]].value)):
        call, base, came = table.calls[number], table.base[number], row.came[number]
        by_hand = is_plain((call.args, call.kwargs)) and is_small(came.value) and is_small(base.value)
        if base.ended or came.ended or not by_hand or came_text(base) == came_text(came):
            continue
        if confirm(table, number, None) and confirm(table, number, row):
            return _question(
                "returns", table, row.change.part, [row.change], number,
                f"{row.change.says}. What does this call return then?", (row.change.option(),),
                _result(came), (("as it is", came_text(base)), ("with the edit", came_text(came))),
                how(base, came),
            )  # fmt: skip
    return None


def which(table: Table, confirm: Confirm, rng: random.Random) -> Question | None:
    """Ask which of two edits of one function changes what a call gives."""
    for row, number in _differing(table, rng):
        others = [
            other
            for other in table.rows
            if compare(table.base[number], other.came[number]) == "same"
            and other.change.part is row.change.part
            and other.change.made.first != row.change.made.first
        ]
        for other in rng.sample(others, min(1, len(others))):
            if all(confirm(table, number, one) for one in (None, row, other)):
                return _which(table, number, row, other, rng)
    return None


def _which(table: Table, number: int, row: Row, other: Row, rng: random.Random) -> Question:
    pair = rng.sample([row, other], 2)
    label = "AB"[pair.index(row)]
    base, came = table.base[number], row.came[number]
    return _question(
        "which", table, row.change.part, [row.change, other.change], number,
        "One of these two edits changes what this call gives, the other does not. Which one, and how?",
        tuple(one.change.option(name) for one, name in zip(pair, "AB", strict=True)),
        f"{label}. {_result(came)}",
        (("as it is, and with the other", came_text(base)), (f"with {label}", came_text(came))),
        how(base, came),
    )  # fmt: skip


def where(table: Table, confirm: Confirm, rng: random.Random) -> Question | None:
    """Ask for which of two calls an edit matters."""
    for row, number in _differing(table, rng):
        others = [
            other
            for other, came in enumerate(row.came)
            if compare(table.base[other], came) == "same" and not came.ended
            if table.given(other) != table.given(number)
        ]
        for other in others[:1]:
            runs = [(one, edit) for one in (number, other) for edit in (None, row)]
            if all(confirm(table, one, edit) for one, edit in runs):
                return _where(table, row, number, other, rng)
    return None


def _where(table: Table, row: Row, number: int, other: int, rng: random.Random) -> Question:
    pair = rng.sample([number, other], 2)
    label = "AB"[pair.index(number)]
    base, came = table.base[number], row.came[number]
    options = [
        Option(name, "", tuple(f"{what} = {is_}" for what, is_ in table.given(one)))
        for one, name in zip(pair, "AB", strict=True)
    ]
    return _question(
        "where", table, row.change.part, [row.change], number,
        f"{row.change.says}. For one of these two calls that changes the result, for the other it does not. "
        "For which does it, and why?",
        (row.change.option(), *options),
        f"{label}. {_result(came)}",
        (
            (f"{label} as it is", came_text(base)),
            (f"{label} with the edit", came_text(came)),
            ("the other, both times", came_text(table.base[other])),
        ),
        how(base, came), given=(),
    )  # fmt: skip


def raises(table: Table, confirm: Confirm, rng: random.Random) -> Question | None:
    """Ask about a call on which the hand-in itself ends without a value."""
    for number, base in enumerate(table.base):
        if (
            base.ended
            and not table.wanted[number]
            and base.type != "CheckFailed"
            and confirm(table, number, None)
        ):
            return _question(
                "raises", table, table.part, [], number,
                "This call of your code gives no result. What happens, and in which line?", (),
                f"It {came_text(base)}.", (), "",
            )  # fmt: skip
    return None


def now(table: Table, confirm: Confirm, rng: random.Random) -> Question | None:
    """Ask what a call returns as the code is."""
    for number, base in enumerate(table.base):
        call = table.calls[number]
        by_hand = not base.ended and is_plain((call.args, call.kwargs)) and is_small(base.value)
        if by_hand and confirm(table, number, None):
            return _question(
                "now", table, table.part, [], number, "What does this call of your code return?", (),
                _result(base), (), "",
            )  # fmt: skip
    return None


KINDS = (returns, which, where)  # taken in turn; `raises` goes before them, `now` after all others


def _differing(table: Table, rng: random.Random) -> Iterator[tuple[Row, int]]:
    """Yield edits with a call that they change, in random order: small results first, exceptions last."""
    found = [
        (row, number)
        for row in table.rows
        for number, came in enumerate(row.came)
        if compare(table.base[number], came) == "differs" and came.type not in POOR
        if came.usable and not (came.value is None and not came.ended)
    ]
    rng.shuffle(found)

    def rank(one: tuple[Row, int]) -> tuple[bool, bool]:
        base, came = table.base[one[1]], one[0].came[one[1]]
        return bool(base.ended or came.ended), not (is_small(base.value) and is_small(came.value))

    yield from sorted(found, key=rank)


def _result(came: Came) -> str:
    return f"It {came_text(came)}." if came.ended else f"It returns {came_text(came)}."


def _question(
    kind: str,
    table: Table,
    part: Part,
    changes: Sequence[Change],
    number: int,
    asks: str,
    options: tuple[Option, ...],
    answer: str,
    shows: tuple[tuple[str, str], ...],
    how_: str,
    given: tuple[tuple[str, str], ...] | None = None,
) -> Question:
    own = table.given(number)
    return Question(
        kind=kind,
        task=f"{table.task.number} {table.task.title}",
        file=part.file,
        function=part.name,
        code=excerpt(part, changes),
        asks=asks,
        call=call_text(table.calls[number], own),
        given=own if given is None else given,
        options=options,
        answer=" ".join(filter(None, (answer, how_))),
        shows=shows,
        then=THEN[kind],
    )
