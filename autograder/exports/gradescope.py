"""What counts, for Gradescope: a zip for "Configure Autograder" that tells everybody the score found here.

Gradescope has no import of grades; what it reads is an autograder's results.json. This autograder looks up
who handed in and writes that student's: it runs, and reads, nothing of what was handed in.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..files import zip_of
from ..intake.roster import RosterEntry
from ..ledger.account import Account, Standing
from ..ledger.work import rounded
from ..text import without_paths

PROGRAMS = Path(__file__).parents[1] / "templates/gradescope_finals"
SCORES = "scores.json"
WAITING = "Staff will look, and nothing is taken off meanwhile."
UNKNOWN = "There is no score of yours yet: tell the staff if you handed in elsewhere."


def gradescope_zip(roster: Mapping[str, RosterEntry], books: Mapping[str, Account], assignment: str) -> bytes:
    """Return the zip, in which everybody is known by what the roster says of them and of nobody else."""
    said = Counter(word for entry in roster.values() for word in entry.words)
    students = {
        word: results_json(assignment, standing)
        for key, entry in roster.items()
        if (standing := books[key].standings[assignment]).submission
        for word in entry.words
        if said[word] == 1
    }
    found = {"students": students, "nobody": _without_score(UNKNOWN)}
    scores = json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False).encode()
    programs = {path.name: path.read_bytes() for path in PROGRAMS.iterdir()}
    return zip_of({SCORES: scores}, programs)


def results_json(assignment: str, standing: Standing) -> dict[str, Any]:
    """Return what Gradescope shows of an assignment: the score and each step to it, or that it is open."""
    if standing.points is None or standing.submission is None:
        return _without_score(WAITING)
    points, most = rounded(standing.points), rounded(standing.submission.most)
    return {
        "score": points,
        "output": "\n".join(map(without_paths, standing.steps)),
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [{"name": assignment, "score": points, "max_score": most, "visibility": "visible"}],
    }


def scores_lines(content: bytes) -> list[str]:
    """Return the scores that lie in a zip, line by line."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(SCORES).decode().splitlines()


def _without_score(why: str) -> dict[str, Any]:
    test = {"name": "waiting for staff", "score": 0, "max_score": 0, "visibility": "visible"}
    return {"output": why, "output_format": "text", "visibility": "visible", "tests": [test]}
