"""Reading zips: honest ones, and those made to break out, blow up or confuse."""

import io
import stat
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.files import Unreadable
from autograder.intake import archive
from autograder.intake.archive import open_zip


def make(path: Path, files: dict[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", packing) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return path


def add_special(path: Path, name: str, mode: int, content: bytes = b"/etc/passwd") -> Path:
    with zipfile.ZipFile(path, "a") as made:
        member = zipfile.ZipInfo(name)
        member.external_attr = mode << 16
        made.writestr(member, content)
    return path


def seen(path: Path, base: str = "") -> list[tuple[str, str]]:
    with open_zip(path) as listing:
        return [(entry.path, entry.kind) for entry in listing(base)]


def read(path: Path, name: str) -> bytes:
    with open_zip(path) as listing:
        return next(entry for entry in listing("") if entry.path == name).read()


def test_lists_upper_levels_first_and_reads(tmp_path):
    path = make(tmp_path / "a.zip", {"d/e/x.py": b"x", "z.py": b"z", "d/y.py": b"y"})
    assert seen(path) == [("z.py", "file"), ("d/y.py", "file"), ("d/e/x.py", "file")]
    assert seen(path, "d") == [("y.py", "file"), ("e/x.py", "file")]
    assert seen(path, "absent") == []
    assert read(path, "d/e/x.py") == b"x"


def test_an_empty_zip_holds_nothing(tmp_path):
    assert seen(make(tmp_path / "a.zip", {})) == []


@pytest.mark.parametrize("name", [b"", b"\0Q"], ids=["no name", "a name of nothing"])
def test_a_member_without_a_name_hides_no_other(tmp_path, name):
    path = make(tmp_path / "a.zip", {"QQ": b"", "z.py": b"z"}, zipfile.ZIP_STORED)
    data = path.read_bytes()
    if name:
        path.write_bytes(data.replace(b"QQ", name))
    else:
        local, central = data.index(b"QQ"), data.rindex(b"QQ")
        shorter = bytearray(data[:local] + data[local + 2 : central] + data[central + 2 :])
        first, directory = shorter.index(b"PK\1\2"), shorter.index(b"PK\5\6")
        struct.pack_into("<H", shorter, 26, 0)
        struct.pack_into("<H", shorter, first + 28, 0)
        second = shorter.index(b"PK\1\2", first + 4)
        struct.pack_into("<I", shorter, second + 42, local)
        struct.pack_into("<II", shorter, directory + 12, directory - first, first)
        path.write_bytes(shorter)
    assert ("z.py", "file") in seen(path)


def test_what_systems_add_is_not_listed(tmp_path):
    assert (
        seen(make(tmp_path / "a.zip", {"__MACOSX/._x.py": b"", ".DS_Store": b"", "d/.git/config": b""})) == []
    )


def test_backslashes_of_old_windows_tools_are_folders(tmp_path):
    assert seen(make(tmp_path / "a.zip", {"d\\x.py": b"x"}), "d") == [("x.py", "file")]


@pytest.mark.parametrize("name", ["../x.py", "/etc/x.py", "..\\x.py", "C:\\x.py", "d/../../x.py", "d//x.py"])
def test_a_name_that_leads_out_is_shown_as_it_is(tmp_path, name):
    """It is refused where names are looked at, and nothing is ever written under it."""
    assert seen(make(tmp_path / "a.zip", {name: b"x"})) == [(name.replace("\\", "/"), "file")]


def test_links_and_special_files_are_never_read(tmp_path):
    path = make(tmp_path / "a.zip", {})
    add_special(path, "link.py", stat.S_IFLNK | 0o777)
    add_special(path, "pipe.py", stat.S_IFIFO | 0o644)
    assert seen(path) == [("link.py", "symbolic link"), ("pipe.py", "special file")]
    with pytest.raises(Unreadable):
        read(path, "link.py")


def test_an_encrypted_file_is_told(tmp_path):
    path = make(tmp_path / "a.zip", {"x.py": b"x"}, zipfile.ZIP_STORED)
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert seen(path) == [("x.py", "encrypted file")]


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packings_that_can_ask_for_gigabytes_are_not_read(tmp_path, packing):
    assert seen(make(tmp_path / "a.zip", {"x.py": b"x"}, packing)) == [("x.py", "unusually packed file")]


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip", b"PK\x05\x06", b"PK\x05\x06" + b"\xff" * 18])
def test_what_is_no_zip_is_refused(tmp_path, content):
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(Unreadable, match=r"not a zip file|more files than"):
        seen(tmp_path / "a.zip")


def test_a_truncated_zip_is_refused(tmp_path):
    path = make(tmp_path / "a.zip", {"x.py": b"x" * 1000})
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(Unreadable, match="damaged or not a zip"):
        seen(path)


def test_a_bomb_that_declares_its_size_is_not_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_DECLARED_BYTES", 50_000_000)
    path = make(tmp_path / "a.zip", {f"{i}.py": bytes(10_000_000) for i in range(6)})
    assert path.stat().st_size < 100_000
    with pytest.raises(Unreadable, match="unpacks to more than 50 MB"):
        seen(path)


def test_a_bomb_that_lies_about_its_size_is_cut_there(tmp_path):
    path = make(tmp_path / "a.zip", {"x.py": bytes(100_000_000)})
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, content.index(b"PK\x01\x02") + 24, 1000)
    path.write_bytes(content)
    with pytest.raises(Unreadable, match="damaged"):
        read(path, "x.py")


def test_content_that_does_not_match_its_sum_is_refused(tmp_path):
    path = make(tmp_path / "a.zip", {"x.py": b"x = 1"}, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"x = 1", b"x = 2"))
    with pytest.raises(Unreadable, match="damaged"):
        read(path, "x.py")


def test_overlapping_files_that_share_one_bomb_are_not_opened(tmp_path):
    """Fifield's bomb: many names in the directory point at the same packed bytes."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("x.py", bytes(40_000_000))
    content = inner.getvalue()
    start, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    directory = content[start:end] * 20
    record = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 20, 20, len(directory), start, 0)
    (tmp_path / "a.zip").write_bytes(content[:start] + directory + record)
    with pytest.raises(Unreadable, match="unpacks to more than"):
        seen(tmp_path / "a.zip")


def test_a_directory_of_a_million_names_is_not_read(tmp_path):
    record = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 47_000_000, 0, 0)
    (tmp_path / "a.zip").write_bytes(bytes(47_000_000) + record)
    with pytest.raises(Unreadable, match="more files than a submission can have"):
        seen(tmp_path / "a.zip")


def test_too_large_a_file_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_ZIP_BYTES", 10)
    with pytest.raises(Unreadable, match="at most"):
        seen(make(tmp_path / "a.zip", {"x.py": b"x"}))


def test_a_link_to_a_zip_is_refused(tmp_path):
    make(tmp_path / "real.zip", {"x.py": b"x"})
    (tmp_path / "a.zip").symlink_to(tmp_path / "real.zip")
    with pytest.raises(Unreadable, match="not a regular file"):
        seen(tmp_path / "a.zip")


def test_a_name_with_a_nul_keeps_it(tmp_path):
    path = make(tmp_path / "a.zip", {"xZ.py": b"x"})
    path.write_bytes(path.read_bytes().replace(b"xZ.py", b"x\0.py"))
    assert seen(path) == [("x\0.py", "file")]


@given(st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_damage_is_told_or_harmless(tmp_path, data):
    path = make(tmp_path / "a.zip", {"x.py": b"x = 1\n" * 50, "d/y.py": zlib.compress(b"y")})
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        with open_zip(path) as listing:
            for entry in listing(""):
                if entry.kind == "file" and entry.size < 1_000_000:
                    entry.read()
    except Unreadable:
        pass
