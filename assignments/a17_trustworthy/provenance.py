"""An image's history, signed: what was done to it, in which order, and that nobody changed the record."""

import hashlib
import hmac
import json
from typing import Any

Entry = dict[str, Any]  # {"claim": {"action": ..., "content": ..., "parent": ...}, "signature": ...}


def canonical(value: dict) -> str:
    """Return the one JSON text of a value: keys sorted, no blanks, letters as they are."""
    raise NotImplementedError("TODO manifest: read task 4.3 in README.md")


def append_claim(chain: list[Entry], action: str, content: bytes, key: bytes) -> list[Entry]:
    """Return the chain with one more entry: this action made this content, after all that the chain says.

    A claim holds the action, the SHA-256 of the content, and that of the whole previous entry (None in the
    first). The signature is the HMAC-SHA256 of the claim. All in hexadecimal digits, of canonical text in
    UTF-8.
    """
    raise NotImplementedError("TODO manifest: read task 4.3 in README.md")


def verify_chain(chain: list[Entry], content: bytes, key: bytes) -> int | None:
    """Return the index of the first entry that is wrong, None when all is well.

    Wrong is an entry whose signature or parent does not hold, and the last one if `content` is not what it
    says. Raises ValueError for an empty chain.
    """
    raise NotImplementedError("TODO manifest: read task 4.3 in README.md")
