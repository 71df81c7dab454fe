from __future__ import annotations

import ast

import pytest

from autograder.sources.similarity import changed_expressions, normalise, shared_statements

REFERENCE = '''
def cosine(T: int, s: float = 0.008):
    """Doc."""
    u = linspace(0, 1, T + 1)
    f = cos((u + s) / (1 + s)) ** 2
    betas: Tensor = 1 - f[1:] / f[:-1]
    return betas.clamp(max=0.999)
'''


def body(source: str) -> str:
    return normalise(ast.parse(source).body[0])


def wrong(old: str, new: str) -> frozenset[str]:
    assert old in REFERENCE
    return changed_expressions(REFERENCE, REFERENCE.replace(old, new))


def test_names_comments_annotations_and_docstrings_do_not_count() -> None:
    other = """
def another(steps, shift=1):
    grid = linspace(0, 1, steps + 1)  # a comment
    signal = cos((grid + shift) / (1 + shift)) ** 2
    out = 1 - signal[1:] / signal[:-1]
    return (out.clamp(max=0.999))
"""
    assert body(other) == body(REFERENCE)
    assert body(other.replace("1 - ", "2 - ")) != body(REFERENCE)
    assert body(other.replace("linspace", "logspace")) != body(REFERENCE)
    assert body(other.replace("steps + 1", "shift + 1")) == body(REFERENCE.replace("T + 1", "s + 1"))
    assert body(other.replace("steps + 1", "shift + 1")) != body(REFERENCE)


@pytest.mark.parametrize(
    ("right", "fraction"),
    [
        (REFERENCE.replace("betas: Tensor", "b").replace("betas", "b"), 1.0),
        ("def cosine(T, s):\n    u = linspace(0, 1, T + 1)\n    return u.diff()\n", 0.5),
        ("def cosine(T, s):\n    if T < 2:\n        return s\n    return u.diff()\n", 0.0),
        ("def cosine(T, s):\n    return s\n", 0.0),
    ],
)
def test_the_shared_fraction_of_statements(right: str, fraction: float) -> None:
    assert shared_statements(right, REFERENCE) == fraction


def test_the_smallest_changed_node_is_named() -> None:
    assert wrong("T + 1", "T + 2") == {".body[0].value.args[2].right"}
    assert wrong("T + 1", "T - 1") == {".body[0].value.args[2].op"}
    assert wrong("T + 1", "T") == {".body[0].value.args[2]"}
    assert wrong("cos(", "sin(") == {".body[1].value.left.func"}
    assert wrong("0.008", "0.08") == {".args.defaults[0]"}
    assert wrong('"""Doc."""', '"""Other."""') == set()
    assert wrong("betas: Tensor", "betas") == wrong("(T: int", "(T") == set()


def test_dropped_and_added_statements_are_changes() -> None:
    assert wrong(".clamp(max=0.999)", "") == {".body[3].value"}
    assert wrong("    return betas.clamp(max=0.999)\n", "    return betas\n") == {".body[3].value"}
    (added,) = wrong("    return", "    betas = betas * 2\n    return")
    (other,) = wrong("    return", "    betas = betas * 3\n    return")
    assert added.startswith(".body[3]+Assign(")
    assert added != other


def test_two_mistakes_are_two_changes() -> None:
    changed = changed_expressions(REFERENCE, REFERENCE.replace("T + 1", "T").replace("1 - f", "2 - f"))
    assert changed == {".body[0].value.args[2]", ".body[2].value.left"}
