"""Feedback packed for delivery: a zip for each student, the same to the byte each time."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from pathlib import Path

from ..files import write_whole

EPOCH = (1980, 1, 1, 0, 0, 0)  # a zip's first moment


def pack(pages: Iterable[Path], assignment: str, out: Path) -> list[Path]:
    """Write `<assignment>-<student>.zip` for each feedback page `<student>/index.html`; return the zips."""
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for page in pages:
        student, content = page.parent.name, io.BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(zipfile.ZipInfo(f"{assignment}-{student}/index.html", EPOCH), page.read_bytes())
        written.append(out / f"{assignment}-{student}.zip")
        write_whole(written[-1], content.getvalue())
    return written
