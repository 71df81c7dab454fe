"""Feedback packed for delivery: a zip for each student, the same to the byte each time."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..files import write_whole, zip_of


def pack(pages: Iterable[Path], assignment: str, out: Path) -> list[Path]:
    """Write `<assignment>-<student>.zip` for each feedback page `<student>/index.html`; return the zips."""
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for page in pages:
        name = f"{assignment}-{page.parent.name}"
        written.append(out / f"{name}.zip")
        write_whole(written[-1], zip_of({f"{name}/index.html": page.read_bytes()}))
    return written
