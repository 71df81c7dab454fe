"""Words for messages: text that a student controls made harmless, and the nearest of what is known.

Names, messages, docstrings, exceptions and file names may hold terminal escapes, direction overrides and
invisible letters, which are escaped here; markup is escaped by the templates.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable

_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufffe\uffff")  # they draw nothing
_ESCAPED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
MARKS = 4  # accents that may stand on one letter
_PATH = re.compile(r"(?:\bfile://|(?<![\w.)\]/:]))/(?:[^\s/'\"<>():,;]+/)+")


def harmless(text: str, limit: int = 4000) -> str:
    """Return the text with control, direction and invisible characters as visible escapes, cut to `limit`.

    Line feeds and tabs stay. What is left draws in place: at most four accents on a letter.
    """
    kept, cut = text[:limit], len(text) - limit
    parts: list[str] = []
    marks = 0
    for letter in kept:
        category = unicodedata.category(letter)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        escape = category in _ESCAPED_CATEGORIES and letter not in "\n\t"
        parts.append(_escaped(letter) if escape or letter in _INVISIBLE or marks > MARKS else letter)
    return "".join(parts) + (f" … ({cut} more characters)" if cut > 0 else "")


def readable(text: str) -> str:
    """Return the text with lone surrogates, which have no UTF-8, as visible escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


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


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return "did you mean 'x'?", or the list of what there is when nothing is near."""
    known = list(known)
    return nearest(word, known).removeprefix("; ") or f"there is {', '.join(map(repr, known)) or 'none'}"


def nearest(word: str, known: Iterable[str]) -> str:
    """Return "; did you mean 'x'?", or nothing when nothing is near."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else ""


def this_is_what(says: str) -> str:
    """Return the sentence of a known mistake, which is stored without its beginning; "" when none is."""
    return f"This is what you get when {says}" if says else ""


def read_again(where: str) -> str:
    """Return the sentence about where to read on: of "What of task 3.2" the paragraph's word is quoted."""
    word, of, task = where.partition(" of ")
    return f'Read again: "{word}"{of}{task}' if where else ""
