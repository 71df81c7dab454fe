"""Runs a project's small program in the sandbox: its `main()` returns the numbers that the report names."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ..calls.outcomes import CheckFailed, StudentError, outcome_of
from ..calls.undertest import UnderTest
from ..errors import MachineFault, Stop
from ..isolation.limits import SandboxLimits
from ..isolation.sandbox import Sandbox
from ..spec import Limits
from ..text import one_line

PACKAGE = "project"  # under which the files of code/ are imported
LIMITS = Limits(call_cpu_s=120, call_wall_s=300, memory_mb=4096)
MOST = 20  # numbers


def run_small(code: Mapping[str, bytes], file: str, limits: Limits = LIMITS) -> tuple[dict[str, float], str]:
    """Return what `main()` of a file in code/ returns, and what is wrong, "" when nothing is.

    Files of code/ import each other as `from .other import name`.
    """
    if file not in code:
        return {}, f"There is no code/{file}."
    with (
        tempfile.TemporaryDirectory(prefix="autograder-") as place,
        Sandbox(SandboxLimits(limits)) as sandbox,
    ):
        tree = Path(place)
        tree.chmod(0o711)  # a worker's own user may pass through, not list
        (tree / PACKAGE).mkdir()
        for name, content in {"__init__.py": b"", **_flat(code)}.items():
            (tree / PACKAGE / name).write_bytes(content)
        worker = sandbox.start(PACKAGE, (place,))
        try:
            value = UnderTest(worker.ask, lambda target: None).call(
                f"{file.removesuffix('.py')}.main", (), {}
            )
        except MachineFault:
            raise
        except (Stop, StudentError, CheckFailed) as problem:
            return {}, f"code/{file}: {one_line(outcome_of(problem).message, 300)}"
        finally:
            worker.kill()
    return _numbers(value, file)


def _flat(code: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files that lie in code/ itself: a name with a folder could lead anywhere."""
    return {name: content for name, content in code.items() if "/" not in name and "\\" not in name}


def _numbers(value: object, file: str) -> tuple[dict[str, float], str]:
    wrong = f"code/{file}: main() must return a dictionary of up to {MOST} finite numbers by name"
    if not isinstance(value, dict) or not 0 < len(value) <= MOST:
        return {}, f"{wrong}."
    odd = [name for name, one in value.items() if not isinstance(one, int | float) or not math.isfinite(one)]
    if odd:
        return {}, f"{wrong}; {one_line(odd[0], 60)!r} is none."
    return {one_line(name, 60): float(one) for name, one in value.items()}, ""
