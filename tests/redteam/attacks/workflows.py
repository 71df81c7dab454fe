"""What workflows must not do: 28, 52, 54, 56, 57, and student-controlled text in a shell.

Each rule reads the text of a workflow and says what breaks it. The repository's own workflows must pass; the
bad example of each variant must not, else the rule proves nothing. Workflow files are read as text, line by line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograder.redteam.attack import Absent, Act, Attack

from .handins import need

Rule = Callable[[str], str]  # a workflow's text -> what is wrong, "" when nothing is
FOLDER = Path(__file__).parents[3] / ".github" / "workflows"
CONTROLLED = re.compile(
    r"\$\{\{[^}]*(github\.event\.(issue|pull_request|comment|review|commits|head_commit|discussion|pages)|github\.head_ref"
    r"|github\.event\.(inputs|client_payload)|inputs\.|steps\.[\w-]+\.outputs|needs\.[\w-]+\.outputs)[^}]*\}\}"
)


def run_blocks(text: str) -> list[str]:
    """Return the shell text of every `run:`, with the lines that belong to it."""
    blocks, lines = [], text.splitlines()
    for at, line in enumerate(lines):
        found = re.match(r"(\s*)(?:- )?run:\s*(.*)", line)
        if found:
            inside = [found[2]]
            for below in lines[at + 1 :]:
                if below.strip() and len(below) - len(below.lstrip()) <= len(found[1]):
                    break
                inside.append(below)
            blocks.append("\n".join(inside))
    return blocks


def no_text_in_a_shell(text: str) -> str:
    found = [block for block in run_blocks(text) if CONTROLLED.search(block)]
    return f"what somebody writes stands in a shell: {found[0].strip()[:80]}" if found else ""


def pinned(text: str) -> str:
    loose = [
        use
        for use in re.findall(r"uses:\s*(\S+)", text)
        if not re.search(r"@[0-9a-f]{40}$", use) and not use.startswith("./")
    ]
    return f"not pinned by hash: {loose[0]}" if loose else ""


def no_rights_by_default(text: str) -> str:
    return (
        ""
        if re.search(r"^permissions:\s*\{\}\s*$", text, re.MULTILINE)
        else "no `permissions: {}` at the top"
    )


def no_writing(text: str) -> str:
    found = re.findall(r"^\s+([\w-]+):\s*write\b", text, re.MULTILINE)
    return (
        f"{found[0]}: write"
        if found and re.search(r"pull_request|autograder (check|grade)|pytest|make test", text)
        else ""
    )


def started_by_staff(text: str) -> bool:
    """Say whether only the clock and people who may write start a workflow."""
    found = re.search(r"^on:\n((?: .*\n|\n)+)", text, re.MULTILINE)
    events = re.findall(r"^  (\w+):", found[1], re.MULTILINE) if found else []
    return bool(events) and set(events) <= {"schedule", "workflow_dispatch"}


def no_secrets_beside_students_code(text: str) -> str:
    """What staff start may judge with the course key, which the sandbox keeps from workers, and with no other."""
    runs_code = r"autograder (check|grade|collect)|pytest|make test|pull_request"
    parts, allowed = [text], "(?!)"
    if started_by_staff(text):
        parts, allowed, runs_code = (
            re.split(r"\n  (?=\w+:\n)", text),
            "AUTOGRADER_COURSE_KEY",
            "autograder grade",
        )
    found = [
        secret
        for part in parts
        if re.search(runs_code, part)
        for secret in re.findall(r"\$\{\{[^}]*secrets\.(\w+)", part)
        if not re.fullmatch(allowed, secret)
    ]
    return "secrets where somebody else's code runs" if found else ""


def no_target(text: str) -> str:
    found = re.search(r"pull_request_target|workflow_run|issue_comment", text)
    return f"{found[0]} gives rights to somebody else's code" if found else ""


def no_token_left(text: str) -> str:
    places = [at.start() for at in re.finditer(r"uses:\s*actions/checkout", text)]
    return (
        ""
        if all("persist-credentials: false" in text[at : at + 300] for at in places)
        else "a checkout leaves its token"
    )


def own_runners(text: str) -> str:
    return "a runner that outlives its job" if re.search(r"runs-on:.*self-hosted", text) else ""


def no_cache(text: str) -> str:
    if started_by_staff(text):
        return ""
    found = re.search(
        r"actions/cache|cache:\s*['\"]?pip|actions/download-artifact|dawidd6/action-download", text
    )
    return f"a cache or artefact that others may fill: {found[0]}" if found else ""


def nothing_published(text: str) -> str:
    artefact = "" if started_by_staff(text) else "|upload-artifact"  # which staff alone can read there
    found = re.search(f"upload-pages-artifact|deploy-pages|gh-pages{artefact}", text)
    return f"results may be published: {found[0]}" if found else ""


def nothing_ignored(text: str) -> str:
    found = re.search(r"zizmor: *ignore|actionlint: *ignore|shellcheck disable|continue-on-error", text)
    return f"a finding is passed over: {found[0]}" if found else ""


def bounded(text: str) -> str:
    if "timeout-minutes:" not in text:
        return "no timeout-minutes"
    return (
        ""
        if "concurrency:" in text and ("cancel-in-progress: true" in text or started_by_staff(text))
        else "no concurrency group that cancels"
    )


def ruled(rule: Rule, bad: str) -> Callable[[Path, Any], str]:
    """Check the repository's workflows against a rule that a bad example breaks."""

    def act(place: Path, bench: Any) -> str:
        paths = sorted(FOLDER.glob("*.y*ml"))
        if not paths:
            raise Absent(f"{FOLDER}: no workflows here")
        need(bool(rule(bad)), "dud: the bad example passes the rule")
        for path in paths:
            problem = rule(path.read_text("utf-8"))
            need(not problem, f"{path.name}: {problem}")
        return "the workflows' own text"

    return act


def acts(*cases: tuple[str, Rule, str]) -> tuple[Act, ...]:
    return tuple(Act(name, ruled(rule, bad)) for name, rule, bad in cases)


STEP = "    steps:\n      - run: {}\n"
ATTACKS = (
    Attack(
        28,
        "results on public pages",
        "workflow",
        acts(
            ("pages", nothing_published, "uses: actions/upload-pages-artifact@v3"),
            ("artefacts", nothing_published, "uses: actions/upload-artifact@v4"),
        ),
    ),
    Attack(
        52,
        "burn the minutes of others",
        "workflow",
        acts(
            ("no end", bounded, "concurrency:\n  cancel-in-progress: true"),
            ("all at once", bounded, "timeout-minutes: 5"),
        ),
    ),
    Attack(
        54,
        "stay on the runner",
        "workflow",
        acts(
            ("a runner of one's own", own_runners, "runs-on: [self-hosted, gpu]"),
        ),
    ),
    Attack(
        56,
        "poison a cache or an artefact",
        "workflow",
        acts(
            ("actions/cache", no_cache, "uses: actions/cache@v4"),
            ("setup-python's cache", no_cache, "cache: pip"),
            ("an artefact", no_cache, "uses: actions/download-artifact@v4"),
            ("a clock and others", no_cache, "on:\n  schedule:\n  pull_request:\n\nwith:\n  cache: pip"),
            ("workflow_run", no_target, "on: workflow_run"),
        ),
    ),
    Attack(
        57,
        "secrets of the same job",
        "workflow",
        acts(
            (
                "secrets beside students' code",
                no_secrets_beside_students_code,
                "on: pull_request\nenv:\n  KEY: ${{ secrets.COURSE_KEY }}",
            ),
            (
                "a token where staff grade",
                no_secrets_beside_students_code,
                "on:\n  schedule:\n\njobs:\n  grade:\n    run: autograder grade\n    env: ${{ secrets.TOKEN }}",
            ),
            ("pull_request_target", no_target, "on: pull_request_target"),
            ("a token that writes", no_writing, "on: pull_request\npermissions:\n  contents: write"),
            ("rights by default", no_rights_by_default, "on: push\njobs:"),
            ("the checkout's token", no_token_left, "uses: actions/checkout@v4\n"),
        ),
    ),
    Attack(
        72,
        "student-controlled text in a workflow's shell",
        "workflow",
        acts(
            ("a branch's name", no_text_in_a_shell, STEP.format("echo ${{ github.head_ref }}")),
            (
                "a title",
                no_text_in_a_shell,
                STEP.format("|\n          echo '${{ github.event.pull_request.title }}'"),
            ),
            (
                "a commit's message",
                no_text_in_a_shell,
                STEP.format("git log ${{ github.event.head_commit.message }}"),
            ),
            ("an input", no_text_in_a_shell, STEP.format("grade ${{ inputs.student }}")),
            ("an action that moves", pinned, "uses: actions/checkout@v4"),
            ("a finding that is ignored", nothing_ignored, "- run: x # zizmor: ignore[template-injection]"),
        ),
    ),
)
