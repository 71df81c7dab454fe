"""Stage 3 of 4: store. A class's result files: written whole, read, listed, compared with what is due now.

What decides no verdict is not part of a result's key (name, commit, time, lateness, notices): when only
that changes, the result is brought up to date and nobody is judged again. A file of an earlier engine is
read like any other; its key is no longer the current one, so its submission is judged once more.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from ..errors import UserError
from ..files import write_whole
from ..records import Result, Submission
from ..seeds import Seed
from ..text import readable
from .key import result_key

WORDS = (
    "name",
    "commit",
    "received_at",
    "late",
    "notices",
    "problem",
    "ours",
    "remarks",
)  # of a submission, in its grade


EARLIER = "earlier"  # the folder, among the results, of grades that were replaced


def stamped(result: Result, key: str, level: str, inputs: dict[str, str]) -> Result:
    """Note in a result what it was computed from, and at which level."""
    return replace(result, run=replace(result.run, key=key, level=level, inputs=inputs))


def write_result(result: Result, folder: Path) -> Path:
    """Write `<student>.json`; a file with another grade is kept as `earlier/<student>.<number>.json`."""
    path = folder / f"{result.grade.student}.json"
    old = earlier_result(folder, result.grade.student)
    if old and old.grade != result.grade:
        kept = folder / EARLIER
        kept.mkdir(exist_ok=True)
        number = len(list(kept.glob(f"{path.stem}.*.json"))) + 1
        write_whole(kept / f"{path.stem}.{number}.json", path.read_bytes())
    write_whole(path, encoded(result))
    return path


def encoded(result: Result) -> bytes:
    """Return what a result file holds."""
    try:
        content = msgspec.json.encode(result)
    except UnicodeEncodeError:  # it quotes a file's name that is no UTF-8
        content = msgspec.json.encode(_readable(msgspec.to_builtins(result)))
    return msgspec.json.format(content, indent=1) + b"\n"


def _readable(value: Any) -> Any:
    """Return a structure whose texts have visible escapes for what has no UTF-8."""
    if isinstance(value, str):
        return readable(value)
    if isinstance(value, dict):
        return {_readable(key): _readable(item) for key, item in value.items()}
    return [_readable(item) for item in value] if isinstance(value, list | tuple) else value


def earlier_result(folder: Path, student: str) -> Result | None:
    """Return a student's result of an earlier run, whatever it was computed from; None when there is none."""
    try:
        return read_result(folder / f"{student}.json")
    except (OSError, UserError):
        return None


def read_result(path: Path) -> Result:
    """Read and validate one result file; raises UserError that names the file."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Result)
    except msgspec.DecodeError as problem:  # ValidationError is one too
        raise UserError(f"{path}: not a result file: {problem}; grade this student again") from problem


def read_results(folder: Path) -> list[Result]:
    """Read a class's result files, by student; raises UserError when there are none or one is broken."""
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise UserError(f"{folder}: no result files; run `autograder grade` first")
    return [read_result(path) for path in paths]


def finished(result: Result, submission: Submission, inputs: str, seed: Seed) -> Result | None:
    """Return an earlier result, its words as of now, when nothing that decides a verdict has changed."""
    if result.grade.withheld:
        return None
    if result.run.key != result_key(submission, inputs, seed, result.run.level):
        return None
    words = {word: getattr(submission, word) for word in WORDS}
    return replace(result, grade=replace(result.grade, **words))


def orphaned(folder: Path, submissions: Iterable[Submission]) -> list[str]:
    """Return whose results lie in a folder without a submission now: a report would show them too."""
    return sorted({path.stem for path in folder.glob("*.json")} - {one.student for one in submissions})
