"""The course's secret key, which never lies in the repository, and assignments' keys, derived from it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from .seeds import assignment_key
from .spec import SpecError

KEY_ENV = "AUTOGRADER_COURSE_KEY"
ASSIGNMENT_KEY_ENV = "AUTOGRADER_ASSIGNMENT_KEY"  # "a04_ddpm:" and hexadecimal digits, for a container
KEY_FILE = Path("~/.config/autograder/course.key")
KEY_CHARACTERS = 16  # fewest that are accepted
MAKE_KEY = f"mkdir -p {KEY_FILE.parent} && (umask 077; head -c 32 /dev/urandom | base64 > {KEY_FILE})"


def key_for(assignment: str) -> bytes:
    """Return an assignment's key, from which its students' seeds are derived; raises SpecError."""
    name, _, digits = os.environ.get(ASSIGNMENT_KEY_ENV, "").partition(":")
    if name == assignment:
        try:
            return bytes.fromhex(digits)
        except ValueError:
            raise SpecError(f"{ASSIGNMENT_KEY_ENV}: the key of {name} is damaged; release it anew") from None
    return assignment_key(course_key(), assignment)


def course_key() -> bytes:
    """Return the key that assignments' keys are derived from; raises SpecError that says how to make one."""
    text = os.environ.get(KEY_ENV, "")
    path = KEY_FILE.expanduser()
    if not text and path.is_file():
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise SpecError(f"{path}: others may read the course key; run: chmod 600 {path}")
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise SpecError(f"{path}: the course key is not text; make one with\n  {MAKE_KEY}") from None
    if not text.strip():
        raise SpecError(f"no course key: set {KEY_ENV}, or make one with\n  {MAKE_KEY}")
    if len(text.strip()) < KEY_CHARACTERS:
        raise SpecError(
            f"the course key is shorter than {KEY_CHARACTERS} characters; make one with\n  {MAKE_KEY}"
        )
    return text.strip().encode()
