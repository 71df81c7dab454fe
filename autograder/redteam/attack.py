"""Attacks as data: what is tried, through which door, what holds it off, and where it would succeed.

`tests/redteam/attacks` fills these records; `suite.py` carries them out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ..records import Verdict

Surface = Literal["worker", "collector", "report", "workflow", "speed", "scope"]

OPEN = "open"  # proof in a worker without layers; others name a plain grader of tests/redteam/beside.py


class Escaped(Exception):
    """An attack came through; the message says how."""


class Absent(Exception):
    """An attack cannot be tried on this machine; the message says what is missing."""


@dataclass(frozen=True)
class Code:
    """An attack that is a submission: `body` is what its function does, or a whole module.

    A body runs inside `standardise(x)` of the small course, with `HERE` naming the canaries. It succeeds by
    touching one, by bringing back what a canary holds, or by saying "did ...", as in "did take memory".
    """

    name: str
    body: str
    held_by: str  # in words, for the table
    proof: str = OPEN  # where it is seen to succeed when nothing holds it
    ends: tuple[Verdict, ...] = (Verdict.FAIL,)  # the verdicts that its checks may get
    module: bool = False  # `body` is the whole of noising.py
    more: Mapping[str, str] = field(default_factory=dict)  # further files: what a plain grader would take too
    limits: Mapping[str, Any] = field(default_factory=dict)  # changed limits of its worker
    only: str = ""  # the one layer without which it succeeds
    wait_s: float = 0.0  # how long its effect may take to show
    rare: bool = False  # some machines forbid it to everybody: then there is no proof, and the table says so


@dataclass(frozen=True)
class Act:
    """An attack that is carried out in an empty folder; `act` returns what held it off or raises Escaped.

    Its second argument is the bench (`tests/redteam/bench.py`), for those that need a warm judge.
    """

    name: str
    act: Callable[[Path, Any], str]


Variant = Code | Act


@dataclass(frozen=True)
class Attack:
    """One attack with its variants; out of scope (`surface="scope"`) it has a reason instead."""

    number: int  # of the course's list of attacks; from 67 on, what the list says without a number
    title: str
    surface: Surface
    variants: tuple[Variant, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Finding:
    """What became of one variant."""

    number: int
    title: str
    surface: Surface
    variant: str
    held_by: str
    escaped: str = ""  # how it came through; "" when it was contained
    dud: str = ""  # why it proves nothing; "" when it was seen to succeed where nothing held it
    absent: str = ""  # why it could not be tried; "" when it was
