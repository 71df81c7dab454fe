"""Runs the checks as plain pytest would: a fresh process, the submission beside the checks, no sandbox.

For comparison only. `Fresh` starts such a process; the hooks below are its plugin, and keep the verdicts.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ..calls.outcomes import outcome_of
from ..errors import MachineFault
from ..judging.plugin import CHECK, SOURCE
from ..judging.trial import InProcess
from ..records import Verdict, Visibility
from ..seeds import Seed
from ..sources.given import TREE, given_files
from ..spec import Assignment

TIMEOUT_S = 300.0
Files = dict[str, bytes]
Verdicts = dict[str, Verdict]  # by check


class Plain(msgspec.Struct, frozen=True):
    """What a fresh process says about one check."""

    task: str
    visibility: Visibility
    verdict: Verdict


VERDICTS = pytest.StashKey[dict[str, Plain]]()


class Fresh:
    """A tree with the checks, the reference and one submission, for `python -m pytest`."""

    def __init__(self, assignment: Assignment, root: Path, folder: Path) -> None:
        self._assignment = assignment
        self._root = root
        self._folder = folder
        home = folder / assignment.folder.parent.name
        shutil.copytree(
            assignment.folder, home / assignment.name, ignore=shutil.ignore_patterns("__pycache__")
        )
        self._staged = folder / TREE / assignment.name
        (self._staged / "hidden").mkdir(parents=True)
        for package in (home, folder / TREE):
            (package / "__init__.py").touch()
        for path, content in given_files(assignment).items():
            (self._staged / path).write_bytes(content)

    def run(self, files: Files, seed: Seed) -> Verdicts:
        """Run all checks in a fresh process."""
        for path, content in files.items():
            (self._staged / path).write_bytes(content)
        answer, folder = self._folder / "verdicts.json", f"solutions/{self._assignment.name}"
        answer.unlink(missing_ok=True)
        command = [
            sys.executable, "-m", "pytest", "-q", "-p", "autograder.benches.plainly",
            f"--plainly-assignment={self._assignment.name}", f"--plainly-seed={seed.n}",
            f"--plainly-out={answer}", f"{folder}/tests", f"{folder}/hidden",
        ]  # fmt: skip
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(self._folder), str(self._root)))}
        environment.pop("PYTEST_DISABLE_PLUGIN_AUTOLOAD", None)  # the judge's session has set it
        done = subprocess.run(
            command, cwd=self._folder, env=environment, capture_output=True, text=True,
            timeout=TIMEOUT_S, check=False,
        )  # fmt: skip
        if not answer.exists():
            raise MachineFault(f"the fresh pytest process failed: {done.stdout[-1000:]}{done.stderr[-1000:]}")
        return skip_needy(self._assignment, msgspec.json.decode(answer.read_bytes(), type=dict[str, Plain]))


def skip_needy(assignment: Assignment, found: Mapping[str, Plain]) -> Verdicts:
    """Mark what the judge would not have run, because a needed task fails in public."""
    public = Visibility.PUBLIC
    broken = {
        one.task for one in found.values() if one.visibility is public and one.verdict is not Verdict.PASS
    }
    for task in assignment.tasks:  # a task that is skipped is broken as well
        broken |= {task.id} if broken & set(task.needs) else set()
    needy = {task.id for task in assignment.tasks if broken & set(task.needs)}
    return {name: Verdict.SKIPPED if one.task in needy else one.verdict for name, one in found.items()}


# -------------------------------------------------------------------------------- the plugin


def pytest_addoption(parser: pytest.Parser) -> None:
    """Ask which assignment it is, for the student's seed, and where to write the verdicts."""
    group = parser.getgroup("plainly")
    for name in ("assignment", "seed", "out"):
        group.addoption(f"--plainly-{name}", required=True)


def pytest_configure(config: pytest.Config) -> None:
    """Let the checks call the staged submission in this process."""
    name, seed = config.getoption("plainly_assignment"), Seed(int(config.getoption("plainly_seed")))
    config.stash[SOURCE] = InProcess(f"{TREE}.{name}", seed, f"solutions.{name}")
    config.stash[VERDICTS] = {}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out the checks of speed and memory."""
    items[:] = [item for item in items if not item.stash[CHECK].measured]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Forget the calls of the check before."""
    source: Any = item.config.stash[SOURCE]
    source.code = None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep each check's verdict."""
    check = item.stash[CHECK]
    verdicts = item.config.stash[VERDICTS]
    if call.excinfo or check.name not in verdicts:
        verdict = outcome_of(call.excinfo.value if call.excinfo else None).verdict
        verdicts[check.name] = Plain(check.task, check.visibility, verdict)
    return (yield)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write all verdicts."""
    Path(session.config.getoption("plainly_out")).write_bytes(
        msgspec.json.encode(session.config.stash[VERDICTS])
    )
