"""Lock this process down before it imports a submission: the order of the layers, and the plain ones.

`lock_down` is called once, in a freshly forked process with one thread. It cannot be undone.

Promises, each by a layer of its own and most by two:
- **landlock**: nothing is opened but the paths to read, and nothing written (landlock.py);
- **seccomp**: no network, no second process, no touching of others' memory, signals, timing (seccomp.py);
- **rlimits**: a budget of memory and of processor time; no growing file, no core dump, few threads and files;
- **uid** (as root): a throw-away user without groups, and without capabilities but the one named below;
- **namespace** (where the machine grants it): an empty network and, as "private root", a file tree that
  holds nothing but the paths to read, so that not even the existence of another file shows.
Also: descriptors that were not asked for are closed, the folder is `/`, and the process dies with its parent.

Not covered: what the process holds when it is locked (environment, memory, the descriptors kept); its own
results; mistakes of the kernel; what can be felt of others' use of the machine; and, without a private root,
`stat` of a guessed path. A worker that gets a GPU is in a weaker cage, and gpu.py says what is lost: its
driver's files are open, the driver's commands pass, and a look from outside alone bounds its memory. The
caller prepares descriptors 0, 1 and 2: pipes or `/dev/null`, never a regular file, since none may grow. A
kept socket must be a connected stream, since `sendto` is allowed.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import sys
import sysconfig
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

if sys.platform != "win32":
    import resource

from . import landlock, seccomp
from .limits import LAYERS, SandboxLimits
from .syscalls import LockdownError as LockdownError
from .syscalls import call, close_range, libc, prctl, set_capabilities, this_machine

OPEN_FILES = 256
OWN_THREADS = 256  # where the limit counts this worker alone: a user or a user namespace of its own
SHARED_THREADS = 4096  # where it counts all of the user's processes: stops a bomb, not a desktop
PENDING_SIGNALS = 1024  # also the number of timers

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_KEEPCAPS, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 4, 8, 24, 38
CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWNET = 1 << 17, 1 << 27, 1 << 28, 1 << 30
CAP_DAC_READ_SEARCH, LAST_CAPABILITY = 2, 40
APPARMOR_SWITCH = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")  # Ubuntu 24.04


@dataclass(frozen=True)
class Policy:
    """What the locked process may still do."""

    read: tuple[str, ...]  # files and folders that may be read, never written; all else is closed
    keep_fds: tuple[int, ...]  # of the descriptors from 3 up; all others are closed
    uid: int | None = None  # throw-away user and group to become: required when root, else None
    limits: SandboxLimits = field(default_factory=SandboxLimits)  # a namespace may still be missing
    parent: int | None = None  # pid of the parent that must be alive; None: whichever it is now


def lock_down(policy: Policy) -> dict[str, str]:
    """Give up everything that the policy does not name and return the layers in force, with their state.

    Raises LockdownError when a layer that was asked for cannot be applied; the process is then half locked
    and must not go on. Only the namespace may be missing without an error.
    """
    this_machine()
    try:
        return _apply(policy)
    except OSError as problem:
        raise LockdownError(f"the sandbox cannot be applied here: {problem}") from problem


def _apply(policy: Policy) -> dict[str, str]:
    """Apply the layers: those that need rights first; the filter, which forbids all of this, last."""
    _check(policy)
    parent = policy.parent or os.getppid()
    close_descriptors(policy.keep_fds)
    tempfile.tempdir = None  # imports have remembered a folder that closes now
    mapped_bytes = _single_thread_mapped_bytes()
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    states: dict[str, str] = {}
    gpu = policy.limits.gpu
    if "namespace" in policy.limits.layers and (state := enter_namespaces(policy.read, gpu is None)):
        states["namespace"] = state
    if "uid" in policy.limits.layers:
        states["uid"] = become(policy.uid, policy.read)
    die_with(parent)
    os.chdir("/")
    if "rlimits" in policy.limits.layers:
        alone = policy.uid is not None or "user" in states.get("namespace", "")
        states["rlimits"] = limit(mapped_bytes, policy.limits, OWN_THREADS if alone else SHARED_THREADS)
    if "landlock" in policy.limits.layers:
        cap, devices = policy.limits.landlock_abi_cap, gpu.files if gpu else ()
        states["landlock"] = landlock.restrict(policy.read, cap, devices)
    if "seccomp" in policy.limits.layers:
        states["seccomp"] = seccomp.restrict(os.getpid(), gpu is not None)
    return states


def _check(policy: Policy) -> None:
    """Refuse a policy that locks less than the caller believes."""
    if unknown := policy.limits.layers - LAYERS:
        raise LockdownError(f"no layer is called {', '.join(sorted(unknown))}")
    if "uid" in policy.limits.layers and os.geteuid() == 0 and not policy.uid:
        raise LockdownError("a worker must not run as root: give a throw-away uid")
    if policy.uid is not None and os.geteuid() != 0:
        raise LockdownError(f"only root can become uid {policy.uid}: give none")


def _single_thread_mapped_bytes() -> int:
    """Return the size of the address space; raises LockdownError when there is more than one thread."""
    descriptor = os.open("/proc/self/stat", os.O_RDONLY)
    fields = os.read(descriptor, 4096).rpartition(b")")[2].split()  # proc(5), from the third field on
    os.close(descriptor)
    if fields[17] != b"1":
        raise LockdownError("this process has several threads, and a lock binds only the one that asks")
    return int(fields[20])


def default_read_paths() -> tuple[str, ...]:
    """Return what Python and its libraries read at run time: code, shared libraries, time zones, fonts.

    Nothing of `/proc`, and of `/etc` only the linker's cache and the time zone. Hidden checks and solutions
    must therefore never be installed below a Python prefix.
    """
    packages = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    candidates = (
        sys.prefix, sys.base_prefix, *sysconfig.get_paths().values(), *packages,
        "/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64", "/etc/ld.so.cache",
        "/usr/share/zoneinfo", "/etc/localtime", "/usr/share/fonts", "/dev/null", "/dev/urandom",
    )  # fmt: skip
    there = {name for path in candidates if Path(path).exists() for name in (path, os.path.realpath(path))}
    return tuple(landlock.outermost(there))


def prepare() -> None:
    """Do once, in the process that forks the workers, what each of them would repeat: saves a millisecond."""
    seccomp.fixed_part(this_machine())
    libc()


def close_descriptors(keep: tuple[int, ...]) -> None:
    """Close every descriptor from 3 up that is not kept."""
    kept = sorted(descriptor for descriptor in keep if descriptor > 2)
    for below, above in itertools.pairwise([2, *kept, 1 << 32]):
        if above - below > 1:
            close_range(below + 1, above - 1)


def enter_namespaces(read: tuple[str, ...], rooted: bool = True) -> str | None:
    """Enter an empty network, own System V objects, a private root; return what came about, None if nothing.

    Without root this takes a user namespace, in which the user stays who it was and gives up the rights that
    come with it. A machine may grant the namespaces and refuse mounts in them: then no private root, and none
    without `rooted`: a GPU's driver reads of /proc and /sys, which would have to be its own again.
    """
    user, group, root = os.geteuid(), os.getegid(), os.geteuid() == 0
    if not root and APPARMOR_SWITCH.exists() and APPARMOR_SWITCH.read_text().strip() != "0":
        return None
    try:
        call("unshare", CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | (0 if root else CLONE_NEWUSER))
    except OSError:
        return None
    entered = "net, ipc" if root else "user, net, ipc"
    try:
        if not root:
            prctl(PR_SET_DUMPABLE, 1)  # else the files below belong to root
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
            Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
        if not rooted:
            return entered
        landlock.private_root(read)
        return f"{entered}, private root"
    except OSError:
        return entered
    finally:
        if not root:
            set_capabilities(0)


def become(uid: int | None, read: tuple[str, ...]) -> str:
    """Become a throw-away user without groups and capabilities; return who that is, in words.

    Where that user could not enter a folder on the way to a path to read (a `/root` closed to others), it
    keeps CAP_DAC_READ_SEARCH, so that it can read what Landlock leaves open. Without root, `uid` is None.
    """
    if uid is None:
        set_capabilities(0)
        return f"{os.getuid()} as started, no capability"
    there = [path for path in read if os.access(path, os.F_OK)]
    with contextlib.suppress(OSError):  # an older kernel has fewer; a container may hold back the right
        for capability in range(LAST_CAPABILITY + 1):
            prctl(PR_CAPBSET_DROP, capability)
    prctl(PR_SET_KEEPCAPS, 1)
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    prctl(PR_SET_KEEPCAPS, 0)
    if (os.getresuid(), os.getresgid(), os.getgroups()) != ((uid,) * 3, (uid,) * 3, []):
        raise LockdownError(f"uid {uid} was asked for and {os.getresuid()} came")
    closed = sorted({folder for path in there if (folder := _closed_folder(path))})
    try:
        set_capabilities(1 << CAP_DAC_READ_SEARCH if closed else 0)
    except PermissionError as problem:
        raise LockdownError(f"{closed[0]} is closed to uid {uid}: open it to others") from problem
    if closed:
        return f"{uid}, keeps CAP_DAC_READ_SEARCH because {' and '.join(closed)} is closed to others"
    return f"{uid}, no capability"


def _closed_folder(path: str) -> str | None:
    """Return the first folder on the way to a path, or the path itself, that this user may not use."""
    if os.access(path, os.R_OK) and (os.access(path, os.X_OK) or not Path(path).is_dir()):
        return None
    folders = (str(folder) for folder in reversed(Path(path).parents))
    return next((folder for folder in folders if not os.access(folder, os.X_OK)), path)


def die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent ends; raises LockdownError when it has ended."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # a change of user would clear it
    prctl(PR_SET_DUMPABLE, 0)
    if os.getppid() != parent:
        raise LockdownError("the parent ended before its worker was locked")


def limit(mapped_bytes: int, limits: SandboxLimits, threads: int) -> str:
    """Set the resource limits for good and return them in words."""
    wanted = {
        resource.RLIMIT_CPU: limits.life_cpu_s + 1,  # SIGXCPU a second before; then SIGKILL
        resource.RLIMIT_NPROC: threads,
        resource.RLIMIT_NOFILE: OPEN_FILES * (4 if limits.gpu else 1),
        resource.RLIMIT_SIGPENDING: PENDING_SIGNALS,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    if not limits.gpu:  # whose driver maps the memory of all cards, and of this machine
        wanted[resource.RLIMIT_AS] = mapped_bytes + limits.memory_bytes
    for kind, most in wanted.items():
        before = resource.getrlimit(kind)[1]
        hard = most if before == resource.RLIM_INFINITY else min(most, before)
        soft = min(hard, limits.life_cpu_s) if kind == resource.RLIMIT_CPU else hard
        resource.setrlimit(kind, (soft, hard))
    memory = "by a look from outside" if limits.gpu else f"{limits.memory_bytes >> 20} MB"
    return f"memory {memory}, cpu {limits.life_cpu_s} s, threads {threads}"
