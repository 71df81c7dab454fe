"""The judge's handle on one worker: asks it, watches its output and its deadlines, and ends it."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import time
from pathlib import Path
from typing import Protocol

from ..calls import wire
from ..calls.answer import IMPORTING
from ..calls.outcomes import AT_IMPORT, ENDLESS
from ..calls.wire import Reply, Request, WireError
from ..errors import MachineFault, Stop
from ..records import Verdict
from .channel import Channel, Closed
from .limits import GPU_HOST_BYTES, START_S, SandboxLimits

OUTPUT_KEPT = 64 << 10  # bytes of printed text kept for each check
OUTPUT_CAP = 4 << 20  # bytes after which a worker is ended
TICK_MS = 20  # between two looks at the deadlines
LOOK_S = 0.2  # counted at most between two looks: who stops the grader or its machine stops the clock
LIFE_CALLS = 10  # calls at their wall limit that one worker may keep the judge waiting, all calls together
FROM_OUTSIDE = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP)  # may end a worker
ENDED_MS = 1_000  # for a process whose connection has ended to be gone as well


class Reaper(Protocol):
    """What started a worker and collects it when it has ended: a sandbox."""

    def exit_code(self, pid: int) -> int:
        """Return how an ended worker ended (negative: the signal)."""

    def forget(self, pid: int) -> None:
        """Let a killed worker be collected when it is gone."""


class Worker:
    """One sandboxed process that answers requests about one staged submission."""

    def __init__(
        self, reaper: Reaper, limits: SandboxLimits, pid: int, pidfd: int, rpc: socket.socket, output: int
    ) -> None:
        self._reaper = reaper
        self._limits = limits
        self._pid = pid
        self._pidfd = pidfd
        self._real_pid = _real_pid(pidfd)
        self._clock = (~self._real_pid << 3) | 2  # the kernel's CPU clock of that process
        self._rpc = rpc
        self._channel = Channel(rpc, self._watch)
        self._output = output
        os.set_blocking(output, False)
        self._printed = 0
        self._kept = bytearray()
        self._waited_s = 0.0  # in the call at hand
        self._life_s = 0.0  # in all calls so far
        self._looked = 0.0
        self._starved_before_s: float | None = None  # the call at hand; not read of one that is soon done
        self._call: tuple[str, float] | None = None  # what is asked, and the CPU time used before
        self._ready = self._paused = False
        self._cores: set[int] = set()
        self._imported: set[str] = set()
        self.layers: dict[str, str] = {}
        self.alive = True

    def ask(self, request: Request) -> Reply:
        """Send a request and return its reply; a worker that misbehaves is ended, and Stop says how."""
        self.await_ready()
        self._resume()
        try:
            self._begin(request.target)
            self._channel.send(wire.dump(request))
            reply = wire.load_reply(*self._channel.receive(self._limits.reply_bytes))
            if reply.id != request.id:
                raise WireError("a reply to another request")
        except Closed:
            raise self._died(request.target) from None
        except WireError as problem:
            self.kill()
            raise Stop(
                Verdict.CRASH, f"{request.target} broke the connection to the grader: {problem}"
            ) from None
        except (MemoryError, RuntimeError):  # torch's own allocator raises the latter
            self.kill()
            raise Stop(Verdict.MEMORY, f"{request.target} returned more than the grader can hold") from None
        except Stop:
            self.kill()
            raise
        finally:
            self._life_s += self._waited_s
        self._call = None
        return reply

    def import_first(self, file: str) -> None:
        """Have a file imported in a request of its own, once, so that its cost is told as its own."""
        if file not in self._imported:
            self._imported.add(file)
            self.ask(Request(len(self._imported), IMPORTING + file, (), {}))  # what it raises, the call tells

    def _begin(self, target: str) -> None:
        self._call = (target, self.cpu_s() if target else 0.0)
        self._starved_before_s = None
        self._waited_s, self._looked = 0.0, time.monotonic()

    def cpu_s(self) -> float:
        """Seconds of CPU time that the worker has used, by the kernel's clock."""
        try:
            return time.clock_gettime(self._clock)
        except OSError:
            raise Closed("the process is gone") from None

    def _starved_s(self) -> float:
        """Seconds of its life in which the worker was ready to run and had no core."""
        with contextlib.suppress(OSError):
            return int(Path(f"/proc/{self._real_pid}/schedstat").read_text().split()[1]) / 1e9
        return 0.0

    def _idle_s(self, used_s: float) -> float:
        """Seconds of the call at hand in which the worker neither computed nor was ready to.

        So a loop that never ends is stopped by its CPU time on a busy machine too, with the same words.
        """
        starved_s = 0.0 if self._starved_before_s is None else self._starved_s() - self._starved_before_s
        return self._waited_s - used_s - starved_s

    def peak_bytes(self) -> int:
        """Return the most memory that the worker has held so far."""
        if peak := self._status("VmHWM:"):
            return peak
        raise Stop(Verdict.CRASH, "the process ended between two calls")

    def _status(self, name: str) -> int:
        """Return the bytes that the kernel tells under a name; 0 of a process that has ended."""
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{self._real_pid}/status").read_text().splitlines():
                if line.startswith(name):
                    return int(line.split()[1]) << 10
        return 0

    def pin(self, cores: set[int]) -> None:
        """Let the worker run on these cores only, as soon as it is ready: it locks itself down beside us."""
        self._cores = cores
        if self._ready:
            with contextlib.suppress(ProcessLookupError):  # it ended by itself
                os.sched_setaffinity(self._real_pid, cores)

    def pause(self) -> None:
        """Stop all threads of the worker until it is asked again."""
        if self.alive:
            self._paused = True
            self._signal(signal.SIGSTOP)

    def _resume(self) -> None:
        if self._paused:
            self._paused = False
            self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):  # it ended by itself
            signal.pidfd_send_signal(self._pidfd, number)

    def take_output(self) -> str:
        """Return what was printed since the last time, capped."""
        self._drain()
        kept, more = self._kept[:OUTPUT_KEPT].decode("utf-8", "backslashreplace"), self._printed > OUTPUT_KEPT
        self._kept.clear()
        self._printed = 0
        return kept + ("\n(more was printed)" if more else "")

    def kill(self) -> None:
        """End the worker for certain, without waiting until the kernel has cleared it away."""
        if not self.alive:
            return
        self._signal(signal.SIGKILL)
        self._reaper.forget(self._pid)
        self._close()

    def _close(self) -> None:
        self.alive = False
        self._channel.close()
        os.close(self._pidfd)
        self._drain()
        self._close_output()

    def _close_output(self) -> None:
        if self._output >= 0:
            os.close(self._output)
        self._output = -1

    def await_ready(self) -> None:
        """Receive the worker's first word: the layers that hold."""
        if self._ready:
            return
        self._begin("")
        try:
            reply = wire.load_reply(*self._channel.receive(0))
        except (Closed, WireError) as problem:
            self.kill()
            raise MachineFault(f"a worker did not start: {problem}; {self.take_output()}") from None
        except Stop:
            self.kill()
            raise
        if reply.fault:
            self.kill()
            raise MachineFault(f"a worker could not lock itself down: {reply.fault.message}")
        self.layers = reply.value
        self._ready = True
        if self._cores:
            self.pin(self._cores)

    def _watch(self, event: int) -> None:
        """Runs while the judge waits: empties the output pipe and enforces the deadlines."""
        poll = select.poll()
        poll.register(self._rpc, event)
        if self._output >= 0:  # else poll would return at once, again and again
            poll.register(self._output, select.POLLIN)
        if not poll.poll(TICK_MS) and self._starved_before_s is None:
            self._starved_before_s = self._starved_s()
        before, self._looked = self._looked, time.monotonic()
        self._waited_s += min(self._looked - before, LOOK_S)
        self._drain()
        assert self._call is not None
        target, cpu = self._call
        if not target:
            if self._waited_s > START_S:
                raise MachineFault("a worker did not become ready")
            return
        calls = self._limits.calls
        used_s = self.cpu_s() - cpu
        if used_s > calls.call_cpu_s:
            raise Stop(
                Verdict.TIMEOUT,
                f"{target} ran longer than {calls.call_cpu_s:g} s",
                AT_IMPORT if target.startswith(IMPORTING) else ENDLESS,
            )
        life = LIFE_CALLS * calls.call_wall_s
        late = self._waited_s > calls.call_wall_s and self._idle_s(used_s) > calls.call_wall_s
        if late or self._waited_s + self._life_s > life:
            limit = f"{calls.call_wall_s:g} s" if late else f"{life:g} s, all calls together"
            raise Stop(
                Verdict.TIMEOUT,
                f"{target} did not answer within {limit}",
                "Does it wait for something?",
                doubtful=not late,
            )
        if self._limits.gpu and self._status("RssAnon:") > self._limits.memory_bytes + GPU_HOST_BYTES:
            raise Stop(Verdict.MEMORY, f"{target} held more than {self._limits.calls.memory_mb} MB")
        if self._printed > OUTPUT_CAP:
            raise Stop(
                Verdict.CRASH,
                f"{target} printed more than {OUTPUT_CAP >> 20} MB",
                "Remove the print from the loop.",
            )

    def _drain(self) -> None:
        while self._output >= 0 and select.select([self._output], [], [], 0)[0]:
            chunk = os.read(self._output, 1 << 16)
            if not chunk:  # the worker closed its end
                return self._close_output()
            self._printed += len(chunk)
            self._kept += chunk[: max(0, OUTPUT_KEPT - len(self._kept))]
            if self._printed > OUTPUT_CAP:
                return

    def _died(self, target: str) -> Stop:
        """Say how a worker ended whose connection did; one that lives on without it is ended here."""
        poll = select.poll()
        poll.register(self._pidfd, select.POLLIN)
        if not poll.poll(ENDED_MS):
            self.kill()
            return Stop(Verdict.CRASH, f"{target} closed its connection to the grader")
        code = self._reaper.exit_code(self._pid)
        self._close()
        if code == -signal.SIGXCPU:  # of a whole life: one call alone is stopped before
            return Stop(Verdict.TIMEOUT, f"{target} used all its CPU time", doubtful=True)
        how = f"by {_signal_name(-code)}" if code < 0 else f"with exit code {code}"
        hint = "Endless recursion, or a call of os._exit?"
        return Stop(
            Verdict.CRASH, f"{target} ended the process ({how})", hint, doubtful=-code in FROM_OUTSIDE
        )


def _signal_name(number: int) -> str:
    try:
        return f"signal {signal.Signals(number).name}"
    except ValueError:  # a real-time signal
        return f"signal {number}"


def _real_pid(pidfd: int) -> int:
    """Read the pid in our own namespace; a pid that a worker reports could be another process's."""
    for line in Path(f"/proc/self/fdinfo/{pidfd}").read_text().splitlines():
        if line.startswith("Pid:"):
            return int(line.split()[1])
    raise MachineFault("the kernel does not say which process a pidfd is")
