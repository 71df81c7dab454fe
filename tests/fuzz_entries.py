"""Fuzz the collector with whole entries: `make fuzz` tries a million. `python -m tests.fuzz_entries 1000`

An entry may be refused, with a sentence. It may not end the collecting, change its neighbour, or meet an
error that the collector did not expect.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from pathlib import Path
from random import Random

from autograder.intake.collect import collect

from . import entries

ROOM = 100  # entries of a class
MEMORY = "/dev/shm"  # a file system in memory, where there is one: thousands of files are made and removed
HONEST = {"noising.py": entries.FILES["noising.py"]}


def attempt(seed: int) -> Counter[str]:
    """Collect a class of damaged entries and an honest one; count what was read and what refused."""
    home = MEMORY if os.access(MEMORY, os.W_OK) else None
    random, place = Random(seed), Path(tempfile.mkdtemp(prefix="entries-", dir=home))
    try:
        (place / "in" / "zz-honest").mkdir(parents=True)
        (place / "in" / "zz-honest" / "noising.py").write_bytes(HONEST["noising.py"])
        made = sum(entries.entry(place / "in", random) for _ in range(ROOM))
        found = collect(place / "in", entries.ALLOW, classroom="dm")
        honest = [(one.files, one.problem) for one in found if one.source == "zz-honest"]
        assert honest == [(HONEST, "")], f"seed {seed}: the honest neighbour is not collected as before"
        unexpected = [one.error for one in found if one.error]
        assert not unexpected, f"seed {seed}: {unexpected[0]}"
        refused = sum(bool(one.problem) for one in found)
        return Counter(tried=made, refused=refused, read=len(found) - refused - 1)
    finally:
        entries.remove(place)


def attempts(wanted: int) -> Counter[str]:
    """Try at least so many entries."""
    total: Counter[str] = Counter()
    seed = 0
    while total["tried"] < wanted:
        total += attempt(seed)
        seed += 1
    return total


if __name__ == "__main__":
    print(*(f"{what} {count}" for what, count in attempts(int(sys.argv[1])).items()), sep=", ")
