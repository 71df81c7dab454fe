"""What release must not destroy: files and edits in the released folder that are nowhere else."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from ..files import write_whole
from ..spec import SpecError

RELEASED = Path(".cache/released")  # below the root: what release wrote the last time, by assignment
CACHES = frozenset(
    {
        "__pycache__",
        ".pytest_cache",
        ".hypothesis",
        ".mypy_cache",
        ".ruff_cache",
        ".ipynb_checkpoints",
        ".OTTER_LOG",
    }
)
Same = Callable[[str, bytes, bytes], bool]  # of a file's name, its old and its new content


def existing(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield (path below the folder, path) of the files there, caches aside."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_file() and not CACHES & set(inside.parts) and path.suffix != ".pyc":
            yield inside.as_posix(), path


def refuse_to_lose(target: Path, files: dict[str, bytes]) -> None:
    """Refuse to delete files that release does not write and git does not know."""
    extra = {name for name, _ in existing(target)} - files.keys()
    lost = sorted(extra - set(_git_lists(target, "ls-files", "-z"))) if extra else []
    if lost:
        raise SpecError(
            f"{target} holds files that release does not write and git does not know: {', '.join(lost)}; "
            "move them away, or commit them, and release again"
        )


def refuse_edits(target: Path, files: dict[str, bytes], root: Path, same: Same) -> None:
    """Refuse to replace a file that release did not write and git does not hold: somebody edited it there."""
    there = {name: path.read_bytes() for name, path in existing(target) if name in files}
    record = root / RELEASED / f"{target.name}.json"
    written = msgspec.json.decode(record.read_bytes(), type=dict[str, str]) if record.is_file() else {}
    digests = _digests(there)
    others = {name for name, old in there.items() if digests[name] != written.get(name)}
    unknown = others & set(_git_lists(target, "diff", "--name-only", "--relative", "-z"))
    edited = sorted(name for name in unknown if not same(name, there[name], files[name]))
    if edited:
        shown = target.relative_to(root).as_posix()
        raise SpecError(
            f"{shown}: edited by hand, which release would undo: {', '.join(edited)}; make the edit in "
            f"solutions/{target.name}/, then run `git checkout -- {shown}` and release again"
        )


def remember_released(name: str, files: dict[str, bytes], root: Path) -> None:
    """Note what release wrote, so that it may replace that another time."""
    record = root / RELEASED / f"{name}.json"
    record.parent.mkdir(parents=True, exist_ok=True)
    write_whole(record, msgspec.json.encode(_digests(files)))


def _digests(files: dict[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def _git_lists(folder: Path, *words: str) -> list[str]:
    """Return the names that a command of git lists; none where there is no git."""
    try:
        listed = subprocess.run(["git", *words], cwd=folder, capture_output=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return []
    return listed.stdout.decode("utf-8", errors="surrogateescape").split("\0")
