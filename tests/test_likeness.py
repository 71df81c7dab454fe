"""Who is alike: planted copies stand out, given code and common style do not, hostile texts do no harm."""

from __future__ import annotations

import ast
import random
from collections import defaultdict
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from autograder.cli import app
from autograder.democlass.classwork import finished
from autograder.likeness.fingerprints import LEAST, Text, given_runs, pair_of, text_of
from autograder.likeness.flags import bound_of, compare, pairs_of
from autograder.likeness.page import sides, write_pages
from autograder.sources.given import released_python
from autograder.sources.similarity import local_names
from autograder.sources.source import replace_definition
from autograder.sources.variants import read_right
from autograder.spec import Assignment, load_assignment
from tests.test_report import elements

ROOT = Path(__file__).parents[1]
Files = dict[str, str]


@pytest.fixture(scope="module")
def guidance() -> Assignment:
    return load_assignment(ROOT / "solutions" / "a08_guidance")


@pytest.fixture(scope="module")
def given(guidance: Assignment) -> frozenset[int]:
    return given_runs(released_python(guidance))


def text(who: str, files: Files, given: frozenset[int]) -> Text:
    return text_of(who, {name: source.encode() for name, source in files.items()}, given)


def honest(assignment: Assignment, students: int) -> list[Files]:
    """Return hand-ins in which each function is one of the right answers that are known, drawn for each."""
    rng = random.Random(3)
    known: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for right in read_right(assignment):
        known[assignment.task(right.task).file, right.replaces].append(right.source)
    people = []
    for _ in range(students):
        files = dict(finished(assignment))
        for (file, function), sources in known.items():
            if chosen := rng.choice(["", *sources]):
                files[file] = replace_definition(files[file], function, chosen)
        people.append(files)
    return people


class Renamed(ast.NodeTransformer):
    """Gives every local name another one."""

    def __init__(self, names: frozenset[str]) -> None:
        self.names = {name: f"other_{number}" for number, name in enumerate(sorted(names))}

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self.names.get(node.id, node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.arg = self.names.get(node.arg, node.arg)
        return node


def disguised(files: Files) -> Files:
    """Return a copy with other names, other layout and no comments."""
    trees = {name: ast.parse(source) for name, source in files.items()}
    return {name: ast.unparse(Renamed(local_names(tree)).visit(tree)) for name, tree in trees.items()}


def test_disguised_copies_are_flagged_across_the_class_and_years_and_nobody_else(guidance, given):
    people = honest(guidance, 14)
    texts = [text(f"s{i}", files, given) for i, files in enumerate(people)]
    alone = compare(texts, [])
    assert (len(alone.pairs), pairs_of(texts, []), alone.flagged) == (91, 91, ())
    earlier = [text("2025/old", disguised(people[3]), given)]
    found = compare([*texts, text("copy", disguised(people[0]), given)], earlier)
    assert {frozenset((pair.one.who, pair.other.who)) for pair in found.flagged} == {
        frozenset(("s0", "copy")),
        frozenset(("s3", "2025/old")),
    }


def test_given_code_makes_nobody_alike(guidance, given):
    skeleton = {name: content.decode() for name, content in released_python(guidance).items()}
    assert text("nobody", skeleton, given).length == 0
    found = compare([text(name, skeleton, given) for name in ("ada", "bob")], [])
    assert (found.pairs, found.short, found.bound) == ((), ("ada", "bob"), None)


def test_a_text_that_repeats_itself_keeps_what_is_its_own(given):
    loop = "def own_{0}(x, y):\n    for i in range(len(x)):\n        x[i] = y[i] + x[i - 1]\n    return x\n"
    once, often = (text("ada", {"a.py": "".join(map(loop.format, range(n)))}, given) for n in (1, 8))
    assert often.length > 5 * once.length > 0


def test_what_is_marked_is_what_both_have(guidance, given):
    files = finished(guidance)
    pair = pair_of(text("ada", files, given), text("bob", disguised(files), given))
    assert pair.share > 0.9
    for side, one in zip(sides(pair), (pair.one, pair.other), strict=True):
        assert "\n".join("".join(piece for piece, _ in line) for line in side.lines) == one.code.raw_code
        marked = sum(len(piece) for line in side.lines for piece, both in line if both)
        assert marked > 0.4 * len(one.code.raw_code)  # the rest is given: signatures and imports


def test_the_bound_is_tukey_s_on_the_stretched_scale() -> None:
    shares = [
        0.3 + 0.001 * i for i in range(101)
    ]  # quartiles by hand, of the exclusive method: 25.5th, 76.5th
    x = [1.02 - share for share in shares]
    low, high = (x[24] * x[25]) ** 0.5, (x[75] * x[76]) ** 0.5  # exp of the mean of two logarithms
    assert bound_of(shares) == pytest.approx(1.02 - high * (high / low) ** 3, abs=1e-9)
    assert bound_of(shares[:44]) is None


def test_hostile_texts_and_names_do_no_harm(guidance, given, tmp_path):
    strange = "</pre><script>alert(1)</script>\u202e" + "x" * 5000 + "\n" + "\0\ufffe'''\"\"\"(((" * 300
    texts = [text(f"s{i}", {"a.py": f"y = {i}\n" * 200 + strange}, given) for i in range(3)]
    assert all(one.length > LEAST for one in texts)
    pages = write_pages(compare(texts, []), guidance, tmp_path)
    assert len(pages) == 4
    for page in pages:
        seen = elements(page.read_text(encoding="utf-8"))
        assert "script" not in {name for name, _ in seen}
        policy = next(of["content"] for _, of in seen if "http-equiv" in of)
        assert policy.startswith("default-src 'none'")
    assert "\u202e" not in pages[1].read_text(encoding="utf-8")


def test_the_command_compares_with_the_years_that_are_named(guidance, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    for year, student in (("now", "ada"), ("now", "bob"), ("2025", "old")):
        folder = tmp_path / year / f"diffusion-a08_guidance-{student}"
        folder.mkdir(parents=True)
        for name, source in finished(guidance).items():
            (folder / name).write_text(source)
    words = ["similarity", "a08", str(tmp_path / "now"), "--out", str(tmp_path / "out"), "--json"]
    done = CliRunner().invoke(app, [*words, "--earlier", f"2025={tmp_path / '2025'}"])
    told = msgspec.json.decode(done.stdout)
    assert (done.exit_code, told["pairs"], told["bound"], told["flagged"]) == (0, 3, None, [])
    assert "ada and 2025/old" in (tmp_path / "out" / "a08_guidance" / "index.html").read_text()
    done = CliRunner().invoke(app, [*words, "--earlier", "2025"])
    assert "write a name and a folder that is there" in str(done.exception)
