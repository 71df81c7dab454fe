"""Which files the worker may open: Landlock, and a private root where a mount namespace can be had.

**Landlock** decides in the kernel, without root and without a namespace. It promises that nothing but the
given files and folders can be opened or listed, that nothing can be written, made, renamed, linked or
removed, and that no program starts; from ABI 3 that nothing is truncated (before, seccomp alone refuses it),
from ABI 4 no TCP, from ABI 6 no abstract socket and no signal to a process outside, from ABI 9 no socket with
a path. It does not cover metadata: `stat` of a guessed path tells whether it exists, and permission bits,
times and attributes of the user's own files could be changed (seccomp refuses that). Nor does it cover a
descriptor that is already open.

A **private root** is a read-only tree of mounts that holds the same paths and nothing else, so that `stat` of
any other path finds nothing. It needs rights in a mount namespace, so it cannot be promised everywhere.
"""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterable
from pathlib import Path

from .syscalls import LockdownError, call, this_machine

OLDEST = 1  # Linux 5.13
TRUNCATION = 3  # the first ABI that governs truncation: Linux 6.2
UNTRUNCATED = "without truncation, which seccomp alone refuses"
WRITE_FILE, READ_FILE, READ_DIR, IOCTL_DEV = 1 << 1, 1 << 2, 1 << 3, 1 << 15
FILE_RIGHTS = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15, 9: 1 << 16}  # ABI -> what it added
TCP_RIGHTS = 0b11  # bind, connect: from ABI 4
SCOPES = 0b11  # abstract sockets, signals: from ABI 6
QUIET = 1  # from ABI 7: refusals are not written to the audit log, which a loop could fill

MS_NOSUID, MS_NODEV, MS_BIND, MS_REC, MS_PRIVATE = 1 << 1, 1 << 2, 1 << 12, 1 << 14, 1 << 18
MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID, AT_FDCWD, AT_RECURSIVE, MNT_DETACH = 1, 2, -100, 0x8000, 2


def landlock_abi() -> int:
    """Ask the kernel for its Landlock version; 0 when it has none."""
    try:
        this_machine()
        return call("landlock_create_ruleset", None, 0, 1)
    except (LockdownError, OSError):
        return 0


def restrict(read: Iterable[str], abi_cap: int | None = None, devices: Iterable[str] = ()) -> str:
    """Confine this thread, for good, to reading the given paths and return the ABI in use.

    `/dev/null`, when given, may be written too, and `devices` read, written and commanded. A path that does
    not exist or cannot be reached stays closed. The caller must have one thread and have set
    no-new-privileges. Raises LockdownError when the kernel is too old, else OSError.
    """
    abi = landlock_abi() if abi_cap is None else min(landlock_abi(), abi_cap)
    if abi < OLDEST:
        raise LockdownError(
            f"Landlock ABI {abi} is not enough: the sandbox needs {OLDEST} (Linux 5.13), with landlock "
            "among the kernel's security modules"
        )
    handled = sum(rights for since, rights in FILE_RIGHTS.items() if since <= abi)
    attributes = struct.pack("=QQQ", handled, TCP_RIGHTS, SCOPES)
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    ruleset = call("landlock_create_ruleset", attributes, size, 0)
    try:
        for path in read:
            _allow(ruleset, path)
        for path in devices:
            _allow(ruleset, path, handled & (READ_FILE | WRITE_FILE | IOCTL_DEV))
        call("landlock_restrict_self", ruleset, QUIET if abi >= 7 else 0)
    finally:
        os.close(ruleset)
    return f"abi {abi}" if abi >= TRUNCATION else f"abi {abi}, {UNTRUNCATED}"


def _allow(ruleset: int, path: str, wanted: int = 0) -> None:
    """Let whoever is bound by the ruleset read what lies at and below a path, or have the wanted rights."""
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return
    try:
        status = os.fstat(descriptor)
        rights = READ_FILE | READ_DIR if stat.S_ISDIR(status.st_mode) else READ_FILE
        if stat.S_ISCHR(status.st_mode) and status.st_rdev == os.makedev(1, 3):  # the null device
            rights |= WRITE_FILE
        rights = wanted or rights
        call("landlock_add_rule", ruleset, 1, struct.pack("=Qi", rights, descriptor), 0)
    finally:
        os.close(descriptor)


def private_root(read: Iterable[str]) -> None:
    """Make a tree that holds the given paths, at their places and read-only, this mount namespace's root.

    The caller has just entered the namespace and may mount in it. A symbolic link among the paths becomes
    what it points to. Leaves the process in the new root; raises OSError.
    """
    new = "/proc"  # any folder will do that holds nothing to read
    call("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    call("mount", b"none", new.encode(), b"tmpfs", MS_NOSUID | MS_NODEV, b"size=1m,mode=755")
    for path in outermost(path for path in read if os.access(path, os.F_OK)):
        place = Path(new + path)
        if os.access(path + "/", os.F_OK):
            place.mkdir(parents=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()
        call("mount", os.fsencode(path), os.fsencode(place), None, MS_BIND | MS_REC, None)
    attributes = struct.pack("=QQQQ", MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID, 0, 0, 0)
    call("mount_setattr", AT_FDCWD, new.encode(), AT_RECURSIVE, attributes, len(attributes))
    os.chdir(new)
    call("pivot_root", b".", b".")  # the old root now lies on top of the new one
    call("umount2", b".", MNT_DETACH)
    os.chdir("/")


def outermost(paths: Iterable[str]) -> list[str]:
    """Drop the paths that lie below another of them."""
    kept: list[str] = []
    for path in sorted(paths):
        if not any(path.startswith(above + "/") or path == above for above in kept):
            kept.append(path)
    return kept
