"""The pictures of the README: the demo's class page and one student's feedback, as a browser shows them."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ..errors import UserError
from ..records import Result, Verdict

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDTH, HEIGHT = 1060, 1560  # pixels of the page that are shown
SCALE = 0.75  # of the picture
SECONDS = 120


def take_pictures(results: Sequence[Result], pages: Path, out: Path) -> list[Path]:
    """Write `feedback.png` and `class.png` into `out`; raises UserError without a browser."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise UserError("pictures need Chromium: install the package chromium, and run this again")
    student = typical(results)
    shots = {"feedback.png": pages / "feedback" / student / "index.html", "class.png": pages / "index.html"}
    for name, page in shots.items():
        _shoot(browser, page, out / name)
    return [out / name for name in shots]


def typical(results: Sequence[Result]) -> str:
    """Return a student whose first task has a mistake with a name, and who did most of the rest well."""

    def named(result: Result) -> bool:
        return any(
            check.diagnosis and check.verdict is Verdict.FAIL for check in result.grade.tasks[0].checks
        )

    graded = [result for result in results if result.grade.stands and result.grade.tasks]
    chosen = [result for result in graded if named(result)] or graded
    return max(chosen, key=lambda result: result.grade.score).grade.student


def _shoot(browser: str, page: Path, picture: Path) -> None:
    """Have a browser of a fresh profile draw a page."""
    with tempfile.TemporaryDirectory(prefix="autograder-pictures-") as profile:
        command = [browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        command += [f"--user-data-dir={profile}", f"--window-size={WIDTH},{HEIGHT}"]
        command += [f"--force-device-scale-factor={SCALE}"]
        command += [f"--screenshot={picture.resolve()}", page.resolve().as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode or not picture.is_file():
        raise UserError(f"{browser} drew nothing of {page}: {done.stderr.strip()[-500:]}")
