"""Hidden checks of stopping and going on: fresh runs, stopped anywhere, and fresh bytes."""

from autograder.checks import close, expect, task

from .. import plays_run
from ..tests.near import SINGLE, near, same_bits
from ..tests.test_resume import (
    FORGOTTEN,
    disk_of,
    expect_old_or_new,
    expect_the_run,
    in_two_processes,
    rows_of,
    straight_on,
)


# -------------------- 5.1 rewind
@task("rewind", gate=True)
def test_weights_come_back(submission, seed):
    """The model's weights come back in another process, which gets the capture and nothing else"""
    before, after = rows_of(seed, 3)
    came = in_two_processes(submission, seed.n % 1000, before, after, weights_only=False)
    near(came["weight"], straight_on(seed.n % 1000, before, 0)[2], "the first layer's weight", within=SINGLE)


@task("rewind", weight=2)
def test_fresh_runs_again(submission, seed):
    """Fresh runs, captured after fresh numbers of steps, are repeated three times to the bit

    A run that is captured and restored repeats itself to the bit: model, optimizer, schedule, and every
    generator in use.
    """
    n, before, after = seed.n % 1000, seed.fork("before").integer(1, 9), seed.fork("after").integer(2, 8)
    came = submission.play(plays_run.again, n, before, after, times=3)
    for number in range(4):
        run = f"the run after {number} rewinds"
        expect_the_run(came["losses"][number], came["says"][number], n, before, after, FORGOTTEN, run)
        same_bits(came["losses"][number], came["losses"][0], f"the losses of {run}")
        same_bits(came["says"][number], came["says"][0], f"what the model of {run} says")


@task("rewind")
def test_fresh_objects_and_bytes(submission, seed):
    """A capture before the first step, and one that went through bytes, go on in fresh parts

    Capture before the first step, send it through bytes, and restore into fresh parts: a capture holds
    copies, no references.
    """
    n = seed.n % 1000
    came = submission.play(plays_run.again, n, 0, 5, times=2, fresh=True)
    for number in (1, 2):
        run = f"fresh parts, number {number}"
        expect_the_run(came["losses"][number], came["says"][number], n, 0, 5, FORGOTTEN, run)
    before, after = rows_of(seed, seed.integer(2, 4))
    came = in_two_processes(submission, n, before, after)
    expect_the_run(came["losses"], came["says"], n, before, after, FORGOTTEN, "the run that was stored")


@task("rewind")
def test_every_name_counts(submission, seed):
    """Whichever name differs or is missing, nothing is changed

    Look at all names before anything is changed: one that is missing or different leaves everything as it
    was.
    """
    n, name = seed.n % 1000, ("model", "optimizer", "rate", "scaler")[seed.integer(0, 3)]
    came = submission.play(plays_run.wrong_names, n, 2, name)
    expect(all(came["refused"]), f"without the name {name!r} no ValueError was raised")
    near(came["losses"], straight_on(n, 2, 3)[0], "the losses afterwards", within=SINGLE)


# -------------------- 5.2 save_atomically
@task("save_atomically", gate=True)
def test_a_complete_checkpoint_is_found(submission, seed):
    """Of some complete checkpoints in order, the last one is found"""
    first = seed.integer(1, 4)
    names = [f"step-{first}", "a", f"step-{first + 2}", f"step-{first + 5}"]
    came = submission.play(plays_run.newest, [disk_of(names, [])])
    expect(came == [3], "the newest of three complete checkpoints is not found")


@task("save_atomically", weight=2)
def test_fresh_failures(submission, seed):
    """Fresh bytes, fresh shares that survive, with and without an old file

    Write to another name in the same folder, flush to disk, then rename: whatever breaks before, the old file
    is whole.
    """
    for i in range(3):
        n, share = seed.fork(str(i)).n % 1000, seed.fork(f"share {i}").uniform(1).item()
        expect_old_or_new(submission, n, (share, 0.0), old=i != 1)


@task("save_atomically")
def test_fresh_numbers(submission, seed):
    """Fresh numbers, the largest of them broken or unfinished, are ordered as numbers

    Numbers are compared as numbers, 10 after 9; broken and unfinished files are passed over.
    """
    disks, expected = [], []
    for i in range(4):
        draw = seed.fork(str(i))
        numbers = [draw.fork(f"{k}").integer(10**k, 10 ** (k + 1) - 1) for k in range(4)]
        order = draw.uniform(4).argsort().tolist()
        names = [f"step-{numbers[k]}" for k in order]
        others = ["step-99999.part", "step-", "Step-88888", "step--7", f"step-0{numbers[0]}0.tmp"]
        disks.append(disk_of([*names, *others], [f"step-{numbers[3]}"] if i % 2 else []))
        expected.append(order.index(2 if i % 2 else 3))
    came = submission.play(plays_run.newest, disks)
    close(came, expected, rtol=0, what="the places of the newest on four disks")
    disks = [disk_of(["step-5"], ["step-5"]), disk_of(["step-5", "a", "step-07", "step-6"], [])]
    came = submission.play(plays_run.newest, disks)
    close(came, [-1, 2], rtol=0, what="the places where one is broken, and where a number begins with 0")
