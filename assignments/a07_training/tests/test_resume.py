"""Public checks of stopping and going on: one run three times, and a disk that fails anywhere."""

import torch

from autograder.checks import close, expect, task

from .. import plays_run
from ..plays_run import as_tensor, content, straight_on
from .near import SINGLE, near, same_bits

FORGOTTEN = (
    "What the rest of a run depends on: every part's state, of generators too, and torch's own generator."
)
COPIES = (
    "state_dict() gives the tensors themselves, and an optimizer keeps those that it loads: copy both times."
)


def expect_the_run(losses, says, seed, before, after, hint, run):
    """Expect the losses and answers of a run that was never stopped, here and there rounded otherwise."""
    expected, answers = straight_on(seed, before, after)
    near(losses, expected, f"the losses of {run}", hint, within=SINGLE)
    hint = "In evaluation mode the running statistics count: they are buffers, in a module's state_dict()."
    near(says, answers, f"what the model of {run} says in evaluation mode", hint, within=SINGLE)


# -------------------- 5.1 rewind
@task("rewind", weight=2)
def test_same_run_again(submission):
    """A run is captured after 5 steps and makes 6 more; rewound, it repeats them to the bit, and again"""
    came = submission.play(plays_run.again, 0, 5, 6)
    for number, run in enumerate(("the run that goes on", "the run after one rewind", "the run after two")):
        hint = COPIES if number == 2 else FORGOTTEN
        expect_the_run(came["losses"][number], came["says"][number], 0, 5, 6, hint, run)
        same_bits(came["losses"][number], came["losses"][0], f"the losses of {run}", hint)


@task("rewind")
def test_into_fresh_objects(submission):
    """Parts that have trained on something else go on like those that were captured, again and again"""
    came = submission.play(plays_run.again, 4, 3, 4, fresh=True)
    for number in (1, 2):
        run = f"fresh parts, number {number}"
        expect_the_run(came["losses"][number], came["says"][number], 4, 3, 4, FORGOTTEN, run)
        same_bits(came["losses"][number], came["losses"][0], f"the losses of {run}", FORGOTTEN)


@task("rewind")
def test_through_bytes(submission):
    """A capture that torch has saved, and loaded with weights_only=True, goes on as well"""
    came = submission.play(plays_run.through_bytes, 2, 4, 5)
    hint = (
        "Tensors, numbers, text, lists and dictionaries survive; a numpy state or a class of yours does not."
    )
    expect_the_run(came["losses"], came["says"], 2, 4, 5, hint, "the run that was stored")


@task("rewind")
def test_other_names_are_refused(submission):
    """When a name differs, or one is missing, ValueError is raised, and the run goes on"""
    came = submission.play(plays_run.wrong_names, 3, 0, "noise")
    hint = "The names of the parts must be those of the capture, no fewer and no others."
    expect(all(came["refused"]), "other names, or one name too few, raised no ValueError", hint)
    near(came["losses"], straight_on(3, 0, 3)[0], "the losses afterwards", hint, within=SINGLE)


@task("rewind")
def test_other_names_change_nothing(submission):
    """Parts that cannot be rewound for their names are as they were"""
    came = submission.play(plays_run.wrong_names, 1, 3, "noise")
    hint = "Compare the names before the first part is changed."
    near(came["losses"], straight_on(1, 3, 3)[0], "the losses afterwards", hint, within=SINGLE)


# -------------------- 5.2 save_atomically
def expect_old_or_new(came, seed, old=True):
    """Expect whole bytes after every failure: the old ones or none before, the new ones at the end."""
    before = as_tensor(content(seed, "old") if old else b"")
    new, other = as_tensor(content(seed, "new")), as_tensor(content(seed, "other"))
    hint = "Write another name, flush it, and then rename it: the name has never half a file."
    for operations, (found, kept) in enumerate(zip(came["found"], came["others"], strict=True)):
        what = f"the file when the power fails after {operations} operations"
        last = operations == len(came["found"]) - 1
        if last or found.shape != before.shape or not torch.equal(found, before):
            same_bits(found, new, what, hint)
        same_bits(kept, other, "another file on the disk", "Leave the other files alone.")
    expect(came["finished"], "this takes more than a dozen operations")


@task("save_atomically")
def test_old_or_new_after_every_failure(submission):
    """Wherever the power fails, and whatever survives of unsafe bytes, the file is whole"""
    for share in (0.0, 0.5, 1.0):
        expect_old_or_new(submission.play(plays_run.save_and_fail, 1, True, share), 1)


@task("save_atomically")
def test_first_file_of_a_name(submission):
    """Without an old file there is none, or the whole new one"""
    for share in (0.0, 0.6):
        expect_old_or_new(submission.play(plays_run.save_and_fail, 2, False, share), 2, old=False)


@task("save_atomically")
def test_newest_by_number(submission):
    """Of step-8, step-9, step-10 and others, the newest complete one is chosen by its number"""
    disks = [
        ["step-8", "step-9", "step-10", "step-7"],
        ["step-8", "step-11.part", "step-9", "step-100", "last"],
        ["other", "step-x", "my-step-3"],
        [],
    ]
    broken = [[], ["step-100"], [], []]
    came = submission.play(plays_run.newest, disks, broken)
    hint = "Compare numbers, not text; take names that are step-<digits> and nothing else, or None."
    close(came, [2, 2, -1, -1], rtol=0, what="the places of the newest on four disks", hint=hint)
