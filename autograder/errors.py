"""What can go wrong besides the student's answer: a sentence for a person, and what ends a check at once."""

from __future__ import annotations

from .records import Verdict


class UserError(ValueError):
    """Something given to us cannot be used; the message says what, where and what to do next."""


class Stop(BaseException):
    """The check ends here, with this verdict; a doubtful one may be the machine's doing."""

    def __init__(self, verdict: Verdict, message: str, hint: str = "", doubtful: bool = False) -> None:
        super().__init__(message)
        self.verdict = verdict
        self.message = message
        self.hint = hint
        self.doubtful = doubtful


class MachineFault(Stop):
    """The grader or the machine failed, not the student."""

    def __init__(self, message: str) -> None:
        super().__init__(Verdict.ERROR, message, doubtful=True)
