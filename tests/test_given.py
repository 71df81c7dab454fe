"""What staff give: students get a lab's judge and keep it out of what they hand in, workers do not get it."""

from __future__ import annotations

from pathlib import Path

from autograder.pipeline import collect_class
from autograder.sources.given import given_files, libraries, released_modules, released_python
from tests.small_lab import write_lab


def test_a_labs_judge_is_released_but_no_worker_gets_it(tmp_path: Path) -> None:
    small = write_lab(tmp_path)
    assert released_modules(small).keys() == {"__init__.py", "given.py", "idea.py", "lab_judge.py"}
    assert given_files(small).keys() == {"__init__.py", "given.py", "idea.py"}
    assert b"the answer" not in given_files(small)["idea.py"]


def test_what_was_released_is_neither_taken_nor_told_unless_it_was_edited(tmp_path: Path) -> None:
    small = write_lab(tmp_path)
    (tmp_path / "course.toml").write_text('name = "C"\nclassroom = "c"\ndemo = "a90_small"\n')
    for student, more in (("ada", b""), ("bob", b"# mine\n")):
        folder = tmp_path / "class" / student / "assignments" / small.name
        folder.mkdir(parents=True)
        for name, content in released_python(small).items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(content + (more if name == "lab_judge.py" else b""))
    ada, bob = collect_class(tmp_path, small, tmp_path / "class", None, None)
    assert ada.files.keys() == bob.files.keys() == {"idea.py"}
    assert ada.notices == ()
    assert bob.notices[0].startswith("Replaced: lab_judge.py ")


def test_libraries_are_those_that_staffs_files_import_in_functions_too(example):
    path = example.folder / "plays_more.py"
    path.write_text("import json as j\nfrom common import exact\ndef f():\n    from a.b import c\n")
    try:
        found = set(libraries(example))
    finally:
        path.unlink()
    assert {"json", "a.b"} <= found
    assert not {"common", "a"} & found
