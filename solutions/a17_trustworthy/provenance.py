"""An image's history, signed: what was done to it, in which order, and that nobody changed the record."""

import hashlib
import hmac
import json
from typing import Any

Entry = dict[str, Any]  # {"claim": {"action": ..., "content": ..., "parent": ...}, "signature": ...}


def canonical(value: dict) -> str:
    """Return the one JSON text of a value: keys sorted, no blanks, letters as they are."""
    # BEGIN SOLUTION
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    # END SOLUTION


def append_claim(chain: list[Entry], action: str, content: bytes, key: bytes) -> list[Entry]:
    """Return the chain with one more entry: this action made this content, after all that the chain says.

    A claim holds the action, the SHA-256 of the content, and that of the whole previous entry (None in the
    first). The signature is the HMAC-SHA256 of the claim. All in hexadecimal digits, of canonical text in
    UTF-8.
    """
    # BEGIN SOLUTION
    previous = hashlib.sha256(canonical(chain[-1]).encode()).hexdigest() if chain else None
    claim = {"action": action, "content": hashlib.sha256(content).hexdigest(), "parent": previous}
    signature = hmac.new(key, canonical(claim).encode(), "sha256").hexdigest()
    return [*chain, {"claim": claim, "signature": signature}]
    # END SOLUTION


def verify_chain(chain: list[Entry], content: bytes, key: bytes) -> int | None:
    """Return the index of the first entry that is wrong, None when all is well.

    Wrong is an entry whose signature or parent does not hold, and the last one if `content` is not what it
    says. Raises ValueError for an empty chain.
    """
    # BEGIN SOLUTION
    if not chain:
        raise ValueError("an empty chain says nothing")
    parent = None
    for i, entry in enumerate(chain):
        claim = entry["claim"]
        due = hmac.new(key, canonical(claim).encode(), "sha256").hexdigest()
        if not hmac.compare_digest(due, entry["signature"]) or claim["parent"] != parent:
            return i
        parent = hashlib.sha256(canonical(entry).encode()).hexdigest()
    is_it = claim["content"] == hashlib.sha256(content).hexdigest()
    return None if is_it else len(chain) - 1
    # END SOLUTION
