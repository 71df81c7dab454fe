"""The files that are shipped: complete, unchanged, small and each with its licence."""

import hashlib
from pathlib import Path

import common

DATA = Path(common.__file__).parent / "data"
TEXTS = {"LICENCES.md", "SHA256SUMS", "LICENCE-Apache-2.0.txt"}


def checksums() -> dict[str, str]:
    lines = (DATA / "SHA256SUMS").read_text().splitlines()
    return {name: digest for digest, name in (line.split(maxsplit=1) for line in lines)}


def test_every_file_has_the_checksum_it_was_shipped_with():
    for name, digest in checksums().items():
        assert hashlib.sha256((DATA / name).read_bytes()).hexdigest() == digest, name


def test_there_is_no_file_without_a_checksum():
    assert {path.name for path in DATA.iterdir()} - TEXTS == set(checksums())


def test_every_file_is_named_with_its_licence():
    licences = (DATA / "LICENCES.md").read_text(encoding="utf-8")
    missing = [name for name in checksums() if f"`{name}`" not in licences]
    assert missing == []


def test_all_files_together_stay_small():
    assert sum(path.stat().st_size for path in DATA.iterdir()) < 5e6
