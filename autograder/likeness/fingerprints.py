"""What a hand-in consists of besides given code, as copydetect's fingerprints, and what two have in common.

copydetect takes names, strings and comments out and compares runs of the characters that are left. Here every
run counts (a window of 1): with a wider one the choice would hang on Python's hash seed. Given code is taken
out here, for copydetect takes what a text repeats for given code.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from copydetect.detector import CodeFingerprint, compare_files
from copydetect.utils import get_token_coverage

RUN = 25  # characters of filtered code, some eight tokens
LEAST = 400  # characters of filtered code that somebody must have written to be compared
MOST = 300_000  # characters of a hand-in that are looked at
Span = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Text:
    """All that one student handed in for one assignment, as one text."""

    who: str  # "ada"; of an earlier year "2025/ada"
    code: CodeFingerprint

    @property
    def length(self) -> int:
        """Characters of filtered code that are not given."""
        return int(self.code.token_coverage)


@dataclass(frozen=True, eq=False)
class Pair:
    """Two texts, how much of the one with less is in the other (0 to 1), and where."""

    one: Text
    other: Text
    share: float
    spans: tuple[tuple[Span, ...], tuple[Span, ...]]  # in each text, what both have


def pooled(files: Mapping[str, bytes]) -> str:
    """Return a hand-in's files as one text, each under its name."""
    parts = (f"# {name}\n{content.decode('utf-8', 'replace')}" for name, content in sorted(files.items()))
    return "\n\n".join(parts).replace("\r\n", "\n")[:MOST]


def given_runs(files: Mapping[str, bytes]) -> frozenset[int]:
    """Return the runs of characters that given code and skeletons hold."""
    return frozenset(_fingerprint(pooled(files)).hashes)


def text_of(who: str, files: Mapping[str, bytes], given: frozenset[int]) -> Text:
    """Return a hand-in as a text without what was given."""
    code = _fingerprint(pooled(files))
    code.hash_idx = {run: places for run, places in code.hash_idx.items() if run not in given}
    code.hashes = set(code.hash_idx)
    code.token_coverage = get_token_coverage(code.hash_idx, RUN, len(code.filtered_code))
    return Text(who, code)


def pair_of(one: Text, other: Text) -> Pair:
    """Compare two texts."""
    _, shares, spans = compare_files(one.code, other.code)
    return Pair(one, other, min(float(max(shares)), 1.0), (_spans(spans[0]), _spans(spans[1])))


def _fingerprint(text: str) -> CodeFingerprint:
    code = CodeFingerprint("hand_in.py", RUN, 1, fp=io.StringIO(text))
    if len(code.offsets):  # after a class's name copydetect's count of what was taken out goes back
        code.offsets[:, 1] = np.maximum.accumulate(code.offsets[:, 1])
    return code


def _spans(found: np.ndarray) -> tuple[Span, ...]:
    return tuple((int(start), int(end)) for start, end in found.T) if found.size else ()
