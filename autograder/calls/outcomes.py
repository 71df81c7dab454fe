"""What can go wrong in a check, as exceptions, each with the verdict that it means.

Those that end a check at once (a TODO, a dead worker, a fault of the machine) derive from BaseException:
neither an `except Exception` nor hypothesis' search for a smaller example may swallow or repeat them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from ..errors import Stop
from ..records import Verdict

if TYPE_CHECKING:  # torch, which it imports, takes seconds
    from torch import Tensor

    from .wire import Fault

    Seen = tuple[
        Tensor, Tensor, tuple[int, ...]
    ]  # what came, what was expected, the first place that differs

MISSING_RETURN = "Is a `return` missing?"
SLIPS = frozenset({"AttributeError", "ImportError", "NameError", "SyntaxError"})  # never meant
GIVEN = ("plays", "test_")  # files of staff's that run beside the code under test begin so
LOCKED = "Graded code has no files, processes or network of its own; return the result instead."
NO_GPU = "Graded code has no GPU: write `device=x.device`, where x is a tensor that came in."
NOBODY_TYPES = "Nobody answers input() when code is graded: write the value itself."
LIBRARIES = (
    "Graded code has what Python brings, torch, torchvision, numpy, scipy, scikit-learn, matplotlib, pillow, "
    "einops, jaxtyping, tqdm and the files that you hand in: nothing else."
)
NOTEBOOK = "A line that begins with % or ! is a notebook's command and no Python: remove it."
OF_FAULTS = (
    "",
    MISSING_RETURN,
    LOCKED,
    NO_GPU,
    NOBODY_TYPES,
    LIBRARIES,
    NOTEBOOK,
)  # chosen by what code raises
ENDLESS = "Does a loop never end?"
AT_IMPORT = 'Put what is no definition under `if __name__ == "__main__":`; then importing computes nothing.'


class CheckFailed(AssertionError):
    """The answer is wrong: what came, what was expected, what that looks like, and a first thing to try.

    What it looks like takes longer than the check, and is worked out for who reads it: some checks try again.
    """

    def __init__(
        self, line: str, hint: str = "", look: Callable[[], str] = lambda: "", seen: Seen | None = None
    ) -> None:
        self.line = line
        self.hint = hint
        self.look = look
        self.seen = seen
        super().__init__(line)

    @cached_property
    def looks(self) -> str:
        """What the difference looks like, "" where nothing can be said."""
        return self.look()

    @property
    def message(self) -> str:
        """What came and what was expected, and below it what that looks like."""
        return "\n".join(filter(None, (self.line, self.looks)))

    def __str__(self) -> str:
        return self.message


class NothingRaised(CheckFailed):
    """Arguments that must be refused were not; the run of the check says which."""


class StudentError(Exception):
    """The student's code raised an exception."""

    def __init__(self, target: str, fault: Fault) -> None:
        super().__init__(f"{target} raised {fault.type}: {fault.message}")
        self.fault = fault


@dataclass(frozen=True)
class Outcome:
    """A verdict with the words that go with it."""

    verdict: Verdict
    message: str = ""
    hint: str = ""
    doubtful: bool = False  # perhaps the machine's doing: judged once more
    looks: str = ""  # how the message describes the difference of two arrays
    seen: Seen | None = field(default=None, compare=False, repr=False)


def outcome_of(error: BaseException | None) -> Outcome:
    """Translate what a check raised (None: nothing) into its outcome."""
    match error:
        case None:
            return Outcome(Verdict.PASS)
        case Stop():
            return Outcome(error.verdict, error.message, error.hint, error.doubtful)
        case OSError():  # the grader's own: a student's arrives as StudentError
            return Outcome(Verdict.ERROR, f"{type(error).__name__}: {error}", doubtful=True)
        case StudentError():
            return Outcome(Verdict.FAIL, _told(error), _hint(error.fault))
        case CheckFailed():
            return Outcome(Verdict.FAIL, error.message, error.hint, looks=error.looks, seen=error.seen)
        case AssertionError():
            return Outcome(Verdict.FAIL, str(error) or "a property that the check states does not hold")
        case _:
            return Outcome(
                Verdict.FAIL, f"the check could not use what was returned: {type(error).__name__}: {error}"
            )


def _hint(fault: Fault) -> str:
    """Say what is wrong where an exception names its effect only."""
    if _met_the_lock(fault):
        return LOCKED
    if any(words in fault.message for words in ("NVIDIA driver", "CUDA", "MPS")):
        return NO_GPU
    if fault.type == "EOFError":
        return NOBODY_TYPES
    if fault.type == "ModuleNotFoundError" and "'assignments." not in fault.message:
        return LIBRARIES
    if fault.type == "SyntaxError" and fault.frames and fault.frames[-1].text.startswith(("%", "!")):
        return NOTEBOOK
    return MISSING_RETURN if "'NoneType'" in fault.message else ""


def _met_the_lock(fault: Fault) -> bool:
    """Say whether an exception is what honest code meets in a locked worker, whichever layer refused."""
    refusals = ("Parent directory", "Permission denied", "Operation not permitted", "Read-only file system")
    return "OSError" in fault.bases or any(words in fault.message for words in refusals)


def _told(error: StudentError) -> str:
    """Say where the student's own code failed, innermost line last; a broken file is named as such.

    Lines of plays, which call it, are told only when there are no others.
    """
    broken = [frame.file for frame in error.fault.frames if frame.function == "<module>"]
    fault = error.fault
    lines = [f"{broken[-1]} cannot be imported: {fault.type}: {fault.message}" if broken else str(error)]
    own = [frame for frame in fault.frames if not frame.file.startswith(GIVEN)] or fault.frames
    lines += [f"  {frame.file}, line {frame.line}, in {frame.function}: {frame.text}" for frame in own]
    return "\n".join(lines)


def raise_fault(target: str, fault: Fault) -> None:
    """Raise what a fault of the student's code means for the check."""
    if fault.type == "NotImplementedError" and fault.message.startswith("TODO "):
        raise Stop(Verdict.NOT_IMPLEMENTED, fault.message)
    if fault.type in ("MemoryError", "OutOfMemoryError") or "can't allocate memory" in fault.message:
        raise Stop(
            Verdict.MEMORY, f"{target} ran out of memory", "Does a tensor grow with a product of sizes?"
        )
    if fault.type == "StateLeft":
        message = f"{target} leaves torch's {fault.message} changed, for all that runs after it"
        raise CheckFailed(message, "Change it inside a `with` block, as torch.no_grad() is, or not at all.")
    if fault.type in ("SystemExit", "GeneratorExit", "KeyboardInterrupt"):
        raise Stop(
            Verdict.CRASH, f"{target} ended the program ({fault.type})", "Remove exit() from your code."
        )
    raise StudentError(target, fault)
