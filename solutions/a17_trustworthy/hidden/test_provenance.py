"""Hidden checks of a signed history: fresh ones, text built letter by letter, hashes by the bytes."""

import hashlib
import hmac
from typing import Any

from autograder.checks import any_of, expect, raises, task

from .. import plays

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
        entry = came["result"][-1]
        right = entry["claim"]["content"] == chain[2]["claim"]["content"]
        expect(
            right or entry["signature"] == chain[2]["signature"],
            "nothing in the entry goes with what came in",
        )

    def judged() -> None:
        said = [submission.play(plays.verify, chain[: n + 1], contents[0], key) for n in range(1, 4)]
        expect(said == [1, 2, 3], "what is said does not go with the chain")
        expect(submission.play(plays.verify, chain, contents[3], key) is None, "a whole chain is blamed")

    def written() -> None:
        value = chain[2]["claim"]
        expect(
            submission.provenance.canonical(value).count(value["content"]) == 1, "it is another value's text"
        )
        expect(submission.provenance.canonical({"a": "b"}) == '{"a":"b"}', "it is another value's text")

    any_of(appended, judged, written)


@task("manifest", weight=2)
def test_fresh_histories(submission, seed):
    """Fresh histories grow entry by entry, with letters of all kinds, and are whole"""
    chain, contents, key = fresh_history(seed, 5)
    for i, entry in enumerate(chain):
        came = submission.play(plays.append, chain[:i], entry["claim"]["action"], contents[i], key)
        expect(came["result"] == chain[: i + 1], f"entry {i} is another one")
        said = submission.play(plays.verify, chain[: i + 1], contents[i], key)
        expect(said is None, f"of {i + 1} whole entries {said!r} is said; expected None")
        value = submission.provenance.canonical(entry)
        expect(value == text(entry), "the text of an entry is another one")


@task("manifest", weight=3)
def test_fresh_tampering(submission, seed):
    """Each part of each entry changed, and entries dropped: the first place where it shows"""
    chain, contents, key = fresh_history(seed, 4)
    for i in range(4):
        for part in ("action", "content", "parent", "signature"):
            bad, _, _ = fresh_history(seed, 4)
            holder = bad[i] if part == "signature" else bad[i]["claim"]
            old = holder[part] or "0" * 64
            holder[part] = old[:-1] + ("0" if old[-1] != "0" else "1")
            said = submission.play(plays.verify, bad, contents[3], key)
            expect(said == i, f"where the {part} of entry {i} was changed, {said!r} is said; expected {i}")
        if i < 3:
            said = submission.play(plays.verify, chain[:i] + chain[i + 1 :], contents[3], key)
            expect(said == i, f"where entry {i} was dropped, {said!r} is said; expected {i}")
    # Signed rightly, but under another parent: only the parent gives it away.
    bad, _, _ = fresh_history(seed, 4)
    bad[2]["claim"]["parent"] = bad[1]["claim"]["parent"]
    bad[2]["signature"] = hmac.digest(bytes.fromhex(key), text(bad[2]["claim"]).encode(), "sha256").hex()
    said = submission.play(plays.verify, bad, contents[3], key)
    expect(said == 2, f"where a parent was exchanged and signed, {said!r} is said; expected 2")
    # Signed under another key from the middle on.
    other, _, _ = fresh_history(seed.fork("other"), 4)
    said = submission.play(plays.verify, chain[:3] + other[3:], contents[3], key)
    expect(said == 3, f"where somebody else signed the last entry, {said!r} is said; expected 3")
    with raises(ValueError):
        submission.play(plays.verify, [], contents[0], key)
