"""Read a zip file without unpacking it: names are looked at first, content only of what is taken.

Refused whole: what is no zip, what is too large, what declares more than a submission can hold. Left out one
by one: names that lead out of the folder, links, encrypted or unusually packed files.
"""

from __future__ import annotations

import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ..files import Unreadable
from .tree import MAX_LISTED, Entry, Listing, as_listed, is_clutter, unread

MAX_ZIP_BYTES = 50_000_000
MAX_DIRECTORY_BYTES = 2_000_000  # the list of names at the end, about 20 000 files
MAX_DECLARED_BYTES = 500_000_000  # all files together, unpacked
_END = b"PK\x05\x06"  # of the record at the end, 22 bytes and a comment
_END_64_LOCATOR = b"PK\x06\x07"  # 20 bytes, right before it
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)


@contextmanager
def open_zip(path: Path) -> Iterator[Listing]:
    """Give the listing of a zip's files; raises Unreadable."""
    if path.is_symlink() or not path.is_file():
        raise Unreadable("is not a regular file")
    size = path.stat().st_size
    if size > MAX_ZIP_BYTES:
        raise Unreadable(f"has {size / 1e6:.0f} MB; at most {MAX_ZIP_BYTES / 1e6:.0f} MB are read")
    with path.open("rb") as file:
        _check_directory(file, size)
        try:
            archive = zipfile.ZipFile(file)
        except _BROKEN as problem:
            raise Unreadable("is damaged or not a zip file") from problem
        with archive:
            members = [member for member in archive.infolist() if not member.filename.endswith("/")]
            if sum(member.file_size for member in members) > MAX_DECLARED_BYTES:
                raise Unreadable(f"unpacks to more than {MAX_DECLARED_BYTES / 1e6:.0f} MB: it was not opened")
            entries = [_entry(archive, member) for member in members]
            yield lambda base: _below(entries, base)


def lone_zip(folder: Path) -> Path | None:
    """Return the zip that a platform put into a student's folder, where no Python file lies beside it."""
    with os.scandir(folder) as items:
        names = [item.name for item in items if not is_clutter(item.name)]
    zips = [name for name in names if name.lower().endswith(".zip")]
    source = any(name.endswith(".py") or (folder / name).is_dir() for name in names)
    return folder / zips[0] if len(zips) == 1 and not source else None


def _check_directory(file: IO[bytes], size: int) -> None:
    """Look at the size of the list of names before the zip module reads it into memory."""
    file.seek(max(0, size - 65_600))
    tail = file.read()
    end = tail.rfind(_END)
    if end < 0 or len(tail) < end + 22:
        raise Unreadable("is damaged or not a zip file")
    (directory_bytes,) = struct.unpack_from("<I", tail, end + 12)
    if directory_bytes > MAX_DIRECTORY_BYTES or tail[max(0, end - 20) : end].startswith(_END_64_LOCATOR):
        raise Unreadable("lists more files than a submission can have: it was not opened")


def _entry(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Entry:
    path = member.orig_filename.replace("\\", "/")
    mode = stat.S_IFMT(member.external_attr >> 16)
    if stat.S_ISLNK(mode):
        return Entry(path, "symbolic link", 0, unread)
    if mode and not stat.S_ISREG(mode):
        return Entry(path, "special file", 0, unread)
    if member.flag_bits & 0x1:
        return Entry(path, "encrypted file", 0, unread)
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return Entry(path, "unusually packed file", 0, unread)
    return Entry(path, "file", member.file_size, lambda: _read(archive, member))


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Return the content, as long as declared: anything more or less is refused."""
    try:
        with archive.open(member) as file:
            content = file.read(member.file_size + 1)
    except _BROKEN as problem:
        raise Unreadable("is damaged") from problem
    if len(content) != member.file_size:
        raise Unreadable("is damaged: it is not as long as the zip says")
    return content


def _below(entries: list[Entry], base: str) -> list[Entry]:
    """Return what lies below a folder, upper levels first."""
    prefix = base + "/" if base else ""
    found: list[Entry] = []
    for entry in entries:
        inside = entry.path.removeprefix(prefix)
        if entry.path.startswith(prefix) and not any(map(is_clutter, inside.split("/"))):
            found.append(Entry(inside, entry.kind, entry.size, entry.read))
    return sorted(found, key=lambda entry: (entry.path.count("/"), *as_listed(entry.path)))[:MAX_LISTED]
