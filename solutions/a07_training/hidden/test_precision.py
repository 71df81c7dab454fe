"""Hidden checks of loss scaling and of rounding at random: torch's own scaler, neighbours by nextafter."""

import math

import torch

from autograder.checks import Seed, close, expect, task

from .. import plays
from ..tests.near import SINGLE, near, same_bits


# -------------------- 2.1 LossScaler
@task("LossScaler", gate=True)
def test_unscaled_gradients_have_a_direction(submission, seed):
    """Unscaled gradients point where the scaled ones do"""
    g = seed.fork("g").normal(12, dtype=torch.float32)
    came = submission.play(plays.unscale, 16.0, [g])["unscaled"][0]
    along = torch.nn.functional.cosine_similarity(came.double(), g.double(), dim=0)
    expect(along > 0.8, "the unscaled gradients have another direction")


@task("LossScaler")
def test_fresh_gradients_unscaled(submission, seed):
    """Fresh gradients in float16, bfloat16 and float32, by scales of all sizes, lose nothing in float32

    Make gradients float32 first, then divide by the scale: float16 underflows. Try several dtypes.
    """
    for scale in (0.37, 2.0**20, 1e30):
        drawn = [seed.fork(str(i)).normal(2, 3) * 10 ** (i - 2) for i in range(3)]
        kinds = (torch.float16, torch.bfloat16, torch.float32)
        given = [g.to(kind) for g, kind in zip(drawn, kinds, strict=True)]
        came = submission.play(plays.unscale, scale, [g.clone() for g in given])
        expect(all(g.dtype == torch.float32 for g in came["unscaled"]), "the gradients are not float32")
        expected = [g.double() / scale for g in given]
        close([g.double() for g in came["unscaled"]], expected, rtol=1e-6, atol=1e-37, what="the gradients")
        expect(came["finite"] is True, "finite came as False for gradients that are")
    one = given[1].clone()
    one[1, 2] = math.nan
    came = submission.play(plays.unscale, 2.0, [given[0], one])
    expect(came["finite"] is False, "finite came as True with a NaN in one gradient")
    close(came["unscaled"][0].double(), given[0].double() / 2, rtol=1e-6, what="the gradient beside it")


@task("LossScaler", weight=2)
def test_fresh_sequences_as_torch(submission, seed):
    """Fresh sequences of good and bad steps move the scale as torch's GradScaler moves its own

    Compare with torch's GradScaler: one bad step shrinks and resets the count; growth needs that many good
    steps in a row.
    """
    for i in range(3):
        draw = seed.fork(f"sequence {i}")
        flags, interval = (draw.uniform(40) < 0.8).tolist(), draw.fork("interval").integer(1, 5)
        growth, backoff = (1 + draw.fork("factors").uniform(2)).tolist()
        settings = {"scale": 1000.0, "growth": growth + 0.5, "backoff": backoff / 2.5, "interval": interval}
        came = submission.play(plays.scales, settings, flags)
        close(came["scales"], by_torch(settings, flags), rtol=1e-5, what="the scales, step by step")


def by_torch(settings: dict[str, float], flags: list[bool]) -> list[float]:
    """Return the scales of torch's own scaler."""
    names = {"scale": "init_scale", "growth": "growth_factor", "backoff": "backoff_factor"}
    given = {names.get(name, "growth_interval"): value for name, value in settings.items()}
    scaler, weight = torch.amp.GradScaler("cpu", **given), torch.nn.Parameter(torch.ones(1))
    optimizer, seen = torch.optim.SGD([weight], lr=0.0), []
    for finite in flags:
        scaler.scale(torch.ones(()))
        weight.grad = torch.tensor([1.0 if finite else math.inf])
        scaler.step(optimizer)
        scaler.update()
        seen.append(scaler.get_scale())
    return seen


@task("LossScaler")
def test_fresh_steps(submission, seed):
    """Fresh steps, some of them bad, are those of an optimizer that never saw the bad ones

    A bad step changes neither weights nor the optimizer's averages; a good one uses unscaled gradients.
    """
    steps = [[seed.fork(f"{k}{i}").normal(3 - i, 2, dtype=torch.float32) for i in range(2)] for k in range(4)]
    bad = seed.fork("bad").integer(1, 2)
    scale, max_norm, weights = (
        64.0,
        0.4 + seed.fork("max").uniform(1).item(),
        [torch.ones(3, 2), torch.ones(2, 2)],
    )
    given, expected, scales, held = [], [], [], [torch.zeros(3, 2), torch.zeros(2, 2)]
    for k, step in enumerate(steps):
        given.append([scale * g for g in step])
        if k == bad:
            given[-1][k % 2][1, 1] = math.nan
            scale /= 2
        else:
            norm = math.sqrt(sum(g.double().square().sum().item() for g in step))
            held = [0.5 * h + min(1, max_norm / norm) * g for h, g in zip(held, step, strict=True)]
            weights = [w - h for w, h in zip(weights, held, strict=True)]
        expected.append(weights)
        scales.append(scale)
    came = submission.play(plays.scaled_steps, {"scale": 64.0}, given, max_norm, lazy=True)
    found = [[w.double() for w in step["weights"][:2]] for step in came["steps"]]
    due = [[w.double() for w in step] for step in expected]
    near(found, due, "the weights, step by step", within=SINGLE)
    made = [step["made"] for step in came["steps"]]
    expect(made == [k != bad for k in range(4)], f"scaled_step returned {made}; step {bad} is bad")
    close([step["scale"] for step in came["steps"]], scales, rtol=0, what="the scales")
    same_bits(
        [step["weights"][2] for step in came["steps"]], [torch.ones(2)] * 4, "the weight without a gradient"
    )


# -------------------- 2.2 stochastic_round
def neighbours(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the neighbours of float32 values in bfloat16, towards zero and away from it, by nextafter."""
    nearest = x.bfloat16()
    inwards = torch.nextafter(nearest, torch.zeros_like(nearest))
    cut = torch.where(nearest.double().abs() > x.double().abs(), inwards, nearest)
    outwards = torch.nextafter(cut, torch.inf * torch.sign(x).bfloat16())
    return cut, torch.where(cut.double() == x.double(), cut, outwards)


def fresh_values(seed: Seed) -> torch.Tensor:
    """Return 400 values of both signs between 1e-20 and 1e20."""
    return (seed.fork("x").normal(400) * 10 ** (40 * seed.fork("sizes").uniform(400) - 20)).float()


@task("stochastic_round", gate=True)
def test_rounds_at_all(submission, seed):
    """Results are near the values"""
    x = 1 + 5 * seed.fork("x").uniform(300, dtype=torch.float32)
    came = submission.precision.stochastic_round(x, seed.fork("u").uniform(300))
    expect((came.double() / x.double() - 1).abs().median() < 0.03, "the results are not near the values")
    expect(len(came.unique()) > 50, "too few different values came")


@task("stochastic_round", weight=2)
def test_fresh_values_between_neighbours(submission, seed):
    """400 fresh values of all sizes, each with its own uniform, become the neighbour that is due

    Away from zero where the uniform is below the share of the lower 16 bits, cut elsewhere: the same for
    negative values.
    """
    x, uniform = fresh_values(seed), seed.fork("u").uniform(400)
    cut, away = (one.double() for one in neighbours(x))
    share = (x.double() - cut) / (away - cut).where(away != cut, torch.ones(400).double())
    expected = torch.where(uniform < share, away, cut)
    came = submission.precision.stochastic_round(x.reshape(4, 100), uniform.reshape(4, 100)).double()
    near(came.flatten() / expected, torch.ones(400), "the results, over what they should be")
    came = submission.precision.stochastic_round(-x, uniform).double()
    near(-came / expected, torch.ones(400), "the results for -x, over what they should be")


@task("stochastic_round")
def test_at_the_share_itself(submission, seed):
    """A uniform equal to the share is cut, one just below it is not; float32 uniforms too

    A uniform equal to the share is cut, one just below goes up; float32 uniforms too.
    """
    bits = torch.tensor([seed.fork(str(i)).integer(1, 65535) for i in range(40)], dtype=torch.int32)
    x, share = (0x3F800000 + bits).view(torch.float32), bits.double() / 65536
    for uniform, due in ((share, 1.0), (share - 1e-9, 1.0078125), (share.float(), 1.0)):
        came = submission.precision.stochastic_round(x, uniform).double()
        near(came, torch.full((40,), due), "values between 1 and 1.0078125, rounded")


@task("stochastic_round")
def test_ends_of_the_numbers(submission, seed):
    """Above 3.3895e38 the neighbour is infinite, below 2^-126 it is subnormal, and NaN stay

    Try the largest bfloat16, subnormal numbers, infinities and NaN: a carry must not make a NaN infinite.
    """
    x = torch.tensor([3.4e38, -3.4e38, 3e-40, -2e-40])
    low = submission.precision.stochastic_round(x, torch.full((4,), 0.9999999)).double()
    high = submission.precision.stochastic_round(x, torch.zeros(4)).double()
    cut, away = (one.double() for one in neighbours(x))
    near(low / cut, torch.ones(4), "the results with uniforms near 1, over what they should be")
    expect(high[:2].tolist() == [math.inf, -math.inf], f"3.4e38 with uniform 0 became {high[:2].tolist()}")
    near(high[2:] / away[2:], torch.ones(2), "small values with uniform 0, over what they should be")
    payload = torch.tensor([1, 65535, -8388607], dtype=torch.int32) + 0x7F800000
    payload[2] = -8388607  # 0xFF800001
    came = submission.precision.stochastic_round(payload.view(torch.float32), seed.uniform(3))
    expect(bool(came.isnan().all()), f"NaN became {came.tolist()}")
    came = submission.precision.stochastic_round(torch.tensor(2.7), torch.tensor(0.999))
    close(came.double(), 2.6875, what="2.7, rounded towards zero")


@task("stochastic_round", statistical=True)
def test_sums_do_not_stand_still(submission, seed):
    """Eighty weights of 1, to which 0.001 is added 60 times, become 1.06 in the mean

    Add 0.001 to 1 many times: in the mean it arrives. Does each number have its own uniform?
    """
    w = torch.ones(80)
    for step in range(60):
        w = submission.precision.stochastic_round(w + 1e-3, seed.fork(str(step)).uniform(80)).float()
    # Each addition rounds with a variance of f (1 - f) / 128^2, at most a quarter of it.
    error = math.sqrt(60 / 4 / 128**2 / 80)
    expect(abs(w.mean().item() - 1.06) < 5 * error, f"the mean is {w.mean().item():.4f}; expected 1.06")
