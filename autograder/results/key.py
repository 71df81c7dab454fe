"""What a result was computed from, as one hash: the same key means that nothing needs to be graded again."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from ..records import Submission
from ..seeds import Seed
from ..spec import Assignment

LOCK = "requirements.lock"
PAPERS = ("*.md", "figures/*")  # handout, figures, rubric: neither checks nor workers read them
PEERS = ("torch", "hypothesis", "jaxtyping", "numpy", "pytest")  # whose versions can change a verdict


def result_key(submission: Submission, inputs: str, seed: Seed, level: str) -> str:
    """Hash one submission's content together with everything else that decides a verdict."""
    parts = [inputs, f"{seed.n}", level]
    parts += [
        f"{path}\0{hashlib.sha256(content).hexdigest()}" for path, content in sorted(submission.files.items())
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def inputs_digest(parts: dict[str, str]) -> str:
    """Hash everything but the submission that decides a grade, as `parts_of` an assignment says."""
    lines = [f"{name} {value}" for name, value in parts.items()]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def parts_of(assignment: Assignment) -> dict[str, str]:
    """Hash the solution with its checks and limits, the engine, `common/` and the lock file, each alone.

    A sentence of the handout decides no verdict, so a solution counts without its papers. Versions
    stand for themselves, torch's without its build, for that differs by machine.
    """
    root, engine = assignment.folder.parents[1], Path(__file__).parents[1]
    papers = {path for pattern in PAPERS for path in assignment.folder.glob(pattern)}
    decisive = [path for path in files_below(assignment.folder) if path not in papers]
    hashes = {"the assignment": hash_files(decisive, assignment.folder)}
    for name, tree in (("the engine", engine), ("common/", root / "common")):
        hashes[name] = hash_files(files_below(tree), tree)
    versions = {name: metadata.version(name).partition("+")[0] for name in PEERS}
    python = ".".join(platform.python_version_tuple()[:2])
    return {**hashes, LOCK: hash_files([root / LOCK], root), "Python": python, **versions}


def hash_files(paths: Iterable[Path], top: Path) -> str:
    """Hash files by their paths below `top` and their content; a missing one counts as empty."""
    total = hashlib.sha256()
    for path in paths:
        content = path.read_bytes() if path.is_file() else b""
        total.update(f"{path.relative_to(top)}\0{len(content)}\0".encode() + content)
    return total.hexdigest()


def files_below(tree: Path) -> list[Path]:
    """Return the files of a tree that count, in order: not what Python and editors leave behind."""
    return sorted(
        path
        for path in tree.rglob("*")
        if path.is_file() and not any(_ignored(part) for part in path.relative_to(tree).parts)
    )


def _ignored(part: str) -> bool:
    return part == "__pycache__" or part.startswith(".") or part.endswith(".pyc")  # editors' files too
