"""Public checks of fast sampling: the levels of the paper's short schedule, and a Gaussian in six steps."""

import math
from typing import Any

import torch
from torch import Tensor

from autograder.checks import Seed, close, exactly, expect, raises, task
from autograder.nearness import LONG, near, near_single, unchanged

from .. import plays

# -------------------- 2.3 fast_sampling
SHORT = exactly(1e-4, 1e-3, 0.01, 0.05, 0.2, 0.5)
LONG_AGO = torch.linspace(1e-4, 0.05, 50, dtype=torch.float64)
TRAINED = (1 - LONG_AGO).cumprod(dim=0)
ALIGNED = exactly(0, 0.8941341034, 4.0866540230, 10.4518165239, 22.9924933074, 42.9186430599)
STEP = (
    "Work one step out by hand, by the short schedule: which factors of mean and variance belong to this "
    "step alone (beta), and which to all steps so far (level and before)?"
)


@task("fast_sampling", weight=2)
def test_steps_of_six(submission):
    """DiffWave's six betas stand at steps 0, .8941, 4.0867, 10.4518, 22.9925 and 42.9186 of fifty"""
    came = submission.play(plays.calling, "vocoder", "aligned_steps", [SHORT, TRAINED])
    hint = "u = (root_t - root) / (root_t - root_(t+1)), of roots of alpha_bar, with steps from 0."
    close(came["value"], ALIGNED, rtol=0, atol=1e-8, what="the steps", hint=hint)
    unchanged(came["arguments"], [SHORT, TRAINED])


@task("fast_sampling")
def test_schedule_aligned_with_itself(submission):
    """Training's own fifty betas stand at steps 0 to 49, every sixth level at every sixth step"""
    came = submission.vocoder.aligned_steps(LONG_AGO, TRAINED)
    near(came, torch.arange(50).double(), "the steps", "Both ends are levels that training has.", LONG)
    levels = TRAINED[1::6]
    betas = 1 - levels / torch.cat([exactly(1), levels[:-1]])
    near(submission.vocoder.aligned_steps(betas, TRAINED), torch.arange(1, 50, 6).double(), within=1e-8)
    beyond = 1 - TRAINED[-1:] * (1 - 1e-13)
    hint = "Rounding may put the last level below training's last: it is still its last step."
    near(submission.vocoder.aligned_steps(beyond, TRAINED), exactly(49), "the steps", hint, 1e-8)


@task("fast_sampling")
def test_levels_outside_of_training(submission):
    """A level above training's first or below its last raises ValueError: it would have no step"""
    for betas in (exactly(1e-5, 0.01), exactly(0.01, 0.3, 0.7)):
        with raises(ValueError):
            submission.vocoder.aligned_steps(betas, TRAINED)


def asked(submission: Any, seed: Seed, clip: bool | None) -> dict[str, Any]:
    """Return what six steps make of two fresh waves, by a model whose noise depends on step and mel."""
    x_T, mel = seed.fork("x").normal(2, 3), seed.fork("mel").normal(2, 4, 5)
    noises = [seed.fork(f"{i}").normal(2, 3) for i in range(8)]
    schedules, numbers = [SHORT, TRAINED], [0.4, -0.2]
    came = submission.play(plays.fast_sample, "affine", numbers, mel, x_T, noises, schedules, clip)
    return came | {"x_T": x_T, "mel": mel, "noises": noises}


def sampled(
    x: Tensor, mel: Tensor | None, noises: list[Tensor], schedules: list[Tensor], steps: Tensor,
    numbers: list[float], clip: bool,
) -> Tensor:  # fmt: skip
    """Return where the affine model leads, by the estimate of the clean wave in each step."""
    betas = schedules[0].tolist()
    level, fresh = 1.0, list(noises)
    levels = [level := level * (1 - beta) for beta in betas]
    for s in range(len(betas) - 1, -1, -1):
        wanted = 0 if mel is None else mel.mean(dim=(1, 2))[:, None]
        eps = numbers[0] * x + numbers[1] + steps[s] / 8 + wanted
        clean = (x - math.sqrt(1 - levels[s]) * eps) / math.sqrt(levels[s])
        before = levels[s - 1] if s else 1.0
        # The mean of q(x_{s-1} | x_s, x_0), and its deviation.
        a = math.sqrt(before) * betas[s] / (1 - levels[s])
        b = math.sqrt(1 - betas[s]) * (1 - before) / (1 - levels[s])
        x = a * clean + b * x
        if s:
            x = x + math.sqrt((1 - before) / (1 - levels[s]) * betas[s]) * fresh.pop(0)
        x = x.clamp(-1, 1) if clip else x
    return x


@task("fast_sampling", weight=2)
def test_gaussian_in_six_steps(submission):
    """With the exact noise of N(.3, .2²), x_T = 0 ends at .292946, x_T = 1 .038358 higher; noises too"""
    x_T = exactly(0, 1, 0, 0, 0, 0, 0)[:, None]
    noises = [torch.eye(7, dtype=torch.float64)[:, 2 + i, None] for i in range(5)]
    args = ([0.3, 0.2], None, x_T, noises, [SHORT, TRAINED])
    came = submission.play(plays.fast_sample, "exact", *args)["result"][:, 0]
    expected = 0.292946 + exactly(0, 0.038358, 0.055546, 0.087235, 0.075167, 0.030667, 0.009512)
    hint = STEP
    close(came, expected, rtol=0, atol=1e-6, what="the waves", hint=hint)


@task("fast_sampling", weight=2)
def test_what_the_model_is_told(submission, seed):
    """The model is told the aligned steps, noisiest first; six steps take five noises"""
    came = asked(submission, seed, None)
    told = [step.expand(2) for step in ALIGNED.flip(0)]
    close(came["told"], told, rtol=0, atol=1e-8, what="t", hint="Not 0 to 5: t (b,), in the dtype of x.")
    expect(came["taken"] == 5, f"{came['taken']} noises are taken; expected 5: none in the last step")
    expect(not came["recorded"], "the result is recorded (requires_grad)", "with torch.no_grad(): ...")
    unchanged(came["argument"], came["x_T"])
    parts = (came["x_T"], came["mel"], came["noises"], [SHORT, TRAINED], ALIGNED, [0.4, -0.2])
    near(came["result"], sampled(*parts, False), "the waves", STEP, 1e-8)


@task("fast_sampling")
def test_clipped_after_every_step(submission, seed):
    """With clip=True waves are clipped to [-1, 1] after each step, the last too; float32 stays float32"""
    came = asked(submission, seed, True)
    parts = (came["mel"], came["noises"], [SHORT, TRAINED], ALIGNED, [0.4, -0.2])
    expected = sampled(came["x_T"], *parts, True)
    near(came["result"], expected, "the waves", f"Clip after the noise is added. {STEP}", 1e-8)
    single = [one.float() for one in came["noises"]]
    args = ([0.4, -0.2], came["mel"].float(), came["x_T"].float(), single, [SHORT, TRAINED], True)
    near_single(submission.play(plays.fast_sample, "affine", *args)["result"], expected)
