"""A tiny course as front ends are released from it, and a hand-in whose points are known."""

from __future__ import annotations

from pathlib import Path

from autograder.spec import Assignment, load_assignment
from tests.tiny_assignment import write_tiny

ROOT = Path(__file__).parents[1]
KEY = "of the tests, long enough for a key"
RIGHT = {
    "first.py": "def double(x):\n    return 2 * x\n",
    "second.py": "def total(x):\n    return float(x.sum())\n",
}
PARTIAL = {  # two checks of three, and a gate that takes all
    "first.py": "def double(x):\n    return 2 * x + 0 / (x.sum() - 12)\n",
    "second.py": "def total(x):\n    return float(x.abs().sum())\n",
}
POINTS = (26.67, 0.0)


def course(root: Path) -> Assignment:
    """Write the tiny course, with the engine beside it."""
    folder = write_tiny(root)
    (root / "autograder" / "README").unlink()
    (root / "autograder").rmdir()
    for name in ("autograder", "common", "pyproject.toml", "requirements.lock"):
        (root / name).symlink_to(ROOT / name)
    return load_assignment(folder)


def hand_in(folder: Path, files: dict[str, str]) -> Path:
    """Write a hand-in's files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
