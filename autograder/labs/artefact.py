"""Reads what a student's lab hands in: arrays in an .npz file, as data and never as a pickle.

Everything is bounded before it is done: the file's size, what each member unpacks to, and the header that
says how much memory an array will take.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from common.labs.measure import Wanted

from ..errors import UserError
from ..files import Unreadable, read_regular

MAX_FILE_BYTES = 8_000_000
HEADER_BYTES = 4096  # of one array: numpy writes 128
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def read_arrays(path: Path, wanted: Mapping[str, Wanted]) -> dict[str, NDArray[Any]]:
    """Return the arrays of an .npz file; a UserError says what is not as wanted.

    Numbers are finite, and there are no arrays beside those that were asked for.
    """
    try:
        content = read_regular(path, MAX_FILE_BYTES + 1)
    except Unreadable as problem:
        raise UserError(f"{path}: {problem}") from problem
    if len(content) > MAX_FILE_BYTES:
        raise UserError(
            f"{path}: larger than {MAX_FILE_BYTES:,} bytes; hand in what the lab's cell with np.savez writes"
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            files = sorted(archive.namelist())
            if files != sorted(f"{name}.npy" for name in wanted):
                found = ", ".join(name.removesuffix(".npy") for name in files) or "nothing"
                raise UserError(f"{path}: holds {found}; wanted {', '.join(sorted(wanted))}, by np.savez")
            return {name: _array(archive, name, want, path) for name, want in wanted.items()}
    except UserError:
        raise
    except Exception as problem:  # numpy parses a header as Python, and lets whatever that raises out
        kind = type(problem).__name__
        raise UserError(f"{path}: not a file that np.savez wrote ({kind})") from problem


def _array(archive: zipfile.ZipFile, name: str, want: Wanted, path: Path) -> NDArray[Any]:
    """Read one array after looking at its size, packed and unpacked, and at its header."""
    most = 8 * int(np.prod(want.shape)) + HEADER_BYTES
    info = archive.getinfo(f"{name}.npy")
    if info.compress_type not in PACKED:
        raise UserError(f"{path}: {name} is packed in an unusual way; write it with np.savez")
    with archive.open(info) as file:
        raw = file.read(most + 1)
    stream = io.BytesIO(raw)
    if np.lib.format.read_magic(stream) != (1, 0):
        raise UserError(f"{path}: {name} has an unusual header; write it with np.savez")
    shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
    if shape != want.shape or dtype.kind != want.kind or dtype.itemsize > 8 or len(raw) > most:
        raise UserError(f"{path}: {name} is {dtype} of shape {shape}; wanted {want.words}")
    stream.seek(0)
    array: NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False)
    if not np.isfinite(array).all():
        raise UserError(f"{path}: {name} holds values that are infinite or not a number")
    return array
