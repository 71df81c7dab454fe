"""Public checks of loss scaling and of rounding at random: sequences worked out, means that are exact."""

import math

import torch

from autograder.checks import close, exactly, expect, task

from .. import plays
from .near import SINGLE, near, same_bits

FLAGS = [True, True, False, True, True, True, True, False, False, True, True, True, True, True, True]


# -------------------- 2.1 LossScaler
@task("LossScaler")
def test_cast_before_dividing(submission):
    """Scaled float16 gradients become float32 first: divided in float16 both would be 5.96e-8"""
    given = [torch.tensor([[2e-3, 4e-3]]).half(), torch.tensor([-65504.0]).half()]
    came = submission.play(plays.unscale, 65536.0, given)
    expected = [given[0].double() / 65536, given[1].double() / 65536]
    expect(all(g.dtype == torch.float32 for g in came["unscaled"]), "the gradients are not float32")
    hint = "float16 has no number between 0 and 5.96e-8: cast to float32, then divide by the scale."
    close([g.double() for g in came["unscaled"]], expected, rtol=1e-6, what="the gradients", hint=hint)
    expect(came["finite"] is True, "finite came as False for gradients that are")
    same_bits(came["arguments"], given, "the scaled gradients afterwards", "Return new tensors.")


@task("LossScaler")
def test_one_bad_value_is_seen(submission):
    """One infinity or NaN in any of the gradients makes finite False; the others are unscaled all the same"""
    fine, hint = exactly(8, -4).float(), "Every value of every tensor: g.isfinite().all(), for all g."
    for place in (0, 1, 2):
        for bad in (math.inf, -math.inf, math.nan):
            given = [fine.clone() for _ in range(3)]
            given[place][1] = bad
            came = submission.play(plays.unscale, 4.0, given)
            expect(came["finite"] is False, f"finite is {came['finite']} with {bad} in one gradient", hint)
            near(came["unscaled"][place - 1].double(), exactly(2, -1), "the gradients beside it")


@task("LossScaler", weight=2)
def test_scale_grows_and_shrinks(submission):
    """From 1024, with an interval of 3, the scale takes the page's way through 15 steps"""
    came = submission.play(plays.scales, {"scale": 1024.0, "interval": 3}, FLAGS)
    expected = [1024, 1024, 512, 512, 512, 1024, 1024, 512, 256, 256, 256, 512, 512, 512, 1024]
    hint = "A bad step halves the scale, the third good one in a row doubles it; both set `good` to 0."
    close(came["scales"], expected, rtol=0, what="the scales", hint=hint)
    good = [1, 2, 0, 1, 2, 0, 1, 0, 0, 1, 2, 0, 1, 2, 0]
    close(came["good"], good, rtol=0, what="the counts of good steps", hint=hint)


@task("LossScaler")
def test_scale_stays_within_float32(submission):
    """From 2^126 the scale grows once, to 2^127, and falls without an end; other factors count as they are"""
    came = submission.play(plays.scales, {"scale": 2.0**126, "interval": 1}, [True] * 4)
    hint = "2^128 is infinite in float32: such a scale is not taken."
    close(came["scales"], [2.0**127] * 4, rtol=0, what="the scales", hint=hint)
    hint = "At the interval `good` becomes 0, also where the scale stays."
    close(came["good"], [0] * 4, rtol=0, what="the counts of good steps", hint=hint)
    came = submission.play(plays.scales, {"scale": 2.0}, [False] * 4)
    hint = "Each bad step multiplies by `backoff`, below 1 too: there is no smallest scale."
    close(came["scales"], [1, 0.5, 0.25, 0.125], rtol=0, what="the scales", hint=hint)
    settings = {"scale": 10.0, "growth": 3.0, "backoff": 0.25, "interval": 2}
    came = submission.play(plays.scales, settings, [True, True, False, True, False])
    hint = "The factors are self.growth and self.backoff."
    close(came["scales"], [10, 30, 7.5, 7.5, 1.875], rtol=1e-12, what="the scales", hint=hint)


@task("LossScaler")
def test_clipped_after_unscaling(submission):
    """Gradients (3, 4) times 65536, clipped to 1, move the weights by (0.6, 0.8), and then by more"""
    scaled = [65536 * exactly(3).float(), 65536 * exactly(4).float()[None]]
    given = [scaled, [g / 10 for g in scaled]]
    came = submission.play(plays.scaled_steps, {"interval": 2}, given, 1.0, lazy=True)
    hint = "Clipped before unscaling, the norm would be 1 / 65536 afterwards."
    expected = [exactly(0.4), exactly(0.2)[None], exactly(1, 1)]
    near([w.double() for w in came["steps"][0]["weights"]], expected, "the weights", hint, SINGLE)
    expected = [exactly(0.4 - 0.3 - 0.3), exactly(0.2 - 0.4 - 0.4)[None], exactly(1, 1)]  # momentum of 0.5
    hint = "The second gradient is not longer than 1, and the optimizer's momentum is 0.5."
    near([w.double() for w in came["steps"][1]["weights"]], expected, "the weights", hint, SINGLE)
    hint = "The second good step is the interval's last."
    close([step["scale"] for step in came["steps"]], [65536, 131072], rtol=0, what="the scales", hint=hint)


@task("LossScaler")
def test_bad_step_leaves_everything(submission):
    """An infinite gradient: neither weights nor the optimizer's state change, and the scale is halved"""
    fine = [exactly(8, -16).float(), exactly(4).float()]
    bad = [exactly(8, math.inf).float(), exactly(4).float()]
    came = submission.play(plays.scaled_steps, {"scale": 8.0}, [fine, bad, fine], 100.0, adam=True)
    made = [step["made"] for step in came["steps"]]
    expect(made == [True, False, True], f"scaled_step returned {made}; expected True, False, True")
    first, second, third = came["steps"]
    hint = "Adam's count of steps and its averages are state too: do not call the optimizer at all."
    same_bits(second["weights"], first["weights"], "the weights after the bad step", hint)
    same_bits(second["state"], first["state"], "the optimizer's state after the bad step", hint)
    # Both good steps have gradients of one sign, so AdamW moves by its rate; its decay is 0.01.
    expected = exactly(1, 1) * 0.999 - 0.1 * exactly(1, -1)
    near(first["weights"][0].double(), expected, "the weights after the first step", within=SINGLE)
    # At half the scale the same scaled gradient is twice as long.
    m, v = (0.9 * 0.1 * 1 + 0.1 * 2) / (1 - 0.81), (0.999 * 0.001 * 1 + 0.001 * 4) / (1 - 0.999**2)
    expected = expected * 0.999 - 0.1 * exactly(1, -1) * m / math.sqrt(v)
    near(third["weights"][0].double(), expected, "the weights after the third step", hint, within=SINGLE)


# -------------------- 2.2 stochastic_round
VALUES = exactly(1.001, 1.00390625, 3.14159265).float()


@task("stochastic_round", weight=2)
def test_mean_is_exact(submission):
    """Over the 65536 uniforms j / 65536 the mean of 1.001, 1.00390625 and 3.14159265 is exactly they"""
    uniform = (torch.arange(65536) / 65536).expand(3, -1)
    came = submission.precision.stochastic_round(VALUES[:, None].expand(3, 65536).contiguous(), uniform)
    expect(came.dtype == torch.bfloat16, f"the result is {came.dtype}; expected torch.bfloat16")
    hint = "f is the lower 16 bits over 65536, and the neighbour away from zero has the share f."
    near(came.double().mean(1), VALUES.double(), "the means", hint)


@task("stochastic_round")
def test_which_uniforms_round_away(submission):
    """1.001 has f = 0.128006: uniforms below that give 1.0078125, the others 1; and -1.001 likewise"""
    uniform = exactly(0, 0.1, 0.128, 0.1281, 0.5, 0.999)
    came = submission.precision.stochastic_round(VALUES[0].expand(6).contiguous(), uniform).double()
    expected = exactly(1.0078125, 1.0078125, 1.0078125, 1, 1, 1)
    hint = "The neighbours are 1 and 1 + 2^-7, and the latter where uniform < f: one uniform for each value."
    near(came, expected, "1.001, rounded", hint)
    came = submission.precision.stochastic_round(-VALUES[0].expand(6).contiguous(), uniform).double()
    near(came, -expected, "-1.001, rounded", "Cutting bits off rounds towards zero, negative values too.")


@task("stochastic_round")
def test_spacing_is_the_values_own(submission):
    """Small and large values have neighbours of their own: 2^-7 of their power of two away, not 2^-7"""
    x = exactly(1e-6, 300.7, -1e10, 1e-40, 1.9999).float()
    low, high = (submission.precision.stochastic_round(x, u).double() for u in (x * 0 + 0.99999, x * 0))
    gap = 2.0 ** torch.floor(torch.log2(x.double().abs())) / 128
    gap[3] = 2.0**-133  # below 2^-126 all are equally far apart
    cut = (x.double().abs() / gap).floor() * gap * x.sign()
    hint = "From 2^e up to 2^(e + 1) the gap is 2^(e - 7); torch.frexp calls that exponent e + 1."
    near(low / cut, torch.ones(5), "the neighbours towards zero, over what they are", hint)
    away = cut + gap * x.sign()
    near(high / away, torch.ones(5), "the neighbours away from zero, over what they are", hint)
    huge = submission.precision.stochastic_round(torch.tensor([3.4e38, -3.4e38]), torch.zeros(2))
    expect(huge.tolist() == [math.inf, -math.inf], f"3.4e38 and -3.4e38 became {huge.tolist()}; expected inf")


@task("stochastic_round")
def test_what_stays(submission):
    """Values that bfloat16 has stay as they are, and so do zeros, infinities and NaN"""
    x = exactly(1.0, -0.5, 0.0, -0.0, 65280, math.inf, -math.inf).float()
    came = submission.precision.stochastic_round(x, torch.zeros(7))
    hint = "uniform < f is never so when f is 0; what is not finite has no neighbours."
    same_bits(came.float(), x, "the results with uniform = 0", hint)
    signs = came.view(torch.int16)[2:4].tolist()
    expect(signs == [0, -32768], "0.0 and -0.0 have changed their signs", hint)
    bits = torch.tensor([0x7F800001, 0x7FFFFFFF, 0x7FC00000], dtype=torch.int32)
    came = submission.precision.stochastic_round(bits.view(torch.float32), exactly(0.9, 0, 0.2))
    hint = "A NaN whose payload is cut off, or gets a carry, would be infinite or zero."
    expect(bool(came.isnan().all()), f"NaN became {came.tolist()}", hint)
