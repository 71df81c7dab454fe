"""What Actions run: no finding of the linters, no token beside students' code, no half a sandbox."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from autograder import cli

ROOT = Path(cli.__file__).parents[2]


def test_workflows_have_no_finding_that_is_not_mended() -> None:
    places = (".github/workflows", "autograder/templates/student/github/workflows")
    folders = [ROOT / place for place in places]
    files = [path for folder in folders for path in folder.glob("*.yml")]
    assert len(files) == 4
    assert not [path for path in files if "zizmor: ignore" in path.read_text(encoding="utf-8")]
    programs = Path(sys.executable).parent
    subprocess.run([programs / "zizmor", "--offline", "--quiet", "--persona=auditor", *folders], check=True)
    subprocess.run([programs / "actionlint", *files], check=True)


def test_only_the_job_that_has_no_token_sees_what_students_wrote() -> None:
    workflow = (ROOT / ".github/workflows/grade.yml").read_text(encoding="utf-8")
    jobs = dict(re.findall(r"(?ms)^  (\w+):\n    name: \w+\n(.*?)(?=^  \w+:\n    name|\Z)", workflow))
    assert jobs.keys() == {"collect", "grade", "report", "publish"}
    has_token = {name for name, text in jobs.items() if "CLASSROOM_TOKEN" in text}
    runs_code = {name for name, text in jobs.items() if "autograder grade" in text}
    assert (has_token, runs_code) == ({"collect", "publish"}, {"grade"})
    assert "permissions" not in jobs["grade"]  # those of the top, which are none
    assert "\npermissions: {}\n" in workflow
    assert jobs["grade"].index("autograder doctor --json") < jobs["grade"].index("autograder grade")


def test_a_runner_with_a_gpu_is_asked_for_it_and_has_one_job_at_a_time() -> None:
    workflow = (ROOT / ".github/workflows/grade.yml").read_text(encoding="utf-8")
    job = workflow.partition("    name: grade\n")[2].partition("  report:\n")[0]
    where = "${{ inputs.runner || 'ubuntu-24.04' }}"
    assert f"runs-on: {where}" in job
    assert f"group: grade-on-{where}\n      cancel-in-progress: false" in job
    script = textwrap.dedent(job.partition("STUDENTS: ${{ inputs.students }}")[2].partition("run: |\n")[2])
    script = script.partition("- uses:")[0].replace("autograder grade", "echo")
    for device, said in (("cuda", "--device cuda --student ada"), ("", "received.csv --student ada")):
        env = {"PATH": os.environ["PATH"], "STUDENTS": "ada", "REGRADE": "", "DEVICE": device}
        ran = subprocess.run(
            ["bash", "-e", "-c", script], env=env, capture_output=True, text=True, check=True
        )
        assert ran.stdout.strip().endswith(said)
    assert job.index("doctor --device cuda") < job.index("autograder grade")


@pytest.mark.parametrize(("ok", "level"), [(True, "full"), (False, "process-only")])
def test_the_job_ends_with_the_remedy_where_the_sandbox_is_not_whole(
    tmp_path: Path, ok: bool, level: str
) -> None:
    workflow = (ROOT / ".github/workflows/grade.yml").read_text(encoding="utf-8")
    step = workflow.partition("name: The sandbox must be whole\n")[2].partition("- name:")[0]
    script = textwrap.dedent(step.partition("run: |\n")[2])
    said = json.dumps({"level": level, "missing": [] if ok else ["network"], "ok": ok})
    doctor = tmp_path / "autograder"
    doctor.write_text(f"#!/bin/sh\necho '{said}'\nexit {0 if ok else 1}\n")
    doctor.chmod(0o755)
    paths = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    ran = subprocess.run(
        ["bash", "-e", "-c", script], env=paths, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode == (0 if ok else 1)
    assert ran.stdout.startswith("" if ok else "::error title=The sandbox is 'process-only' here")
    assert ok or 'missing: ["network"]; grade on a runner with' in ran.stdout
