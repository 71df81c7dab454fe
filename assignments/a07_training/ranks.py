"""Ranks as threads of one process: what tasks 6.1 and 6.2 send to each other goes through here. Given.

`everywhere(world, work)` calls `work(me)` on each rank at the same time. The lab uses the same functions
between processes.
"""

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, Protocol

from torch import Tensor


class Member(Protocol):
    """What a rank knows: its number, how many there are, and the next one in the ring."""

    rank: int  #   from 0
    world: int

    def shift(self, x: Tensor) -> Tensor:
        """Send x to rank + 1 (the last one to rank 0), and return what rank - 1 sent.

        All ranks must call it equally often.
        """


class Alone(Exception):
    """A rank waits for another one that sends nothing any more."""


class Thread:
    """A rank that is a thread; it notes how many values it sent in each shift."""

    def __init__(self, rank: int, inboxes: list[SimpleQueue[Tensor | None]]) -> None:
        self.rank, self.world = rank, len(inboxes)
        self.sent: list[int] = []
        self._inbox, self._next = inboxes[rank], inboxes[(rank + 1) % self.world]

    def shift(self, x: Tensor) -> Tensor:
        """Send a copy of x to the next rank, and return what the one before sent."""
        self.sent.append(x.numel())
        self._next.put(x.detach().clone())
        came = self._inbox.get()
        if came is None:
            before = (self.rank - 1) % self.world
            raise Alone(
                f"rank {self.rank} waits in shift number {len(self.sent)}, but rank {before} has ended"
            )
        return came

    def end(self) -> None:
        """Tell the next rank that nothing more comes."""
        self._next.put(None)


def everywhere(world: int, work: Callable[[Thread], Any]) -> tuple[list[Any], list[list[int]]]:
    """Return what `work` returns on each rank, and how many values each rank sent, shift by shift.

    What a rank raises is raised here; of several exceptions, the one that is no consequence of others.
    """
    inboxes: list[SimpleQueue[Tensor | None]] = [SimpleQueue() for _ in range(world)]
    members = [Thread(rank, inboxes) for rank in range(world)]
    results: list[Any] = [None] * world
    raised: list[BaseException] = []

    def live(me: Thread) -> None:
        try:
            results[me.rank] = work(me)
        except BaseException as problem:
            raised.append(problem)
        finally:
            me.end()

    threads = [threading.Thread(target=live, args=(me,), daemon=True) for me in members]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise next((one for one in raised if not isinstance(one, Alone)), raised[0])
    return results, [me.sent for me in members]
