"""What became of a class's repositories, for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .console import safe

if TYPE_CHECKING:  # it imports GitHub's client, which takes a second
    from ..github.correction import Sent
    from ..github.feedback import Given
    from ..github.opening import Opened


def opened_lines(opened: Opened, roster: str) -> Iterator[str]:
    """Yield how many repositories were made, and whom a TA must ask."""
    yield f"{len(opened.made)} repositories made, {len(opened.had)} were there"
    if opened.waiting:
        yield f"have not accepted the invitation yet: {safe(', '.join(opened.waiting))}"
    if opened.renamed:
        names = (f"{old} is now {new}" for old, new in opened.renamed.items())
        yield f"renamed on GitHub, leave {safe(roster)} as it is: {safe(', '.join(names))}"
    if opened.unlinked:
        yield f"{safe(roster)} names no account yet of: {safe(', '.join(opened.unlinked))}"
    if opened.unknown:
        yield f"no such user on GitHub, mend {safe(roster)}: {safe(', '.join(opened.unknown))}"


def given_lines(given: Given) -> Iterator[str]:
    """Yield how many were told something new, and who was not told."""
    yield f"{len(given.written)} told, {len(given.unchanged)} had nothing new"
    if given.tomorrow:
        yield f"had all previews of today: {safe(', '.join(given.tomorrow))}"
    if given.nothing:
        yield f"no repository, or nothing pushed: {safe(', '.join(given.nothing))}"
    yield from map(safe, given.problems)


def sent_lines(sent: Sent) -> Iterator[str]:
    """Yield how many got a pull request with the correction."""
    yield (
        f"{len(sent.sent)} pull requests made, {len(sent.had)} were there, "
        f"{len(sent.current)} repositories need none"
    )
    yield from map(safe, sent.problems)
