"""`common` is given to students: it imports nothing of ours and answers no task."""

import ast
import re
from pathlib import Path

import common

SOURCES = sorted(Path(common.__file__).parent.rglob("*.py"))
ANSWERS = re.compile(r"q_sample|alpha_bar|\bbetas?\b|\bema\b|\bcfg\b|guidance|attention", re.IGNORECASE)


def test_imports_nothing_of_the_engine_or_the_assignments():
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names.append(node.module or "")
            assert not {name.split(".")[0] for name in names} & {"autograder", "solutions", "assignments"}, (
                path
            )


def test_contains_no_word_of_an_answer():
    for path in SOURCES:
        assert not ANSWERS.findall(path.read_text(encoding="utf-8")), path
