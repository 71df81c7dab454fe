"""git over HTTP with a token that no process list, log or setting of a repository shows."""

from __future__ import annotations

import base64
import os
import subprocess
from pathlib import Path

from ..errors import UserError

TIMEOUT_S = 300.0  # for one repository
LARGEST = "5m"  # bytes of a file that is fetched: no file of an answer is so large
KEPT = ("PATH", "HOME", "HTTPS_PROXY", "NO_PROXY")  # of the environment


def fetch_commit(bare: Path, url: str, commit: str, token: str) -> None:
    """Let the bare repository hold one commit ("HEAD": the newest) without what came before it."""
    words = ("fetch", "--quiet", "--depth=1", "--no-tags", f"--filter=blob:limit={LARGEST}")
    git(*words, url, commit, cwd=bare, token=token)
    git("update-ref", "--no-deref", "HEAD", "FETCH_HEAD", cwd=bare)


def make_bare(bare: Path) -> None:
    """Make an empty bare repository; one that is there stays."""
    git("init", "--quiet", "--bare", str(bare.resolve()), cwd=bare.parent)


def git(*words: str, cwd: Path, token: str = "", **environment: str) -> str:
    """Run git without anybody's settings, hooks or questions and return what it prints; raises UserError."""
    settings = {"credential.helper": "", "core.hooksPath": os.devnull, "protocol.file.allow": "never"}
    if token:
        login = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        settings["http.extraHeader"] = f"Authorization: Basic {login}"
    given = {"GIT_CONFIG_COUNT": str(len(settings))}
    for n, (key, value) in enumerate(settings.items()):
        given |= {f"GIT_CONFIG_KEY_{n}": key, f"GIT_CONFIG_VALUE_{n}": value}
    quiet = {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    try:
        ran = subprocess.run(
            ["git", *words], cwd=cwd, env={**kept, **quiet, **given, **environment},
            capture_output=True, timeout=TIMEOUT_S,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise UserError(f"git {words[0]}: not done after {TIMEOUT_S:.0f} s") from None
    if ran.returncode:
        told = ran.stderr.decode(errors="replace").strip().splitlines()
        raise UserError(f"git {words[0]}: {told[-1] if told else f'exit code {ran.returncode}'}")
    return ran.stdout.decode(errors="replace").strip()
