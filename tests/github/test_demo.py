"""A class's way through an organisation on loopback; `autograder demo --github` takes all 24 through it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from autograder.github.client import Class
from autograder.loopback import demo
from autograder.loopback.organisation import Organisation, run_git
from autograder.pipeline import OpenJudges
from autograder.sources.source import skeletons
from autograder.spec import Assignment
from tests.tiny_assignment import write_tiny

FEW = {"the reference", "right in another way", "right, but late", "an empty repository", "nothing begun"}


def test_a_small_class_goes_its_way_on_loopback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, judges_here: OpenJudges
) -> None:
    write_tiny(tmp_path)
    hubs: list[Organisation] = []

    def release(place: Class, assignment: Assignment, root: Path) -> bool:
        """Make a template of the skeletons; a release would import the checks of this copy of a course."""
        hub, work = hubs[0], tmp_path / "template"
        hub.make(place.prefix, is_template=True)
        folder = work / "assignments" / assignment.name
        folder.mkdir(parents=True)
        for name, text in skeletons(assignment).items():
            (folder / name).write_text(text)
        run_git("init", "--quiet", "--initial-branch=main", cwd=work)
        run_git("add", "--all", cwd=work)
        run_git("-c", "user.name=s", "-c", "user.email=s@x", "commit", "--quiet", "-m", "the first", cwd=work)
        run_git("push", "--quiet", str(hub.bare(place.prefix)), "HEAD:main", cwd=work)
        return True

    stage, enrol = demo._stage, demo.enrol
    monkeypatch.setattr(demo, "release_template", release)
    monkeypatch.setattr(demo, "_stage", lambda root, home, hub: hubs.append(hub) or stage(root, home, hub))
    monkeypatch.setattr(
        demo, "enrol", lambda room, works: [one for one in enrol(room, works) if one.work.what in FEW]
    )
    monkeypatch.setattr(demo, "grade_class", partial(demo.grade_class, open_judges=judges_here))
    done = demo.run_hub_demo(tmp_path, lambda *_: None, 1)
    assert done.surprises == []
    assert (done.students, done.as_expected, done.told, done.corrected) == (6, 6, 5, 6)
    assert (done.requests["first collect"], done.requests["second collect"]) == (7, 1)
    assert (done.requests["feedback"], done.requests["second feedback"]) == (1 + 5 * 5, 1)
