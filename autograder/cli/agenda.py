"""What happens in the course, and when: course."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ..spec import assignment_folders, load_assignment
from .arguments import JsonOption, find_root


def course(
    ics: Annotated[
        Path | None, typer.Option(help="Also write the calendar as a file that calendar programs read.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Print the course's calendar (lectures, releases, due times) and what is due next."""
    from ..agenda import agenda, as_ics, due_next
    from ..course import load_course
    from ..files import write_whole
    from ..show import console
    from ..show.tables import agenda_table

    root = find_root()
    settings, now = load_course(root), datetime.now(UTC)
    folders = assignment_folders(root / "solutions")
    entries = agenda(settings, {folder.name: load_assignment(folder).title for folder in folders})
    coming = due_next(entries, now)
    if ics:
        write_whole(ics, as_ics(settings, entries, now))
    fields = {
        "zone": str(settings.clock),
        "entries": [{"when": e.when, "kind": e.kind, "title": e.title} for e in entries],
        "due_next": [entry.title for entry in coming],
        "file": ics,
    }
    console.finish(True, fields, agenda_table(settings, entries, coming, now), json)
