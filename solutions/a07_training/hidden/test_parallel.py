"""Hidden checks of many workers: torch's sampler, fresh rings, and fresh shares of one big batch."""

import math

import torch
from torch.utils.data import DistributedSampler

from autograder.checks import Seed, close, expect, raises, task

from ..tests.near import near
from ..tests.network import averages, ring
from ..tests.test_parallel import expect_a_ring


# -------------------- 6.1 shard_indices
def by_torch(n: int, rank: int, world: int, epoch: int, seed: int) -> torch.Tensor:
    """Return the indices of torch's own sampler."""
    sampler = DistributedSampler(range(n), world, rank, seed=seed)
    sampler.set_epoch(epoch)
    return torch.tensor(list(sampler))


@task("shard_indices", gate=True)
def test_all_samples_are_seen(submission, seed):
    """Four workers together see most of 40 samples, in no plain order"""
    epoch = seed.integer(2, 99)
    came = torch.cat([submission.parallel.shard_indices(40, rank, 4, epoch) for rank in range(4)])
    expect(
        len(came.unique()) > 24 and came.min() >= 0 and came.max() < 41, "most of the samples are not there"
    )


@task("shard_indices", weight=2)
def test_fresh_shards_are_torchs(submission, seed):
    """Fresh numbers of samples, workers, epochs and seeds give the indices of torch's DistributedSampler

    Compare with DistributedSampler: the seed is seed + epoch, the list is padded by its own beginning, and
    worker r has every world-th index.
    """
    for i in range(4):
        draw = seed.fork(str(i))
        n, world = draw.fork("n").integer(1, 30), draw.fork("world").integer(1, 6)
        n = 3 * world if i == 0 else n  # which is dealt out evenly
        epoch, start = draw.fork("epoch").integer(0, 9), draw.fork("seed").integer(0, 99)
        for rank in range(world):
            came = submission.parallel.shard_indices(n, rank, world, epoch, start)
            what = f"the indices of rank {rank} of {world}, of {n} samples"
            close(came, by_torch(n, rank, world, epoch, start), rtol=0, what=what)


@task("shard_indices")
def test_fresh_starts(submission, seed):
    """From fresh starts on the rest of the shard follows, down to nothing

    Start counts what this worker has seen: the rest of its shard follows, and at its end nothing.
    """
    n, world, epoch = seed.fork("n").integer(20, 40), 3, seed.fork("epoch").integer(1, 9)
    rank, whole = seed.fork("rank").integer(0, 2), math.ceil(n / world)
    due = by_torch(n, rank, world, epoch, 7)
    for start in (1, seed.fork("start").integer(2, whole - 1), whole):
        came = submission.parallel.shard_indices(n, rank, world, epoch, 7, start=start)
        close(came, due[start:], rtol=0, what=f"the indices from start = {start} on")


@task("shard_indices")
def test_worlds_agree_on_batches(submission, seed):
    """The same global batches of 8, as sets, come out of 1, 2 and 4 workers

    The same global batches come out of 1, 2 and 4 workers: deal indices out in turn, not in blocks.
    """
    epoch = seed.integer(0, 50)
    torch.manual_seed(seed.n % 1000)
    batches = []
    for world in (1, 2, 4):
        shards = [submission.parallel.shard_indices(24, rank, world, epoch) for rank in range(world)]
        each = 8 // world
        batches.append(
            torch.stack(
                [
                    torch.cat([shard[k * each : (k + 1) * each] for shard in shards]).sort().values
                    for k in range(3)
                ]
            )
        )
    close(
        batches[0],
        by_torch(24, 0, 1, epoch, 0).reshape(3, 8).sort(1).values,
        rtol=0,
        what="one worker's batches",
    )
    for world, found in ((2, batches[1]), (4, batches[2])):
        close(found, batches[0], rtol=0, what=f"the batches of {world} workers, sorted")


@task("shard_indices")
def test_fresh_ranks_that_are_none(submission, seed):
    """Ranks below 0 and from `world` on are refused

    Try ranks of -1 and of `world`: ValueError.
    """
    world = seed.integer(1, 6)
    for rank in (-1, -world, world, world + 2):
        with raises(ValueError, f"rank {rank} of {world} is none."):
            submission.parallel.shard_indices(9, rank, world, 0)


# -------------------- 6.2 average_gradients
def fresh_gradients(seed: Seed, world: int) -> tuple[list, list[int], list]:
    """Return gradients of three parameters for each rank, counts, and the mean over all samples."""
    shapes = [(2, 3), (4,), (1,)]
    counts = [seed.fork(f"count {rank}").integer(1, 9) for rank in range(world)]
    drawn = [[seed.fork(f"{rank}/{k}").normal(*s) for k, s in enumerate(shapes)] for rank in range(world)]
    total = sum(counts)
    mean = [sum(c * g[k] for c, g in zip(counts, drawn, strict=True)) / total for k in range(3)]
    return drawn, counts, mean


@task("average_gradients", gate=True)
def test_ring_brings_what_others_hold(submission, seed):
    """What every rank has after the ring goes with what the other ranks hold"""
    xs = [seed.fork(f"x {rank}").normal(480) for rank in range(3)]
    for end, x in zip(ring(submission, xs, anew=True), xs, strict=True):
        likeness = torch.nn.functional.cosine_similarity(end["sum"].double(), sum(xs) - x, dim=0)
        expect(likeness > 0.2, "the result is not like what the other ranks hold")  # chance: 0 to 0.05


@task("average_gradients", weight=2)
def test_fresh_rings(submission, seed):
    """Fresh worlds from 2 to 6 with fresh sizes and shapes, in float32 and float64

    Try worlds of 2 to 6, sizes that they do not divide, and fewer numbers than ranks; then every dtype and
    shape stays.
    """
    for i, world in enumerate((2, 3, seed.fork("world").integer(4, 6))):
        n = seed.fork(f"n {i}").integer(world, 17)
        draws = [seed.fork(f"{i}/{rank}").normal(n, 1, 2 if i == 1 else 1) for rank in range(world)]
        xs = [x.float() for x in draws] if i == 2 else draws
        expect_a_ring(ring(submission, xs), xs)


@task("average_gradients", weight=2)
def test_fresh_counts(submission, seed):
    """Fresh gradients of fresh counts become the mean over all samples, on two ranks and on four

    The mean is over samples: each rank's gradient counts with its number, and the counts are added up too.
    """
    for world in (2, 4):
        drawn, counts, mean = fresh_gradients(seed.fork(str(world)), world)
        came = averages(submission, drawn, counts, [[2, 3], [4], [1]], [], lazy=world == 4)
        for rank, found in enumerate(came["gradients"]):
            near(found, mean, f"the gradients on rank {rank} of {world}")
            close(found, came["gradients"][0], rtol=0, what=f"the gradients on rank {rank}, against rank 0")
        expect(
            came["given"] == [[12]] * world, f"all_sum was given {came['given']} values; expected 11 + 1 each"
        )


@task("average_gradients")
def test_fresh_gaps(submission, seed):
    """Fresh gaps: ranks without samples, parameters that only one rank has a gradient for, and none at all

    Try ranks without samples and gradients that are None on one rank or on all: None counts as zeros where
    another has one.
    """
    drawn, counts, _ = fresh_gradients(seed, 3)
    counts[1] = 0
    drawn[1] = [None, None, None]
    drawn[2][1] = None
    shapes, total = [[2, 3], [4], [1], [2]], counts[0] + counts[2]
    expected = [(counts[0] * drawn[0][k] + counts[2] * drawn[2][k]) / total for k in (0, 2)]
    expected.insert(1, counts[0] * drawn[0][1] / total)
    given = [[*rank, None] for rank in drawn]
    came = averages(submission, given, counts, shapes, [])
    for rank, found in enumerate(came["gradients"]):
        near(found[:3], expected, f"the gradients on rank {rank}")
        near(found[3], torch.zeros(2).double(), f"the gradient on rank {rank} of what no rank used")
    expect(came["given"] == [[14]] * 3, f"all_sum was given {came['given']} values; expected 13 + 1 each")
    single = [[g.float() for g in drawn[0]]]
    came = averages(submission, single, [counts[0]], shapes[:3], [])
    near(came["gradients"][0], single[0], "the gradients of a world of one", within=1e-6)
    dtypes = {g.dtype for g in came["gradients"][0]}
    expect(dtypes == {torch.float32}, f"the gradients are {dtypes}; expected torch.float32")
