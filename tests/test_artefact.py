from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

from autograder.errors import UserError
from autograder.labs.artefact import MAX_FILE_BYTES, read_arrays
from common.labs.measure import Wanted

WANTED = {"samples": Wanted((4, 1, 8, 8), "f"), "labels": Wanted((4,), "i")}
SAMPLES, LABELS = np.zeros((4, 1, 8, 8), np.float32), np.arange(4)


def member(array: np.ndarray, **how: bool) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, **how)
    return stream.getvalue()


def archive(path: Path, packed: int = zipfile.ZIP_STORED, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", packed) as file:
        for name, content in members.items():
            file.writestr(f"{name}.npy", content)
    return path


def refused(path: Path, why: str) -> None:
    with pytest.raises(UserError, match=why):
        read_arrays(path, WANTED)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_what_numpy_saves_is_read(tmp_path: Path, save) -> None:
    save(tmp_path / "a.npz", samples=SAMPLES + 0.5, labels=LABELS)
    arrays = read_arrays(tmp_path / "a.npz", WANTED)
    assert (arrays["samples"] == 0.5).all()
    assert arrays["labels"].tolist() == [0, 1, 2, 3]


def test_a_pickle_is_never_loaded(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self):
            return os._exit, (1,)

    objects = np.array([Trap()] * 4, dtype=object)
    path = archive(tmp_path / "a.npz", samples=member(objects, allow_pickle=True), labels=member(LABELS))
    refused(path, "samples is object")


def test_a_small_file_that_claims_a_large_array_costs_no_memory(tmp_path: Path) -> None:
    huge = member(SAMPLES).replace(b"(4, 1, 8, 8)", b"(1<<40,)    ")
    refused(
        archive(tmp_path / "a.npz", samples=huge, labels=member(LABELS)), "not a file that np.savez wrote"
    )
    huge = member(SAMPLES).replace(b"(4, 1, 8, 8), ", b"(99999999999,)")
    refused(archive(tmp_path / "b.npz", samples=huge, labels=member(LABELS)), "samples is float32 of shape")


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = member(SAMPLES) + bytes(50_000_000)
    path = archive(tmp_path / "a.npz", zipfile.ZIP_DEFLATED, samples=bomb, labels=member(LABELS))
    assert path.stat().st_size < MAX_FILE_BYTES
    refused(path, "samples is float32")


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(bytes(MAX_FILE_BYTES + 1))
    refused(tmp_path / "a.npz", "larger than 8,000,000 bytes")


@pytest.mark.parametrize(
    ("arrays", "why"),
    [
        ({"samples": SAMPLES}, "holds samples; wanted labels, samples"),
        ({"samples": SAMPLES, "labels": LABELS, "more": LABELS}, "holds labels, more, samples"),
        ({"samples": SAMPLES[:3], "labels": LABELS}, r"of shape \(3, 1, 8, 8\); wanted floats of shape"),
        ({"samples": SAMPLES.astype(int), "labels": LABELS}, "samples is int64"),
        ({"samples": SAMPLES * np.nan, "labels": LABELS}, "not a number"),
        ({"samples": SAMPLES + np.inf, "labels": LABELS}, "infinite"),
    ],
)
def test_other_arrays_are_refused(tmp_path: Path, arrays: dict[str, np.ndarray], why: str) -> None:
    np.savez(tmp_path / "a.npz", **arrays)
    refused(tmp_path / "a.npz", why)


def test_members_without_numpys_ending_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as made:
        made.writestr("samples", b"")
        made.writestr("labels", b"")
    refused(tmp_path / "a.npz", "holds labels, samples; wanted labels, samples, by np.savez")


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(b"not a zip")
    refused(tmp_path / "a.npz", "not a file that np.savez wrote")
    np.savez(tmp_path / "b.npz", samples=SAMPLES, labels=LABELS)
    (tmp_path / "b.npz").write_bytes((tmp_path / "b.npz").read_bytes()[:-40])
    refused(tmp_path / "b.npz", "not a file that np.savez wrote")
    lzma = archive(tmp_path / "c.npz", zipfile.ZIP_LZMA, samples=member(SAMPLES), labels=member(LABELS))
    refused(lzma, "unusual way")
    (tmp_path / "link.npz").symlink_to(lzma)
    refused(tmp_path / "link.npz", "cannot be read")
    refused(tmp_path / "nowhere.npz", "cannot be read")


@pytest.mark.parametrize(
    "header",
    [
        "if 1:\n    a\n  \x1b[2J\x1b[32mall as wanted\n",  # an IndentationError that quotes the line
        "{'descr': (), 'fortran_order': False, 'shape': (4, 1, 8, 8)}",
        "-" * 9000 + "1",
        "(" * 5000,
    ],
)
def test_a_header_that_numpy_trips_over_is_one_harmless_sentence(tmp_path: Path, header: str) -> None:
    text = f"{header}\n".encode("latin-1")
    evil = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(256)
    with pytest.raises(UserError, match=r"samples|not a file that np\.savez wrote") as told:
        read_arrays(archive(tmp_path / "a.npz", samples=evil, labels=member(LABELS)), WANTED)
    assert "\x1b" not in str(told.value)
