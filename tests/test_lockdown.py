"""Every promise of the lockdown, proved by doing: each attack succeeds in an open child, fails in a locked.

The children are forked by two helper processes with one thread each: one is root, when the tests run as root,
and one an ordinary user. That one and its children share a user, so no permission bit protects it.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import ctypes
import errno
import functools
import importlib
import mmap
import os
import pickle
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import types
import zoneinfo
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NoReturn

import pytest

from autograder.isolation import landlock, seccomp, syscalls
from autograder.isolation.landlock import landlock_abi
from autograder.isolation.limits import LAYERS, LIFE_CALLS_CPU, SandboxLimits
from autograder.isolation.lockdown import (
    OWN_THREADS,
    LockdownError,
    Policy,
    default_read_paths,
    lock_down,
    prepare,
)
from autograder.isolation.syscalls import call, libc, prctl
from autograder.spec import Limits

fcntl = pytest.importorskip("fcntl")  # Windows has neither
resource = pytest.importorskip("resource")
pytestmark = pytest.mark.skipif(landlock_abi() < landlock.OLDEST, reason="this machine has no Landlock")

PLAIN = LAYERS - {"namespace"}  # what every machine grants
UID = 64_321  # the throw-away user, and the ordinary one when the tests run as root
BUDGET = 256 << 20
TOO_MUCH = BUDGET + (64 << 20)
INHERITED = 40  # a descriptor that the helpers hold open
QUEUED = struct.pack("iii", signal.SIGUSR1, 0, -1) + bytes(116)  # a siginfo_t
MEMORY = ctypes.create_string_buffer(8)
READ = default_read_paths() if sys.platform == "linux" else ()
SIGNALS = (signal.SIGIO, signal.SIGUSR1, signal.SIGURG)


@dataclass(frozen=True)
class Victims:
    """What is there to be attacked; everything may be read and written by everybody."""

    folder: Path
    other: Path  # another student's file
    own: Path  # the one path that the child may read
    tcp: int
    udp: int
    stream: str
    datagram: str
    abstract: str


@dataclass(frozen=True)
class Outcome:
    """How an action ended: returned, raised, died (of a signal) or exited (without a word)."""

    how: str
    value: Any


# ---- attacks: each raises when it is held off


def changed(path: Path, change: Callable[[Path], object]) -> None:
    """Change a file's metadata; raises when nothing came of it."""
    before = path.stat()
    change(path)
    after = path.stat()
    if (before.st_mode, before.st_mtime_ns) == (after.st_mode, after.st_mtime_ns):
        raise PermissionError("nothing changed")


def fork_by(start: Callable[[], int]) -> None:
    if start() == 0:
        os._exit(0)


def connect(family: int, kind: int, address: Any) -> None:
    with socket.socket(family, kind) as connection:
        connection.connect(address)
        connection.send(b"attack")


def pass_a_descriptor() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        socket.send_fds(ours, [b"attack"], [0])


def send_urgent_bytes() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.send(b"attack", socket.MSG_OOB)


def through_a_pair(victims: Victims) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, theirs:
        ours.sendto(b"attack", victims.datagram)


def by_sigio(own: Callable[[int], object]) -> None:
    """Make the kernel signal the parent when a socket of ours becomes readable."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        own(ours.fileno())
        fcntl.fcntl(ours, fcntl.F_SETFL, os.O_ASYNC)
        theirs.send(b"attack")


def one_process() -> bytes:
    return struct.pack("=ii", 1, os.getppid())  # F_OWNER_PID and who


def read_parent() -> None:
    """Read the parent's memory, at an address that is in use there as it is here."""
    vector = struct.pack("=QQ", ctypes.addressof(MEMORY), 8)
    call("process_vm_readv", os.getppid(), vector, 1, vector, 1, 0)


def allocate_by_torch() -> None:
    import torch

    torch.empty(TOO_MUCH, dtype=torch.uint8)


def make(path: Path) -> None:
    path.write_text("attack")
    path.unlink()


ATTACKS: dict[str, Callable[[Victims], object]] = {
    # reading
    "read a file of the system": lambda v: Path("/etc/passwd").read_bytes(),
    "read another submission": lambda v: v.other.read_bytes(),
    "list a folder": lambda v: list(v.folder.iterdir()),
    "list the root": lambda v: list(Path("/").iterdir()),
    "list the processes": lambda v: list(Path("/proc").iterdir()),
    "open the parent's memory": lambda v: os.open(f"/proc/{os.getppid()}/mem", os.O_RDONLY),
    "read the parent's environment": lambda v: Path(f"/proc/{os.getppid()}/environ").read_bytes(),
    "read the own first environment": lambda v: Path("/proc/self/environ").read_bytes(),
    "list the parent's descriptors": lambda v: list(Path(f"/proc/{os.getppid()}/fd").iterdir()),
    "list attributes": lambda v: os.listxattr(v.other),
    "use an inherited descriptor": lambda v: os.fstat(INHERITED),
    # writing
    "overwrite": lambda v: v.other.write_text("attack"),
    "append": lambda v: os.open(v.other, os.O_WRONLY | os.O_APPEND),
    "truncate": lambda v: os.truncate(v.other, 0),
    "truncate when opening to read": lambda v: os.open(v.own, os.O_RDONLY | os.O_TRUNC),
    "truncate when opening for nothing": lambda v: os.open(v.other, os.O_ACCMODE | os.O_TRUNC),
    "overwrite the own source": lambda v: v.own.write_text("attack"),
    "make a file beside the own source": lambda v: make(v.own.with_name("more.py")),
    "make a file in /tmp": lambda v: make(Path("/tmp", v.folder.name + "x")),
    "make a file in /var/tmp": lambda v: make(Path("/var/tmp", v.folder.name)),
    "make a file in /dev/shm": lambda v: make(Path("/dev/shm", v.folder.name)),
    "make a file without a name": lambda v: os.open(v.folder, os.O_TMPFILE | os.O_WRONLY),
    "make a file in memory": lambda v: os.memfd_create("attack"),
    "make a folder": lambda v: (v.folder / "new").mkdir(),
    "make a pipe with a name": lambda v: os.mkfifo(v.folder / "pipe"),
    "make a symbolic link": lambda v: (v.folder / "link").symlink_to("/etc"),
    "make a hard link": lambda v: (v.folder / "link").hardlink_to(v.other),
    "rename": lambda v: v.other.rename(v.folder / "mine"),
    "remove": lambda v: v.other.unlink(),
    "change the mode": lambda v: changed(v.other, lambda path: path.chmod(0o600)),
    "change the times": lambda v: changed(v.other, lambda path: os.utime(path, (1, 1))),
    "lock a file": lambda v: fcntl.flock(os.open(v.own, os.O_RDONLY), fcntl.LOCK_EX),
    "lock a part of a file": lambda v: fcntl.lockf(os.open(v.own, os.O_RDONLY), fcntl.LOCK_SH, 1),
    "set an attribute": lambda v: os.setxattr(v.other, "user.attack", b"1"),
    # network
    "connect by TCP": lambda v: connect(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", v.tcp)),
    "send by UDP": lambda v: connect(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", v.udp)),
    "connect to a path": lambda v: connect(socket.AF_UNIX, socket.SOCK_STREAM, v.stream),
    "send to a path": lambda v: connect(socket.AF_UNIX, socket.SOCK_DGRAM, v.datagram),
    "connect to an abstract name": lambda v: connect(socket.AF_UNIX, socket.SOCK_STREAM, v.abstract),
    "send to a path from a pair": through_a_pair,
    "ask the kernel by netlink": lambda v: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0),
    "listen": lambda v: socket.create_server(("127.0.0.1", 0)).close(),
    "pass a descriptor": lambda v: pass_a_descriptor(),
    "send urgent bytes": lambda v: send_urgent_bytes(),
    "go round by io_uring": lambda v: call("io_uring_setup", 1, bytes(120)),
    # processes
    "fork": lambda v: fork_by(os.fork),
    "vfork": lambda v: subprocess.run(["/bin/true"], check=True),
    "posix_spawn": lambda v: os.posix_spawn("/bin/true", ["true"], {}),
    "clone": lambda v: fork_by(lambda: call("clone", signal.SIGCHLD, None, None, None, None)),
    "clone3": lambda v: fork_by(lambda: call("clone3", struct.pack("=8Q", 0, 0, 0, 0, 17, 0, 0, 0), 64)),
    "execute": lambda v: os.execv("/bin/true", ["true"]),
    "start a session": lambda v: os.setsid(),
    "enter a user namespace": lambda v: call("unshare", 1 << 28),
    # signals, limits and scheduling of others
    "kill": lambda v: os.kill(os.getppid(), signal.SIGUSR1),
    "tgkill": lambda v: call("tgkill", os.getppid(), os.getppid(), signal.SIGUSR1),
    "tkill": lambda v: call("tkill", os.getppid(), signal.SIGUSR1),
    "sigqueue": lambda v: call("rt_sigqueueinfo", os.getppid(), signal.SIGUSR1, QUEUED),
    "pidfd": lambda v: signal.pidfd_send_signal(os.pidfd_open(os.getppid()), signal.SIGUSR1),
    "kill the group": lambda v: os.killpg(os.getpgrp(), 0),
    "kill everybody": lambda v: os.kill(-1, 0),
    "SIGIO by F_SETOWN": lambda v: by_sigio(lambda fd: fcntl.fcntl(fd, fcntl.F_SETOWN, os.getppid())),
    "SIGIO by F_SETOWN_EX": lambda v: by_sigio(lambda fd: fcntl.fcntl(fd, 15, one_process())),
    "SIGIO by FIOSETOWN": lambda v: by_sigio(lambda fd: fcntl.ioctl(fd, 0x8901, one_process()[4:])),
    "choose SIGIO's signal": lambda v: fcntl.fcntl(0, 10, signal.SIGUSR1),
    "outlive the parent": lambda v: prctl(1, 0),
    "limit the parent": lambda v: resource.prlimit(os.getppid(), resource.RLIMIT_CORE, (0, 0)),
    "slow the parent down": lambda v: os.setpriority(
        os.PRIO_PROCESS, os.getppid(), os.getpriority(os.PRIO_PROCESS, 0) + 1
    ),
    "choose a processor": lambda v: os.sched_setaffinity(0, os.sched_getaffinity(0)),
    "choose the parent's processor": lambda v: os.sched_setaffinity(os.getppid(), os.sched_getaffinity(0)),
    # looking into others
    "trace the parent": lambda v: call("ptrace", 0x4206, os.getppid(), 0, 0),  # PTRACE_SEIZE does not stop it
    "read the parent's memory": lambda v: read_parent(),
    "steal a descriptor": lambda v: call("pidfd_getfd", os.pidfd_open(os.getppid()), INHERITED, 0),
    "compare with the parent": lambda v: call("kcmp", os.getpid(), os.getppid(), 1, 0, 0),
    "watch a folder": lambda v: call("inotify_init1", 0),
    "handle page faults": lambda v: call("userfaultfd", 1),
    "read the parent's clock": lambda v: time.clock_gettime((~os.getppid() << 3) | 2),
    "find the parent's group": lambda v: os.getpgid(os.getppid()),
    "ask for the parent's processors": lambda v: os.sched_getaffinity(os.getppid()),
    "get hold of the peer": lambda v: socket.socketpair()[0].getsockopt(socket.SOL_SOCKET, 77, 4),
    "keep a key": lambda v: call("add_key", b"user", b"attack", b"x", 1, -2),
    "share memory by System V": lambda v: call("shmctl", call("shmget", 0, 4096, 0o1600), 0, None),
    "queue a message by POSIX": lambda v: (
        call("mq_open", b"attack", os.O_CREAT | os.O_RDWR, 0o600, None),
        call("mq_unlink", b"attack"),
    ),
    # memory
    "take memory": lambda v: bytearray(TOO_MUCH),
    "take a tensor's memory": lambda v: allocate_by_torch(),
    "take shared memory": lambda v: mmap.mmap(-1, TOO_MUCH),
    "hold memory that no peak counts": lambda v: hold_uncounted(),
    "hold memory in the swap": lambda v: private_page().madvise(seccomp.MADV_PAGEOUT),
}
MAY_BE_FORBIDDEN = {  # on some machines to everybody, by kernel settings or a container's own filter
    "set an attribute", "go round by io_uring", "clone3", "enter a user namespace", "trace the parent",
    "open the parent's memory", "read the parent's memory", "steal a descriptor", "compare with the parent",
    "handle page faults", "get hold of the peer", "keep a key", "queue a message by POSIX",
}  # fmt: skip


# ---- what honest code does


def run_threads() -> int:
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        return sum(pool.map(len, ["ab"] * 8))


def train() -> float:
    import torch

    weight = torch.ones(64, 64, requires_grad=True)
    (weight @ torch.ones(64, 64)).sum().backward()
    assert weight.grad is not None
    return float(weight.grad.sum())


async def sleep() -> int:
    return await asyncio.sleep(0.001, 1)


def private_page() -> mmap.mmap:
    return mmap.mmap(-1, mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)


def hold_uncounted() -> bytes:
    """Keep bytes in pages that leave the process's memory and come back when they are read."""
    box = mmap.mmap(-1, 1 << 20)
    box.write(bytes(range(1, 201)))
    box.madvise(mmap.MADV_DONTNEED)
    kept = box[:200]
    assert kept == bytes(range(1, 201))
    return kept


def load_late(name: str) -> bool:
    assert name not in sys.modules
    if not os.access(os.path.realpath(Path(os.__file__)), os.R_OK):
        return True  # this user could not read Python before either
    return bool(importlib.import_module(name))


def pretend(path: Path) -> bool:
    path.chmod(0o600)
    os.utime(path)
    return path.stat().st_mode & 0o777 != 0o600


def no_temporary_folder() -> bool:
    with pytest.raises(FileNotFoundError):
        tempfile.mkdtemp()
    return True


HONEST: dict[str, Callable[[Victims], object]] = {
    "reads its own source": lambda v: v.own.read_text() == "own",
    "lists its own folder": lambda v: [path.name for path in v.own.parent.iterdir()] == [v.own.name],
    "runs threads": lambda v: run_threads() == 16,
    "trains with torch": lambda v: train() == 64**3,
    "imports late": lambda v: load_late("wave"),
    "loads an extension late": lambda v: load_late("syslog"),
    "knows the time zones": lambda v: zoneinfo.ZoneInfo("Asia/Tokyo").key == "Asia/Tokyo",
    "tells local time": lambda v: time.localtime().tm_year > 2000,
    "runs asyncio": lambda v: asyncio.run(sleep()) == 1,
    "draws random bytes": lambda v: len(os.read(os.open("/dev/urandom", os.O_RDONLY), 8)) == 8,
    "writes to the null device": lambda v: Path(os.devnull).write_text("x") == 1,
    "asks whether it has a terminal": lambda v: not os.isatty(0),
    "signals itself": lambda v: os.kill(os.getpid(), 0) is None,
    "signals its thread": lambda v: signal.pthread_kill(threading.get_ident(), 0) is None,
    "reads its limits": lambda v: resource.getrlimit(resource.RLIMIT_CPU) == (60, 61),
    "maps memory": lambda v: len(private_page()) == mmap.PAGESIZE,
    "counts the processors": lambda v: (os.cpu_count() or 0) >= 1,
    "copies a mode to no effect": lambda v: pretend(v.own),
    "is told that there is no temporary folder": lambda v: no_temporary_folder(),
}


# ---- probes of single properties


def spin(victims: Victims) -> None:
    while True:
        pass


def count_threads(victims: Victims) -> int:
    threading.stack_size(1 << 15)
    stop = threading.Event()
    with contextlib.suppress(RuntimeError):
        for _ in range(2 * OWN_THREADS):
            threading.Thread(target=stop.wait, daemon=True).start()
    started = threading.active_count()
    stop.set()
    return started


def answers_of_the_filter(victims: Victims) -> dict[str, int]:
    """Call everything that the filter refuses, with senseless arguments, and return the errno of each."""
    answers = {}
    for name in syscalls.RULES:
        number = syscalls.number(name, syscalls.this_machine())
        if number is not None and name not in syscalls.ARGUMENTS_DECIDE:
            ctypes.set_errno(0)
            failed = libc().syscall(number, -1, -1, -1, -1, -1, -1)
            answers[name] = ctypes.get_errno() if failed else 0
    for name, number in (("between", syscalls.FIRST_SHARED - 1), ("above", syscalls.HIGHEST + 1)):
        libc().syscall(number, -1, -1, -1, -1, -1, -1)
        answers[name] = ctypes.get_errno()
    return answers


def capabilities(victims: Victims) -> tuple[int, ...]:
    """Return the effective, permitted and inheritable sets."""
    header, sets = struct.pack("=Ii", 0x2008_0522, 0), ctypes.create_string_buffer(24)
    assert libc().capget(header, sets) == 0
    return struct.unpack("=6I", sets.raw)[:3]


def in_machine_code(code: bytes) -> int:
    prot = mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
    memory = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=prot)
    memory.write(code)
    return ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(memory)))()


def policy_of(fields: dict[str, Any]) -> Policy:
    """Make a policy of plain fields, as they cross to a helper: limits by their own names."""
    calls = Limits(memory_mb=fields["memory_bytes"] >> 20, call_cpu_s=fields["cpu_s"] / LIFE_CALLS_CPU)
    chosen = {name: fields[name] for name in ("layers", "landlock_abi_cap") if name in fields}
    limits = SandboxLimits(calls, spare_cpu_s=0, **chosen)
    return Policy(fields["read"], fields["keep_fds"], fields["uid"], limits, fields.get("parent"))


def lock_again(**changes: Any) -> Callable[[Victims], dict[str, str]]:
    """Lock an open child down with a policy that differs in something."""

    def action(victims: Victims) -> dict[str, str]:
        uid = UID if os.geteuid() == 0 else None
        plain = {"read": (), "memory_bytes": BUDGET, "cpu_s": 60, "keep_fds": tuple(range(3, 16)), "uid": uid}
        return lock_down(policy_of({**plain, **changes}))

    return action


def lock_with_threads(victims: Victims) -> object:
    threading.Thread(target=time.sleep, args=(5,), daemon=True).start()
    return lock_again()(victims)


def lock_without_mounts(victims: Victims) -> object:
    def refuse(read: object) -> None:
        raise PermissionError("no mounts here")

    landlock.private_root = refuse
    return lock_again(read=READ)(victims)["namespace"], capabilities(victims), train()


def orphan(victims: Victims) -> bool:
    """Lock a grandchild down, end its parent, and report whether the grandchild ends too."""
    ours, theirs = os.pipe()
    if os.fork() == 0:
        if os.fork() == 0:
            lock_again(keep_fds=(theirs,))(victims)
            os.write(theirs, b"locked")
            time.sleep(30)
        os.close(theirs)
        os.read(ours, 6)
        os._exit(0)
    os.close(theirs)
    os.wait()
    return os.read(ours, 10) == b""


PROBES: dict[str, Callable[[Victims], object]] = {
    "spin": spin,
    "count threads": count_threads,
    "answers of the filter": answers_of_the_filter,
    "capabilities": capabilities,
    "identity": lambda v: (*os.getresuid(), *os.getresgid(), len(os.getgroups())),
    "see another file": lambda v: v.other.exists() or v.other.stat(),
    "where": lambda v: str(Path.cwd()),
    "call by x32": lambda v: libc().syscall(0x4000_0000 + 39),
    "call by int 80": lambda v: in_machine_code(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3"),
    "lock with an old kernel": lock_again(landlock_abi_cap=0),
    "lock without a uid": lock_again(uid=None),
    "lock as another": lock_again(uid=UID + 1),
    "lock an unknown layer": lock_again(layers=frozenset({"landlok"})),
    "lock without the parent": lock_again(parent=1),
    "lock with threads": lock_with_threads,
    "lock without mounts": lock_without_mounts,
    "orphan": orphan,
}
ACTIONS = {**ATTACKS, **HONEST, **PROBES}


# ---- the helpers that fork


def serve(connection: Connection) -> None:
    """For each request fork a child that locks down, by a policy or not at all, and then acts."""
    received: list[int] = []
    for number in SIGNALS:
        signal.signal(number, lambda number, frame: received.append(number))
    prctl(4, 1)  # PR_SET_DUMPABLE: a change of user has cleared it, and the open child must be able to attack
    with contextlib.suppress(OSError):
        prctl(0x59616D61, -1)  # PR_SET_PTRACER, any
    os.dup2(os.open(os.devnull, os.O_RDONLY), INHERITED)
    prepare()
    with contextlib.suppress(EOFError):
        while True:
            names, victims, policy = connection.recv()
            received.clear()
            outcomes = observe(names, victims, policy)
            connection.send((outcomes, list(received)))
    os._exit(0)


def observe(names: list[str], victims: Victims, policy: dict[str, Any] | None) -> dict[str, Outcome]:
    """Return how each action ended; after one that ended the child, the others are missing."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(ours)
        act(names, victims, policy, theirs)
    os.close(theirs)
    outcomes = {}
    with os.fdopen(ours, "rb") as pipe, contextlib.suppress(EOFError):
        while True:
            name, outcome = pickle.load(pipe)
            outcomes[name] = outcome
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    for name in names[len(outcomes) :][:1]:
        outcomes[name] = Outcome("died", -code) if code < 0 else Outcome("exited", code)
    return outcomes


def act(names: list[str], victims: Victims, policy: dict[str, Any] | None, pipe: int) -> NoReturn:
    """Be the child: lock down and write the outcome of each action; "lock" returns the layers."""
    signal.alarm(20)
    plain = (bool, int, str, tuple, dict)
    try:
        states = lock_down(policy_of({**policy, "keep_fds": (pipe,)})) if policy is not None else {}
        for name in names:
            try:
                value = ACTIONS[name](victims) if name != "lock" else states
                outcome = Outcome("returned", value if isinstance(value, plain) else None)
            except BaseException as error:
                outcome = Outcome("raised", f"{type(error).__name__}: {error}")
            os.write(pipe, pickle.dumps((name, outcome)))
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


def main(descriptors: list[int]) -> None:
    """Be the helpers. Of two descriptors the second is for an ordinary user's, and this process is root."""
    import torch

    torch.set_num_threads(1)
    if len(descriptors) == 2:
        is_user = os.fork() == 0
        os.close(descriptors.pop(0 if is_user else 1))
        if is_user:
            os.setgroups([])
            os.setresgid(UID, UID, UID)
            os.setresuid(UID, UID, UID)
    serve(Connection(descriptors[0]))


@pytest.fixture(scope="module")
def helpers() -> Iterator[dict[str, Connection]]:
    """Connections to the helper that is root, if any, and to the one that is a user."""
    names = ["root", "user"] if os.geteuid() == 0 else ["user"]
    pairs = [socket.socketpair() for _ in names]
    theirs = [pair[1].fileno() for pair in pairs]
    command = [sys.executable, "-c", f"from {__name__} import main; main({theirs})"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    process = subprocess.Popen(
        command, pass_fds=theirs, cwd=Path(__file__).parents[1], env=environment, stdin=subprocess.DEVNULL
    )
    connections = {name: Connection(pair[0].detach()) for name, pair in zip(names, pairs, strict=True)}
    for _, end in pairs:
        end.close()
    yield connections
    for connection in connections.values():
        connection.close()
    process.wait(10)


@dataclass
class Scene:
    """Victims, the servers among them, and how their files were before."""

    victims: Victims
    servers: list[socket.socket]
    before: dict[str, tuple[int, ...]]

    def disturbances(self) -> list[str]:
        """Say what an attack has achieved."""
        after = files_of(self.victims.folder)
        found = [name for name in {**self.before, **after} if self.before.get(name) != after.get(name)]
        for server in self.servers:
            with contextlib.suppress(BlockingIOError):
                server.accept()[0].close() if server.type == socket.SOCK_STREAM else server.recv(8)
                found.append(str(server))
        return found


def files_of(folder: Path) -> dict[str, tuple[int, ...]]:
    states = {str(path): path.lstat() for path in folder.rglob("*")}
    return {name: (state.st_mode, state.st_size, state.st_mtime_ns) for name, state in states.items()}


@contextlib.contextmanager
def a_scene() -> Iterator[Scene]:
    """Make victims that belong to the user of the children."""
    folder = Path(tempfile.mkdtemp(prefix="victims-"))
    files = folder / "other" / "answer.py", folder / "own" / "solution.py"
    names = str(folder / "stream"), str(folder / "datagram"), f"\0{folder.name}"
    internet, local, stream, datagram = socket.AF_INET, socket.AF_UNIX, socket.SOCK_STREAM, socket.SOCK_DGRAM
    kinds = [(internet, stream), (internet, datagram), (local, stream), (local, datagram), (local, stream)]
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        servers = [stack.enter_context(socket.socket(*kind)) for kind in kinds]
        for server, address in zip(servers, [("127.0.0.1", 0), ("127.0.0.1", 0), *names], strict=True):
            server.setblocking(False)
            server.bind(address)
            if server.type == stream:
                server.listen()
        for file in files:
            file.parent.mkdir()
            file.write_text("own")
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o777)
            if os.geteuid() == 0:
                os.chown(path, UID, UID)
        ports = [server.getsockname()[1] for server in servers[:2]]
        yield Scene(Victims(folder, *files, *ports, *names), servers, files_of(folder))


@pytest.fixture
def scene() -> Iterator[Scene]:
    with a_scene() as made:
        yield made


Ask = Callable[..., Outcome]


@pytest.fixture
def ask(helpers: dict[str, Connection], scene: Scene) -> Ask:
    """Run an action in a child of a helper, locked by a policy or open."""

    def run(who: str, name: str, policy: dict[str, Any] | None = None) -> Outcome:
        if who not in helpers:
            pytest.skip("needs root")
        helpers[who].send(([name], scene.victims, policy))
        outcomes, signals = helpers[who].recv()
        return Outcome("signalled", signals) if signals else outcomes[name]

    return run


def policy(who: str, victims: Victims, **changes: Any) -> dict[str, Any]:
    read = (*READ, str(victims.own.parent))
    uid = UID if who == "root" else None
    return {"read": read, "memory_bytes": BUDGET, "cpu_s": 60, "uid": uid, **changes}


# ---- all attacks and all honest code, in every way of being locked


@dataclass(frozen=True)
class Variant:
    """One way of being locked: by root or a user, on which kernel, with a namespace or without."""

    who: str
    abi: int | None
    namespace: bool

    def __str__(self) -> str:
        return f"{self.who}-abi{self.abi or ''}{'-namespace' if self.namespace else ''}"


@dataclass(frozen=True)
class Report:
    """What a locked child's actions came to."""

    outcomes: dict[str, Outcome]
    signals: list[int]
    disturbances: list[str]


WAYS = ((None, True), (None, False), (4, False), (3, False), (1, False))
VARIANTS = [Variant(who, abi, namespace) for who in ("root", "user") for abi, namespace in WAYS]


@pytest.fixture(scope="module")
def reports(helpers: dict[str, Connection]) -> Callable[[Variant, tuple[str, ...]], Report]:
    """Run many actions in one locked child, once for each variant."""

    @functools.cache
    def report(variant: Variant, names: tuple[str, ...]) -> Report:
        if variant.who not in helpers:
            pytest.skip("needs root")
        with a_scene() as scene:
            changes = {"layers": LAYERS if variant.namespace else PLAIN, "landlock_abi_cap": variant.abi}
            helpers[variant.who].send((names, scene.victims, policy(variant.who, scene.victims, **changes)))
            return Report(*helpers[variant.who].recv(), scene.disturbances())

    return report


Reports = Callable[[Variant, tuple[str, ...]], Report]


@pytest.fixture(scope="module")
def variants(helpers: dict[str, Connection]) -> list[Variant]:
    return [variant for variant in VARIANTS if variant.who in helpers]


each_variant = pytest.mark.parametrize("variant", VARIANTS, ids=str)


@pytest.mark.parametrize("attack", ATTACKS)
def test_attack_succeeds_in_an_open_child(attack: str, ask: Ask) -> None:
    outcome = ask("user", attack)
    if outcome.how == "raised" and attack in MAY_BE_FORBIDDEN:
        pytest.skip(f"this machine lets nobody: {outcome.value}")
    assert outcome.how in ("returned", "exited", "signalled"), outcome


@pytest.mark.parametrize("attack", ATTACKS)
def test_attack_fails_in_a_locked_child(attack: str, variants: list[Variant], reports: Reports) -> None:
    outcomes = {str(variant): reports(variant, tuple(ATTACKS)).outcomes[attack] for variant in variants}
    assert {outcome.how for outcome in outcomes.values()} == {"raised"}, outcomes


@each_variant
def test_attacks_leave_no_trace(variant: Variant, reports: Reports) -> None:
    report = reports(variant, tuple(ATTACKS))
    assert (report.signals, report.disturbances) == ([], [])


@pytest.mark.parametrize(
    "attack", ["overwrite", "change the mode", "send by UDP", "connect to a path", "rename"]
)
def test_trace_of_an_attack_is_found(attack: str, ask: Ask, scene: Scene) -> None:
    ask("user", attack)
    assert scene.disturbances()


@pytest.mark.parametrize("attack", ["kill", "pidfd", "sigqueue", "SIGIO by F_SETOWN", "SIGIO by FIOSETOWN"])
def test_signal_of_an_attack_is_found(attack: str, ask: Ask) -> None:
    assert ask("user", attack).how == "signalled"


@pytest.mark.parametrize("action", HONEST)
def test_honest_code_works(action: str, variants: list[Variant], reports: Reports) -> None:
    outcomes = {str(variant): reports(variant, tuple(HONEST)).outcomes[action] for variant in variants}
    assert set(outcomes.values()) == {Outcome("returned", True)}, outcomes


# ---- what each layer is for


@pytest.mark.parametrize(
    ("layer", "attack"),
    [
        ("landlock", "read a file of the system"), ("landlock", "append"),
        ("seccomp", "fork"), ("seccomp", "send by UDP"), ("seccomp", "change the mode"),
        ("rlimits", "take memory"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("who", ["root", "user"])
def test_only_this_layer_holds_the_attack(layer: str, attack: str, who: str, ask: Ask, scene: Scene) -> None:
    plain = policy(who, scene.victims, layers=PLAIN)
    assert ask(who, attack, plain).how == "raised"
    assert ask(who, attack, {**plain, "layers": PLAIN - {layer}}).how == "returned"


@pytest.mark.parametrize("who", ["root", "user"])
def test_only_a_private_root_hides_that_a_file_exists(who: str, ask: Ask, scene: Scene) -> None:
    if "private root" not in ask(who, "lock", policy(who, scene.victims)).value.get("namespace", ""):
        pytest.skip("this machine grants no mount namespace")
    assert ask(who, "see another file", policy(who, scene.victims)).value.startswith("FileNotFoundError")
    assert ask(who, "see another file", policy(who, scene.victims, layers=PLAIN)).how == "returned"


def test_only_the_uid_makes_it_someone_else(ask: Ask, scene: Scene) -> None:
    plain = policy("root", scene.victims)
    assert ask("root", "identity", plain).value == (*(UID,) * 6, 0)
    open_layer = ask("root", "identity", {**plain, "layers": LAYERS - {"uid"}})
    assert open_layer.value[:6] == (0,) * 6


@each_variant
def test_layers_and_capabilities_are_reported(variant: Variant, reports: Reports) -> None:
    outcomes = reports(variant, ("lock", "capabilities", "where")).outcomes
    states = outcomes["lock"].value
    assert PLAIN <= set(states) <= LAYERS
    assert variant.namespace or "namespace" not in states
    abi = variant.abi or landlock_abi()
    assert states["landlock"] == f"abi {abi}" + (f", {landlock.UNTRUNCATED}" if abi < 3 else "")
    mask = 1 << 2 if "CAP_DAC_READ_SEARCH" in states["uid"] else 0
    assert outcomes["capabilities"].value == (mask, mask, 0)
    assert outcomes["where"].value == "/"


def test_capability_is_kept_only_for_a_closed_folder(ask: Ask, scene: Scene) -> None:
    folder = scene.victims.folder
    plain = policy("root", scene.victims, layers=PLAIN, read=(str(scene.victims.own.parent),))
    assert ask("root", "lock", plain).value["uid"] == f"{UID}, no capability"
    folder.chmod(0o700)
    os.chown(folder, 0, 0)
    said = ask("root", "lock", plain).value["uid"]
    assert said == f"{UID}, keeps CAP_DAC_READ_SEARCH because {folder} is closed to others"
    assert ask("root", "reads its own source", plain).value is True
    assert ask("root", "read another submission", plain).value.startswith("PermissionError")


@each_variant
def test_filter_answers_every_call(variant: Variant, reports: Reports) -> None:
    answers = reports(variant, ("answers of the filter",)).outcomes["answers of the filter"].value
    codes = {name: code for table, code in seccomp.ANSWERS for name in table if name in answers}
    assert answers == {**codes, "above": errno.ENOSYS, "between": errno.ENOSYS}


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="other calling conventions of x86_64")
@pytest.mark.parametrize("convention", ["call by x32", "call by int 80"])
def test_other_calling_convention_ends_the_process(convention: str, ask: Ask, scene: Scene) -> None:
    assert ask("user", convention).how == "returned"
    assert ask("user", convention, policy("user", scene.victims)) == Outcome("died", signal.SIGSYS)


def test_threads_are_limited(ask: Ask, scene: Scene) -> None:
    who = "root" if os.geteuid() == 0 else "user"
    plain = policy(who, scene.victims)
    if who == "user" and "namespace" not in ask(who, "lock", plain).value:
        pytest.skip("the limit counts all of the user's processes")
    assert 0 < ask(who, "count threads", plain).value <= OWN_THREADS
    assert ask(who, "count threads").value > OWN_THREADS


def test_processor_time_is_limited(ask: Ask, scene: Scene) -> None:
    assert ask("user", "spin", policy("user", scene.victims, cpu_s=1)) == Outcome("died", signal.SIGXCPU)


@pytest.mark.parametrize("who", ["root", "user"])
def test_dies_with_its_parent(who: str, ask: Ask) -> None:
    assert ask(who, "orphan").value is True


@pytest.mark.parametrize(
    ("who", "action", "says"),
    [
        ("user", "lock with an old kernel", "Landlock ABI 0"),
        ("root", "lock without a uid", "root"),
        ("user", "lock as another", "only root"),
        ("user", "lock an unknown layer", "landlok"),
        ("user", "lock without the parent", "parent"),
        ("user", "lock with threads", "several threads"),
    ],
)
def test_refuses_to_lock_less_than_promised(who: str, action: str, says: str, ask: Ask) -> None:
    outcome = ask(who, action)
    assert outcome.how == "raised"
    assert re.match(f"LockdownError.*{says}", outcome.value)


@pytest.mark.parametrize("who", ["root", "user"])
def test_namespace_without_mounts_is_reported_and_gives_no_rights(who: str, ask: Ask, scene: Scene) -> None:
    if "namespace" not in ask(who, "lock", policy(who, scene.victims)).value:
        pytest.skip("this machine grants no namespace")
    state, held, trained = ask(who, "lock without mounts").value
    assert "private root" not in state
    assert held[0] in (0, 1 << 2)
    assert trained == 64**3


def test_read_paths_hold_nothing_of_others() -> None:
    python = (sys.prefix, sys.base_prefix)  # wherever they are
    elsewhere = [path for path in READ if not path.startswith(python)]
    private = ("/etc", "/proc", "/sys", "/home", "/tmp", "/var")
    system = [path for path in elsewhere if path.startswith(private)]
    assert "/" not in READ
    assert set(system) <= {"/etc/ld.so.cache", "/etc/localtime"}


def test_another_system_is_told_what_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syscalls, "sys", types.SimpleNamespace(platform="darwin"))
    with pytest.raises(LockdownError, match="needs Linux"):
        syscalls.this_machine.__wrapped__()


# ---- the tables, and the filter of a machine that is not this one

HEADERS = {
    "x86_64": "/usr/include/x86_64-linux-gnu/asm/unistd_64.h",
    "aarch64": "/usr/include/asm-generic/unistd.h",
}


@pytest.mark.parametrize("machine", syscalls.MACHINES)
def test_table_agrees_with_the_kernels_header(machine: str) -> None:
    header = Path(HEADERS[machine])
    if not header.exists():
        pytest.skip("install linux-libc-dev to compare with the kernel's own numbers")
    found = re.findall(r"#define\s+__NR(?:3264)?_(\w+)\s+(\d+)$", header.read_text(), re.MULTILINE)
    numbers = {name: int(number) for name, number in found if name != "syscalls"}
    for name in syscalls.RULES:
        number = syscalls.number(name, machine)
        if number is None or number <= max(numbers.values()):
            assert numbers.get(name) == number, name


def test_every_rule_stands_once() -> None:
    tables = [*(table for table, _ in seccomp.ANSWERS), syscalls.ARGUMENTS_DECIDE]
    assert len(syscalls.RULES) == sum(len(table) for table in tables)
    assert set(seccomp.argument_rules(1)) == set(syscalls.ARGUMENTS_DECIDE)
    for machine in syscalls.MACHINES:
        found = [number for name in syscalls.RULES if (number := syscalls.number(name, machine)) is not None]
        assert len(found) == len(set(found))
        assert max(found) <= syscalls.HIGHEST


def decide(machine: str, number: int, *arguments: int, convention: int | None = None) -> int:
    """Run a machine's filter for process 77, as the kernel would."""
    padded = (*arguments, 0, 0, 0, 0, 0, 0)[:6]
    data = struct.pack("=IIQ6Q", number, convention or seccomp.CONVENTION[machine], 0, *padded)
    program = list(struct.iter_unpack("=HBBI", seccomp.build(machine, 77)))
    at = held = 0
    while True:
        code, if_true, if_false, constant = program[at]
        at += 1
        if code == seccomp.RETURN:
            return int(constant)
        if code == seccomp.LOAD:
            held = struct.unpack_from("=I", data, constant)[0]
        elif code == seccomp.AND:
            held &= constant
        else:
            tests = {seccomp.EQUAL: held == constant, seccomp.AT_LEAST: held >= constant}
            at += if_true if tests.get(code, held & constant) else if_false


@pytest.mark.parametrize("machine", syscalls.MACHINES)
def test_filter_rules_on_calls(machine: str) -> None:
    for table, code in seccomp.ANSWERS:
        for name in table:
            number = syscalls.number(name, machine)
            assert number is None or decide(machine, number) == seccomp.REFUSE + code, name
    for number in (syscalls.HIGHEST + 1, syscalls.FIRST_SHARED - 1, syscalls.LAST_OF_ITS_OWN[machine] + 1):
        assert decide(machine, number) == seccomp.REFUSE + errno.ENOSYS
    read, futex = {"x86_64": (0, 202), "aarch64": (63, 98)}[machine]
    assert decide(machine, read) == decide(machine, futex) == decide(machine, 436) == seccomp.ALLOW
    assert decide(machine, read, convention=0x4000_0003) == seccomp.KILL


@pytest.mark.parametrize("machine", syscalls.MACHINES)
@pytest.mark.parametrize(
    ("name", "arguments", "allowed"),
    [
        ("clone", (seccomp.THREAD_FLAGS,), True), ("clone", (signal.SIGCHLD,), False),
        ("clone", (seccomp.THREAD_FLAGS | 1 << 28,), False),
        ("clone", (seccomp.THREAD_FLAGS & ~seccomp.CLONE_THREAD,), False),
        ("kill", (77, 9), True), ("kill", (78, 9), False), ("kill", (0, 9), False),
        ("kill", (2**32 - 77, 9), False), ("tgkill", (77, 78, 9), True), ("tgkill", (78, 78, 9), False),
        ("prlimit64", (0, 7), True), ("prlimit64", (78, 7), False),
        ("socketpair", (1, 1 | 1 << 19), True), ("socketpair", (1, 2), False), ("socketpair", (2, 1), False),
        ("fcntl", (3, 3), True), ("fcntl", (3, 8), False), ("fcntl", (3, 1024), False),
        ("ioctl", (3, 0x5421), True), ("ioctl", (0, 0x5412), False),
        ("prctl", (15,), True), ("prctl", (1,), False),
        ("sendto", (3, 0, 8, 0x4000), True), ("sendto", (3, 0, 8, 0x4001), False),
        ("recvfrom", (3, 0, 8, 0x40), True), ("recvfrom", (3, 0, 8, 0x41), False),
        ("recvmsg", (3, 0, 0x40), True), ("recvmsg", (3, 0, 1), False), ("recvmmsg", (3, 0, 1, 1), False),
        ("getsockopt", (3, 1, 3), True), ("getsockopt", (3, 1, 77), False),
        ("clock_gettime", (2,), True), ("clock_gettime", (2**32 - 1000 << 3 & 0xFFFFFFFF | 2,), False),
        ("mmap", (0, 4096, 3, 0x22), True), ("mmap", (0, 4096, 3, 0x21), False),
        ("mmap", (0, 4096, 1, 0x01, 5), True), ("mmap", (0, 4096, 3, 0x20023), False),
        ("madvise", (0, 4096, 4), True), ("madvise", (0, 4096, 21), False),
        ("sched_getaffinity", (0,), True), ("sched_getaffinity", (78,), False), ("getpgid", (77,), True),
        ("getpgid", (78,), False), ("getpriority", (0, 0), True), ("getpriority", (0, 78), False),
    ],
)  # fmt: skip
def test_filter_rules_on_arguments(
    machine: str, name: str, arguments: tuple[int, ...], allowed: bool
) -> None:
    number = syscalls.number(name, machine)
    assert number is not None
    assert (decide(machine, number, *arguments) == seccomp.ALLOW) is allowed
