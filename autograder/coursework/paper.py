"""What a machine can say of a review or a report before people read it: length, sources, figures.

A paper is a folder, a zip or a repository with a Markdown file, its sources in `references.bib`, its pictures
in `figures/` and its code in `code/`. Sources are cited as `[@ho2020]`, pictures shown as
`![caption](figures/a.png)`. All patterns are bounded: whatever was handed in is searched in linear time.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..files import Unreadable
from ..intake.tree import Entry, Listing
from ..rubric import HandIn
from ..text import nearest, one_line

WORDS = 500  # of a page
MOST_BYTES = 1_000_000  # of a text, or a file of code
SOURCES = "references.bib"
JPEG = b"\xff\xd8\xff"
PICTURES = {"png": b"\x89PNG", "jpg": JPEG, "jpeg": JPEG, "svg": b"<"}  # and how they begin
ASIDE = re.compile(r"(?s)\A---\n.*?\n---\n|```.*?(?:```|\Z)|<!--.*?(?:-->|\Z)|`[^`\n]{0,999}`")  # no prose
CITED = re.compile(r"(?<![\w@./])@([A-Za-z][\w:-]*)")
SHOWN = re.compile(r"!\[((?:[^\[\]\n]|\[[^\[\]\n]{0,99}\]){0,999})\]\(([^)\s]{1,300})[^)\n]{0,300}\)")
HEADING = re.compile(r"(?m)^#{2,6} {1,9}(.{1,200}?) {0,9}#{0,9}$")
ENTRY = re.compile(r"(?m)^[ \t]*@(\w{1,40})[ \t]{0,9}\{\s{0,9}([^,\s}]{1,200})\s{0,9},")
FIELD = re.compile(r"(?mi)(?:^|,)[ \t]*(author|editor|title|year|date)[ \t]{0,99}=")


@dataclass(frozen=True)
class Paper:
    """What was handed in, read."""

    text: str
    sources: str
    pictures: Mapping[str, bytes]  # "figures/a.png" -> how it begins
    code: Mapping[str, bytes]  # "small.py" -> content


def read_paper(listing: Listing, wanted: HandIn) -> Paper:
    """Read a paper, at the top or in the one folder that holds it; raises Unreadable."""
    entries = {entry.path: entry for entry in listing("") if entry.kind == "file"}
    homes = sorted(path for path in entries if path.rpartition("/")[2] == wanted.file)
    if not homes:
        raise Unreadable(f"holds no {wanted.file}")
    home = min(homes, key=lambda path: path.count("/")).removesuffix(wanted.file)
    own = {path.removeprefix(home): entry for path, entry in entries.items() if path.startswith(home)}
    code = {path: entry for path, entry in own.items() if path.startswith("code/") and path.endswith(".py")}
    return Paper(
        text=_text(own[wanted.file]),
        sources=_text(own[SOURCES]) if SOURCES in own else "",
        pictures={
            path: entry.read()[:100] if entry.size <= 20 * MOST_BYTES else b""
            for path, entry in own.items()
            if path.startswith("figures/")
        },
        code={path.removeprefix("code/"): _bytes(entry) for path, entry in code.items()},
    )


def remarks(paper: Paper, wanted: HandIn, sections: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield what is not as asked, in sentences."""
    prose = ASIDE.sub(" ", paper.text)
    pages = len(re.findall(r"\w+", SHOWN.sub(" ", prose))) / WORDS
    low, high = wanted.pages
    if not low <= pages <= high:
        yield f"{wanted.file} has {pages:.1f} pages of {WORDS} words; {low:g} to {high:g} are asked for."
    headings = {match.casefold() for match in HEADING.findall(prose)}
    for section in sections:
        if section.casefold() not in headings:
            yield f"There is no section {section!r}."
    yield from _about_sources(prose, paper.sources, wanted)
    yield from _about_figures(prose, paper.pictures, wanted)


def _about_sources(prose: str, sources: str, wanted: HandIn) -> Iterator[str]:
    cited = dict.fromkeys(key.rstrip(":-") for key in CITED.findall(prose))
    places = [*ENTRY.finditer(sources)]
    listed = Counter(place[2] for place in places)
    for key in cited:
        if key not in listed:
            yield f"@{one_line(key, 60)} is cited, and {SOURCES} does not list it{nearest(key, listed)}"
    for key, times in listed.items():
        if times > 1:
            yield f"{SOURCES} lists {one_line(key, 60)} {times} times."
        if key not in cited:
            yield f"{SOURCES} lists {one_line(key, 60)}, and the text never cites it."
    ends = [*(place.start() for place in places), len(sources)][1:]
    for place, end in zip(places, ends, strict=True):
        fields = {field.lower() for field in FIELD.findall(sources, place.end() - 1, end)}
        lacking = [
            name
            for name, either in (
                ("author", {"author", "editor"}),
                ("title", {"title"}),
                ("year", {"year", "date"}),
            )
            if not fields & either
        ]
        if lacking:
            yield f"{SOURCES}: {one_line(place[2], 60)} has no {' and no '.join(lacking)}."
    resolved = sum(key in listed for key in cited)
    if resolved < wanted.references:
        yield f"{resolved} sources are listed and cited; at least {wanted.references} are asked for."


def _about_figures(prose: str, pictures: Mapping[str, bytes], wanted: HandIn) -> Iterator[str]:
    shown = SHOWN.findall(prose)
    for caption, path in shown:
        name, ending = one_line(path, 100), path.rpartition(".")[2].lower()
        if path not in pictures:
            yield f"The picture {name} is shown, and not in the hand-in{nearest(path, pictures)}"
        elif not pictures[path].lstrip().startswith(PICTURES.get(ending, b"\0")):
            yield f"{name} is no picture: hand in PNG, JPEG or SVG of at most {20 * MOST_BYTES // 10**6} MB."
        if not caption.strip():
            yield f"The picture {name} has no caption."
    for path in sorted(set(pictures) - {path for _, path in shown}):
        yield f"{one_line(path, 100)} is handed in and never shown."
    if len(shown) < wanted.figures:
        yield f"{len(shown)} pictures are shown; at least {wanted.figures} are asked for."


def _bytes(entry: Entry) -> bytes:
    if entry.size > MOST_BYTES:
        raise Unreadable(f"holds {one_line(entry.path, 100)} of more than {MOST_BYTES // 10**6} MB")
    return entry.read()


def _text(entry: Entry) -> str:
    try:
        return _bytes(entry).decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as problem:
        raise Unreadable(f"holds {one_line(entry.path, 100)}, which is not UTF-8") from problem
