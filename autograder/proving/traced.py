"""Which definitions of a folder's files are called while something runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType


@contextmanager
def called_in(folder: Path) -> Iterator[set[str]]:
    """Note what is called: "schedule.alpha_bars"; for "blocks.ResBlock.forward" also "blocks.ResBlock"."""
    found: set[str] = set()

    def note(frame: FrameType, event: str, arg: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(prefix):
            file = code.co_filename.removeprefix(prefix).removesuffix(".py")
            name = f"{file}.{code.co_qualname.partition('.<locals>')[0]}"
            found.update((name, name.rpartition(".")[0]))

    prefix, before = f"{folder}/", sys.getprofile()
    sys.setprofile(note)
    try:
        yield found
    finally:
        sys.setprofile(before)
