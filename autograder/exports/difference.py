"""What an export would change in a file, before it is written."""

from __future__ import annotations

from difflib import unified_diff
from pathlib import Path


def difference(file: Path, content: bytes) -> list[str]:
    """Return the lines of a file that would change, as `diff -U0` writes them; none where nothing would."""
    before = file.read_bytes().decode("utf-8-sig", "replace").splitlines() if file.exists() else []
    after = content.decode("utf-8-sig").splitlines()
    return list(unified_diff(before, after, str(file), "as exported", n=0, lineterm=""))
