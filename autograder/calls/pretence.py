"""What a worker refuses is refused in a student's own run too, so that a check has one verdict everywhere.

Python announces what a program is about to do (PEP 578): files, processes, connections, imports, `input`.
When the student's own files are what asks, they get the error that they would get in a worker. This protects
nobody: it only tells at home what grading would tell.
"""

from __future__ import annotations

import errno
import functools
import importlib
import importlib.metadata
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import torch

from .siblings import let_siblings_import
from .uncompiled import UNCOMPILED, switch_off_compilation
from .undertest import Ask
from .wire import Reply, Request

PROJECT = "diffusion-autograder"  # whose requirements graded code has
OURS = frozenset({"assignments", "common"})  # packages that workers get beside them
WRITING = (
    "os.mkdir",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "shutil.copyfile",
    "shutil.move",
    "shutil.rmtree",
)
LISTING = ("os.listdir", "os.scandir")
PROCESSES = ("subprocess.Popen", "os.system", "os.fork", "os.posix_spawn")
NETWORK = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname")
_at_work: Pretence | None = None  # the hook that Python calls cannot be removed, only told to be quiet


class Pretence:
    """Refuses to a student's package what a worker would; notes what a worker does otherwise."""

    def __init__(self, package: str) -> None:
        self.folder = Path(importlib.import_module(package).__path__[0])
        self.root = self.folder.resolve().parents[1]
        self.tree = package.split(".")[0]  # that the assignment lies in: "solutions" for whoever writes it
        around = (Path.cwd(), Path(os.path.expanduser("~")), Path(tempfile.gettempdir()))  # noqa: PTH111 (none may be)
        self.places = (self.root, *(place.resolve() for place in around if place.parent != place))
        self.uncompiled: dict[str, None] = {}  # places, each once
        let_siblings_import(package)
        _listen()

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Hold while the student's code runs."""
        global _at_work
        before, _at_work = _at_work, self
        try:
            yield
        finally:
            _at_work = before

    def around(self, ask: Ask) -> Ask:
        """Hold while a request is answered."""

        def asked(request: Request) -> Reply:
            with self.holding():
                return ask(request)

        return asked

    def notes(self) -> list[str]:
        """Return a sentence for each function that runs as it is written."""
        return [
            f"{place}: not compiled, neither here nor when graded; that costs no points."
            for place in self.uncompiled
        ]

    def meet(self, event: str, args: tuple[Any, ...]) -> None:
        """Raise what a worker would, if the student's code caused this event."""
        if event == "import":
            if self._is_theirs(sys._getframe(2)) and not self._has(str(args[0]).partition(".")[0]):
                raise ModuleNotFoundError(f"No module named {args[0]!r}", name=args[0])
        elif event in _REFUSALS and (frame := self._asking(sys._getframe(2))):
            _REFUSALS[event](self, frame, *args)

    def open(self, frame: FrameType, path: Any, mode: str | None, flags: int) -> None:
        """Refuse to write any file, and to read one that a worker does not see."""
        changes = os.O_WRONLY | os.O_RDWR | os.O_CREAT
        if isinstance(path, int) or os.fsdecode(path) == os.devnull:
            return
        if set(mode) & set("wax+") if mode else flags & changes:
            self.write(frame, path)
        self.read(frame, path)

    def write(self, frame: FrameType, path: Any, *_: Any) -> None:
        """Refuse to change anything in the file system."""
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), _shown(path))

    def read(self, frame: FrameType, path: Any = ".", *_: Any) -> None:
        """Refuse what lies in the student's own places, but for their sources and what is installed there."""
        if isinstance(path, int):
            return
        whole = Path(os.path.realpath(os.fsdecode(path or ".")))
        seen = whole.suffix == ".py" and whole.parent == self.folder.resolve()
        if seen or any(whole.is_relative_to(place) for place in (self.root / "common", *_installed())):
            return
        for place in self.places:
            if whole.is_relative_to(place):
                cached = any(part.startswith(".") for part in whole.relative_to(place).parts)
                if place == self.root or not cached:
                    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), _shown(path))

    def refuse(self, frame: FrameType, *_: Any) -> None:
        """Refuse a process or a connection."""
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    def ask(self, frame: FrameType, *_: Any) -> None:
        """Refuse to wait for somebody to type."""
        raise EOFError("EOF when reading a line")

    def note(self, frame: FrameType, *_: Any) -> None:
        """Note what will not be compiled."""
        self.uncompiled[f"{Path(frame.f_code.co_filename).name}, line {frame.f_lineno}"] = None

    def _asking(self, frame: FrameType | None) -> FrameType | None:
        """Return the student's innermost frame; None when there is none, or a library is being imported."""
        while frame and not self._is_theirs(frame):
            if frame.f_code.co_filename.startswith("<frozen importlib"):
                return None
            frame = frame.f_back
        return frame

    def _is_theirs(self, frame: FrameType) -> bool:
        return os.path.dirname(frame.f_code.co_filename) == str(self.folder)  # noqa: PTH120 (called often)

    def _has(self, module: str) -> bool:
        """Tell whether graded code can import a module of this name."""
        ours = module in OURS or module == self.tree or (self.folder / f"{module}.py").is_file()
        known = ours or module in sys.stdlib_module_names
        return known or not _libraries() or module in _libraries()


_REFUSALS = {
    "open": Pretence.open,
    "builtins.input": Pretence.ask,
    UNCOMPILED: Pretence.note,
    **dict.fromkeys(WRITING, Pretence.write),
    **dict.fromkeys(LISTING, Pretence.read),
    **dict.fromkeys((*PROCESSES, *NETWORK), Pretence.refuse),
}


@functools.cache
def _listen() -> None:
    """Prepare this process, once: graded code has no GPU, no display and no compiler."""
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    os.environ["MPLBACKEND"] = "Agg"
    switch_off_compilation()
    torch.save = _announced(torch.save)
    sys.addaudithook(_hear)


def _hear(event: str, args: tuple[Any, ...]) -> None:
    """Pass an event on; what is read to answer it is not the student's doing, and not heard."""
    global _at_work
    if at_work := _at_work:
        _at_work = None
        try:
            at_work.meet(event, args)
        finally:
            _at_work = at_work


def _announced(save: Any) -> Any:
    """Announce the file that torch writes by itself, unknown to Python."""

    @functools.wraps(save)
    def saving(obj: object, f: Any, *args: Any, **kwargs: Any) -> None:
        if isinstance(f, str | os.PathLike):
            sys.audit("open", os.fspath(f), "wb", 0)
        save(obj, f, *args, **kwargs)

    return saving


@functools.cache
def _libraries() -> frozenset[str]:
    """Return the names that this project's requirements, and theirs, make importable; empty if unknown."""
    from packaging.requirements import Requirement

    found: set[str] = set()
    waiting = [PROJECT]
    while waiting:
        name = waiting.pop()
        try:
            lines = [Requirement(line) for line in importlib.metadata.requires(name) or ()]
        except importlib.metadata.PackageNotFoundError:  # of another platform, or not installed
            continue
        needed = {
            _canonical(one.name) for one in lines if not one.marker or one.marker.evaluate({"extra": ""})
        }
        waiting += needed - found
        found |= needed
    tops = importlib.metadata.packages_distributions()
    return frozenset(top for top, owners in tops.items() if found & set(map(_canonical, owners)))


def _canonical(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


@functools.cache
def _installed() -> tuple[Path, ...]:
    """Return the folders that hold Python and its libraries."""
    import site

    folders = (sys.prefix, sys.base_prefix, *site.getsitepackages(), site.getusersitepackages())
    return tuple(Path(folder).resolve() for folder in folders)


def _shown(path: Any) -> str:
    return str(path) if isinstance(path, int | None) else os.fsdecode(path)
