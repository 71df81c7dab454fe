"""Entries of a folder of submissions to break the collector with: valid ones, damaged in every part."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from random import Random

from autograder.intake.allowlist import AllowList

GIVEN = {"__init__.py": b"", "plays.py": b"def play(): ...\n", "tests/test_noising.py": b"def test(): ...\n"}
ALLOW = AllowList("a99_example", frozenset({"noising.py"}), GIVEN)
FILES = {
    "noising.py": b"x = 1\n",
    "helper.py": b"y = 2\n",
    "README.md": b"# work\n",
    "tests/test_noising.py": b"",
}
PLACES = ("", "assignments/a99_example/", "download-main/", "download-main/assignments/a99_example/")
PIECES = (
    *("..", "/", "\\", "\n", "\x1b[2J", "\u202e", "\udcff", "é", "e\u0301", " ", "\x7f", "x" * 300),
    *(
        ".git",
        ".zip",
        "-a99-",
        "a99-example-",
        "noising.py",
        "NOISING.PY",
        "con",
        "%s",
        "{0}",
        "~",
        "@{",
        "*",
    ),
)
BYTES = (
    *(
        b"\0",
        b"\xff" * 8,
        b"\n",
        b"\r\n",
        b"/../",
        b"0" * 40,
        b"f" * 64,
        b"9" * 30,
        b"-1",
        b"\x7f\xff\xff\xff",
    ),
    *(b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x07"),
    *(b"tree ", b"100644 ", b"40000 ", b"160000 x\0", b"ref: ", b"refs/heads/main"),
)


def damaged(data: bytes, random: Random) -> bytes:
    """Change some bytes, put some in, take some out, cut the end off, or say a part twice."""
    out = bytearray(data)
    for _ in range(random.randint(1, 4)):
        at, length = random.randint(0, len(out)), random.choice((1, 1, 2, 8, 60))
        match random.randrange(6):
            case 0:
                out[at : at + length] = random.randbytes(length)
            case 1:
                out[at:at] = random.choice(BYTES)
            case 2:
                del out[at : at + length]
            case 3:
                del out[at:]
            case 4:
                out[at:at] = out[at : at + length]
            case _:
                if at < len(out):
                    out[at] ^= 1 << random.randrange(8)
    return bytes(out)


def renamed(name: str, random: Random) -> str:
    """Put something into a name, or take something out of it."""
    at = random.randint(0, len(name))
    return name[:at] + random.choice(("", *PIECES)) + name[at + random.choice((0, 0, 1, 4)) :]


def maybe(random: Random, change: Callable[[], None], chance: float = 0.5) -> None:
    if random.random() < chance:
        change()


def files(random: Random) -> dict[str, bytes]:
    """Return a hand-in's files, as they are or with names and contents damaged."""
    place = random.choice(PLACES)
    found = {place + name: content for name, content in FILES.items()}
    for name in list(found):
        if random.random() < 0.15:
            found[renamed(name, random)] = found.pop(name)
        elif random.random() < 0.15:
            found[name] = damaged(found[name], random)
    return found


# ---- entries of each kind: the first argument is where the entry is to be
def folder(path: Path, random: Random) -> None:
    path.mkdir()
    for name, content in files(random).items():
        _put(path / name.replace("\0", ""), content)


def archive(path: Path, random: Random) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", random.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as file:
        for name, content in files(random).items():
            member = zipfile.ZipInfo(name.encode("utf-8", "replace").decode())
            member.compress_type = file.compression
            member.external_attr = random.choice((0, 0, 0o100644, 0o120777, 0o040755, 0o010644)) << 16
            file.writestr(member, content)
    data = made.getvalue()
    path.write_bytes(damaged(data, random) if random.random() < 0.8 else data)


def repository(path: Path, random: Random) -> None:
    """Write a repository by hand, of which any object, reference or setting may be odd."""
    path.mkdir()
    home = path if random.random() < 0.3 else path / ".git"
    for part in ("objects/info", "refs/heads", "refs/tags"):
        (home / part).mkdir(parents=True)

    def store(kind: bytes, data: bytes) -> bytes:
        whole = kind + b" %d\0" % len(data) + data
        name = hashlib.sha1(whole).hexdigest()
        place = home / "objects" / name[:2] / name[2:]
        place.parent.mkdir(exist_ok=True)
        packed = zlib.compress(whole, 1)
        place.write_bytes(damaged(packed, random) if random.random() < 0.05 else packed)
        return name.encode()

    def odd(data: bytes) -> bytes:
        return damaged(data, random) if random.random() < 0.12 else data

    def tree(found: dict[str, bytes]) -> bytes:
        below: dict[str, dict[str, bytes]] = {}
        lines = []
        for name, content in found.items():
            first, slash, rest = name.partition("/")
            if slash:
                below.setdefault(first, {})[rest] = content
            else:
                mode = random.choice((b"100644",) * 9 + (b"120000", b"160000", b"100755", b"7", b"40000"))
                lines.append((name, mode, store(b"blob", content)))
        lines += [(name, b"40000", tree(inside)) for name, inside in below.items()]
        entries = [
            mode + b" " + name.encode("utf-8", "surrogateescape") + b"\0" + bytes.fromhex(id.decode())
            for name, mode, id in sorted(lines)
        ]
        return store(b"tree", odd(b"".join(entries)))

    top = tree(files(random))
    commit = store(b"commit", odd(b"tree " + top + b"\nauthor e <e> 0 +0000\n\nwork\n"))
    branch = random.choice(("main", "main", "work/one", renamed("main", random)))
    head = random.choice((b"ref: refs/heads/main", b"ref: refs/heads/main", b"ref: refs/heads/gone", commit))
    _put(home / "HEAD", odd(head + b"\n"))
    if random.random() < 0.7:
        _put(home / "refs/heads" / branch, odd(commit + b"\n"))
    else:
        _put(home / "packed-refs", odd(b"# pack-refs with: peeled\n" + commit + b" refs/heads/main\n"))
    maybe(random, lambda: _deep(home / "refs/heads", random, "a"), 0.03)
    maybe(random, lambda: _put(home / "objects/info/alternates", b"/elsewhere\n"), 0.02)
    maybe(random, lambda: _put(home / "config", odd(b"[core]\n\trepositoryformatversion = 0\n")))


def other(path: Path, random: Random) -> None:
    """Make what is none of these."""
    match random.randrange(6):
        case 0:
            path.symlink_to(random.choice((path.name, ".", "..", "zz-honest", "/nowhere", "x" * 200)))
        case 1:
            os.mkfifo(path)
        case 2:
            path.mkdir()
        case 3:
            path.write_bytes(random.randbytes(random.randrange(300)))
        case 4:
            path.mkdir()
            _put(path / ".git", b"gitdir: /elsewhere\n")
        case _:
            path.mkdir()
            _deep(path, random, random.choice(("a", "assignments", ".git")))


KINDS = (*(folder,) * 3, *(archive,) * 5, repository, other)  # a repository costs two processes of git


def entry(home: Path, random: Random) -> bool:
    """Write one entry, mutated from a valid one; return whether there is one."""
    name = f"dm-a99-example-s{random.randrange(10**6):06}"
    kind = random.choice(KINDS)
    name += random.choice(("", "", ".git")) if kind is repository else ".zip" if kind is archive else ""
    if random.random() < 0.25:
        name = renamed(name, random).replace("/", "").replace("\0", "")
    path = home / name
    try:
        if name in ("", ".", "..") or os.path.lexists(path):
            return False
        kind(path, random)
        maybe(random, lambda: _graft(path, random), 0.2)
    except (OSError, ValueError):  # a name that this file system does not have
        return os.path.lexists(path)
    return True


def _graft(top: Path, random: Random) -> None:
    """Put something else in the place of one file or folder of an entry."""
    place = top
    while place.is_dir() and not place.is_symlink() and (inside := sorted(place.iterdir())):
        place = random.choice(inside)
        if random.random() < 0.3:
            break
    if place == top or place.is_symlink():
        return
    before = place.read_bytes() if place.is_file() else b""
    remove(place)
    match random.randrange(6):
        case 0:
            place.symlink_to(random.choice((place.name, "..", "/etc/hostname", "/nowhere")))
        case 1:
            os.mkfifo(place)
        case 2:
            _deep(place, random, "d")
        case 3:
            place.write_bytes(damaged(before, random))
        case 4:
            place.write_bytes(random.randbytes(50))
        case _:
            pass


def _deep(top: Path, random: Random, name: str) -> None:
    """Make folders in folders, now and then deeper than a path can say."""
    top.mkdir(exist_ok=True)
    here = os.open(top, os.O_RDONLY)
    for _ in range(1100 if random.random() < 0.02 else random.choice((3, 30))):
        os.mkdir(name, dir_fd=here)
        below = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def remove(path: Path) -> None:
    """Delete whatever it is, however deep: Python's own walks are recursive."""
    subprocess.run(["rm", "-rf", "--", path], check=True) if path.is_dir() else path.unlink()
