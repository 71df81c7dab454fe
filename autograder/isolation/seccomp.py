"""The seccomp filter: which system calls the worker may make, decided in the kernel before each of them.

Promises: no socket, no other process (made, signalled, traced or read), no program started, no change of
identity, namespaces, mounts, keys, scheduling or of any file's metadata; threads and the C library keep
working. A call in another calling convention (32-bit, x32) ends the process.

Not covered: what a path names, because a filter sees pointers and not what they point to. Opening, listing,
making and removing files is Landlock's, which has governed truncation only since ABI 3: that is refused here
too. `stat` of a guessed path is stopped only by a private root.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import struct

from . import syscalls
from .syscalls import FIRST_SHARED, HIGHEST, LAST_OF_ITS_OWN, Table

Instruction = tuple[int, int, int, int]  # code, skip if true, skip if false, constant

LOAD, EQUAL, AT_LEAST, ANY_BIT_OF, AND, RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
KILL, REFUSE, ALLOW = 0x8000_0000, 0x0005_0000, 0x7FFF_0000  # REFUSE + errno
AT_NUMBER, AT_CONVENTION, AT_ARGUMENTS = 0, 4, 16  # offsets in the kernel's struct seccomp_data
CONVENTION = {"x86_64": 0xC000_003E, "aarch64": 0xC000_00B7}
X32 = 0x4000_0000  # set in the number of an x32 call

CLONE_THREAD = 0x0001_0000
THREAD_FLAGS = 0x003D_0F00  # exactly what the C library's pthread_create asks for
AF_UNIX, SOCK_STREAM, SOCK_TYPES, MSG_OOB = 1, 1, 0xF, 1
FCNTL = (0, 1, 2, 3, 4, 1030, 1032, 1034)  # duplicate, flags; ask for a pipe's size and for seals
NVIDIA_IOCTL, UVM_IOCTL = 0x4600, (0x3000_0001, 0x3000_0002)  # type 'F' of all sizes; begin and end of UVM
IOCTL = (0x5401, 0x802C542A, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)  # isatty, FIONREAD, FIONBIO, FIOCLEX
O_TRUNC, ACCESS = 0o1000, 0o3  # of open's flags; access 0 is reading, 3 neither reading nor writing
SOCKET_OPTIONS = (3, 4, 7, 8, 38, 39)  # type, error, buffer sizes, protocol, domain
MAP_SHARED, MAP_ANONYMOUS, MADV_PAGEOUT = 0x01, 0x20, 21
PRCTL = (3, 15, 16, 21, 23, 39, 0x53564D41)  # read attributes; a thread's name; a mapping's name
CLOCKS = ("clock_gettime", "clock_getres", "clock_nanosleep", "timer_create")
ASK_ABOUT_PROCESS = {  # the argument that names the process
    "getpgid": 0, "getsid": 0, "getpriority": 1, "ioprio_get": 1, "sched_getaffinity": 0, "sched_getattr": 0,
    "sched_getparam": 0, "sched_getscheduler": 0, "sched_rr_get_interval": 0, "get_robust_list": 0,
}  # fmt: skip


def build(machine: str, pid: int, gpu: bool = False) -> bytes:
    """Return the filter for the process `pid` as the kernel's array of instructions.

    One that gets a GPU may command its driver: a filter cannot see which file a command goes to, so Landlock
    says which are open, and these numbers belong to no other file that is.
    """
    rules = argument_rules(pid) | ({"ioctl": driver_commands()} if gpu else {})
    return fixed_part(machine) + packed(
        [*(step for name in rules for step in on_call(machine, name, rules[name])), answer(ALLOW)]
    )


@functools.cache
def fixed_part(machine: str) -> bytes:
    """Return the instructions that are the same for every process; made once, before processes are forked."""
    program = [
        load(AT_CONVENTION),
        (EQUAL, 1, 0, CONVENTION[machine]),
        answer(KILL),
        load(AT_NUMBER),
        (AT_LEAST, 0, 1, X32),
        answer(KILL),
        (AT_LEAST, 0, 1, HIGHEST + 1),
        answer(REFUSE + errno.ENOSYS),
        (AT_LEAST, 2, 0, FIRST_SHARED),
        (AT_LEAST, 0, 1, LAST_OF_ITS_OWN[machine] + 1),
        answer(REFUSE + errno.ENOSYS),
    ]
    for table, code in ANSWERS:
        for name in table:
            program += on_call(machine, name, [answer(REFUSE + code)])
    return packed(program)


ANSWERS: tuple[tuple[Table, int], ...] = (
    (syscalls.DENIED, errno.EPERM),
    (syscalls.PRETENDED, 0),
    (syscalls.UNSUPPORTED, errno.EOPNOTSUPP),
    (syscalls.UNKNOWN, errno.ENOSYS),
)


def argument_rules(pid: int) -> dict[str, list[Instruction]]:
    """Return a rule for every name in `syscalls.ARGUMENTS_DECIDE`.

    Arguments are read as 32 bits, as the kernel reads these. `fcntl` and `ioctl` must not name a receiver of
    SIGIO (F_SETOWN, F_SETSIG, FIOSETOWN), take locks or leases, or push characters into a terminal; `prctl`
    must not clear the parent-death signal; a datagram pair could reach any socket that has a path. Urgent
    bytes (MSG_OOB) on a pair have been a way into the kernel (CVE-2025-38236), and nobody needs them. A
    socket option tells who the peer is (SO_PEERPIDFD); a negative clock is another process's. What asks
    about a process may ask about this one. A file that is opened to read could be emptied all the same. A
    worker's peak of memory must count all that it holds: pages of a shared mapping can leave its count and
    keep their content, and so can pages that it sends to the swap.
    """
    refuse = answer(REFUSE + errno.EPERM)
    return {
        "clone": [
            load_argument(0),
            (ANY_BIT_OF, 2, 0, 0xFFFF_FFFF & ~THREAD_FLAGS),
            (ANY_BIT_OF, 0, 1, CLONE_THREAD),
            answer(ALLOW),
            refuse,
        ],
        "kill": only(0, (pid,), errno.EPERM),
        "tgkill": only(0, (pid,), errno.EPERM),
        "prlimit64": only(0, (0, pid), errno.EPERM),
        "socketpair": [
            load_argument(0),
            (EQUAL, 0, 4, AF_UNIX),
            load_argument(1),
            (AND, 0, 0, SOCK_TYPES),
            (EQUAL, 0, 1, SOCK_STREAM),
            answer(ALLOW),
            refuse,
        ],
        "open": untruncated(1),
        "openat": untruncated(2),
        "fcntl": only(1, FCNTL, errno.EPERM),
        "ioctl": only(1, IOCTL, errno.ENOTTY),
        "prctl": only(0, PRCTL, errno.EPERM),
        "sendto": without(3, MSG_OOB),
        "recvfrom": without(3, MSG_OOB),
        "recvmsg": without(2, MSG_OOB),
        "recvmmsg": without(3, MSG_OOB),
        "getsockopt": only(2, SOCKET_OPTIONS, errno.ENOPROTOOPT),
        "mmap": [
            load_argument(3),
            (ANY_BIT_OF, 0, 2, MAP_SHARED),
            (ANY_BIT_OF, 0, 1, MAP_ANONYMOUS),
            refuse,
            answer(ALLOW),
        ],
        "madvise": [load_argument(2), (EQUAL, 0, 1, MADV_PAGEOUT), refuse, answer(ALLOW)],
        **{name: without(0, 1 << 31) for name in CLOCKS},
        **{name: only(at, (0, pid), errno.ESRCH) for name, at in ASK_ABOUT_PROCESS.items()},
    }


def driver_commands() -> list[Instruction]:
    """Allow the commands of NVIDIA's driver, those of UVM, bare numbers below 256, and the usual ones."""
    bare = [load_argument(1), (ANY_BIT_OF, 1, 0, 0xFFFF_FF00), answer(ALLOW)]
    of_type = [(AND, 0, 0, 0xFF00), (EQUAL, 0, 1, NVIDIA_IOCTL), answer(ALLOW)]
    return [*bare, *of_type, *only(1, (*IOCTL, *UVM_IOCTL), errno.ENOTTY)]


def only(argument: int, allowed: tuple[int, ...], code: int) -> list[Instruction]:
    """Allow a call when one of its arguments is in a list; else refuse it with an errno."""
    cases = [step for value in allowed for step in ((EQUAL, 0, 1, value), answer(ALLOW))]
    return [load_argument(argument), *cases, answer(REFUSE + code)]


def without(argument: int, bits: int) -> list[Instruction]:
    """Allow a call when one of its arguments has none of some bits; else refuse it."""
    return [load_argument(argument), (ANY_BIT_OF, 0, 1, bits), answer(REFUSE + errno.EPERM), answer(ALLOW)]


def untruncated(argument: int) -> list[Instruction]:
    """Refuse flags that truncate a file without opening it for writing, as Landlock sees it."""
    return [
        load_argument(argument),
        (AND, 0, 0, O_TRUNC | ACCESS),
        (EQUAL, 1, 0, O_TRUNC),
        (EQUAL, 0, 1, O_TRUNC | ACCESS),
        answer(REFUSE + errno.EPERM),
        answer(ALLOW),
    ]


def on_call(machine: str, name: str, rule: list[Instruction]) -> list[Instruction]:
    """Run a rule, which must end in an answer, for one call; nothing where the machine does not have it."""
    number = syscalls.number(name, machine)
    return [] if number is None else [(EQUAL, 0, len(rule), number), *rule]


def load(offset: int) -> Instruction:
    """Load 32 bits of what the kernel tells about a call."""
    return (LOAD, 0, 0, offset)


def load_argument(index: int) -> Instruction:
    """Load the lower half of one of the call's arguments."""
    return load(AT_ARGUMENTS + 8 * index)


def answer(action: int) -> Instruction:
    """End with what becomes of the call."""
    return (RETURN, 0, 0, action)


def packed(program: list[Instruction]) -> bytes:
    """Return a program as the kernel takes it."""
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]


def restrict(pid: int, gpu: bool = False) -> str:
    """Install the filter for this thread, for good, and return what was installed; raises OSError.

    The caller must have one thread and have set no-new-privileges.
    """
    machine = syscalls.this_machine()
    instructions = build(machine, pid, gpu)
    program = _Program(len(instructions) // 8, instructions)
    syscalls.call("seccomp", 1, 0, ctypes.string_at(ctypes.addressof(program), ctypes.sizeof(program)))
    return f"{machine}, {len(instructions) // 8} instructions"
