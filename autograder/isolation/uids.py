"""Throw-away user ids of workers: a block for each judge of root, one of it for each worker in turn."""

from __future__ import annotations

import socket

from ..errors import MachineFault

FIRST_UID = 64_000
MOST_JUDGES, BLOCK = 150, 10  # on one machine; user ids of each


def claim_block() -> tuple[socket.socket, int]:
    """Claim user ids that no other judge here gives its workers: limits on threads count by user.

    An abstract name belongs to one socket at a time, and is free again when its process ends.
    """
    for block in range(MOST_JUDGES):
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0autograder-worker-uids-{block}")
        except OSError:
            claim.close()
        else:
            return claim, FIRST_UID + block * BLOCK
    raise MachineFault(f"{MOST_JUDGES} judges are at work on this machine already")
