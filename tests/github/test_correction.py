"""A correction reaches repositories that exist, and touches given files only."""

from __future__ import annotations

from autograder.github.client import Class, repositories
from autograder.github.correction import Sent, send_correction
from autograder.loopback.organisation import Fault, Organisation, run_git
from autograder.spec import Assignment

from .students import AS

FOLDER = "assignments/a99_example"
HAND_IN = "noising.py"


def commit(hub: Organisation, repository: str, files: dict[str, str], *words: str) -> None:
    """Push files on top of what is there."""
    home, url = hub.home.parent, str(hub.bare(repository))
    work = home / f"work-{len(list(home.iterdir()))}"
    run_git("clone", "--quiet", url, str(work))
    for name, text in files.items():
        path = work / FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    run_git("add", "--all", cwd=work)
    run_git(*AS, "commit", "--quiet", "--message", "more", cwd=work)
    run_git("push", "--quiet", url, "HEAD:main", cwd=work)


def text_at(hub: Organisation, repository: str, branch: str, name: str) -> str:
    return run_git("-C", str(hub.bare(repository)), "show", f"{branch}:{FOLDER}/{name}")


def send(place: Class, example: Assignment) -> Sent:
    return send_correction(place, example, repositories(place), lambda: None)


def test_a_correction_touches_given_files_only_and_comes_once(
    place: Class, hub: Organisation, example: Assignment
) -> None:
    old = {"README.md": "typo", HAND_IN: "TODO", "tests/test_a.py": "old"}
    for name in ("test-a99", "test-a99-ada", "test-a99-bob", "test-a99-cem"):
        hub.make(name, pushed_at=hub.clock)
        commit(hub, name, old)
    commit(hub, "test-a99-ada", {HAND_IN: "my answer", "mine.py": "mine", "README.md": "my notes"})
    new = {"README.md": "right", HAND_IN: "TODO, reworded", "tests/test_a.py": "new", "tests/test_b.py": "b"}
    commit(hub, "test-a99", new)
    commit(hub, "test-a99-cem", {**new, HAND_IN: "answer"})
    hub.facts["test-a99-dana"] = {"name": "test-a99-dana"}  # whose repository cannot be read
    hub.faults = [("test-a99-ada/pulls", Fault(422))]  # after which ada's is tried again
    first = send(place, example)
    assert (first.sent, first.current) == (["test-a99-bob"], ["test-a99-cem"])
    assert [line.partition(":")[0] for line in first.problems] == ["test-a99-ada", "test-a99-dana"]
    second = send(place, example)
    assert (second.sent, second.had) == (["test-a99-ada"], ["test-a99-bob"])
    (branch,) = [one["ends"]["head"] for one in hub.pulls["test-a99-ada"]]
    seen = {name: text_at(hub, "test-a99-ada", branch, name) for name in (*new, "mine.py")}
    assert seen == {**new, HAND_IN: "my answer", "mine.py": "mine"}
    assert text_at(hub, "test-a99-ada", "main", "README.md") == "my notes"  # until it is merged
