"""Make text that a student controls harmless, wherever it is shown.

Names, messages, docstrings, exceptions and file names may hold terminal escapes, direction overrides and
invisible letters, which are escaped here; markup is escaped by the templates.
"""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")  # they draw nothing
_ESCAPED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_PATH = re.compile(r"(?:\bfile://|(?<![\w.)\]/:]))/(?:[^\s/'\"<>():,;]+/)+")


def harmless(text: str, limit: int = 4000, marks_in_a_row: int = 4) -> str:
    """Return the text with control, direction and invisible characters as visible escapes, cut to `limit`.

    Line feeds and tabs stay. What is left draws in place: at most `marks_in_a_row` accents on a letter.
    """
    kept, cut = text[:limit], len(text) - limit
    parts: list[str] = []
    marks = 0
    for letter in kept:
        category = unicodedata.category(letter)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        escape = category in _ESCAPED_CATEGORIES and letter not in "\n\t"
        parts.append(_escaped(letter) if escape or letter in _INVISIBLE or marks > marks_in_a_row else letter)
    return "".join(parts) + (f" … ({cut} more characters)" if cut > 0 else "")


def one_line(text: str, limit: int = 200) -> str:
    """Return the text harmless and on one line."""
    return harmless(" ".join(text[: 4 * limit].split()), limit)


def without_paths(text: str) -> str:
    """Return the text without the folders of absolute paths: "/srv/stage/a.py" is ".../a.py"."""
    return _PATH.sub(".../", text)


def _escaped(letter: str) -> str:
    code = ord(letter)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
