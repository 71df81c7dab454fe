"""A browser without a window, for what only a browser can say of a page."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


def browse(address: str, profile: Path, *options: str) -> tuple[str, str]:
    """Return the page's elements after loading, and what the browser logged."""
    assert CHROMIUM
    always = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--enable-logging=stderr"]
    always += [f"--user-data-dir={profile}", "--virtual-time-budget=2000", "--dump-dom"]
    command = [CHROMIUM, *always, *options, address]
    done = subprocess.run(command, capture_output=True, timeout=60, check=True)
    return done.stdout.decode(), done.stderr.decode("utf-8", "replace")
