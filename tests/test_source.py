from __future__ import annotations

import ast
from pathlib import Path

import pytest

from autograder.sources.source import replace_definition, strip
from autograder.spec import Assignment, SpecError, load_assignment
from tests.small_assignment import IDEA, write_small


@pytest.fixture
def small(tmp_path: Path) -> Assignment:
    return load_assignment(write_small(tmp_path))


def cut(source: str, assignment: Assignment) -> str:
    return strip(source, assignment.folder / "idea.py", assignment)


def body(*lines: str) -> str:
    """Put lines into the place of scale's body."""
    head, _, rest = IDEA.partition("    given = x  # stays\n")
    return head + "".join(f"{line}\n" for line in lines) + rest[rest.index("\n\nclass") :]


def test_the_skeleton_is_exact(small: Assignment) -> None:
    skeleton = cut(IDEA, small)
    assert skeleton.splitlines()[5:20] == [
        "def scale(x, factor=2.0):",
        '    """Return x times factor."""',
        "    given = x  # stays",
        '    raise NotImplementedError("TODO scale: read task 1.1 in README.md")',
        "    return secret",
        "",
        "",
        "class Line:",
        '    """A line through the origin."""',
        "",
        "    def __init__(self, slope):",
        '        raise NotImplementedError("TODO Line: read task 1.2 in README.md")',
        "",
        "    def at(self, x):",
        '        """Return the height at x."""',
    ]
    assert skeleton.endswith('    def given(self):\n        return "given"  # untouched\n')
    assert "SOLUTION" not in skeleton
    assert "the answer" not in skeleton
    assert "self.slope * x" not in skeleton


def test_a_file_without_tasks_or_markers_is_unchanged(small: Assignment) -> None:
    given = (small.folder / "given.py").read_text()
    assert strip(given, small.folder / "given.py", small) == given


def test_a_region_inside_a_block_and_several_regions(small: Assignment) -> None:
    source = body(
        "    for i in range(3):",
        "        # BEGIN SOLUTION",
        "        @property",
        "        def inner():",
        "            return 1",
        "        # END SOLUTION",
        "    else:",
        "        # BEGIN SOLUTION",
        "        # a comment of the answer",
        "        return 7",
        "",
        "        # END SOLUTION",
        "    x = (1,",
        "         2)",
    )
    skeleton = cut(source, small)
    assert skeleton.count('        raise NotImplementedError("TODO scale: read task 1.1 in README.md")') == 2
    assert "inner" not in skeleton
    assert "comment of the answer" not in skeleton
    ast.parse(skeleton)


def test_a_class_task_owns_the_regions_of_its_methods(tmp_path: Path) -> None:
    folder = write_small(tmp_path)
    spec = (folder / "assignment.toml").read_text().replace('["Line.__init__", "Line.at"]', '["Line"]')
    (folder / "assignment.toml").write_text(spec)
    assert cut(IDEA, load_assignment(folder)).count("TODO Line: read task 1.2") == 2


def test_replacing_keeps_everything_else() -> None:
    other = "@staticmethod\ndef line__other(x):\n    '''a\nb'''\n    return x\n"
    new = replace_definition(IDEA, "Line.at", other)
    assert "    @staticmethod\n    def at(x):\n        '''a\nb'''\n        return x\n\n    def given" in new
    assert new.replace("\n", "").startswith(IDEA[: IDEA.index("    def at")].replace("\n", ""))
    ast.parse(new)


def test_replacing_a_decorated_function_replaces_its_decorators_and_recursion_follows() -> None:
    source = "import functools\n\n\n@functools.cache\ndef f(n):\n    return 1\n\n\nX = f(1)\n"
    new = replace_definition(source, "f", "def f__slow(n):\n    return 1 if n < 2 else n * f__slow(n - 1)\n")
    assert "cache" not in new.replace("import functools", "")
    names: dict[str, int] = {}
    exec(new.replace("f(1)", "f(4)"), names)
    assert names["X"] == 24


def test_replacing_what_is_not_there_is_an_error() -> None:
    with pytest.raises(SpecError, match=r"no definition of 'scala'; did you mean 'scale'\?"):
        replace_definition(IDEA, "scala", "def f():\n    pass\n")
    with pytest.raises(SpecError, match=r"expected one definition .* got 0"):
        replace_definition(IDEA, "scale", "x = 1\n")
