"""Replays the cases that hypothesis draws for a check: they are the same on every run, and slow to draw."""

from __future__ import annotations

import contextlib
import copy
import warnings
from typing import Any

from hypothesis.errors import HypothesisDeprecationWarning, UnsatisfiedAssumption
from hypothesis.strategies import DataObject

from .private import fixture_names


class Examples:
    """The cases of one collected check, recorded while hypothesis runs it and then run without it.

    A run that fails stops early, so only a run that passes has met all cases.
    """

    def __init__(self, item: Any) -> None:
        self._item = item
        self._inner = item.obj.hypothesis.inner_test
        self._cases: list[dict[str, Any]] = []
        item.obj.hypothesis.inner_test = self._record

    def begin(self) -> None:
        """Forget the cases of an earlier run."""
        self._cases.clear()

    def passed(self) -> None:
        """Replace hypothesis by the recorded cases, unless a check draws while it runs."""
        if not any(isinstance(value, DataObject) for case in self._cases for value in case.values()):
            self._item.obj = self._replay

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

    def _replay(self, **fixtures: Any) -> None:
        with warnings.catch_warnings(action="ignore", category=HypothesisDeprecationWarning):  # of `assume`
            for case in self._cases:
                with contextlib.suppress(UnsatisfiedAssumption):
                    self._inner(**fixtures, **copy.deepcopy(case))
