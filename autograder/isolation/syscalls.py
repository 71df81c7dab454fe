"""The system calls that the worker's filter rules on, with their numbers on both machines.

Every rule is one row with one number per machine, so no machine can silently miss a rule; `None` says that
the machine does not have the call, which a test confirms against the kernel's headers. A call that stands
in no table is allowed up to `HIGHEST`; the kernel grows at that end, and what it has grown since
is answered as an old kernel would (ENOSYS), so a new call is never allowed by oversight.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import struct
import sys

MACHINES = ("x86_64", "aarch64")  # the columns below; both are little-endian
LAST_OF_ITS_OWN = {"x86_64": 334, "aarch64": 294}  # nothing that is needed lies between this and ...
FIRST_SHARED, HIGHEST = 424, 469  # ... the calls that every machine numbers alike, Linux 5.1 to 6.18

Table = dict[str, tuple[int | None, int | None]]


class LockdownError(RuntimeError):
    """A promised layer of the sandbox cannot be applied here. The sentence says which one and what helps."""


# fmt: off
# Answered with EPERM.
DENIED: Table = {
    # network: no socket can be made, and sendmsg could carry descriptors
    "socket": (41, 198), "connect": (42, 203), "accept": (43, 202), "accept4": (288, 242), "bind": (49, 200),
    "listen": (50, 201), "sendmsg": (46, 211), "sendmmsg": (307, 269), "setsockopt": (54, 208),
    # processes and programs
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281),
    "setsid": (112, 157), "setpgid": (109, 154), "unshare": (272, 97), "setns": (308, 268),
    "personality": (135, 92), "uselib": (134, None),
    # other processes: signals, memory, descriptors
    "tkill": (200, 130), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "pidfd_send_signal": (424, 424),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "process_madvise": (440, 440), "process_mrelease": (448, 448), "kcmp": (312, 272),
    # scheduling: would disturb the neighbours and the timing
    "setpriority": (141, 140), "ioprio_set": (251, 30), "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119), "sched_setaffinity": (203, 122), "sched_setattr": (314, 274),
    "setrlimit": (160, 164), "mbind": (237, 235), "set_mempolicy": (238, 237),
    "set_mempolicy_home_node": (450, 450), "migrate_pages": (256, 238), "move_pages": (279, 239),
    # identity and keys
    "setuid": (105, 146), "setgid": (106, 144), "setreuid": (113, 145), "setregid": (114, 143),
    "setresuid": (117, 147), "setresgid": (119, 149), "setfsuid": (122, 151), "setfsgid": (123, 152),
    "setgroups": (116, 159), "capset": (126, 91), "chown": (92, None), "fchown": (93, 55),
    "lchown": (94, None), "fchownat": (260, 54), "add_key": (248, 217), "request_key": (249, 218),
    "keyctl": (250, 219),
    # mounts, and what they tell
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "open_tree": (428, 428), "open_tree_attr": (467, 467), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "statmount": (457, 457), "listmount": (458, 458), "quotactl": (179, 60), "quotactl_fd": (443, 443),
    "swapon": (167, 224), "swapoff": (168, 225), "sysfs": (139, None),
    # files without a path, beside permission bits, and locks on what others read
    "flock": (73, 32), "memfd_create": (319, 279), "memfd_secret": (447, 447), "mknod": (133, None),
    "mknodat": (259, 33), "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    "file_getattr": (468, 468), "file_setattr": (469, 469), "truncate": (76, 45),
    # watching others
    "inotify_init": (253, None), "inotify_init1": (294, 26), "inotify_add_watch": (254, 27),
    "fanotify_init": (300, 262), "fanotify_mark": (301, 263), "perf_event_open": (298, 241),
    "lookup_dcookie": (212, 18),
    # System V and POSIX inter-process communication
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "shmdt": (67, 197), "semget": (64, 190),
    "semop": (65, 193), "semctl": (66, 191), "semtimedop": (220, 192), "msgget": (68, 186),
    "msgsnd": (69, 189), "msgrcv": (70, 188), "msgctl": (71, 187), "mq_open": (240, 180),
    "mq_unlink": (241, 181), "mq_timedsend": (242, 182), "mq_timedreceive": (243, 183),
    "mq_notify": (244, 184), "mq_getsetattr": (245, 185),
    # kernel programs and calls that pass a filter by
    "seccomp": (317, 277), "bpf": (321, 280), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "io_setup": (206, 0),
    "io_submit": (209, 2), "io_cancel": (210, 3), "io_destroy": (207, 1), "io_getevents": (208, 4),
    "io_pgetevents": (333, 292), "splice": (275, 76), "vmsplice": (278, 75), "tee": (276, 77),
    "landlock_create_ruleset": (444, 444), "landlock_add_rule": (445, 445),
    "landlock_restrict_self": (446, 446), "lsm_get_self_attr": (459, 459), "lsm_set_self_attr": (460, 460),
    "lsm_list_modules": (461, 461),
    # the machine
    "reboot": (169, 142), "kexec_load": (246, 104), "kexec_file_load": (320, 294), "init_module": (175, 105),
    "finit_module": (313, 273), "delete_module": (176, 106), "syslog": (103, 116), "acct": (163, 89),
    "vhangup": (153, 58), "iopl": (172, None), "ioperm": (173, None), "modify_ldt": (154, None),
    "sethostname": (170, 161), "setdomainname": (171, 162), "settimeofday": (164, 170),
    "clock_settime": (227, 112), "adjtimex": (159, 171), "clock_adjtime": (305, 266),
}

# Answered with success and not done: Landlock does not govern them, and `shutil.copy` must work.
PRETENDED: Table = {
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "utime": (132, None), "utimes": (235, None), "futimesat": (261, None), "utimensat": (280, 88),
    "sync": (162, 81), "syncfs": (306, 267),
}

# Answered with EOPNOTSUPP, which `shutil.copystat` takes for a file system without them.
UNSUPPORTED: Table = {
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7), "setxattrat": (463, 463),
    "getxattr": (191, 8), "lgetxattr": (192, 9), "fgetxattr": (193, 10), "getxattrat": (464, 464),
    "listxattr": (194, 11), "llistxattr": (195, 12), "flistxattr": (196, 13), "listxattrat": (465, 465),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    "removexattrat": (466, 466),
}

# Answered with ENOSYS: their flags lie in memory, out of a filter's sight; the C library then uses `clone`.
UNKNOWN: Table = {"clone3": (435, 435), "openat2": (437, 437)}

# Allowed for some arguments: seccomp.py says which.
ARGUMENTS_DECIDE: Table = {
    "clone": (56, 220), "kill": (62, 129), "tgkill": (234, 131), "socketpair": (53, 199), "fcntl": (72, 25),
    "ioctl": (16, 29), "prctl": (157, 167), "prlimit64": (302, 261), "sendto": (44, 206),
    "recvfrom": (45, 207), "recvmsg": (47, 212), "recvmmsg": (299, 243), "getsockopt": (55, 209),
    "clock_gettime": (228, 113), "clock_getres": (229, 114), "clock_nanosleep": (230, 115),
    "timer_create": (222, 107), "getpgid": (121, 155), "getsid": (124, 156), "getpriority": (140, 141),
    "ioprio_get": (252, 31), "sched_getaffinity": (204, 123), "sched_getattr": (315, 275),
    "sched_getparam": (143, 121), "sched_getscheduler": (145, 120), "sched_rr_get_interval": (148, 127),
    "get_robust_list": (274, 100), "open": (2, None), "openat": (257, 56),
    "mmap": (9, 222), "madvise": (28, 233),
}
# fmt: on


RULES: Table = {**DENIED, **PRETENDED, **UNSUPPORTED, **UNKNOWN, **ARGUMENTS_DECIDE}


@functools.cache
def this_machine() -> str:
    """Return the name of this machine's column; raises LockdownError where there is none."""
    if sys.platform != "linux":
        raise LockdownError(f"the sandbox needs Linux, not {sys.platform}: grade in WSL2, a container or CI")
    machine = os.uname().machine
    if machine not in MACHINES:
        raise LockdownError(f"no table of system calls for {machine}; only for {', '.join(MACHINES)}")
    return machine


def number(name: str, machine: str) -> int | None:
    """Return a call's number on a machine, None when the machine does not have it."""
    return RULES[name][MACHINES.index(machine)]


@functools.cache
def libc() -> ctypes.CDLL:
    """Return the C library that this process runs on, with `errno` kept."""
    library = ctypes.CDLL(None, use_errno=True)
    library.syscall.restype = ctypes.c_long
    return library


def checked(result: int, what: str) -> int:
    """Return the result of a C call that answers -1 on failure; raises OSError that names the call."""
    if result < 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")
    return result


def call(name: str, *arguments: int | bytes | None) -> int:
    """Make a system call of the tables; raises OSError."""
    code = number(name, this_machine())
    if code is None:
        raise OSError(errno.ENOSYS, f"{name}: this machine does not have it")
    values = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    return checked(libc().syscall(ctypes.c_long(code), *values), name)


def prctl(option: int, *arguments: int) -> int:
    """Set or ask an attribute of this process; raises OSError."""
    return call("prctl", option, *arguments, *[0] * (4 - len(arguments)))


def close_range(first: int, last: int) -> None:
    """Close all descriptors from first to last at once; many builds of `os.closerange` take a loop."""
    code, flags = 436, 0  # one number on all machines; never forbidden, so in no table
    checked(libc().syscall(code, ctypes.c_uint(first), ctypes.c_uint(last), flags), "close_range")


def set_capabilities(mask: int) -> None:
    """Hold exactly the capabilities of a mask (of the first 32), permitted and effective."""
    version_3 = struct.pack("=Ii", 0x2008_0522, 0)
    call("capset", version_3, struct.pack("=6I", mask, mask, 0, 0, 0, 0))
