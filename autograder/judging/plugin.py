"""The pytest plugin: fixtures that give a check the code under test, the reference and its seed.

Where the code runs is decided by the `Source` in the session's stash: a student's own pytest calls it in this
process (`Practice`), the judge sends it to a worker. The check cannot tell the difference.
"""

from __future__ import annotations

import inspect
from collections.abc import Generator
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from ..records import Verdict, Visibility
from ..seeds import PRACTICE, Seed
from ..spec import SPEC_FILE, load_assignment

if TYPE_CHECKING:
    from ..calls.undertest import Ask
    from .meters import Meter
    from .speed import CostComparison, Kind

MOST_EXAMPLES = 8  # of a drawn check: each costs milliseconds, and without shrinking more find little more
FOR_A_GPU = "for a GPU: `autograder grade --device cuda` runs it"
LEAST = "See to the least that is asked: "
HIDDEN, PUBLIC = "hidden", "tests"  # folders of an assignment that hold its checks


@dataclass(frozen=True)
class Check:
    """One collected check of an assignment."""

    name: str  # "tests/test_schedule.py::test_first_beta", relative to the assignment
    title: str
    visibility: Visibility
    task: str
    weight: int
    gate: bool
    package: str  # "solutions.a04_ddpm"
    drawn: bool  # True when hypothesis draws its cases
    seeded: bool = True  # False when nothing of it hangs on the seed, and it is the same for everybody
    measured: bool = False  # True when it is about time or memory
    on_gpu: bool = False  # True when it is for a GPU alone
    afresh: bool = False  # True when it begins in a process that has seen nothing
    hint: str = ""  # what follows its line in the docstring: told where what failed in it has none


class Source(Protocol):
    """Gives checks what they ask for."""

    def submission(self, check: Check) -> Any:
        """Return the code under test."""

    def reference(self, check: Check) -> Any:
        """Return the reference solution."""

    def seed(self, check: Check) -> Seed:
        """Return the seed of this check."""

    def meters(self, check: Check, kind: Kind) -> tuple[Meter, Meter]:
        """Return what meters calls of the code under test, and of the yardstick beside it."""


class PlainPytest:
    """A student's own run of plain pytest: the code in this process, one seed for everybody, no reference."""

    def submission(self, check: Check) -> Any:
        """Return the code beside the checks."""
        from ..calls.undertest import UnderTest, signatures_of

        return UnderTest(_ask_as_graded(check.package), signatures_of(check.package))

    def reference(self, check: Check) -> Any:
        """Refuse: students do not have the reference."""
        raise pytest.UsageError(f"{check.name}: only hidden checks may use `reference`")

    def seed(self, check: Check) -> Seed:
        """Return the fixed seed of local runs."""
        return PRACTICE.fork(check.name)

    def meters(self, check: Check, kind: Kind) -> tuple[Meter, Meter]:
        """Return meters of calls in this process."""
        from .meters import METERS_HERE

        meter = METERS_HERE[kind]
        return meter(self.submission(check)), meter(self.submission(check))


@cache
def _ask_as_graded(package: str) -> Ask:
    from ..calls.pretence import Pretence
    from ..calls.undertest import ask_here

    return Pretence(package).around(ask_here(package))


SOURCE = pytest.StashKey[Source]()
CHECK = pytest.StashKey[Check]()


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker and a hypothesis profile that repeats itself and leaves no files."""
    config.addinivalue_line(
        "markers", "task(id, gate, weight): the task of an assignment that a check belongs to"
    )
    config.stash.setdefault(SOURCE, PlainPytest())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Recognise checks, and refuse a check file with a test that belongs to no task."""
    for item in items:
        if item.get_closest_marker("task"):
            item.stash[CHECK] = check = check_of(item)
            if check.on_gpu and item.config.pluginmanager.hasplugin(
                "skipping"
            ):  # a Session runs it if told to
                item.add_marker(pytest.mark.skip(reason=FOR_A_GPU))
            _fix_drawn_cases(item, PlainPytest().seed(item.stash[CHECK]))
        elif item.path.parent.name in (PUBLIC, HIDDEN) and (item.path.parent.parent / SPEC_FILE).exists():
            line = (item.location[1] or 0) + 1
            raise pytest.UsageError(
                f"{item.path}:{line}: {item.name} belongs to no task; mark it with @task(...)"
            )


def check_of(item: pytest.Item) -> Check:
    """Describe one collected check."""
    marker = item.get_closest_marker("task")
    assert marker is not None
    function: Any = item.obj  # type: ignore[attr-defined]
    fixtures = set(item.fixturenames)  # type: ignore[attr-defined]
    drawn = hasattr(function, "hypothesis")
    folder = item.path.parent
    title, *more = inspect.cleandoc(function.__doc__ or item.name).split("\n")
    hidden, gate = folder.name == HIDDEN, marker.kwargs["gate"]
    return Check(
        name=f"{folder.name}/{item.path.name}::{item.name}",
        title=title,
        visibility=Visibility.HIDDEN if hidden else Visibility.PUBLIC,
        task=marker.args[0],
        weight=marker.kwargs["weight"],
        gate=gate,
        package=function.__module__.rsplit(".", 2)[0],
        drawn=drawn,
        seeded=drawn or "seed" in fixtures,
        measured=bool({"speed", "memory"} & fixtures),
        on_gpu=_for_a_gpu(item, marker.kwargs["device"]),
        afresh=marker.kwargs["afresh"],
        hint=" ".join(" ".join(more).split()) or (LEAST + title if hidden and gate else ""),
    )


def _for_a_gpu(item: pytest.Item, device: str) -> bool:
    if device not in ("cpu", "cuda"):
        raise pytest.UsageError(f"{item.path}: {item.name}: device is {device!r}; write 'cuda', or nothing")
    return device == "cuda"


def _fix_drawn_cases(item: pytest.Item, seed: Seed) -> None:
    """Make a drawn check repeat itself: no database, no deadline, the cases of a seed each time."""
    function: Any = item.obj  # type: ignore[attr-defined]
    if not hasattr(function, "hypothesis"):
        return
    import hypothesis
    from hypothesis import HealthCheck, Phase, settings

    from . import private
    from .examples import set_of

    private.draw_no_constants_of_sources()
    own: settings = private.settings_of(function) or settings()
    fixed = settings(
        own,
        max_examples=min(own.max_examples, MOST_EXAMPLES),
        database=None,
        deadline=None,
        phases=(Phase.explicit, Phase.generate),  # the first failing case will do: shrinking it takes seconds
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    private.set_settings(function, fixed)
    hypothesis.seed(set_of(seed))(function)  # where no session says which


@pytest.fixture
def submission(request: pytest.FixtureRequest) -> Any:
    """The code under test: `submission.forward.q_sample(...)`, `submission.play(plays.f, ...)`."""
    return request.config.stash[SOURCE].submission(request.node.stash[CHECK])


@pytest.fixture
def reference(request: pytest.FixtureRequest) -> Any:
    """The reference solution, with the same interface as `submission`; in hidden checks only."""
    return request.config.stash[SOURCE].reference(request.node.stash[CHECK])


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> Seed:
    """The check's seed: per student in official grading, fixed in local runs."""
    return request.config.stash[SOURCE].seed(request.node.stash[CHECK])


@pytest.fixture
def speed(request: pytest.FixtureRequest) -> CostComparison:
    """Measures time: `speed("forward.q_sample", plays.multiply_add, case)`."""
    return _measure(request, "speed")


@pytest.fixture
def memory(request: pytest.FixtureRequest) -> CostComparison:
    """Measures memory: `memory("sampler.sample", plays.add_noise, case)`."""
    return _measure(request, "memory")


def _measure(request: pytest.FixtureRequest, kind: Kind) -> CostComparison:
    from .speed import CostComparison

    source, check = request.config.stash[SOURCE], request.node.stash[CHECK]
    task = load_assignment(request.node.path.parents[1]).task(check.task)
    key = f"{kind}_on_gpu" if check.on_gpu else kind
    bound = getattr(task, key)
    if bound is None:
        raise pytest.UsageError(
            f"{check.name}: assignment.toml gives task {task.id!r} no {key}; "
            f"add `{key} = {{ limit = 3, naive = 10 }}`"
        )
    return CostComparison(
        kind, source.submission(check), partial(source.meters, check), bound, source.seed(check)
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show a student the message and the hint instead of the check's own traceback."""
    report = yield
    if CHECK in item.stash and call.excinfo and call.when != "teardown":
        from ..calls.outcomes import outcome_of

        outcome = outcome_of(call.excinfo.value)
        if outcome.verdict is not Verdict.SKIPPED:
            check = item.stash[CHECK]
            lines = [f"{outcome.verdict}  task {check.task}: {check.title}", outcome.message, outcome.hint]
            report.longrepr = "\n".join(line for line in lines if line)
    return report
