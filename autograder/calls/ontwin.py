"""Answers calls and plays on a pretend GPU: all tensors that come in are on it, and the results should be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from ..twin.device import on_twin
from ..twin.found import Log, OnTwin, of_made
from ..twin.tags import Made, put, tag_of, tensors_in
from .answer import Code, answer, fault_of
from .undertest import Ask, folder_of, through_the_wire
from .wire import Reply, Request

ON_TWIN = "on the twin "  # begins a request to a worker to do the rest there, "on the twin forward.q_sample"
SENTENCES = 5  # that a worker tells of one request
UNKNOWN = "on a GPU it meets one on the GPU, which fails"
CHAIN = 10  # exceptions behind an exception that are looked at: code can tie them to a ring


def ask_on_twin(package: str, log: Log) -> Ask:
    """Answer in this process, on the twin; `log` takes what is found out."""
    code, folder = Code(package), folder_of(package)

    def ask(request: Request) -> Reply:
        request = through_the_wire(request)
        try:
            value = answer_on_twin(code, folder, request, log)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            return through_the_wire(Reply(request.id, fault=fault_of(error, folder)))
        return through_the_wire(Reply(request.id, value))

    return ask


def answer_on_twin(code: Code, folder: str, request: Request, log: Log) -> Any:
    """Do what a request asks, on the twin; whatever the code in `folder` raises is noted and passes."""
    came = list(tensors_in((request.args, request.kwargs)))
    for tensor in came:
        put(tensor, True)
    try:
        with on_twin(folder, log):
            value = answer(code, request)
    except BaseException as error:
        note(error, log)
        raise
    if came or request.play:
        log.told |= dict.fromkeys(_left_behind(request, value))
    return value


def tell_of_twin(code: Code, package: str, request: Request) -> list[Any]:
    """Do what a request asks, on the twin; return whether it met a tensor there, and the sentences."""
    log = Log()
    inner = msgspec.structs.replace(request, target=request.target.removeprefix(ON_TWIN))
    try:
        answer_on_twin(code, folder_of(package), inner, log)
    except BaseException:
        if not log.told:
            raise
    return [log.touched, list(log.told)[:SENTENCES]]


def note(error: BaseException, log: Log) -> None:
    """Tell the sentence of an exception of the twin's; another one may have other reasons."""
    chain: BaseException | None = error
    for _ in range(CHAIN):
        if isinstance(chain, OnTwin):
            log.told[chain.told or of_made(None, UNKNOWN)] = None
            return
        chain = chain and (chain.__cause__ or chain.__context__)


def _left_behind(request: Request, value: Any) -> Iterator[str]:
    """Yield a sentence for each tensor on the CPU that a function returned, though its arguments were not.

    A play may return what it likes: there, what the student's own lines left on the CPU counts, but for
    single numbers, which mix with all devices.
    """
    name = request.target.rpartition(".")[2]
    for tensor in tensors_in(value):
        tag = tag_of(tensor)
        if request.play and isinstance(tag, Made) and tensor.dim():
            yield of_made(tag, "on a GPU, what gets it has all else on the GPU")
        elif not request.play and tag is not True:
            yield of_made(tag or None, f"{name} returns it, and its arguments may be on a GPU")
