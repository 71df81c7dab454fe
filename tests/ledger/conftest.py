"""Ledgers to try: a file of SQLite, and a database of a PostgreSQL that is started for the tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

FOUND = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
INITDB = FOUND[-1] if FOUND else shutil.which("initdb")
NUMBERS = count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Start a PostgreSQL that listens on a socket only; yield what follows the database in its URLs."""
    if INITDB is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    home, root = Path(tempfile.mkdtemp(prefix="pg-")), os.geteuid() == 0
    if root:
        shutil.chown(home, "postgres")

    def run(program: str, *words: str) -> None:
        other = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"] if root else []
        command = [*other, str(Path(INITDB).parent / program), "-D", str(home / "data"), *words]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=home)

    run("initdb", "-A", "trust", "-U", "ledger", "--no-sync")
    try:
        options = f"-c listen_addresses='' -c unix_socket_directories={home} -c fsync=off"
        run("pg_ctl", "-w", "-l", str(home / "log"), "-o", options, "start")
        yield f"?host={home}"
        run("pg_ctl", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty ledger."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/ledger.db"
    psycopg = pytest.importorskip("psycopg")
    server = request.getfixturevalue("postgres")
    name = f"ledger{next(NUMBERS)}"
    with psycopg.connect(f"user=ledger dbname=postgres host={server[6:]}", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"postgresql+psycopg://ledger@/{name}{server}"
