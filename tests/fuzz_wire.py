"""Fuzz the wire, led by coverage: `make fuzz`. Arguments are libFuzzer's, such as -runs=1000000.

Reading a frame must end in a message, WireError or Closed. The fuzzer itself stops at a frame that takes
more than ten seconds, and when the process grows beyond 2 GB.
"""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["autograder.calls.wire", "autograder.isolation.channel"]):
    from autograder.calls import wire  # noqa: F401
    from autograder.isolation import channel  # noqa: F401

from tests import frames

LIMITS = ("-timeout=10", "-rss_limit_mb=2048", "-max_len=4096", "-print_final_stats=1")


def attempt(data: bytes) -> None:
    """Read one frame."""
    frames.read(data)


def mutate(data: bytes, most: int, seed: int) -> bytes:
    """Damage a frame: every other time in a way that knows where its lengths stand."""
    if seed % 2:
        return atheris.Mutate(data, most)
    *_, last = frames.damaged(data, random.Random(seed).randbytes(6))
    return last[:most]


def main() -> None:
    """Fuzz until the runs are done, beginning with the valid frames."""
    with tempfile.TemporaryDirectory() as folder:
        for n, frame in enumerate(frames.VALID):
            Path(folder, f"valid-{n}").write_bytes(frame)
        atheris.Setup([*sys.argv, *LIMITS, folder], attempt, custom_mutator=mutate)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
