"""The ledger only grows, is whole or not at all, shows whoever changed it, and bears many writers."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from autograder.errors import UserError
from autograder.ledger.book import Book
from autograder.ledger.events import Chosen, Marked

WRITER = """
import sys
from autograder.ledger.book import Book
from autograder.ledger.events import Marked
from autograder.ledger.marking import new_marks
with Book(sys.argv[1]) as book:
    for i in range(20):
        book.enter(lambda held: [(sys.argv[2], Marked("", "review", i, 45))])
        book.enter(lambda held: new_marks({("zoe", "review"): Marked("", "review", 40, 45)}, held))
"""


def review(points: float) -> Marked:
    return Marked("", "review", points, 45)


def test_what_was_entered_is_read_again(url: str) -> None:
    with Book(url) as book:
        assert book.entries() == []
        assert book.head() == ""
        made = book.enter(lambda held: [("ada", review(40)), ("Zoë", Chosen("a04_ddpm", "c" * 40))], who="ta")
        assert [entry.number for entry in made] == [1, 2]
        assert book.entries() == made
    with Book(url) as again:
        assert again.entries() == made
        assert again.enter(lambda held: [("ada", review(float(len(held))))])[0].number == 3


def test_a_plan_that_fails_enters_nothing(url: str) -> None:
    def half() -> list[tuple[str, Marked]]:
        raise UserError("no")

    with Book(url) as book:
        with pytest.raises(UserError):
            book.enter(lambda held: half())
        assert book.entries() == []


def test_rows_are_neither_changed_nor_removed(url: str) -> None:
    with Book(url) as book:
        book.enter(lambda held: [("ada", review(40))])
    engine = sa.create_engine(url)
    for line in ("UPDATE events SET who = 'x'", "DELETE FROM events"):
        with pytest.raises(sa.exc.DatabaseError, match="the ledger only grows"), engine.begin() as connection:
            connection.exec_driver_sql(line)
    engine.dispose()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE events SET body = replace(body, ':40,', ':44,') WHERE number = 2",
        "DELETE FROM events WHERE number = 2",
    ],
)
def test_whoever_changes_a_row_all_the_same_is_found_out(url: str, change: str) -> None:
    with Book(url) as book:
        book.enter(lambda held: [("ada", review(points)) for points in (39, 40, 41)])
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER no_update")
            connection.exec_driver_sql("DROP TRIGGER no_delete")
        else:
            connection.exec_driver_sql("DROP TRIGGER only_append ON events")
        connection.exec_driver_sql(change)
    engine.dispose()
    with Book(url) as book, pytest.raises(UserError, match="event 2 is not what was entered"):
        book.entries()


def test_a_chain_that_lost_its_end_lacks_the_hash_that_was_noted(url: str, tmp_path: Path) -> None:
    with Book(url) as book:
        book.enter(lambda held: [("ada", review(39))])
        early = book.head()
        book.backup(tmp_path / "early")
        book.enter(lambda held: [("ada", review(40))])
        late = book.head()
        assert book.holds(early)
        assert book.holds(late)
    with Book(f"sqlite:///{tmp_path}/other.db") as other:
        other.restore(tmp_path / "early")
        assert other.holds(early)
        assert not other.holds(late)


def test_each_hash_is_over_the_row_and_the_hash_before(url: str, tmp_path: Path) -> None:
    with Book(url) as book:
        book.enter(lambda held: [("ada", review(39)), ("bob", review(40))])
        book.backup(tmp_path / "backup")
    before = ""
    for line in (tmp_path / "backup").read_text().splitlines():
        *row, kept = json.loads(line)
        before = hashlib.sha256(json.dumps([before, *row]).encode()).hexdigest()
        assert kept == before


def test_several_write_at_a_time_and_nothing_is_entered_twice(url: str) -> None:
    with Book(url):
        pass
    names = ["ada", "bob", "cem"]
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, url, name]) for name in names]
    assert [writer.wait(120) for writer in writers] == [0, 0, 0]
    with Book(url) as book:
        entries = book.entries()
    assert [entry.number for entry in entries] == list(range(1, 62))
    assert [entry.student for entry in entries].count("zoe") == 1
    for name in names:
        points = [entry.event.points for entry in entries if entry.student == name]
        assert points == list(range(20))


def test_a_backup_is_restored_into_an_empty_ledger_and_goes_on(url: str, tmp_path: Path) -> None:
    with Book(url) as book:
        made = book.enter(lambda held: [("ada", review(points)) for points in (39, 40, 41)])
        assert book.backup(tmp_path / "backup") == 3
        head = book.head()
    with Book(f"sqlite:///{tmp_path}/new.db") as other:
        assert other.restore(tmp_path / "backup") == 3
        assert other.restore(tmp_path / "backup") == 0
        assert (other.entries(), other.head()) == (made, head)
        other.enter(lambda held: [("ada", review(1))])
        with pytest.raises(UserError, match="holds other events"):
            other.restore(tmp_path / "backup")
    with Book(url) as book:
        assert book.restore(tmp_path / "backup") == 0


@pytest.mark.parametrize("text", ["no", "[1]\n", '[1,"2026-01-01T00:00:00+00:00","","","{}","0"]\n'])
def test_a_file_that_is_no_backup_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "backup").write_text(text)
    with (
        Book(f"sqlite:///{tmp_path}/new.db") as book,
        pytest.raises(UserError, match="no backup of a ledger"),
    ):
        book.restore(tmp_path / "backup")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://ada:secret@host/x", r"mysql://ada:\*\*\*@host/x: a ledger is sqlite:///FILE"),
        ("sqlite:////no/such/folder/x.db", "cannot be opened as a ledger: unable to open"),
        ("nonsense", "this URL: a ledger is sqlite"),
    ],
)  # fmt: skip
def test_a_ledger_that_cannot_be_opened_is_told_without_its_password(url: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        Book(url)
