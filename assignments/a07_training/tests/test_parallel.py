"""Public checks of many workers: shards of seven samples, rings of threads, unequal counts."""

import math

import torch

from autograder.checks import close, exactly, expect, expect_dtype, raises, task

from .near import EXACT, near, same_bits
from .network import averages, ring

TURNS = "One order for all, repeated from its beginning up to ceil(n / world) each; then order[rank::world]."


# -------------------- 6.1 shard_indices
@task("shard_indices", weight=2)
def test_seven_samples_for_three(submission):
    """Seven samples, three workers: the page's indices in epochs 0 and 1, and nobody waits for the others"""
    expected = {0: [[4, 3, 1], [0, 2, 4], [5, 6, 0]], 1: [[0, 3, 4], [6, 5, 0], [1, 2, 6]]}
    for epoch, shards in expected.items():
        for rank, due in enumerate(shards):
            came = submission.parallel.shard_indices(7, rank, 3, epoch)
            close(
                came,
                torch.tensor(due),
                rtol=0,
                what=f"the indices of rank {rank} in epoch {epoch}",
                hint=TURNS,
            )
            expect_dtype(came, torch.int64)


@task("shard_indices")
def test_seed_and_start(submission):
    """The seed is added to the epoch, and `start` leaves out what this rank has already used"""
    came = submission.parallel.shard_indices(7, 1, 3, 0, seed=1)
    close(
        came,
        torch.tensor([6, 5, 0]),
        rtol=0,
        what="the indices with seed = 1",
        hint="Seed with seed + epoch.",
    )
    came = submission.parallel.shard_indices(7, 1, 3, 1, 0, 2)
    hint = "start counts samples of this rank: leave them out at the end, after the turns."
    close(came, torch.tensor([0]), rtol=0, what="the indices from start = 2 on", hint=hint)


@task("shard_indices")
def test_fewer_samples_than_workers(submission):
    """Two samples for five workers come round again, six for three do not; other ranks are refused"""
    came = [submission.parallel.shard_indices(2, rank, 5, 0) for rank in range(5)]
    hint = "The order is repeated as often as it takes: 0, 1, 0, 1, 0."
    close(
        torch.stack(came), torch.tensor([[0], [1], [0], [1], [0]]), rtol=0, what="the five shards", hint=hint
    )
    even = [len(submission.parallel.shard_indices(6, rank, 3, 0)) for rank in range(3)]
    hint = "ceil(n / world) is n / world where world divides n: then nothing is repeated."
    expect(even == [2, 2, 2], f"of six samples three workers get {even}; expected [2, 2, 2]", hint)
    for rank in (0, 2):
        expect(len(submission.parallel.shard_indices(0, rank, 3, 0)) == 0, "indices came for no samples")
    for rank, world in ((-1, 3), (3, 3), (0, 0)):
        with raises(ValueError, f"rank {rank} of {world} is none."):
            submission.parallel.shard_indices(7, rank, world, 0)


# -------------------- 6.2 ring_all_reduce
def expect_a_ring(ends, xs):
    """Expect the sum on every rank, equal to the bit, from 2 (world - 1) shifts of about n / world values."""
    world, n = len(xs), xs[0].numel()
    total = torch.stack([x.double() for x in xs]).sum(0)
    within = EXACT if xs[0].dtype == torch.float64 else 1e-5
    for rank, end in enumerate(ends):
        found = end["sum"]
        hint = (
            "Who holds which sum after each shift? Write it down for three ranks; for two, some slips cancel."
        )
        near(found.double(), total, f"the sum on rank {rank}", hint, within)
        hint = "Each part is summed once and then copied: every rank adding for itself rounds differently."
        same_bits(found, ends[0]["sum"], f"the sum on rank {rank}, against that on rank 0", hint)
        expect(found.dtype == xs[0].dtype, f"the sum is {found.dtype}; expected {xs[0].dtype}")
    for rank, end in enumerate(ends):
        sent = [part.numel() for part in end["sent"]]
        text = f"rank {rank} of {world} sent {sent} of {n} values"
        hint = f"2 (world - 1) shifts, each of one part: at most {math.ceil(n / world)} values."
        expect(len(sent) == 2 * (world - 1), text, hint)
        low, high = n // world, math.ceil(n / world)
        expect(all(low <= number <= high for number in sent), text, hint)
    same_bits(
        [end["x"] for end in ends], xs, "x afterwards", "Add into new tensors: tensor_split gives views of x."
    )


@task("average_gradients", weight=2)
def test_digits_show_who_has_added(submission):
    """Four ranks with 1, 2, 3, 4 times 1, 10, 100, 1000 all end with 1111, 2222, 3333, 4444"""
    xs = [exactly(1, 2, 3, 4) * 10**rank for rank in range(4)]
    expect_a_ring(ring(submission, xs), xs)


@task("average_gradients")
def test_rings_of_other_sizes(submission):
    """Rings of 1 to 5 ranks, shapes that the world does not divide, and fewer values than ranks"""
    place = torch.arange(1, 66, dtype=torch.float64)
    for world, shape in ((1, (3,)), (2, (3, 4)), (3, (2, 2)), (5, (13,)), (4, (5,)), (3, (2,))):
        xs = [torch.sin(place * (rank + 1))[: math.prod(shape)].reshape(shape) for rank in range(world)]
        xs = [x.float() for x in xs] if world == 5 else xs
        expect_a_ring(ring(submission, xs), xs)


# -------------------- 6.2 average_gradients
ALL = "Each rank gives count * gradient for every parameter, and the count behind them, in one flat tensor."


@task("average_gradients", weight=2)
def test_unequal_counts(submission):
    """Gradients of 1 (6 samples) and 4 (2 samples) become 1.75 on both ranks; the plain mean is 2.5"""
    gradients = [[exactly(1, -2), exactly(2)[None]], [exactly(4, 2), exactly(-6)[None]]]
    came = averages(submission, gradients, [6, 2], [[2], [1, 1]], [])
    expected = [exactly(1.75, -1), exactly(0)[None]]
    hint = "The mean over all samples: sum of count * gradient over the sum of the counts."
    for rank, found in enumerate(came["gradients"]):
        near(found, expected, f"the gradients on rank {rank}", hint)
    given = came["given"]
    expect(given == [[4], [4]], f"all_sum was given {given} values, rank by rank; expected once 3 + 1", ALL)


@task("average_gradients")
def test_missing_gradients_take_part(submission):
    """A parameter without a gradient on one rank counts as zeros there, and has one afterwards"""
    gradients = [[exactly(3, 6, 9), None, None], [None, exactly(4)[None], None], [None, None, None]]
    shapes = [[3], [1, 1], [2]]
    came = averages(submission, gradients, [2, 4, 0], shapes, [2], lazy=True)
    expected = [exactly(1, 2, 3), exactly(16 / 6)[None]]
    for rank, found in enumerate(came["gradients"]):
        near(found, expected, f"the gradients on rank {rank}", ALL)
    expect(came["given"] == [[5]] * 3, f"all_sum was given {came['given']} values; expected 4 + 1 each", ALL)
    expect(all(idle == [True] for idle in came["frozen left alone"]), "a frozen parameter got a gradient")


@task("average_gradients")
def test_no_samples_anywhere(submission):
    """When no rank has a sample every one raises ValueError, after it has taken part; one sample is enough"""
    came = averages(submission, [[exactly(5, 7)], [None]], [1, 0], [[2]], [])
    near(came["gradients"], [[exactly(5, 7)], [exactly(5, 7)]], "the gradients of one sample", ALL)
    none = averages(submission, [[exactly(0, 0)], [None]], [0, 0], [[2]], [])
    expect(none["refused"] == [True, True], f"ranks that raised ValueError: {none['refused']}; expected both")
    hint = "Only the sum of the counts tells: ask after the call, or the others wait for ever."
    expect(
        none["given"] == [[3], [3]], f"all_sum was given {none['given']} values; expected 2 + 1 each", hint
    )
