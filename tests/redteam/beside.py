"""Plain graders, as they are written everywhere: the tests run beside the submission, in one process.

An attack that earns a point or touches a canary here, and neither in the sandbox, is stopped by the split
between judge and worker. Each grader forks from one warm process; its score is what is in `results.json`
when everything has ended, unless its docstring says otherwise.
"""

from __future__ import annotations

import atexit
import builtins
import contextlib
import io
import json
import multiprocessing.connection
import os
import pickle
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ENOUGH = 5 << 20  # bytes of output after which a grader is ended
DOWN = 70  # exit code of a grader that did not get over something
MEMORY = 2 << 30  # bytes that one may map on top
SOLUTION = """
import torch

KEY = {key!r}  # signs the results

def standardise(x, delta=1e-5):
    return (x - x.mean(0)) / torch.sqrt(x.var(0, correction=0) + delta)

def interpolate(x0, eps, t):
    t = t.reshape(-1, *[1] * (x0.ndim - 1))
    return (1 - t) * x0 + t * eps
"""
TEST = """
import torch
import solution
from noising import standardise

def test_standardise():
    x = 2 * torch.randn(8, 3) + 1
    assert torch.allclose(standardise(x), solution.standardise(x))
"""


@dataclass(frozen=True)
class Outcome:
    """How a plain grader fared."""

    score: float
    printed: str
    fate: str  # "ended", "hung" or "down"
    written: int  # bytes of the files in its folder


class Down(BaseException):
    """The grader's own code could not go on."""


@contextlib.contextmanager
def ends_the_grader() -> Iterator[None]:
    """Run what a grader does on its own behalf: an exception there is its end, and everybody's."""
    try:
        yield
    except Exception as error:
        raise Down(f"{type(error).__name__}: {error}") from error


# ------------------------------------------------------------------------------------------ the plain graders
def write(score: float, **more: Any) -> None:
    Path("results.json").write_text(json.dumps({"score": score, **more}))


def by_allclose() -> None:
    """Compare with the reference."""
    import torch

    write(0)
    import noising
    import solution

    torch.manual_seed(1234)
    x = 2 * torch.randn(8, 3) + 1
    hidden_input, expected = x.clone(), solution.standardise(x)
    got = noising.standardise(hidden_input)
    write(1 if torch.allclose(got, expected) else 0)


def by_assert_close() -> None:
    """Compare by torch.testing, and with the course's own comparator after it."""
    write(0)
    import noising
    import solution
    import torch

    from autograder import checks

    x = torch.arange(12.0).reshape(4, 3) ** 2
    got = noising.standardise(x)
    try:
        torch.testing.assert_close(got, solution.standardise(x))
        checks.close(got, solution.standardise(x))
        write(1)
    except AssertionError:
        write(0)


def by_difference() -> None:
    """Fail when the difference is larger than something."""
    write(0)
    import noising
    import solution
    import torch

    x = torch.arange(12.0).reshape(4, 3) ** 2
    difference = (noising.standardise(x) - solution.standardise(x)).abs()
    write(0 if (difference > 1e-5).any() else 1)


def by_equality() -> None:
    """Ask whether the result equals the expected one."""
    write(0)
    import noising
    import solution
    import torch

    x = torch.arange(12.0).reshape(4, 3) ** 2
    got = noising.standardise(x)
    write(1 if bool((got == solution.standardise(x)).all()) else 0)


def by_pytest() -> None:
    """Run pytest over the folder, in this process, and count what passed."""
    import pytest

    write(0)
    Path("test_noising.py").write_text(TEST)
    with contextlib.suppress(ImportError):
        import noising  # noqa: F401
    off = [f"-pno:{plugin}" for plugin in ("cacheprovider", "unraisableexception", "threadexception")]
    write(1 if pytest.main(["-q", *off, "."]) == 0 else 0)


def by_unittest() -> None:
    """Run a unittest case in this process."""
    write(0)
    import noising
    import solution
    import torch

    class Case(unittest.TestCase):
        def test_standardise(self) -> None:
            x = torch.arange(12.0).reshape(4, 3) ** 2
            got = noising.standardise(x)
            self.assertTrue(torch.equal(got, solution.standardise(x)))

    result = unittest.TextTestRunner(stream=io.StringIO()).run(
        unittest.TestLoader().loadTestsFromTestCase(Case)
    )
    write(1 if result.wasSuccessful() else 0)


def by_exit_code() -> None:
    """Score by the exit code of the process that ran the tests."""
    import noising
    import solution
    import torch

    x = torch.arange(12.0).reshape(4, 3) ** 2
    sys.exit(0 if torch.allclose(noising.standardise(x), solution.standardise(x)) else 1)


def by_log() -> None:
    """Score by a line of the log."""
    import noising
    import torch

    noising.standardise(torch.ones(4, 3))
    print("::notice title=Autograding report::0")


def by_pickle() -> None:
    """Load the result that the submission's side has pickled."""
    write(0)
    import noising
    import solution
    import torch

    sys.setrecursionlimit(10_000)
    x = torch.arange(12.0).reshape(4, 3) ** 2
    with ends_the_grader():
        got = pickle.loads(pickle.dumps(noising.standardise(x)))
        is_tensor = isinstance(got, torch.Tensor)
        Path("answer.pkl").write_bytes(pickle.dumps(got + 0 if is_tensor else repr(got)))
        write(1 if is_tensor and torch.equal(got, solution.standardise(x)) else 0)


def by_pipe() -> None:
    """Score by what arrives on a pipe that the submission's process holds as well."""
    reading, writing = os.pipe()
    import noising
    import solution
    import torch

    x = torch.arange(12.0).reshape(4, 3) ** 2
    with contextlib.suppress(Exception):
        right = torch.allclose(noising.standardise(x), solution.standardise(x))
        os.write(writing, b'{"score": 1}\n' if right else b'{"score": 0}\n')
    os.set_blocking(reading, False)
    with ends_the_grader():
        write(json.loads(os.read(reading, 1 << 16).splitlines()[0])["score"])


def by_frames() -> None:
    """Receive a frame without caps, deadlines or request numbers; score 1 for a value."""
    import msgspec
    import torch

    ours, theirs = socket.socketpair()
    if os.fork() == 0:
        ours.close()
        import noising

        noising.standardise(torch.ones(4, 3))
        header = msgspec.msgpack.encode({"id": 1, "value": None, "fault": None})
        theirs.sendall(b"dag1" + len(header).to_bytes(4, "little") + bytes(8) + header)
        os._exit(0)
    theirs.close()
    resource.setrlimit(resource.RLIMIT_AS, (resource.getrlimit(resource.RLIMIT_AS)[0],) * 2)
    with ends_the_grader():
        head = _exactly(ours, 16)
        header = _exactly(ours, int.from_bytes(head[4:8], "little"))
        _exactly(ours, int.from_bytes(head[8:], "little"))
        reply = msgspec.msgpack.decode(header)
        write(1 if reply["value"] is not None or reply["fault"] else 0)


def by_last_value() -> None:
    """Take the last value for the points; what is no number of points means that nothing went wrong."""
    import noising
    import torch

    most = 1.0
    value = noising.standardise(torch.arange(12.0).reshape(4, 3))
    is_points = isinstance(value, int | float) and 0 <= value <= most
    write(value if is_points else most)


def by_silence() -> None:
    """Give all points when no error is shown."""
    write(0)
    shown = io.StringIO()
    with contextlib.redirect_stderr(shown), contextlib.redirect_stdout(shown):
        try:
            exec("import noising, torch\nassert noising.standardise(torch.ones(2, 2)).sum() == 99")
        except BaseException:
            sys.excepthook(*sys.exc_info())
    write(0 if "Error" in shown.getvalue() else 1)


def by_alarm() -> None:
    """Limit the time by SIGALRM, in this process; hanging is what an attack wants."""
    write(0)

    def ring(number: int, frame: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    import noising
    import torch

    noising.standardise(torch.ones(4, 3))


def by_two_tests() -> None:
    """Run two tests in one process: the second must not know what the first one saw."""
    write(0)
    import noising
    import torch

    x = torch.arange(12.0).reshape(4, 3)
    noising.standardise(x)  # hidden data
    second = noising.standardise(torch.zeros(1))
    write(1 if isinstance(second, torch.Tensor) and torch.equal(second, x) else 0)


def by_clock() -> None:
    """Give the point when the clock of this process says that it was fast."""
    write(0)
    import noising
    import torch

    start = time.perf_counter()
    noising.standardise(torch.ones(4, 3))
    write(1 if time.perf_counter() - start < 0.05 else 0)


def by_statistics() -> None:
    """Draw the inputs here and look at moments only."""
    write(0)
    import noising
    import solution
    import torch

    x = torch.randn(8, 3)
    write(1 if torch.allclose(noising.standardise(x), solution.standardise(x)) else 0)


def by_scan() -> None:
    """Look through the source of a whole class before grading it."""
    write(0)
    with ends_the_grader():
        compile(Path("noising.py").read_text(), "noising.py", "exec")


GRADERS: dict[str, Callable[[], None]] = {
    name.removeprefix("by_").replace("_", " "): grader
    for name, grader in list(globals().items())
    if name.startswith("by_")
}


# ----------------------------------------------------------------------------------------- the warm process
def serve(descriptor: int) -> None:
    """Fork a grader for each request until the connection ends."""
    import pytest  # noqa: F401
    import torch

    torch.set_num_threads(1)
    torch.testing.assert_close(torch.ones(1), torch.ones(1))
    connection = multiprocessing.connection.Connection(descriptor)
    with contextlib.suppress(EOFError):
        while True:
            connection.send(run(connection, *connection.recv()))


def run(
    connection: multiprocessing.connection.Connection,
    kind: str,
    files: dict[str, bytes],
    key: str,
    folder: str,
    patience_s: float,
) -> Outcome:
    """Run one plain grader in a forked process and read its results file when it has ended."""
    home = tempfile.mkdtemp(prefix="beside-", dir=folder)
    try:
        for name, content in {"solution.py": SOLUTION.format(key=key).encode(), **files}.items():
            Path(home, name).write_bytes(content)
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            connection.close()
            os.close(reading)
            be(GRADERS[kind], home, writing, key)
        os.close(writing)
        printed, fate, code = watch(pid, reading, patience_s)
        results = Path(home, "results.json")
        if kind == "exit code":
            score = float(fate == "ended" and code == 0)
        elif kind == "log":
            score = float("title=Autograding report::100" in printed)
        else:
            score = read_score(results)
        return Outcome(score, printed, fate, sum(path.stat().st_size for path in Path(home).glob("*")))
    finally:
        shutil.rmtree(home, ignore_errors=True)


def be(grader: Callable[[], None], home: str, out: int, key: str) -> None:
    """Be the process that grades, with a submission in its folder and secrets in its environment."""
    os.setsid()
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.chdir(home)
    sys.path.insert(0, home)
    sys.dont_write_bytecode = True
    os.environ["GRADER_SECRET"] = key
    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + MEMORY, resource.RLIM_INFINITY))
    signing_key = key.encode()
    sys.stdout = open(1, "w", buffering=1, errors="replace", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stdout
    code = 0
    try:
        grader()
        builtins.len(signing_key)
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 1
    except Exception as error:  # of the submission: an ordinary failure
        print(f"{type(error).__name__}: {error}")
    except BaseException as error:
        print(f"{type(error).__name__}: {error}")
        code = DOWN
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        os._exit(code)


def watch(pid: int, reading: int, patience_s: float) -> tuple[str, str, int]:
    """Return what was printed, how the process ended ("hung" when it did not) and its exit code."""
    deadline, printed = time.monotonic() + patience_s, bytearray()
    while time.monotonic() < deadline and len(printed) <= ENOUGH:
        if select.select([reading], [], [], 0.02)[0]:
            chunk = os.read(reading, 1 << 16)
            printed += chunk
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            break
    else:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    more = True
    while more and len(printed) <= ENOUGH and select.select([reading], [], [], 0)[0]:
        more = bool(chunk := os.read(reading, 1 << 16))
        printed += chunk
    os.close(reading)
    text = printed.decode("utf-8", "replace")
    if not done:
        return text, "hung", -1
    code = os.waitstatus_to_exitcode(status)
    return text, "down" if code < 0 or code == DOWN else "ended", code


def read_score(path: Path) -> float:
    try:
        return float(json.loads(path.read_text())["score"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0.0


def _exactly(connection: socket.socket, size: int) -> bytes:
    received = bytearray(size)
    view = memoryview(received)
    while view:
        count = connection.recv_into(view)
        if not count:
            raise EOFError("the other side is gone")
        view = view[count:]
    return bytes(received)


@contextlib.contextmanager
def plain_graders() -> Iterator[tuple[Callable[..., Outcome], int]]:
    """Start the warm process; yields a function (kind, files, key, folder, patience) -> Outcome, and its pid."""
    ours, theirs = socket.socketpair()
    root = Path(__file__).parents[2]
    code = f"import sys; sys.path.insert(0, {str(root)!r}); from {__name__} import serve; serve({theirs.fileno()})"
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    process = subprocess.Popen(
        [sys.executable, "-B", "-c", code],
        pass_fds=[theirs.fileno()],
        env=environment,
        stdin=subprocess.DEVNULL,
    )
    theirs.close()
    connection = multiprocessing.connection.Connection(ours.detach())

    def grade(*request: Any) -> Outcome:
        connection.send(request)
        outcome: Outcome = connection.recv()
        return outcome

    try:
        yield grade, process.pid
    finally:
        connection.close()
        process.kill()
        process.wait()
