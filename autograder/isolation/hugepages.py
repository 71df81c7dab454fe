"""Joins a process's memory into huge pages: it runs faster, and is forked and ended in less time."""

from __future__ import annotations

import re
from ctypes import c_size_t, c_void_p
from pathlib import Path

from .syscalls import libc

MADV_COLLAPSE = 25  # asm-generic/mman-common.h, Linux 6.1
HUGE = 2 << 20  # bytes of a huge page
OWN = re.compile(r"(\w+)-(\w+) rw-p \w+ 00:00 0 *(?:\[heap\])?$")  # of /proc/self/maps: memory of no file


def join_pages() -> None:
    """Put this process's own memory into huge pages, which takes tenths of a second.

    What the kernel cannot join, because it is older or has no huge page left, stays as it is.
    """
    for line in Path("/proc/self/maps").read_text().splitlines():
        if own := OWN.match(line):
            first, last = -(-int(own[1], 16) // HUGE) * HUGE, int(own[2], 16) // HUGE * HUGE
            if first < last:
                libc().madvise(c_void_p(first), c_size_t(last - first), MADV_COLLAPSE)
