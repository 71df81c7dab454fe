"""What there is to be attacked: canary files, servers, a victim process; and what an attack did to them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.isolation.syscalls import prctl

TOKEN = re.compile("canary-[a-z]+-[0-9a-f]{16}")
SHARED = ("/tmp", "/var/tmp", "/dev/shm")  # where an attack may leave files for a later one
VICTIM = """
import ctypes, signal, sys, time
ctypes.CDLL(None).prctl(0x59616D61, -1, 0, 0, 0)  # PR_SET_PTRACER, any: Yama's rule is not what is tested
for number in (signal.SIGUSR1, signal.SIGIO, signal.SIGTERM, signal.SIGURG):
    signal.signal(number, lambda number, frame: print(signal.Signals(number).name, flush=True))
print("ready", flush=True)
while True:
    time.sleep(0.01)
"""
PR_SET_CHILD_SUBREAPER = 36
GONE_S = 2.0  # that killed processes have to be gone, on a busy machine too
ENVIRONMENT = "REDTEAM_SECRET"


def token(what: str) -> str:
    """Make a text that means: whoever has it has read `what`."""
    return f"canary-{what}-{secrets.token_hex(8)}"


@dataclass
class Scene:
    """The canaries, and how they were before."""

    folder: Path
    servers: list[socket.socket]
    victim: subprocess.Popen[str]
    memory: ctypes.Array[ctypes.c_char]
    zygotes: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        self.reset()

    def here(self) -> dict[str, str | int]:
        """Return where everything is: what an attacker has guessed."""
        own, ports = str(self.folder), [server.getsockname()[1] for server in self.servers[:2]]
        return {
            "folder": own,
            "hidden": f"{own}/hidden/test_hidden.py",
            "solution": f"{own}/solutions/answer.py",
            "other": f"{own}/other/noising.py",
            "results": f"{own}/results/results.json",
            "home": f"{own}/home",
            "site": f"{own}/site-packages",
            "name": self.folder.name,
            "tcp": ports[0],
            "udp": ports[1],
            "stream": f"{own}/stream",
            "datagram": f"{own}/datagram",
            "abstract": self.folder.name,
            "victim": self.victim.pid,
            "judge": os.getpid(),
            "address": ctypes.addressof(self.memory),
            "environment": ENVIRONMENT,
        }

    def reset(self) -> None:
        """Put the canary files in place and note how everything is."""
        with contextlib.suppress(FileNotFoundError):
            for place in SHARED:
                for left in Path(place).glob(f"{self.folder.name}-*"):
                    shutil.rmtree(left) if left.is_dir() else left.unlink()
        for path in self.folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif not path.is_socket():
                path.unlink()
        for name, content in {
            "hidden/test_hidden.py": f"SECRET = '{token('hidden')}'\n",
            "solutions/answer.py": f"SECRET = '{token('solution')}'\n",
            "other/noising.py": f"# {token('other')}\n",
            "results/results.json": '{"score": 0}\n',
            "home/.cache/torch/hub.py": "",
            "site-packages/library.py": "",
        }.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        for path in self.folder.rglob("*"):
            path.chmod(0o777)
        self._drain()
        self._before = self._files(), self._state_of_victim(), threading.active_count()

    def traces(self) -> list[str]:
        """Say what an attack has changed, touched or left behind."""
        files, state, threads = self._before
        after = self._files()
        changed = sorted(name for name in {**files, **after} if files.get(name) != after.get(name))
        found = [f"changed {name}" for name in changed]
        found += self._drain()
        now = self._state_of_victim()
        found += [f"the victim's {what} is now {now[what]}" for what in state if state[what] != now[what]]
        found += [f"left process {pid} ({name})" for pid, name in self._staying()]
        if threading.active_count() != threads:
            found.append("left a thread in the judge")
        return found

    def end_leftovers(self) -> None:
        """End the processes that an attack has left, each by its number, and revive the victim."""
        while left := self._left_behind():  # again, for those whose parent has just ended
            for pid, _ in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, 0)
        if self.victim.poll() is not None:
            self.end_victim()
            self.victim = start_victim()
        else:
            self.victim.send_signal(signal.SIGCONT)

    def end_victim(self) -> None:
        """End the victim process and close its pipe."""
        with self.victim:
            self.victim.kill()

    def _files(self) -> dict[str, tuple[object, ...]]:
        paths = [path for path in self.folder.rglob("*") if not path.is_socket()]
        for place in SHARED:
            paths += Path(place).glob(f"{self.folder.name}-*")
        return {str(path): _looks(path) for path in paths}

    def _drain(self) -> list[str]:
        """Return what reached the servers and the victim."""
        found = []
        for server in self.servers:
            with contextlib.suppress(BlockingIOError):
                server.accept()[0].close() if server.type == socket.SOCK_STREAM else server.recv(64)
                found.append(f"reached a {server.family.name} {server.type.name} server")
        assert self.victim.stdout
        with contextlib.suppress(TypeError, BlockingIOError):  # what a text file raises when nothing is there
            found += [f"the victim got {word}" for word in self.victim.stdout.read().split()]
        return found

    def _state_of_victim(self) -> dict[str, str]:
        pid = self.victim.pid
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            limits = Path(f"/proc/{pid}/limits").read_text()
            processors = sorted(os.sched_getaffinity(pid))
        except (OSError, ProcessLookupError):
            return {"life": "over", "niceness": "", "limits": "", "processors": ""}
        life = "stopped" if fields[0] in "Tt" else "over" if fields[0] in "ZX" else "going on"
        return {"life": life, "niceness": fields[16], "limits": limits, "processors": str(processors)}

    def _staying(self) -> list[tuple[int, str]]:
        """Return the processes left behind; what was killed gets some time to be gone."""
        deadline = time.monotonic() + GONE_S
        while (left := self._left_behind()) and time.monotonic() < deadline:
            time.sleep(0.01)
        return left

    def _left_behind(self) -> list[tuple[int, str]]:
        """Return processes below this one, or below a zygote, that belong to nobody here.

        A process is a zombie while others of its threads are still ending, and its children are below them.
        """
        ours, found = {*self.known, self.victim.pid}, []
        waiting = [os.getpid(), *self.zygotes]
        while waiting:
            for pid in _children(waiting.pop()):
                with contextlib.suppress(OSError):
                    name, _, rest = Path(f"/proc/{pid}/stat").read_text().partition(" (")[2].rpartition(")")
                    if rest.split()[0] in "ZX":
                        waiting.append(pid)
                    elif pid not in ours:
                        found.append((pid, name))
        return found

    known: frozenset[int] = frozenset()  # processes of ours that an attack did not start

    def warm_up(self, *pids: int) -> None:
        """Take everything that runs now for ours."""
        self.zygotes = frozenset(pids)
        self.known = frozenset()
        self.known = frozenset(pid for pid, _ in self._left_behind())


def _children(parent: int) -> list[int]:
    """Return the children of a process, whichever of its threads started them."""
    found: list[int] = []
    for children in Path(f"/proc/{parent}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # the thread has ended meanwhile
            found += map(int, children.read_text().split())
    return found


def _looks(path: Path) -> tuple[object, ...]:
    status = path.lstat()
    content = b""
    if path.is_file() and not path.is_symlink():
        with contextlib.suppress(PermissionError), path.open("rb") as file:
            content = file.read(4096)
    return status.st_mode, status.st_nlink, status.st_mtime_ns, status.st_size, content


def start_victim() -> subprocess.Popen[str]:
    """Start a process that says which signals it gets, in a group of its own: two suites run side by side."""
    command = [sys.executable, "-I", "-S", "-c", VICTIM]
    victim = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, process_group=0)
    assert victim.stdout
    victim.stdout.readline()
    os.set_blocking(victim.stdout.fileno(), False)
    return victim


@contextlib.contextmanager
def set_scene() -> Iterator[Scene]:
    """Make the canaries; orphans of attacks become children of this process, so that they are seen."""
    folder = Path(tempfile.mkdtemp(prefix="redteam-"))
    internet, local, stream, datagram = socket.AF_INET, socket.AF_UNIX, socket.SOCK_STREAM, socket.SOCK_DGRAM
    kinds = [(internet, stream), (internet, datagram), (local, stream), (local, datagram), (local, stream)]
    places = [
        ("127.0.0.1", 0),
        ("127.0.0.1", 0),
        f"{folder}/stream",
        f"{folder}/datagram",
        f"\0{folder.name}",
    ]
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    os.environ[ENVIRONMENT] = token("environment")
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        stack.callback(prctl, PR_SET_CHILD_SUBREAPER, 0)
        stack.callback(os.environ.pop, ENVIRONMENT)
        servers = [stack.enter_context(socket.socket(*kind)) for kind in kinds]
        for server, place in zip(servers, places, strict=True):
            server.setblocking(False)
            server.bind(place)
            if server.type == stream:
                server.listen()
        folder.chmod(0o777)
        for path in folder.iterdir():
            path.chmod(0o777)
        memory = ctypes.create_string_buffer(token("memory").encode())
        scene = Scene(folder, servers, start_victim(), memory)
        try:
            yield scene
        finally:
            scene.end_leftovers()
            scene.end_victim()
