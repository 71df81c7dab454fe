"""The command line as a person meets it: output, exit codes, and one sentence for each error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from autograder import cli, pipeline, watching
from autograder.course import load_course
from autograder.errors import MachineFault, UserError
from autograder.isolation import doctor, gpu
from autograder.isolation.gpu import find_gpus
from autograder.keys import KEY_ENV
from autograder.records import Grade, Result, Run
from autograder.spec import load_assignment
from tests.tiny_assignment import NAME, write_tiny

ROOT = Path(__file__).parents[1]
DEMO = load_course(ROOT).demo
TASK = load_assignment(ROOT / "solutions" / DEMO).tasks[0].id


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
        (("verify", DEMO, "no_task"), "unknown task 'no_task'"),
        (
            ("release", DEMO, TASK),
            f"{TASK!r} is a task of {DEMO}: an assignment is handed out with all of its",
        ),
        (("doctor", "--device", "tpu"), "--device is 'tpu'; write cuda, or cpu"),
        (("bench", "gpu", DEMO, "--device", "tpu"), "--device is 'tpu'; write cuda, or cpu"),
        (("lab",), "say which lab, such as a04"),
        (("lab", DEMO, "--device", "tpu"), "no device 'tpu'"),
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


def test_a_defect_of_ours_is_told_without_what_it_quotes_reaching_the_terminal(monkeypatch, capsys):
    def quote() -> None:
        raise IndexError("\x1b[2J\x1b[32mall as wanted")

    monkeypatch.setattr(cli, "app", quote)
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 3
    told = capsys.readouterr().err
    assert told.startswith("Traceback")
    assert told.endswith("IndexError: \\x1b[2J\\x1b[32mall as wanted\n\n")


def ended(monkeypatch, *arguments: str) -> int:
    """Run the command line in this process; return its exit code."""
    monkeypatch.setattr(sys, "argv", ["autograder", *arguments])
    with pytest.raises(SystemExit) as end:
        cli.main()
    return end.value.code


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        ("grade", "stopped; what was finished is kept: run the same command again to continue\n"),
        ("collect", "stopped\n"),
    ],
)
def test_ctrl_c_promises_to_continue_only_what_grade_keeps(monkeypatch, capsys, verb, words):
    monkeypatch.setattr(cli.classes, "solution", interrupt)
    assert ended(monkeypatch, verb, DEMO, "submissions") == 130
    assert capsys.readouterr().err == words


def test_ctrl_c_is_how_watch_ends(monkeypatch, capsys):
    monkeypatch.setattr(watching, "watch", interrupt)
    assert ended(monkeypatch, "watch", DEMO) == 0
    assert capsys.readouterr().err == ""


def test_a_fault_of_the_machine_is_one_sentence(monkeypatch, capsys):
    def fault(*_: object) -> None:
        raise MachineFault("workers must read /usr, and solutions lies in it: move the repository")

    monkeypatch.setattr(cli.classes, "solution", fault)
    assert ended(monkeypatch, "replay", DEMO, "ada", "check", "submissions") == 2
    assert capsys.readouterr().err.endswith("lies in it: move the repository\n")


@pytest.fixture
def tiny(tmp_path, monkeypatch) -> Path:
    """A course to grade in, its key, and a class of one."""
    write_tiny(tmp_path)
    (tmp_path / "submissions" / "ada").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(KEY_ENV, "of the tests, long enough for a key")
    return tmp_path


def test_a_file_in_place_of_a_folder_for_results_is_named(tiny, monkeypatch, capsys):
    (tiny / "results").touch()
    assert ended(monkeypatch, "grade", NAME, "submissions") == 2
    words = f"results/{NAME}: Not a directory; choose another place, or mend this one\n"
    assert capsys.readouterr().err.endswith(words)


def graded(monkeypatch, *options: str, **changes: object):
    """Run `grade` for a class of one whose result is as given."""
    grade = Grade("ada", "", NAME, "", "", False, "1", 40.0, 100.0, False, ())
    result = Result(msgspec.structs.replace(grade, **changes), Run("full", "", "", 0.0, ""))
    monkeypatch.setattr(pipeline, "grade_class", lambda *_: pipeline.ClassGrades([result]))
    return CliRunner().invoke(cli.app, ["grade", NAME, "submissions", "--out", "graded", *options])


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_without_a_gpu_grading_on_one_is_refused_before_anything_is_done(tiny, monkeypatch, capsys, options):
    monkeypatch.setattr(gpu, "find_gpus", lambda share: find_gpus(share, tiny))
    assert ended(monkeypatch, "grade", NAME, "submissions", "--device", "cuda", *options) == 2
    said = capsys.readouterr().err
    assert said.startswith("no GPU here: CUDA needs /dev/nvidiactl")
    assert said.endswith("use a machine with one, or leave out --device cuda\n")
    assert not (tiny / "results").exists()


@pytest.mark.parametrize(("as_json", "words"), [(False, "never run on a GPU yet"), (True, '"level":null')])
def test_without_a_gpu_its_doctor_fails_and_says_so(tiny, monkeypatch, capsys, as_json, words):
    monkeypatch.setattr(gpu, "find_gpus", lambda share: find_gpus(share, tiny))
    assert ended(monkeypatch, "doctor", "--device", "cuda", *["--json"] * as_json) == 1
    assert words in capsys.readouterr().out


def test_the_doctor_says_what_a_cage_for_a_gpu_opens_and_what_is_lost(monkeypatch, capsys):
    held = dict.fromkeys(doctor.PROMISES, True) | dict.fromkeys(gpu.LOST, False)
    health = doctor.Health("gpu", held, (), {"device": "NVIDIA A, 80 GiB"})
    monkeypatch.setattr(gpu, "devices_for", lambda device: (gpu.Gpu(files=("/dev/nvidia0",), read=("/x",)),))
    monkeypatch.setattr(doctor, "examine_device", lambda gpu: health)
    assert ended(monkeypatch, "doctor", "--device", "cuda") == 0
    said = capsys.readouterr().out
    for words in ("level gpu: NVIDIA A, 80 GiB", "opens  /dev/nvidia0", "reads  /x", "holds network"):
        assert words in said
    assert f"lost  time: {gpu.LOST['time']}" in said
    assert "Never run on a GPU yet" in said


@pytest.mark.parametrize(
    ("changes", "code"), [({"late": True}, 0), ({"withheld": True}, 1), ({"problem": "no submission"}, 1)]
)
def test_a_score_that_does_not_stand_is_told_to_machines(tiny, monkeypatch, changes, code):
    done = graded(monkeypatch, "--json", **changes)
    fields = json.loads(done.stdout)
    (row,) = fields["results"]
    wanted = {"late": False, "withheld": False, "problem": "", "score": None if code else 40.0, **changes}
    assert {name: row[name] for name in wanted} == wanted
    assert (fields["ok"], done.exit_code) == (not code, code)


def test_after_grading_a_ta_is_told_what_to_look_at(tiny, monkeypatch):
    (tiny / "graded" / NAME).mkdir(parents=True)
    (tiny / "graded" / NAME / "zoe.json").touch()
    *_, withheld, gone, untimed, unproven, _ = graded(monkeypatch, withheld=True).stdout.splitlines()
    assert withheld == (
        f"1 withheld: autograder report {NAME} --results graded --staff shows why; "
        "mend the check, then grade again"
    )
    assert gone == "nothing came from zoe: remove their results, or reports hold them"
    assert untimed.startswith("due 2026-10-12 21:59 UTC, but without --received nobody is late: ")
    assert unproven == f"{NAME} was not verified here as it is now: autograder verify {NAME}"


def test_after_grading_one_a_ta_is_told_of_the_others(tiny, monkeypatch):
    (tiny / "submissions" / "bob").mkdir()
    words = "1 more to judge: leave out --student"
    assert words in graded(monkeypatch, "--student", "ada").stdout
    assert words not in graded(monkeypatch).stdout


def test_where_something_says_when_all_came_nothing_is_asked_for(tiny, monkeypatch):
    (tiny / "received.csv").write_text("student,received_at\nada,2026-10-12T10:00:00Z\n")
    assert "nobody is late" not in graded(monkeypatch, "--received", "received.csv").stdout


def test_a_hand_in_that_was_not_graded_has_no_score(tiny, monkeypatch):
    assert "40 / 100" in graded(monkeypatch).stdout
    assert "ada" in (shown := graded(monkeypatch, problem="no submission found").stdout)
    assert "40 / 100" not in shown


def test_outside_the_repository_the_command_says_where_to_go(tmp_path):
    done = autograder("check", "a01", cwd=tmp_path)
    assert done.returncode == 2
    assert "change to its folder" in done.stderr


@pytest.mark.parametrize(("level", "code"), [("full+", 0), ("partial", 1)])
def test_doctor_prints_one_json_object_that_ends_in_ok(monkeypatch, capsys, level, code):
    health = doctor.Health(level, {"read": True}, (), {})
    monkeypatch.setattr(doctor, "examine", lambda: (health, {"load": 0.0}))
    assert ended(monkeypatch, "doctor", "--json") == code
    fields = json.loads(capsys.readouterr().out)
    assert list(fields) == ["level", "promises", "missing", "not_on_cuda", "noise", "ok"]
    assert (fields["level"], fields["ok"]) == (level, not code)


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
        "export",
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
