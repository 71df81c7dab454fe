"""Public checks of stopping and going on: one run three times, and a disk that fails anywhere."""

import random

import torch

from autograder.checks import close, expect, task

from .. import plays_run
from ..disk import Disk, PowerFailure, complete
from ..plays_run import FLUSH, REMOVE, RENAME, WRITE, as_bytes, as_tensor, fresh_parts, says, train
from .near import SINGLE, near, same_bits

FORGOTTEN = (
    "The run depends on every part's state, of generators too, and on torch's own generator. "
    "Copy all of it, tensors inside an optimizer's state too."
)
COPIES = (
    "state_dict() gives the tensors themselves, and an optimizer keeps those that it loads: copy both times."
)


def straight_on(seed, before, after):
    """Return losses and answers after the first steps of a run that is never stopped, and a weight before."""
    with torch.random.fork_rng(devices=[]):
        parts = fresh_parts(seed)
        train(parts, before)
        weight = parts["model"][0].weight.detach().clone()
        return train(parts, after), says(parts), weight


def expect_the_run(losses, answers, seed, before, after, hint, run):
    """Expect the losses and answers of a run that was never stopped, here and there rounded otherwise."""
    expected, said, _ = straight_on(seed, before, after)
    near(losses, expected, f"the losses of {run}", hint, within=SINGLE)
    hint = "In evaluation mode the running statistics count: they are buffers, in a module's state_dict()."
    near(answers, said, f"what the model of {run} says in evaluation mode", hint, within=SINGLE)


def rows_of(seed, n):
    """Return n large batches, and the few small ones that come after them."""
    draws = (seed.fork("before").normal(n, 4096, 4), seed.fork("after").normal(4, 16, 4))
    return tuple(rows.float() for rows in draws)


def in_two_processes(submission, number, before, after, weights_only=True):
    """Let a run be captured in one process, and go on in another that gets the capture and nothing else."""
    held = submission.play(plays_run.captured, number, before)
    text = f"the capture has {held.numel()} bytes, for a model of 66 numbers"
    expect(held.numel() < 2 * before.numel(), text, "Capture states, and not what the run has seen.")
    submission.begin_anew()
    return submission.play(plays_run.resumed, number + 5, held, after, weights_only)


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
def test_through_bytes(submission, seed):
    """A capture that torch has saved goes on in another process, loaded there with weights_only=True"""
    before, after = rows_of(seed, 4)
    came = in_two_processes(submission, 2, before, after)
    hint = (
        "Tensors, numbers, text, lists and dictionaries survive; a numpy state or a class of yours does not."
    )
    expect_the_run(came["losses"], came["says"], 2, before, after, hint, "the run that was stored")


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
def content(seed, label):
    """Return 24 bytes that the seed decides."""
    return random.Random(f"{seed}/{label}").randbytes(24)


def checkpoint(seed, label):
    """Return 24 bytes that are a complete checkpoint: no checksum tells them from what shall be saved."""
    return complete(content(seed, label)[:20])


def carried_out(operations, files, number, share):
    """Return what is on a disk when the power fails after so many of these operations."""
    disk = Disk(files, number)
    carry_out = {WRITE: disk.write, FLUSH: disk.flush, RENAME: disk.rename, REMOVE: disk.remove}
    try:
        for kind, *given in operations:
            carry_out[kind](*(one if isinstance(one, str) else as_bytes(one) for one in given))
    except PowerFailure:
        pass
    return disk.after_failure(share)


def expect_old_or_new(submission, seed, shares, old=True):
    """Expect whole bytes after every failure: the old ones or none before, the new ones at the end."""
    files = {"model": checkpoint(seed, "old"), "other": content(seed, "other")}
    if not old:
        del files["model"]
    new = content(seed, "new")
    given = {name: as_tensor(data) for name, data in files.items()}
    operations = submission.play(plays_run.save, given, as_tensor(new))
    expect(len(operations) < 12, "this takes more than a dozen operations")
    hint = "Write another name, flush it, and then rename it: the name has never half a file."
    for share in shares:
        for number in range(len(operations) + 1):
            left = carried_out(operations, files, number, share)
            what = f"the file when the power fails after {number} operations"
            if number == len(operations) or left.get("model") != files.get("model"):
                same_bits(as_tensor(left.get("model", b"")), as_tensor(new), what, hint)
            kept = as_tensor(left.get("other", b""))
            same_bits(kept, given["other"], "another file on the disk", "Leave the other files alone.")


@task("save_atomically")
def test_old_or_new_after_every_failure(submission):
    """Wherever the power fails, and whatever survives of unsafe bytes, the file is whole"""
    expect_old_or_new(submission, 1, (0.0, 0.5, 1.0))


@task("save_atomically")
def test_first_file_of_a_name(submission):
    """Without an old file there is none, or the whole new one"""
    expect_old_or_new(submission, 2, (0.0, 0.6), old=False)


@task("save_atomically")
def test_over_what_a_crash_has_left(submission):
    """What an earlier crash has left, half or whole, does not get into the file that is saved next"""
    files, new = {"model": checkpoint(3, "old")}, as_tensor(content(3, "new"))
    given = {"model": as_tensor(files["model"])}
    crashed = submission.play(plays_run.save, given, as_tensor(checkpoint(3, "lost")))
    hint = "Whatever stands under the other name, write all bytes there anew."
    for number in range(len(crashed) + 1):
        for share in (0.5, 1.0):
            left = carried_out(crashed, files, number, share)
            given = {name: as_tensor(data) for name, data in left.items()}
            saved = carried_out(submission.play(plays_run.save, given, new), left, None, 0.0)
            what = f"the file that is saved over what a crash after {number} operations has left"
            same_bits(as_tensor(saved.get("model", b"")), new, what, hint)


def disk_of(names, broken):
    """Return files whose names are their contents; those that are `broken` lack their last byte."""
    whole = {name: as_tensor(complete(name.encode())) for name in names}
    return {name: data[:-1] if name in broken else data for name, data in whole.items()}


@task("save_atomically")
def test_newest_by_number(submission):
    """Of step-8, step-9, step-10 and others, the newest complete one is chosen by its number"""
    disks = [
        disk_of(["step-8", "step-9", "step-10", "step-7"], []),
        disk_of(["step-8", "step-11.part", "step-9", "step-100", "last"], ["step-100"]),
        disk_of(["other", "step-x", "my-step-3"], []),
        {},
        disk_of(["step-6", "step-0007"], []),
        disk_of(["step-0"], []),
        disk_of(["step-0007", "step-10"], []),
    ]
    came = submission.play(plays_run.newest, disks)
    hint = "Compare numbers, not text; take names that are step-<digits> and nothing else, or None."
    close(came[:4], [2, 2, -1, -1], rtol=0, what="the places of the newest on four disks", hint=hint)
    hint = "Digits may begin with 0, or be 0: step-0007 has the number 7, and step-0 is a checkpoint."
    what = "the places of step-0007 (beside step-6), step-0 and step-10 (beside step-0007)"
    close(came[4:], [1, 0, 1], rtol=0, what=what, hint=hint)
