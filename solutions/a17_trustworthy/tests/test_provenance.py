"""Public checks of a signed history: its one text, its signatures, and how it can be tampered with."""

import torch

from autograder.checks import expect, raises, task

from .. import plays
from .history import CONTENT, CROPPED, KEY, expect_history, expect_letters, expect_said, history


# -------------------- 4.3 manifest
@task("manifest")
def test_one_text(submission):
    """Keys come sorted, without blanks, letters as they are, whatever order a dictionary has"""
    for value, due in (
        ({"b": 1, "a": {"d": None, "c": [1, 2]}}, '{"a":{"c":[1,2],"d":null},"b":1}'),
        ({"ort": "Köln", "action": "a b"}, '{"action":"a b","ort":"Köln"}'),
    ):
        came = submission.play(plays.write, value)
        hint = "json.dumps has arguments for all three: sort_keys, separators, ensure_ascii."
        expect_letters(came, due, "the text", hint)


@task("manifest", weight=2)
def test_worked_history(submission):
    """Created, cropped, published: the three entries of this page, signature by signature"""
    due = history()
    steps = [("created", CONTENT), ("cropped", CROPPED), ("published", CROPPED)]
    for i, (action, content) in enumerate(steps):
        came = submission.play(plays.append, due[:i], action, content, KEY)
        hint = (
            "SHA-256 of the content, SHA-256 of the whole previous entry, of which the first has none, HMAC "
            "of the claim; all in hex."
        )
        expect_history(came["result"], due[: i + 1], hint)
        expect_history(came["given"], due[:i], "Return a new list: the caller keeps the old one.")


@task("manifest", weight=2)
def test_whole_histories(submission):
    """The history is whole with the bytes that it ends in, and so is its beginning"""
    chain = history()
    for n, content in ((3, CROPPED), (2, CROPPED), (1, CONTENT)):
        came = submission.play(plays.verify, chain[:n], content, KEY)
        hint = (
            "Only the last content can be compared: those before are not there any more. And a parent is the "
            "hash of the whole entry before, its signature too."
        )
        expect_said(came, None, f"of {n} whole entries", hint)
    for n, content in ((3, CONTENT), (2, CONTENT), (1, CROPPED)):
        came = submission.play(plays.verify, chain[:n], content, KEY)
        expect_said(came, n - 1, f"of {n} entries and other bytes", "The last entry is wrong then.")


@task("manifest", weight=2)
def test_entries_that_were_changed(submission):
    """What was changed, or signed by somebody else, is found where it is"""
    renamed, forged, resigned = history(), history(), history()
    renamed[1]["claim"]["action"] = "retouched"
    forged[2]["signature"] = forged[1]["signature"]
    resigned[0]["signature"] = "0" * 64
    for where, tampered, due in (
        ("where an action was changed", renamed, 1),
        ("where a signature was copied", forged, 2),
        ("where the first signature was lost", resigned, 0),
    ):
        came = submission.play(plays.verify, tampered, CROPPED, KEY)
        hint = "The signature of each entry, from the first on; the parent of the first is None."
        expect_said(came, due, where, hint)
    came = submission.play(plays.verify, renamed, CONTENT, KEY)
    hint = "Entries first, in their order; the bytes are looked at where all entries hold."
    expect_said(came, 1, "where an action was changed, of other bytes", hint)
    came = submission.play(plays.verify, history(), CROPPED, b"cOurse".hex())
    expect_said(came, 0, "with another key", "The first entry is already signed with another key.")


@task("manifest", weight=2)
def test_entries_that_were_moved(submission):
    """What was dropped, exchanged or inserted is found where it first shows"""
    chain = history()
    for where, tampered, due in (
        ("where the middle was dropped", [chain[0], chain[2]], 1),
        ("where the beginning was dropped", chain[1:], 0),
        ("where two entries changed places", [chain[0], chain[2], chain[1]], 1),
        ("where an entry stands twice", [*chain[:2], chain[1], chain[2]], 2),
    ):
        came = submission.play(plays.verify, tampered, CROPPED, KEY)
        hint = "The parent of each entry is the hash of the one before; that of the first is None."
        expect_said(came, due, where, hint)


@task("manifest")
def test_parents_of_entries(submission):
    """The parent is that of the whole entry, its signature too; no entry at all raises ValueError"""
    forged = history()
    forged[-1]["signature"] = "0" * 64
    parent = submission.play(plays.append, history(), "printed", CROPPED, KEY)["result"][-2]
    other = submission.play(plays.append, forged, "printed", CROPPED, KEY)["result"][-2]
    due = "bdc1"
    expect_letters(parent[:4], due, "the beginning of the parent", "The whole entry, not its claim.")
    expect(not torch.equal(parent, other), "the parent is the same under another signature")
    with raises(ValueError):
        submission.play(plays.verify, [], CROPPED, KEY)
