"""Replays the cases that hypothesis draws for a check: slow to draw, and the same again for a student's seed.

A check has SETS sets of cases, of which its seed chooses one. So a class is graded as fast as if all had the
same cases, and the seeds of `verify` meet nearly all that students can meet.
"""

from __future__ import annotations

import contextlib
import copy
import warnings
from functools import partial
from typing import Any

import hypothesis
from hypothesis.errors import HypothesisDeprecationWarning, UnsatisfiedAssumption
from hypothesis.strategies import DataObject

from ..seeds import Seed
from .private import fixture_names

SETS = 8
Case = dict[str, Any]  # what was drawn, by the names of a check's arguments


def set_of(seed: Seed) -> int:
    """Return the number of the set that a check's seed chooses."""
    return seed.n % SETS


class Examples:
    """The cases of one collected check, recorded while hypothesis runs it and then run without it.

    A run that fails stops early, so only a run that passes has met all cases.
    """

    def __init__(self, item: Any) -> None:
        self._item = item
        self._drawing = item.obj  # hypothesis around the check
        self._inner = item.obj.hypothesis.inner_test
        self._set = 0
        self._cases: list[Case] = []
        self._known: dict[int, list[Case]] = {}
        item.obj.hypothesis.inner_test = self._record

    def begin(self, seed: Seed) -> None:
        """Let the check run on a seed's cases: on those that were recorded, or let hypothesis draw them."""
        self._set, self._cases = set_of(seed), []
        known = self._known.get(self._set)
        hypothesis.seed(self._set)(self._drawing)
        self._item.obj = self._drawing if known is None else partial(self._replay, known)

    def passed(self) -> None:
        """Keep what was recorded, unless the check draws while it runs or was replayed."""
        draws = any(isinstance(value, DataObject) for case in self._cases for value in case.values())
        if not draws:
            self._known.setdefault(self._set, self._cases)

    def _record(self, **arguments: Any) -> None:
        fixtures = fixture_names(self._item)
        self._cases.append(
            copy.deepcopy({name: value for name, value in arguments.items() if name not in fixtures})
        )
        try:
            self._inner(**arguments)
        except UnsatisfiedAssumption:
            self._cases.pop()
            raise

    def _replay(self, cases: list[Case], **fixtures: Any) -> None:
        with warnings.catch_warnings(action="ignore", category=HypothesisDeprecationWarning):  # of `assume`
            for case in cases:
                with contextlib.suppress(UnsatisfiedAssumption):
                    self._inner(**fixtures, **copy.deepcopy(case))
