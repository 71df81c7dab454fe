"""What axe-core finds of the pages: contrast, names, headings, tables, order; in light and in dark."""

from __future__ import annotations

import html
import json
import re
from importlib.resources import files
from pathlib import Path

import pytest
from msgspec.structs import replace

from autograder.pages.report import feedback_page, report
from autograder.records import Measured, Picture
from autograder.viva.page import viva_page
from autograder.viva.records import Line, Option, Question, Viva
from tests.browser import browse, needs_chromium
from tests.test_report import ASSIGNMENT, HIDDEN, PUBLIC, result

SHOWN = [replace(PUBLIC, name=kind) for kind in ("image", "curve", "path", "speed")]
ROW = tuple(float(i) for i in range(8))
RUN_WITH_PICTURES = replace(
    result().run,
    pictures={
        "image": Picture("image", (ROW,) * 8, ((None, *ROW[1:]),) * 8),
        "curve": Picture("curve", (ROW,), (ROW[::-1],)),
        "path": Picture("path", tuple((x, -x) for x in ROW), tuple((x, x) for x in ROW)),
    },
    measured={"speed": Measured("speed", 7.0, 5.0, 20.0, 7)},
)
EDIT = Option("A", "Line 1 is changed:", ("- return 1", "+ return 2"))
QUESTION = Question(
    "which", "1.1 One", "one.py", "one", (Line(1, "return 1", True),), "Which?", "one(x)", (("x", "[1]"),),
    (EDIT,), "A.", (("as it is", "1"),), "Why?",
)  # fmt: skip
VIVA = Viva("ada", "Ada", "a04_ddpm", "Denoising diffusion", "c", 1, (QUESTION,), ("two.py is as released.",))
DARK = "--blink-settings=preferredColorScheme=0"
RUN = """axe.run().then(found => {
    const told = document.createElement("pre");
    told.id = "violations";
    told.textContent = JSON.stringify(found.violations.map(one => [one.id, one.nodes[0].html]));
    document.body.replaceChildren(told);
})"""


def violations(page: str, folder: Path, *options: str) -> list[list[str]]:
    """Return the rules of axe-core that a page breaks, each with the first element that does."""
    axe = files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    scripts = f"<script>{axe}</script><script>{RUN}</script>"
    page = page.replace("Content-Security-Policy", "x-nothing").replace("</body>", f"{scripts}</body>")
    path = folder / "page.html"
    path.write_text(page, encoding="utf-8")
    shown, _ = browse(path.as_uri(), folder / "profile", *options)
    told = re.search(r'<pre id="violations">(.*?)</pre>', shown, re.DOTALL)
    assert told, "axe-core said nothing"
    return json.loads(html.unescape(told[1]))


@needs_chromium
@pytest.mark.parametrize("options", [(), (DARK,)], ids=["light", "dark"])
@pytest.mark.parametrize("which", ["feedback", "class", "viva"])
def test_pages_break_no_rule(tmp_path: Path, which: str, options: tuple[str, ...]) -> None:
    of_class = [result(), result("bob", withheld=True), result("cem", *SHOWN, HIDDEN, late=True)]
    of_class[2] = replace(of_class[2], run=RUN_WITH_PICTURES)
    if which == "feedback":
        page = feedback_page(of_class[2], ASSIGNMENT)
    elif which == "viva":
        page = viva_page(VIVA, answers=True)
    else:
        page = report(of_class, ASSIGNMENT, tmp_path / "out")[-1].read_text(encoding="utf-8")
    assert violations(page, tmp_path, *options) == []


@needs_chromium
def test_rules_that_are_broken_are_told(tmp_path: Path) -> None:
    grey = '<p style="color: #aaa; background: #fff">too pale</p><img src="data:,">'
    page = feedback_page(result(), ASSIGNMENT).replace("</main>", f"{grey}</main>")
    assert {rule for rule, _ in violations(page, tmp_path)} == {"color-contrast", "image-alt"}
