"""Reviews and reports before people read them: what is not as asked has its sentence, nothing else has."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder.cli import app
from autograder.coursework.paper import WORDS, Paper, read_paper, remarks
from autograder.coursework.papers import look_at, sections_of
from autograder.coursework.running import run_small
from autograder.files import Unreadable
from autograder.intake.tree import folder_listing
from autograder.rubric import HandIn, load_rubrics
from autograder.spec import Limits

ROOT = Path(__file__).parents[1]
WANTED = HandIn("review.md", (1.0, 2.0), references=2, figures=1)
PNG = b"\x89PNG\r\n\x1a\n"
BIB = """\
@article{ho2020,
  author = {Ho}, title = {Denoising}, year = {2020}
}
@misc{song2021, title={Score}, author={Song},
  date = {2021}}
"""
TEXT = (
    "---\ntitle: x\n---\n<!-- advice @nobody -->\n## Question\n"
    + "word " * WORDS
    + "as [@ho2020; @song2021, p. 3] show, write to a@b.org, `@decorated`.\n"
    + "![All of [@ho2020]](figures/a.png)\n"
)


def paper(text: str = TEXT, sources: str = BIB, **pictures: bytes) -> Paper:
    return Paper(text, sources, {"figures/a.png": PNG} | pictures, {})


def test_a_paper_as_asked_has_no_remark() -> None:
    assert list(remarks(paper(), WANTED, ("Question",))) == []


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (paper(TEXT.replace("word ", "")), "review.md has 0.0 pages of 500 words; 1 to 2 are asked for."),
        (paper(TEXT + "more " * 1000), "review.md has 3.0 pages of 500 words; 1 to 2 are asked for."),
        (paper(TEXT.replace("## Question", "Question")), "There is no section 'Question'."),
        (
            paper(TEXT.replace("@ho2020", "@ho2020 and @ho2021")),
            "@ho2021 is cited, and references.bib does not list it; did you mean 'ho2020'?",
        ),
        (
            paper(TEXT, BIB + "@book{idle, author={A}, title={T}, year=1}\n"),
            "references.bib lists idle, and the text never cites it.",
        ),
        (paper(TEXT, BIB + BIB), "references.bib lists ho2020 2 times."),
        (paper(TEXT, BIB.replace("  date = {2021}", "")), "references.bib: song2021 has no year."),
        (
            paper(TEXT.replace("; @song2021, p. 3", ""), BIB[: BIB.index("@misc")]),
            "1 sources are listed and cited; at least 2 are asked for.",
        ),
        (
            paper(TEXT.replace("figures/a.png", "figures/b.png")),
            "The picture figures/b.png is shown, and not in the hand-in; did you mean 'figures/a.png'?",
        ),
        (paper(TEXT.replace("All of [@ho2020]", " ")), "The picture figures/a.png has no caption."),
        (paper(**{"figures/idle.png": PNG}), "figures/idle.png is handed in and never shown."),
        (
            paper(**{"figures/a.png": b"<html>"}),
            "figures/a.png is no picture: hand in PNG, JPEG or SVG of at most 20 MB.",
        ),
        (
            Paper(TEXT[: TEXT.index("![")], BIB, {}, {}),
            "0 pictures are shown; at least 1 are asked for.",
        ),
    ],
)
def test_what_is_not_as_asked_is_told(changed: Paper, sentence: str) -> None:
    assert sentence in remarks(changed, WANTED, ("Question",))


@pytest.mark.parametrize(
    "text",
    ["![" * 300_000, "```" + "`" * 500_000, "@" * 900_000, "## a" + " " * 900_000, "\n" * 900_000 + "@x{"],
)
def test_a_hostile_paper_is_searched_in_no_time(text: str) -> None:
    assert list(remarks(Paper(text, text, {}, {}), WANTED))


def folder_of(place: Path, text: str = TEXT) -> Path:
    (place / "figures").mkdir(parents=True)
    (place / "review.md").write_text(text)
    (place / "references.bib").write_text(BIB)
    (place / "figures" / "a.png").write_bytes(PNG)
    return place


def test_a_paper_is_read_from_a_folder_in_a_folder_and_its_links_are_not(tmp_path):
    folder_of(tmp_path / "work" / "inside")
    read = read_paper(folder_listing(tmp_path / "work"), WANTED)
    assert (read.text, read.sources, read.pictures) == (TEXT, BIB, {"figures/a.png": PNG})
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "review.md").symlink_to(tmp_path / "work" / "inside" / "review.md")
    with pytest.raises(Unreadable, match=r"holds no review\.md"):
        read_paper(folder_listing(tmp_path / "linked"), WANTED)


def test_a_class_is_looked_at_one_by_one(tmp_path):
    folder_of(tmp_path / "all" / "diffusion-review-ada")
    with zipfile.ZipFile(tmp_path / "all" / "diffusion-review-bob.zip", "w") as archive:
        archive.writestr("review.md", b"\xff")
    (tmp_path / "roster.csv").write_text("github_username\nada\nbob\ncem\n")
    rubric = load_rubrics(ROOT)["review"]
    looked = look_at(ROOT, rubric, WANTED, tmp_path / "all", tmp_path / "roster.csv", "diffusion")
    missing = [f"There is no section {name!r}." for name in sections_of(ROOT, rubric)[1:]]
    assert [(one.student, one.remarks) for one in looked] == [
        ("ada", tuple(missing)),
        ("bob", ("The hand-in holds review.md, which is not UTF-8.",)),
        ("cem", ("No hand-in.",)),
    ]


def test_templates_are_as_their_rubrics_ask_but_for_what_is_to_be_written():
    for rubric in load_rubrics(ROOT).values():
        if rubric.hand_in:
            text = (ROOT / "rubrics" / f"{rubric.deliverable}.md").read_text()
            said = " ".join(remarks(Paper(text, "", {}, {}), rubric.hand_in, sections_of(ROOT, rubric)))
            assert "section" not in said
            assert "cited, and" not in said
            assert "0.1 pages" in said or "0.0 pages" in said


GOOD = b"from .other import half\n\ndef main():\n    return {'loss': half(1.5), 'steps': 3}\n"
OTHER = b"import torch\n\ndef half(x):\n    return float(torch.tensor(x) / 2)\n"


@pytest.fixture
def quick(one_zygote, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let programs run in workers of the one zygote."""
    monkeypatch.setattr("autograder.coursework.running.Sandbox", one_zygote)


def test_a_project_s_small_program_runs_in_the_sandbox(quick):
    assert run_small({"small.py": GOOD, "other.py": OTHER}, "small.py") == ({"loss": 0.75, "steps": 3.0}, "")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (b"def main():\n    return {'loss': 1 / 0}\n", "code/small.py: small.main raised ZeroDivisionError"),
        (b"def main():\n    open('/etc/passwd')\n", "No such file or directory"),
        (b"def main():\n    return 3\n", "main() must return a dictionary of up to 20 finite numbers"),
        (b"def main():\n    return {'a': float('nan')}\n", "'a' is none."),
        (b"def other(): pass\n", "small.py defines no function 'main'"),
        (b"def main():\n    while True: pass\n", "small.main ran longer than 0.3 s"),
        (b"import os\nos._exit(0)\n", "ended the process"),
    ],
)
def test_a_program_that_does_not_run_is_told_why(quick, code: bytes, words: str) -> None:
    numbers, wrong = run_small({"small.py": code}, "small.py", Limits(call_cpu_s=0.3, memory_mb=512))
    assert numbers == {}
    assert words in wrong


def test_the_command_says_what_is_not_as_asked(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    folder_of(tmp_path / "diffusion-review-ada")
    done = CliRunner().invoke(app, ["marks", "check", "review", str(tmp_path)])
    assert done.exit_code == 1
    assert "2 sources are listed and cited; at least 8 are asked for." in done.output
    assert "names no file that is handed in" in str(
        CliRunner().invoke(app, ["marks", "check", "attendance", str(tmp_path)]).exception
    )
