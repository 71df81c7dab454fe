"""What an export would change in a file, before it is written."""

from __future__ import annotations

from collections.abc import Callable
from difflib import unified_diff
from pathlib import Path
from zipfile import BadZipFile

from ..errors import UserError


def as_lines(content: bytes) -> list[str]:
    """Return the lines of a text."""
    return content.decode("utf-8-sig", "replace").splitlines()


def difference(file: Path, content: bytes, lines: Callable[[bytes], list[str]] = as_lines) -> list[str]:
    """Return the lines of a file that would change, as `diff -U0` writes them; none where nothing would.

    `lines` reads what is in such a file; raises UserError where it cannot read the one that is there.
    """
    try:
        before = lines(file.read_bytes()) if file.exists() else []
    except (BadZipFile, KeyError, ValueError):
        raise UserError(f"{file} is another kind of file: name one with --out, or move it away") from None
    return list(unified_diff(before, lines(content), str(file), "as exported", n=0, lineterm=""))
