"""Make text that a student controls harmless, wherever it is shown.

Names, messages, docstrings, exceptions and file names may hold terminal escapes, direction overrides,
invisible letters, spreadsheet formulas, mentions and markup. HTML is escaped by the templates, the rest here.
"""

from __future__ import annotations

import re
import unicodedata

_FORMULA_STARTS = "=+-@\uff1d\uff0b\uff0d\uff20|%"  # ASCII, full width, and what starts a DDE call
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")  # they draw nothing
_ESCAPED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_PATH = re.compile(r"(?:\bfile://|(?<![\w.)\]/:]))/(?:[^\s/'\"<>():,;]+/)+")
_ZERO_WIDTH_SPACE = "\u200b"  # ours alone: what a student writes was escaped before


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


def csv_cell(text: str, limit: int = 1000) -> str:
    """Return a cell that no spreadsheet takes for a formula: one line, a quote before what would begin one.

    For text only: a number is written as a number, since "-3" would get a quote too.
    """
    cell = one_line(text, limit)
    return "'" + cell if cell.lstrip(" '").startswith(tuple(_FORMULA_STARTS)) else cell


def markdown(text: str, limit: int = 4000) -> str:
    """Return a fenced block that shows the text as it is: no mention, link, image or keyword works."""
    shown = _unlinked(harmless(text, limit))
    fence = "`" * max(3, 1 + _longest_run_of_backticks(shown))
    return f"{fence}text\n{shown}\n{fence}"


def markdown_inline(text: str, limit: int = 200) -> str:
    """Return a code span that shows the text as it is, on one line, also inside a table's cell."""
    shown = _unlinked(one_line(text, limit)).replace("|", "\\|")
    if not shown:
        return ""
    ticks = "`" * (1 + _longest_run_of_backticks(shown))
    return f"{ticks} {shown} {ticks}"


def _escaped(letter: str) -> str:
    code = ord(letter)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _unlinked(text: str) -> str:
    return re.sub(r"([@#])(?=\w)", rf"\1{_ZERO_WIDTH_SPACE}", text)


def _longest_run_of_backticks(text: str) -> int:
    return max(map(len, re.findall(r"`+", text)), default=0)
