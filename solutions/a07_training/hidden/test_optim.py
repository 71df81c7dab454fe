"""Hidden checks of AdamW: many fresh steps against torch's, other shapes and dtypes, fresh groups."""

import torch

from autograder.checks import Seed, any_of, close, expect, raises, task

from .. import plays
from ..tests.near import LONG, SINGLE, near, same_bits


def fresh_gradients(seed: Seed, steps: int, *shape: int) -> list[torch.Tensor]:
    """Return gradients of sizes between 1e-4 and 10."""
    sizes = 10 ** (5 * seed.fork("sizes").uniform(steps, *shape) - 4)
    return list(sizes * seed.fork("gradients").normal(steps, *shape))


def by_torch(theta: torch.Tensor, gradients: list[torch.Tensor], **settings) -> list[torch.Tensor]:
    """Return the weights after each step of torch's AdamW."""
    weight = torch.nn.Parameter(theta.clone())
    optimizer, seen = torch.optim.AdamW([weight], **settings), []
    for g in gradients:
        weight.grad = g.clone()
        optimizer.step()
        seen.append(weight.detach().clone())
    return seen


@task("adamw", gate=True)
def test_step_is_an_answer_at_all(submission, seed):
    """Weights move against their gradients, or matrices and vectors are told apart"""
    theta, g = seed.fork("theta").normal(40), seed.fork("g").normal(40)

    def moves() -> None:
        moved = submission.optim.adamw_step(theta, g, 0 * g, 0 * g, 1, lr=0.05, decay=0.0)[0] - theta
        found = torch.corrcoef(torch.stack([moved, g.sign()]))[0, 1]
        expect(found < -0.5, "the weights do not move against their gradients")

    def groups() -> None:
        came = submission.play(plays.groups_of_shapes, [[3], [2, 3], [4], [3, 2], [5, 2]], [], 0.1)
        expect({1, 3, 4} <= set(came["places"][0]), "the matrices are not in the first group")

    any_of(moves, groups)


@task("adamw", weight=2)
def test_fresh_steps_are_torchs(submission, seed):
    """Twelve fresh steps with fresh settings are those of torch's AdamW, in float64

    Compare with torch.optim.AdamW over several steps: decay is apart from the averages, both are corrected
    for their start, eps stands outside the root.
    """
    theta, gradients = seed.fork("theta").normal(2, 3), fresh_gradients(seed, 12, 2, 3)
    b1, b2, lr, decay = (0.1 + 0.8 * seed.fork("settings").uniform(4)).tolist()
    settings = {"lr": 0.1 * lr, "betas": (b1, b2), "eps": 1e-3}
    given = {**settings, "decay": decay}
    came = submission.play(plays.adamw_steps, theta, gradients, 0 * theta, 0 * theta, given)
    expected = by_torch(theta, gradients, **settings, weight_decay=decay)
    near([step["theta"] for step in came["steps"]], expected, "the weights, step by step", within=LONG)


@task("adamw")
def test_defaults_are_torchs(submission, seed):
    """Left at their defaults, six fresh steps in float32 are those of torch's AdamW with its defaults

    Leave all settings out: the defaults are those of torch's AdamW.
    """
    theta = seed.fork("theta").normal(5, dtype=torch.float32)
    gradients = [1e-3 * g.float() for g in fresh_gradients(seed, 6, 5)]
    came = submission.play(plays.adamw_steps, theta, gradients, 0 * theta, 0 * theta, {})
    moved = torch.stack([step["theta"] for step in came["steps"]]) - theta
    expected = torch.stack(by_torch(theta, gradients)) - theta
    close(
        moved, expected, rtol=2e-3, atol=3e-7, what="what the steps add to the weights"
    )  # float32 of weights
    same_bits(came["arguments"], [theta, 0 * theta, 0 * theta], "theta, m, v afterwards")


@task("adamw")
def test_late_steps_and_other_shapes(submission, seed):
    """A late step, with averages that are there already, for a single number and for four axes

    Try step 1000 with averages that are there already, a single number, and four axes.
    """
    for shape in ((), (2, 1, 3, 2)):
        theta, g, m = (seed.fork(name).normal(*shape) for name in ("theta", "g", "m"))
        v, step, b = 0.1 + seed.fork("v").uniform(*shape), seed.fork("step").integer(20, 400), (0.8, 0.99)
        came = submission.optim.adamw_step(theta, g, m, v, step, 0.01, b, 1e-2, 0.3)
        m, v = torch.lerp(g, m, 0.8), torch.lerp(g**2, v, 0.99)
        root = (v / (1 - 0.99**step)) ** 0.5 + 1e-2
        expected = theta - 0.01 * (0.3 * theta + m / (1 - 0.8**step) / root)
        near(list(came), [expected, m, v], "the step's results: theta, m, v", within=LONG)


@task("adamw")
def test_work_is_done_in_the_widest_dtype(submission, seed):
    """float64 averages of float32 weights keep their digits, and a bfloat16 gradient is made wide first

    Averages may be float64 and gradients bfloat16: work in the widest, and keep each one's own dtype.
    """
    theta, g = seed.fork("theta").normal(6, dtype=torch.float32), 1e-4 * seed.fork("g").normal(6)
    g = g.bfloat16()
    m, v = 1e-4 * seed.fork("m").normal(6), 1e-8 * seed.fork("v").uniform(6)
    came = submission.optim.adamw_step(theta, g, m, v, 4, lr=0.1, decay=0.0)
    dtypes = [one.dtype for one in came]
    expect(dtypes == [torch.float32, torch.float64, torch.float64], f"theta, m and v came as {dtypes}")
    wide = g.double()
    m, v = 0.9 * m + 0.1 * wide, 0.999 * v + 0.001 * wide * wide
    close(came[1:], (m, v), rtol=1e-12, what="the averages: m, v")
    expected = theta.double() - 0.1 * m / (1 - 0.9**4) / ((v / (1 - 0.999**4)).sqrt() + 1e-8)
    near(came[0].double(), expected, "the weights", within=SINGLE)
    theta, g, m, v = theta.double(), g.float(), m.float(), v.float()
    dtypes = [one.dtype for one in submission.optim.adamw_step(theta, g, m, v, 2)]
    expect(dtypes == [torch.float64, torch.float32, torch.float32], f"theta, m and v came as {dtypes}")


@task("adamw")
def test_fresh_groups(submission, seed):
    """Fresh shapes, some of them frozen, and models of one kind of weight only

    Frozen weights are in no group, matrices decay and vectors do not. Try models of one kind alone.
    """
    ranks = [seed.fork(f"rank {i}").integer(0, 4) for i in range(9)] + [1, 2]
    shapes = [[2, 1, 3, 2][:rank] for rank in ranks]
    frozen = sorted({seed.fork(f"frozen {i}").integer(0, 8) for i in range(2)})
    decay = seed.fork("decay").uniform(1).item()
    for chosen, still in ((shapes, frozen), ([[3], []], []), ([[2, 3]], []), ([[2], [2, 2]], [0])):
        came = submission.play(plays.groups_of_shapes, chosen, still, decay)
        free = [i for i in range(len(chosen)) if i not in still]
        expected = [[i for i in free if len(chosen[i]) > 1], [i for i in free if len(chosen[i]) < 2]]
        text = f"for shapes {chosen}, of which {still} are frozen, the groups are {came['places']}"
        expect(came["places"] == expected, f"{text}; expected {expected}")
        near(came["decays"], [decay, 0.0], "weight_decay of the two groups")


@task("adamw")
def test_fresh_steps_below_1(submission, seed):
    """Steps of 0 and below are refused

    The first step is 1: 0 and below raise ValueError.
    """
    x = seed.normal(3)
    for step in (0, -seed.integer(1, 9)):
        with raises(ValueError, f"step = {step} is to be refused."):
            submission.optim.adamw_step(x, x, x, x**2, step)
