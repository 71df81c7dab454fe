"""Of hidden/ a worker gets plays and what they import; what works out an answer stays with the judge."""

from __future__ import annotations

from pathlib import Path

from autograder.judging.staging import open_staging
from autograder.records import Visibility
from autograder.sources.given import given_files
from tests.small_lab import write_lab

HIDDEN = {
    "__init__.py": "",
    "plays.py": "from .drawn import fresh\nfrom . import more\n",
    "drawn.py": "def fresh(): ...\n",
    "more.py": "from ..given import x\n",
    "plain.py": "def answer(x): return 2 * x\n",
    "test_idea.py": "from .plain import answer\n",
}


def test_hidden_plays_are_given_with_what_they_import_and_nothing_else(tmp_path: Path) -> None:
    small = write_lab(tmp_path)
    (small.folder / "hidden").mkdir(exist_ok=True)
    for name, text in HIDDEN.items():
        (small.folder / "hidden" / name).write_text(text)
    hidden = {name for name in given_files(small) if name.startswith("hidden/")}
    assert hidden == {f"hidden/{name}.py" for name in ("__init__", "plays", "drawn", "more")}
    with open_staging(small) as staging:
        trees = staging.stage("ada", {})
        assert len(list(Path(trees[Visibility.HIDDEN][0]).rglob("hidden/*.py"))) == 4
        assert not list(Path(trees[Visibility.PUBLIC][0]).rglob("hidden/*"))


def test_without_plays_nothing_of_hidden_is_given(tmp_path: Path) -> None:
    small = write_lab(tmp_path)
    (small.folder / "hidden").mkdir(exist_ok=True)
    (small.folder / "hidden" / "plain.py").write_text(HIDDEN["plain.py"])
    assert not [name for name in given_files(small) if "hidden" in name]


def test_given_files_are_compiled_once_and_handed_in_ones_never(tmp_path: Path) -> None:
    small = write_lab(tmp_path)
    mine, *others = sorted(name for name in given_files(small) if "/" not in name)
    with open_staging(small) as staging:
        top = Path(staging.stage("ada", {mine: b"x = 2"})[Visibility.PUBLIC][0])
        compiled = {path.name.partition(".")[0] + ".py" for path in top.rglob("*.pyc")}
    assert compiled == set(others)
