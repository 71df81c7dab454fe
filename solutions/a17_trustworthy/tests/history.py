"""A history of three entries, signed with the key b"course": 16 bytes created, cropped, published."""

import copy
from typing import Any

from torch import Tensor

from autograder.checks import expect

from .. import plays

KEY = b"course".hex()
CONTENT = bytes(range(16)).hex()
CROPPED = bytes(range(8)).hex()
_LINES = (
    (
        "created",
        "be45cb2605bf36bebde684841a28f0fd43c69850a3dce5fedba69928ee3a8991",
        None,
        "882239ee3285bd5f2de8f920a0f90263ab76c63c9e24e077eb7a5858e6165d17",
    ),
    (
        "cropped",
        "8a851ff82ee7048ad09ec3847f1ddf44944104d2cbd17ef4e3db22c6785a0d45",
        "612ebfd2cd8f3f9d04d139dbc5512b1896660cafb4f6eb1b11339280a6810141",
        "3dede58f9c6792a51f2467b4ed17504a5cb6852d7f89bbedd984ee64ec406deb",
    ),
    (
        "published",
        "8a851ff82ee7048ad09ec3847f1ddf44944104d2cbd17ef4e3db22c6785a0d45",
        "b3d4a5f81cc199b84d5f4e33b4c46480f6fe8452d865feb65329455df12b7e44",
        "453587622d31ee16b2dd4fbce6bd2c8aa0922df12d6473b70becf4aa84e47651",
    ),
)


def history() -> list[dict[str, Any]]:
    """Return the three entries, to be changed at will."""
    entries = [
        {"claim": {"action": action, "content": content, "parent": parent}, "signature": signature}
        for action, content, parent, signature in _LINES
    ]
    return copy.deepcopy(entries)


def expect_said(came: Tensor, due: int | None, where: str, hint: str = "") -> None:
    """Fail unless this index, or None, was said."""
    words = {plays.NOTHING: "None", plays.FALSE: "False", plays.TRUE: "True", plays.OTHERWISE: "no index"}
    said = int(came)
    right = said == (plays.NOTHING if due is None else due)
    expect(right, f"{words.get(said, said)} is said {where}; expected {due}", hint)


def expect_letters(came: Tensor, due: str | None, what: str, hint: str = "") -> None:
    """Fail unless these are the letters of a text."""
    text = bytes(came.tolist()).decode("utf-8", errors="replace")
    expect(text == (due or ""), f"{what} is {text!r}; expected {due!r}", hint)


def expect_history(came: list[Tensor], due: list[dict[str, Any]], hint: str = "") -> None:
    """Fail unless all entries are these."""
    names = (*plays.FIELDS, "signature")
    expect(len(came) == len(due) * len(names), f"{len(came) // len(names)} entries came; expected {len(due)}")
    for i, entry in enumerate(due):
        texts = [*(entry["claim"][name] for name in plays.FIELDS), entry["signature"]]
        for j, (name, text) in enumerate(zip(names, texts, strict=True)):
            expect_letters(came[i * len(names) + j], text, f"the {name} of entry {i}", hint)
