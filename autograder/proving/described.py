"""Counts what the comparator says of mutants: mistakes outside the catalogue that nobody looked at before.

A description is a fact about two arrays; what may mislead is the order that it tells or the cause that it
asks for. It counts as misleading when the lines that the mutant changes hold nothing that could do that:
for float32 no dtype, for a mean or a sum no division, product, size or sum, for another order of the values
no index, axis, shape or loop.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from .mutants import Mutant
from .verified import Described

ORDER = r"\[|\(.*,|axis|dim|for |range|shape|view|roll|flip|chunk|split|cat|stack|pad|cum|mean|sum"
CAUSES = {
    r"float32": r"float|double|half|dtype|\.to\(|\.type|as_tensor|new_",
    r"a mean for a sum|a sum for a mean": r"mean|sum|/|\*|size|shape|numel|len\(|deleted",
    r"n for n - 1|n - 1 for n": r"[-+] ?1|var|std|correction|/|\*",
    r"bits for nats|nats for bits": r"log|exp|2",
    r"transposed|changed places|another order|turned round|shifted|one step off": ORDER,
    r"place(?!s of)|running|mean along": ORDER,
}


def count(descriptions: Iterable[tuple[Mutant, str]]) -> Described:
    """Count mutants, those whose first failed check describes the difference, and what misleads."""
    found = list(descriptions)
    described = [(mutant, looks) for mutant, looks in found if looks]
    return Described(len(found), len(described), sum(misleads(*one) for one in described))


def misleads(mutant: Mutant, looks: str) -> bool:
    """Say whether a description tells of what the mutant cannot have done."""
    looks = "" if looks.startswith("Only ") else looks
    changed = f"{mutant.id} {mutant.before} {mutant.after}"
    return any(re.search(words, looks) and not re.search(could, changed) for words, could in CAUSES.items())
