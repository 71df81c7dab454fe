"""The worker: a forked process that locks itself down, imports the submission, and answers calls.

Nothing in it is trusted once the submission is imported. It is always ended by SIGKILL from outside.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from ..calls import wire
from ..calls.answer import Code, answer, fault_of
from ..calls.bytecode import COMPILE, compile_files
from ..calls.ondevice import Device
from ..calls.ontwin import ON_TWIN, tell_of_twin
from ..calls.probed import PROBED, probed
from ..calls.siblings import let_siblings_import
from ..calls.wire import Fault, Reply, Request
from .channel import Channel, Closed
from .gpu import settings_of
from .limits import SandboxLimits
from .lockdown import Policy, lock_down

M_MMAP_THRESHOLD = -3  # malloc.h: from this size on memory is mapped by itself, and unmapped when freed


class Order(msgspec.Struct, frozen=True):
    """What the judge tells the zygote about the worker that it wants."""

    package: str  # "assignments.a04_ddpm"
    path: tuple[str, ...]  # folders in front of sys.path, the staged trees: all it may read beside Python
    uid: int | None
    limits: SandboxLimits


def live(order: Order, rpc: int, out: int, read: tuple[str, ...]) -> NoReturn:
    """Be a worker until killed."""
    try:
        channel, answering = _lock_in(order, rpc, out, read)
        _serve(channel, order, answering)
    except Closed:
        pass
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


def _lock_in(
    order: Order, rpc: int, out: int, read: tuple[str, ...]
) -> tuple[Channel, Callable[[Code, Request], Any]]:
    """Prepare descriptors, lock down, and begin with the device if there is one; report what holds.

    Returns also what answers requests.
    """
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(out, 1)
    os.dup2(out, 2)
    # Both stay open for the worker's life.
    sys.stdout = open(1, "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for number in (signal.SIGINT, signal.SIGPIPE):  # Ctrl-C is for the process that prints
        signal.signal(number, signal.SIG_IGN)
    os.environ.clear()
    if gpu := order.limits.gpu:
        os.environ |= settings_of(gpu)
    sys.path[:0] = order.path
    if order.limits.exact_memory:
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, 1 << 16)
    channel = Channel(socket.socket(fileno=rpc))
    try:
        readable = read + order.path + (gpu.read if gpu else ())
        layers = lock_down(Policy(readable, (rpc,), order.uid, order.limits))
        device = Device(gpu.device, gpu.share) if gpu else None  # now: never before the fork
        if device:
            layers["device"] = device.name
        channel.send(wire.dump(Reply(0, dict(layers))))
    except Exception as problem:
        channel.send(
            wire.dump(Reply(0, fault=Fault("LockdownError", (), f"{type(problem).__name__}: {problem}")))
        )
        raise
    return channel, device.answer if device else answer


def _serve(channel: Channel, order: Order, answering: Callable[[Code, Request], Any]) -> None:
    code = Code(order.package)
    let_siblings_import(order.package)
    folder = order.path[0]
    while True:
        request = wire.load_request(*channel.receive(order.limits.reply_bytes))
        try:
            if request.target == COMPILE:
                value: Any = compile_files(Path(folder, *order.package.split(".")), request.args)
            elif request.target.startswith(ON_TWIN):
                value = tell_of_twin(code, order.package, request)
            elif request.target.startswith(PROBED):
                value = probed(code, request)
            else:
                value = answering(code, request)
            buffers = wire.dump(Reply(request.id, value))
        except BaseException as error:
            buffers = wire.dump(Reply(request.id, fault=fault_of(error, folder)))
        sys.stdout.flush()
        sys.stderr.flush()
        channel.send(buffers)
