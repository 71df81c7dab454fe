"""The section of a feedback page about a GPU: which checks hold there, and what that means for points."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec.structs import replace

from ..isolation.gpu import NEVER
from ..records import COSTS, CheckResult, OnDevice, Result, Verdict, Visibility
from ..text import without_paths
from .views import number

MEANS = {
    "informs": "No points depend on this.",
    "adds": "What holds here adds points, which make up for lost ones.",
    "required": "A task earns its points only if it holds here, too.",
}


@dataclass(frozen=True)
class DeviceView:
    """What is shown of a run on a GPU."""

    where: str  # the card, the driver and the level
    means: str  # for points
    passed: int
    total: int
    failing: tuple[CheckResult, ...]  # those that may be shown in full
    hidden: int  # others that do not hold
    left_out: int  # that say nothing, because the reference fails them there as well
    costs: tuple[str, ...]  # of checks for a GPU alone, in sentences


def device_view(result: Result, staff: bool) -> DeviceView | None:
    """Return what one reader may see: hidden checks are a number for students, as everywhere."""
    found = result.run.on_device
    if found is None:
        return None
    checks = [check for own in found.tasks.values() for check in own]
    failed = [one for one in checks if one.verdict is not Verdict.PASS and one.name not in found.left_out]
    shown = [one for one in failed if staff or one.visibility is Visibility.PUBLIC]
    return DeviceView(
        where=found.where,
        means=MEANS[found.counts] if found.counted else f"The CPU stood in: {NEVER}. No points depend on it.",
        passed=sum(check.verdict is Verdict.PASS for check in checks),
        total=len(checks),
        failing=tuple(one if staff else _plain(one) for one in shown),
        hidden=len(failed) - len(shown),
        left_out=len(found.left_out),
        costs=tuple(_costs(found, checks, staff)),
    )


def _plain(check: CheckResult) -> CheckResult:
    return replace(check, message=without_paths(check.message), hint=without_paths(check.hint))


def _costs(found: OnDevice, checks: list[CheckResult], staff: bool) -> list[str]:
    """Say what each measured check came to, in units of its yardstick."""
    known = {check.name: check for check in checks if staff or check.visibility is Visibility.PUBLIC}
    return [
        f"{known[name].title}: {one.ratio:.3g} times the yardstick's {COSTS[one.kind]}, "
        f"of at most {number(one.limit)}"
        for name, one in found.measured.items()
        if name in known
    ]
