"""Grades one hand-in, in whatever layout a front end gives it, and always answers with a result."""

from __future__ import annotations

import tempfile
from contextlib import nullcontext
from pathlib import Path

from ..errors import MachineFault, UserError
from ..files import Unreadable
from ..intake.allowlist import AllowList
from ..intake.collect import read_entry
from ..intake.gitrefs import git_folder
from ..intake.parsing import tell_what_python_cannot_read
from ..intake.tree import folder_listing
from ..judging.grading import ungraded
from ..keys import key_for
from ..pipeline import allow_list, grade_class
from ..records import Result, Submission, is_student_id
from ..seeds import student_seed
from ..spec import RELEASED_MARK, Assignment
from .practised import practise


def grade_one(
    root: Path, assignment: Assignment, place: Path, student: str, kept: Path | None = None
) -> Result:
    """Grade what lies in a folder or a zip; where the grader or the machine fails, the result is withheld.

    An assignment as it was released, without answers, is practised. Of the results in the folder `kept` one
    of the same hand-in stands. Raises UserError for a student's id that is none, and where there is no key.
    """
    if not is_student_id(student):
        raise UserError(f"{student!r} is no student's id: letters, digits, '-', '_' and '.'")
    submission = take(place, student, allow_list(root, assignment))
    if (assignment.folder / RELEASED_MARK).exists():
        return practise(root, assignment, tell_what_python_cannot_read([submission])[0])
    key = key_for(assignment.name)
    with nullcontext(kept) if kept else tempfile.TemporaryDirectory(prefix="autograder-") as out:
        try:
            (result,) = grade_class(assignment, [submission], key, Path(out), lambda *_: None).results
        except (UserError, MachineFault, OSError) as problem:
            return ungraded(assignment, submission, student_seed(key, student), str(problem))
    return result


def take(place: Path, student: str, allow: AllowList) -> Submission:
    """Read one hand-in; what is wrong with it is its problem."""
    try:
        commit, taken = read_entry(find_hand_in(place, allow), allow)
    except (Unreadable, OSError) as problem:
        return Submission(student, "", place.name, "", {}, problem=f"the submission {problem}")
    nothing = "" if taken.files else "the submission holds nothing that can be graded"
    return Submission(student, "", place.name, commit, taken.files, notices=taken.notices, problem=nothing)


def find_hand_in(place: Path, allow: AllowList) -> Path:
    """Return the folder or zip with the files to hand in, nearest to the top; raises Unreadable.

    Notebooks and other files may lie beside them. A repository is read as `collect` reads it: its commit.
    """
    if not place.is_dir() or git_folder(place):
        return place
    entries = [entry for entry in folder_listing(place)("") if entry.kind == "file"]
    wanted = {name.casefold() for name in allow.hand_in}
    homes = {Path(entry.path).parent for entry in entries if Path(entry.path).name.casefold() in wanted}
    zips = [entry.path for entry in entries if entry.path.lower().endswith(".zip")]
    if not homes and len(zips) == 1:
        return place / zips[0]
    nearest = sorted(home for home in homes if len(home.parts) == min(len(one.parts) for one in homes))
    if len(nearest) > 1:
        raise Unreadable(f"holds the files to hand in twice, in {nearest[0]}/ and in {nearest[1]}/: keep one")
    if not homes and zips:
        raise Unreadable(f"holds {len(zips)} zip files and none of the files to hand in: hand in one zip")
    return place / nearest[0] if nearest else place
