"""A class of which nothing has changed is graded without a judge, and that is what is measured."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_nobody_is_judged_again():
    command = [sys.executable, "-m", "autograder", "bench", "again", "--students", "3", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    measured = json.loads(done.stdout)
    assert measured["students"] == 3
    assert measured["unchanged"]
    assert measured["grade_s"] > 0
