"""A pytest session that stays warm: the checks are collected once and run again for each submission."""

from __future__ import annotations

import gc
import os
import sys
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest

from ..calls.outcomes import Outcome, StudentError, outcome_of
from ..errors import UserError
from ..loading import loading
from ..records import Verdict
from . import plugin
from .examples import Examples
from .hints import hint_for
from .plugin import CHECK, SOURCE, Check, Source
from .private import close_config, open_config, run_item, tear_down_to

OPTIONS = (
    "--noconftest",  # a submission's conftest.py is not ours
    "-s",  # what a student prints in a practice run is shown
    "-p", "no:cacheprovider", "-p", "no:terminal", "-p", "no:faulthandler",
    "-p", "no:unraisableexception", "-p", "no:threadexception",  # they collect torch's heap twice a check
    "-p", "no:logging", "-p", "no:warnings", "-p", "no:skipping", "-p", "no:doctest",
)  # fmt: skip
GIVEN = ("submission", "reference", "seed")  # fixtures that a source gives


class ChecksBroken(UserError):
    """A check file that cannot be collected: the grader's own fault, with file and line."""


@dataclass(frozen=True)
class Ran:
    """How one check ended, and how long it took."""

    outcome: Outcome
    seconds: float
    error: BaseException | None  # what the check raised


class Session:
    """The collected checks of one assignment, ready to run; use as a context manager."""

    def __init__(self, folders: list[Path]) -> None:
        root = folders[0].parents[2]  # the folder that holds solutions/ or assignments/
        if str(root) not in sys.path:
            sys.path.insert(0, str(root))
        self._watch = _Watch()
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        settings = ["-c", os.devnull, f"--rootdir={root}"]
        with loading():
            self._config = open_config([*settings, *OPTIONS, *map(str, folders)], [plugin, self._watch])
            self._session = pytest.Session.from_config(self._config)
            self._config.hook.pytest_sessionstart(session=self._session)
            self._collect()

    def _collect(self) -> None:
        try:
            self._session.perform_collect()
        except (pytest.UsageError, pytest.Session.Failed) as problem:
            raise ChecksBroken(str(problem)) from None
        if self._watch.broken:
            raise ChecksBroken("\n".join(self._watch.broken))
        self._items = {item.stash[CHECK].name: item for item in self._session.items if CHECK in item.stash}
        self._drawn = {name: Examples(item) for name, item in self._items.items() if item.stash[CHECK].drawn}

    @property
    def checks(self) -> list[Check]:
        """All collected checks in file order, but those for a GPU alone."""
        return [check for check in self._all if not check.on_gpu]

    @property
    def gpu_checks(self) -> list[Check]:
        """The collected checks that are for a GPU alone."""
        return [check for check in self._all if check.on_gpu]

    @property
    def _all(self) -> list[Check]:
        return [item.stash[CHECK] for item in self._items.values()]

    def run(self, name: str, source: Source) -> Ran:
        """Run one check on the code that `source` gives it."""
        item = self._items[name]
        self._config.stash[SOURCE] = source
        drawn = self._drawn.get(name)
        if drawn:
            drawn.begin(source.seed(item.stash[CHECK]))
        start = time.perf_counter()
        tear_down_to(self._session, item)  # the module of the check before, if another
        self._config.hook.pytest_runtest_protocol(item=item, nextitem=item.parent)
        if drawn and self._watch.error is None:
            drawn.passed()
        seconds, error = time.perf_counter() - start, self._watch.error
        outcome = outcome_of(error)
        if outcome.verdict is Verdict.FAIL and not outcome.hint:
            reached = hint_for(error, item.path) if isinstance(error, StudentError) else ""
            outcome = replace(outcome, hint=reached or item.stash[CHECK].hint)
        return Ran(outcome, seconds, error)

    def close(self) -> None:
        """End the session."""
        tear_down_to(self._session, None)
        close_config(self._config)
        gc.unfreeze()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Watch:
    """Sees what pytest would only print: errors of collection, and the exception that ended a check."""

    def __init__(self) -> None:
        self.error: BaseException | None = None
        self.broken: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool:
        source, check = item.config.stash[SOURCE], item.stash[CHECK]
        self.error = run_item(item, {name: partial(getattr(source, name), check) for name in GIVEN})
        return True

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.broken.append(f"{report.nodeid}: {report.longrepr}")
