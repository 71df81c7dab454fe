"""Hidden checks of a signed history: fresh ones, text built letter by letter, hashes by the bytes."""

import hashlib
import hmac
from typing import Any

from autograder.checks import any_of, expect, raises, task

from .. import plays
from ..tests.history import expect_history, expect_letters, expect_said

ACTIONS = ("created", "cropped", "résumé", "Ausschnitt größer", "published")


def text(value: Any) -> str:
    """Return the one text of a value, built by hand."""
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "{" + ",".join(f'"{name}":{text(value[name])}' for name in sorted(value)) + "}"
    return '"' + value + '"'


def digest(data: bytes) -> str:
    """Return the SHA-256 of bytes in hexadecimal digits."""
    state = hashlib.new("sha256")
    state.update(data)
    return state.digest().hex()


def fresh_history(seed, n: int) -> tuple[list[dict[str, Any]], list[str], str]:
    """Return a chain, the content of each entry, and the key, the last two in hexadecimal digits."""
    key, chain, contents = bytes(seed.fork("key").integer(0, 255) for _ in range(9)), [], []
    parent = None
    for i in range(n):
        fork = seed.fork(f"content {i}")
        content = bytes(fork.fork(f"{j}").integer(0, 255) for j in range(7))
        claim = {"parent": parent, "content": digest(content), "action": ACTIONS[i % len(ACTIONS)]}
        signature = hmac.digest(key, text(claim).encode("utf-8"), "sha256").hex()
        chain.append({"signature": signature, "claim": claim})
        contents.append(content.hex())
        parent = digest(text(chain[-1]).encode("utf-8"))
    return chain, contents, key.hex()


# -------------------- 4.3 manifest
@task("manifest", gate=True)
def test_histories_are_an_answer_at_all(submission, seed):
    """A fresh entry has the right claim or signature, or a fresh history is judged rightly, or written so"""
    chain, contents, key = fresh_history(seed, 4)

    def appended() -> None:
        came = submission.play(plays.append, chain[:2], chain[2]["claim"]["action"], contents[2], key)
        content, signature = (bytes(came["result"][i].tolist()).decode() for i in (-3, -1))
        right = content == chain[2]["claim"]["content"] or signature == chain[2]["signature"]
        expect(right, "nothing in the entry goes with what came in")

    def judged() -> None:
        for n in range(1, 4):
            expect_said(submission.play(plays.verify, chain[: n + 1], contents[0], key), n, "of other bytes")
        expect_said(submission.play(plays.verify, chain, contents[3], key), None, "of a whole chain")

    def written() -> None:
        expect_letters(submission.play(plays.write, {"a": contents[0]}), text({"a": contents[0]}), "the text")

    any_of(appended, judged, written)


@task("manifest", weight=2)
def test_fresh_histories(submission, seed):
    """Fresh histories grow entry by entry, with letters of all kinds, and are whole

    Keys sorted, no blanks, letters as they are; the parent is the hash of the whole entry before, claim and
    signature. Try letters that are not ASCII.
    """
    chain, contents, key = fresh_history(seed, 5)
    for i, entry in enumerate(chain):
        came = submission.play(plays.append, chain[:i], entry["claim"]["action"], contents[i], key)
        expect_history(came["result"], chain[: i + 1])
        said = submission.play(plays.verify, chain[: i + 1], contents[i], key)
        expect_said(said, None, f"of {i + 1} whole entries")
        expect_letters(submission.play(plays.write, entry), text(entry), "the text of an entry")


@task("manifest", weight=3)
def test_fresh_tampering(submission, seed):
    """Each part of each entry changed, and entries dropped: the first place where it shows

    Change each part of each entry, and drop some: the first entry whose signature or parent does not hold,
    else the last if its content is not that of the bytes.
    """
    chain, contents, key = fresh_history(seed, 4)

    def expect_found(chain: list[dict[str, Any]], due: int, where: str) -> None:
        expect_said(submission.play(plays.verify, chain, contents[3], key), due, where)

    for i in range(4):
        for part in ("action", "content", "parent", "signature"):
            bad, _, _ = fresh_history(seed, 4)
            holder = bad[i] if part == "signature" else bad[i]["claim"]
            old = holder[part] or "0" * 64
            holder[part] = old[:-1] + ("0" if old[-1] != "0" else "1")
            expect_found(bad, i, f"where the {part} of entry {i} was changed")
        if i < 3:
            expect_found(chain[:i] + chain[i + 1 :], i, f"where entry {i} was dropped")
    # Signed rightly, but under another parent: only the parent gives it away.
    bad, _, _ = fresh_history(seed, 4)
    bad[2]["claim"]["parent"] = bad[1]["claim"]["parent"]
    bad[2]["signature"] = hmac.digest(bytes.fromhex(key), text(bad[2]["claim"]).encode(), "sha256").hex()
    expect_found(bad, 2, "where a parent was exchanged and signed")
    # Signed under another key from the middle on.
    other, _, _ = fresh_history(seed.fork("other"), 4)
    expect_found(chain[:3] + other[3:], 3, "where somebody else signed the last entry")
    expect_found([*chain[:1], *chain[2:3], *other[3:]], 1, "where one was dropped, and a later one forged")
    with raises(ValueError):
        submission.play(plays.verify, [], contents[0], key)
