"""A disk in memory on which the power can fail, for task 5.2. Given."""

import zlib


class PowerFailure(Exception):
    """The computer has stopped; nothing that comes after it happens."""


class Disk:
    """Files by name. What is written is only safe when it has been flushed.

    So many `operations` (write, flush, rename, remove) are done, then the power fails; None: it never does.
    Of a file that was not flushed, a beginning of any length survives: `after_failure(share)` says what is
    there then. A rename happens at once and for good, but it flushes nothing.
    """

    def __init__(self, files: dict[str, bytes] | None = None, operations: int | None = None) -> None:
        self._files = dict(files or {})
        self._unsafe: set[str] = set()  # names of files that have not been flushed
        self._left = operations

    def write(self, name: str, data: bytes) -> None:
        """Make a file, or all of its bytes anew; they are not safe yet."""
        self._operate()
        self._files[name] = data
        self._unsafe.add(name)

    def flush(self, name: str) -> None:
        """Wait until a file's bytes are safe (os.fsync)."""
        self._operate()
        self._files[name]  # a file that is not there raises KeyError
        self._unsafe.discard(name)

    def rename(self, old: str, new: str) -> None:
        """Let a file have another name; a file that had it is gone (os.replace)."""
        self._operate()
        self._files[new] = self._files.pop(old)
        self._unsafe.discard(new)
        if old in self._unsafe:
            self._unsafe ^= {old, new}

    def remove(self, name: str) -> None:
        """Let a file be gone."""
        self._operate()
        del self._files[name]
        self._unsafe.discard(name)

    def read(self, name: str) -> bytes:
        """Return a file's bytes."""
        return self._files[name]

    def names(self) -> list[str]:
        """Return the names of all files, in the order in which they were first made."""
        return list(self._files)

    def after_failure(self, share: float) -> dict[str, bytes]:
        """Return what is on the disk after a power failure, when this share of unsafe bytes has survived."""
        return {
            name: data[: int(share * len(data))] if name in self._unsafe else data
            for name, data in self._files.items()
        }

    def _operate(self) -> None:
        if self._left is not None:
            if self._left == 0:
                raise PowerFailure
            self._left -= 1


def complete(content: bytes) -> bytes:
    """Return a checkpoint's bytes: the content and, behind it, its checksum."""
    return content + zlib.crc32(content).to_bytes(4, "big")


def is_complete(data: bytes) -> bool:
    """Say whether these are all bytes that `complete` made."""
    return len(data) >= 4 and zlib.crc32(data[:-4]).to_bytes(4, "big") == data[-4:]
