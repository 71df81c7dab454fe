"""Public checks of a signed history: its one text, its signatures, and how it can be tampered with."""

import json

from autograder.checks import expect, raises, task

from .. import plays
from .history import CONTENT, CROPPED, KEY, history


# -------------------- 4.3 manifest
@task("manifest")
def test_one_text(submission):
    """Keys come sorted, without blanks, letters as they are, whatever order a dictionary has"""
    for value, due in (
        ({"b": 1, "a": {"d": None, "c": [1, 2]}}, '{"a":{"c":[1,2],"d":null},"b":1}'),
        ({"ort": "Köln", "action": "a b"}, '{"action":"a b","ort":"Köln"}'),
    ):
        came = submission.provenance.canonical(value)
        hint = "json.dumps has arguments for all three: sort_keys, separators, ensure_ascii."
        expect(came == due, f"the text is {came!r}; expected {due!r}", hint)


@task("manifest", weight=2)
def test_worked_history(submission):
    """Created, cropped, published: the three entries of this page, signature by signature"""
    due = history()
    steps = [("created", CONTENT), ("cropped", CROPPED), ("published", CROPPED)]
    for i, (action, content) in enumerate(steps):
        came = submission.play(plays.append, due[:i], action, content, KEY)
        expect(came["given"] == due[:i], "the chain that was given has changed", "Return a new list.")
        expect(isinstance(came["result"], list) and len(came["result"]) == i + 1, "not one entry more came")
        entry = came["result"][-1]
        for part in ("claim", "signature"):
            hint = (
                "SHA-256 of the content, SHA-256 of the whole previous entry, HMAC of the claim; all in hex."
            )
            expect(entry[part] == due[i][part], f"the {part} of {action!r} is {entry[part]!r}", hint)
        expect(came["result"][:i] == due[:i], "earlier entries are not what they were")


@task("manifest", weight=2)
def test_whole_histories(submission):
    """The history is whole with the bytes that it ends in, and so is its beginning"""
    chain = history()
    for n, content in ((3, CROPPED), (2, CROPPED), (1, CONTENT)):
        came = submission.play(plays.verify, chain[:n], content, KEY)
        hint = "Only the last content can be compared: those before are not there any more."
        expect(came is None, f"of {n} whole entries {came!r} is said; expected None", hint)
    for n, content in ((3, CONTENT), (2, CONTENT), (1, CROPPED)):
        came = submission.play(plays.verify, chain[:n], content, KEY)
        expect(came == n - 1, f"{came!r} is said of other bytes; expected {n - 1}, the last entry")


@task("manifest", weight=3)
def test_tampered_histories(submission):
    """What was changed, dropped, exchanged, inserted or signed anew is found where it first shows"""
    chain = history()
    renamed, forged, resigned = history(), history(), history()
    renamed[1]["claim"]["action"] = "retouched"
    forged[2]["signature"] = forged[1]["signature"]
    resigned[0]["signature"] = "0" * 64
    for what, tampered, due in (
        ("an action was changed", renamed, 1),
        ("a signature was copied", forged, 2),
        ("the first signature was lost", resigned, 0),
        ("the middle was dropped", [chain[0], chain[2]], 1),
        ("the beginning was dropped", chain[1:], 0),
        ("two entries changed places", [chain[0], chain[2], chain[1]], 1),
        ("an entry stands twice", [*chain[:2], chain[1], chain[2]], 2),
    ):
        came = submission.play(plays.verify, tampered, CROPPED, KEY)
        hint = "Signature and parent of each entry, in this order of entries; the first that fails."
        expect(came == due, f"where {what}, {came!r} is said; expected {due}", hint)
    came = submission.play(plays.verify, chain, CROPPED, b"cOurse".hex())
    expect(came == 0, f"with another key {came!r} is said; expected 0")


@task("manifest")
def test_signatures_of_entries_are_bound(submission):
    """The parent is that of the whole entry, its signature too; no entry at all raises ValueError"""
    chain = json.loads(json.dumps(history()))
    came = submission.play(plays.append, chain, "printed", CROPPED, KEY)["result"][-1]["claim"]["parent"]
    chain[-1]["signature"] = "0" * 64
    other = submission.play(plays.append, chain, "printed", CROPPED, KEY)["result"][-1]["claim"]["parent"]
    expect(came != other, "the parent is the same under another signature", "The whole entry, not its claim.")
    with raises(ValueError):
        submission.play(plays.verify, [], CROPPED, KEY)
