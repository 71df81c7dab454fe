"""The ledger: one table that only grows, each row with a hash over itself and the row before.

SQLite in a file, or PostgreSQL by its URL. Whoever writes holds a lock from reading what is there until
what is new is in, so several may write at a time and nothing is entered twice.
"""

from __future__ import annotations

import getpass
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from ..errors import UserError
from ..files import write_whole
from .events import Entry, New, decoded, encoded

TABLE = sa.Table(
    "events",
    sa.MetaData(),
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("who", sa.String(80), nullable=False),
    sa.Column("student", sa.String(80), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False, unique=True),
)
COLUMNS = [column.name for column in TABLE.columns]
LOCK = 20_260_831  # any number that no other program of the database takes
WAIT_S = 30  # for another who writes
ONLY_APPEND = {  # so that nobody changes a row by accident; the hashes show whoever does it on purpose
    "sqlite": [
        f"CREATE TRIGGER IF NOT EXISTS no_{verb} BEFORE {verb} ON events "
        "BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END"
        for verb in ("update", "delete")
    ],
    "postgresql": [
        "CREATE OR REPLACE FUNCTION only_append() RETURNS trigger AS "
        "$$ BEGIN RAISE EXCEPTION 'the ledger only grows'; END $$ LANGUAGE plpgsql",
        "CREATE OR REPLACE TRIGGER only_append BEFORE UPDATE OR DELETE OR TRUNCATE ON events "
        "FOR EACH STATEMENT EXECUTE FUNCTION only_append()",
    ],
}


class Book:
    """An open ledger; use it in a `with`, which closes it."""

    def __init__(self, url: str) -> None:
        self._known: list[Entry] = []  # events whose hashes were checked
        self._head = ""  # the last hash of them
        try:
            self._engine = _engine(url)
            with self._writing() as connection:
                TABLE.create(connection, checkfirst=True)
                for line in ONLY_APPEND[self._engine.dialect.name]:
                    connection.exec_driver_sql(line)
        except (sa.exc.SQLAlchemyError, ModuleNotFoundError) as problem:
            raise UserError(
                f"{_harmless_url(url)}: cannot be opened as a ledger: {_first_line(problem)}"
            ) from None

    def __enter__(self) -> Book:
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.dispose()

    def entries(self) -> list[Entry]:
        """Return all events; raises UserError where the chain of hashes is broken."""
        with self._engine.connect() as connection:
            return self._read(connection)

    def head(self) -> str:
        """Return the last hash, which stands for all that was entered up to it; "" for an empty ledger."""
        self.entries()
        return self._head

    def _read(self, connection: sa.Connection) -> list[Entry]:
        """Return all events: those that were checked before, and what came since."""
        count = len(self._known)
        new = _checked(_rows(connection, count), self._head, count)
        self._known += new.entries
        self._head = new.head
        return list(self._known)

    def holds(self, head: str) -> bool:
        """Say whether a hash that was noted once is in the chain still."""
        with self._engine.connect() as connection:
            return bool(connection.scalar(sa.select(sa.func.count()).where(TABLE.c.hash == head)))

    def enter(
        self, plan: Callable[[list[Entry]], Iterable[New]], at: datetime | None = None, who: str = ""
    ) -> list[Entry]:
        """Enter what `plan` makes of all that is there, all of it or nothing; return what was entered."""
        when, who = (at or datetime.now(UTC)).astimezone(UTC), who or _user()
        with self._writing() as connection:
            held, before, made = self._read(connection), self._head, list[Entry]()
            for number, (student, event) in enumerate(plan(held), len(held) + 1):
                row = [number, when.isoformat(), who, student, encoded(event)]
                before = _hash(before, row)
                connection.execute(TABLE.insert().values(dict(zip(COLUMNS, [*row, before], strict=True))))
                made.append(Entry(number, when, who, student, event))
        return made

    def backup(self, file: Path) -> int:
        """Write all rows as lines of JSON; return how many."""
        with self._engine.connect() as connection:
            rows = _rows(connection)
        _checked(rows, "")
        write_whole(file, b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
        return len(rows)

    def restore(self, file: Path) -> int:
        """Enter the rows of a backup into a ledger that is empty or holds its beginning; return how many."""
        try:
            rows = [msgspec.json.decode(line, type=list[Any]) for line in file.read_bytes().splitlines()]
            _checked(rows, "")
        except (OSError, msgspec.DecodeError, ValueError, TypeError) as problem:
            raise UserError(f"{file}: no backup of a ledger: {problem}") from None
        with self._writing() as connection:
            held = _rows(connection)
            if held != rows[: len(held)]:
                raise UserError(f"{file}: this ledger holds other events; restore into a new one")
            for row in rows[len(held) :]:
                connection.execute(TABLE.insert().values(dict(zip(COLUMNS, row, strict=True))))
        return len(rows) - len(held)

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        """Yield a connection that nobody else writes beside."""
        with self._engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
            yield connection


def _engine(url: str) -> sa.Engine:
    if not url.startswith(("sqlite:", "postgresql")):
        raise UserError(f"{_harmless_url(url)}: a ledger is sqlite:///FILE or postgresql+psycopg://…")
    if not url.startswith("sqlite:"):
        return sa.create_engine(url)
    engine = sa.create_engine(url, connect_args={"timeout": WAIT_S})
    sa.event.listen(engine, "connect", _set_up_sqlite)
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # else the driver begins by itself, and too late
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


def _rows(connection: sa.Connection, after: int = 0) -> list[list[Any]]:
    found = sa.select(TABLE).where(TABLE.c.number > after).order_by(TABLE.c.number)
    return [list(row) for row in connection.execute(found)]


@dataclass(frozen=True)
class _Checked:
    """Events whose hashes hold, and the last hash."""

    entries: list[Entry]
    head: str


def _checked(rows: Sequence[Sequence[Any]], before: str, after: int = 0) -> _Checked:
    """Return the events of rows that follow a hash; raises UserError that names the first that does not."""
    entries = []
    for expected, row in enumerate(rows, after + 1):
        number, at, who, student, body, kept = row
        if number != expected or kept != _hash(before, row[:-1]):
            raise UserError(
                f"the ledger's event {expected} is not what was entered: "
                "restore a backup, and see who can write to it"
            )
        entries.append(Entry(number, datetime.fromisoformat(at), who, student, decoded(body)))
        before = kept
    return _Checked(entries, before)


def _hash(before: str, row: Sequence[Any]) -> str:
    return hashlib.sha256(json.dumps([before, *row]).encode()).hexdigest()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        return "nobody"


def _harmless_url(url: str) -> str:
    """Return a URL without its password."""
    try:
        return str(sa.make_url(url).render_as_string(hide_password=True))
    except sa.exc.ArgumentError:
        return "this URL"


def _first_line(problem: BaseException) -> str:
    return str(getattr(problem, "orig", None) or problem).strip().partition("\n")[0]
