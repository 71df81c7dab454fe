"""The command line as a person meets it: output, exit codes, and one sentence for each error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder import cli
from autograder.course import load_course
from autograder.errors import UserError

ROOT = Path(__file__).parents[1]
DEMO = load_course(ROOT).demo


def autograder(*arguments: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "autograder", *arguments]
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("check", "a77"), "no assignment 'a77'"),
        (("grade", DEMO, "nowhere"), "no course key"),
        (("collect", DEMO, "nowhere"), "no such folder of submissions"),
        (("report", DEMO, "--results", "nowhere"), "run `autograder grade` first"),
        (("new", "Bad Name"), "does not name an assignment"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_wrong_use_is_one_sentence_and_exit_code_2(arguments, words):
    done = autograder(*arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_an_error_that_quotes_a_student_is_harmless_to_the_terminal(monkeypatch, capsys):
    def quote():
        raise UserError("\x1b]0;owned\x07 and \u202e are no names\nsecond line")

    monkeypatch.setattr(cli, "app", quote)
    with pytest.raises(SystemExit):
        cli.main()
    assert capsys.readouterr().err == "\\x1b]0;owned\\x07 and \\u202e are no names\nsecond line\n"


def test_outside_the_repository_the_command_says_where_to_go(tmp_path):
    done = autograder("check", "a01", cwd=tmp_path)
    assert done.returncode == 2
    assert "change to its folder" in done.stderr


def test_doctor_prints_one_json_object_that_ends_in_ok():
    done = autograder("doctor", "--json")
    fields = json.loads(done.stdout)
    assert list(fields) == ["level", "promises", "missing", "not_on_cuda", "noise", "ok"]
    assert done.returncode == (0 if fields["ok"] else 1)


def test_help_lists_every_verb():
    done = autograder("--help")
    for verb in (
        "check",
        "watch",
        "new",
        "verify",
        "release",
        "collect",
        "grade",
        "replay",
        "report",
        "doctor",
        "demo",
    ):
        assert f" {verb} " in done.stdout


WITHOUT_UNIX = """
import os, signal, socket, sys
sys.modules.update(dict.fromkeys(("fcntl", "grp", "pwd", "resource", "termios")))
MISSING = {"fork": os, "pidfd_open": os, "SIGKILL": signal, "SIGALRM": signal, "AF_UNIX": socket}
for name, module in MISSING.items():
    delattr(module, name)
sys.argv = ["autograder", "check", sys.argv[1]]
from autograder.cli import main
main()
"""


def test_students_need_nothing_that_windows_lacks():
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", WITHOUT_UNIX, DEMO]
    done = subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 1, done.stderr
    assert "public checks" in done.stdout
