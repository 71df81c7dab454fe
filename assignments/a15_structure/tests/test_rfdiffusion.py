"""Public checks of RFdiffusion: self-conditioning, a worked step, and what its model is shown."""

import math

import torch
from torch import Tensor

from autograder.checks import Seed, close, exactly, expect, raises, task
from autograder.nearness import LONG, WORKED, near

from .. import plays
from .turns import about_z, turn, turns

ONE = torch.eye(3, dtype=torch.float64)


def signals(T: int) -> list[float]:
    """Return the signal's variance after each step."""
    left, total = [], 1.0
    for t in range(T):
        total *= 1 - (0.01 + 0.06 * t / (T - 1)) * 200 / T
        left.append(total)
    return left


def slopes(T: int, c: float) -> Tensor:
    """Return the best denoiser's slopes for places of deviation c, in units of 4 Å."""
    return exactly(*(math.sqrt(a) * c * c / (a * c * c + 1 - a) for a in signals(T)))


@task("design")
def test_self_conditioning(submission):
    """theta = 2, x = 10 and 1.5: a coin below .5 gives 3 + 20, others 3; the slope is 1.5"""
    noisier, noisy = [ONE[None], exactly(10, 0, 0)[None]], [-ONE[None], exactly(1.5, 0, 0)[None]]
    for coin, value, steps in ((0.2, 23.0, [5, 4]), (0.5, 3.0, [4]), (0.8, 3.0, [4])):
        came = submission.play(plays.guess, exactly(2)[0], noisier, noisy, 4, coin)
        hint = "The first pass sees the noisier structure, under torch.no_grad(), and no guess."
        near(came["x"], exactly(value, 0, 0)[None], f"the answer for the coin {coin:g}", hint)
        near(came["slope"], exactly(1.5)[0], "theta's gradient", "The first pass carries no gradient.")
        near(
            [one[0] for one in came["seen"]],
            [float(t) for t in steps],
            "the steps that the model is told",
            hint,
        )
        told, due = [one[3] for one in came["seen"]], [False, True][: len(steps)]
        expect(told == due, f"whether a guess came along: {told}; expected {due}", "No guess is None.")
        near(came["R"], -ONE[None], "the rotations", hint)


@task("design", weight=3)
def test_worked_step(submission):
    """Step 24 of 50 with a fixed and a free residue: the handout's place and rotation; the motif stays"""
    R, x = torch.stack([ONE, turn(exactly(0.5, 0, 0))]), exactly(1, 0, 0, 5, 5, 0).reshape(2, 3)
    R0, x0 = ONE.expand(2, 3, 3), exactly(9, 9, 9, 1, 2, 3).reshape(2, 3)
    w, z = exactly(1, 1, 1, 0.2, -0.1, 0.3).reshape(2, 3), exactly(1, 1, 1, 1, 0, -1).reshape(2, 3)
    mask = torch.tensor([True, False])
    came_R, came_x = submission.rfdiffusion.rf_step(R, x, R0, x0, 24, 50, mask, w, z)
    hint = "Betas times 200 / T; coordinates times .25 into the posterior, and back."
    close(
        came_x[1], exactly(6.1477778, 4.6217534, -1.4260773), rtol=0, atol=WORKED, what="the place", hint=hint
    )
    hint = "R exp(g² / T score(log(R0^T R)) + sqrt(g² / T) w), at u = (t + 1) / T."
    close(
        came_R[1, 0],
        exactly(0.9964222, -0.0803349, -0.0262515),
        rtol=0,
        atol=WORKED,
        what="row 0 of R",
        hint=hint,
    )
    near(came_R[0], R[0], "the motif's rotation", "mask is True where nothing moves.")
    near(came_x[0], x[0], "the motif's place", "mask is True where nothing moves.")


@task("design")
def test_steps_that_are_none(submission):
    """t = 0, t = T and T = 14 raise ValueError; so does a design in 14 steps"""
    frames = [ONE[None], exactly(1, 2, 3)[None], ONE[None], exactly(1, 2, 3)[None]]
    noise = [torch.tensor([False]), exactly(0, 0, 0)[None], exactly(0, 0, 0)[None]]
    for t, T in ((0, 20), (20, 20), (3, 14)):
        with raises(ValueError):
            submission.rfdiffusion.rf_step(*frames, t, T, *noise)
    args = [ONE[None], exactly(1, 2, 3)[None], torch.tensor([False])]
    for T in (14, 1):
        zeros = torch.zeros(T - 1, 1, 3).double()
        with raises(ValueError):
            submission.play(plays.design, *args, zeros, zeros, T, ONE, slopes(15, 1.0), 0.0)


@task("design", weight=2)
def test_one_place_to_the_end(submission):
    """With the best denoiser of deviation 10 Å .0228167 of x arrives after 20 steps, .0730913 after 50"""
    for T, due in ((20, 2.28167402e-2), (None, 7.309128e-2)):
        steps = T or 50
        x = torch.zeros(3, 3).double()
        x[1, 2] = 4
        zeros = torch.zeros(steps - 1, 3, 3).double()
        free = torch.zeros(3, dtype=torch.bool)
        came = submission.play(
            plays.design, ONE.expand(3, 3, 3), x, free, zeros, zeros, T, ONE, slopes(steps, 2.5), 0.0
        )
        hint = "The posterior's mean with the prediction; at step 0 the prediction is returned as it came."
        near(came["x"], due / 4 * 4 * x, f"places after {steps} steps", hint, WORKED)
        expect(not came["tracked"], "the result carries gradients", "torch.no_grad().")


def a_design(seed: Seed, n: int = 6, T: int = 15) -> list[object]:
    """Return the arguments of a design with a motif of three residues."""
    mask = torch.tensor([False, True, True, False, True, False])[:n]
    w, z = seed.fork("w").normal(T - 1, n, 3), seed.fork("z").normal(T - 1, n, 3)
    frames = [turns(seed, n), 8 * seed.fork("x").normal(n, 3), mask]
    return [*frames, w, z, T, turn(exactly(0.2, -0.5, 0.4)), slopes(T, 2.0), 0.3]


@task("design", weight=2)
def test_predictions_are_laid_upon_the_motif(submission, seed):
    """A model halves the structure and turns it by .7: laid upon the motif, its rotations are R again"""
    T, x = 15, 8 * seed.normal(6, 3)
    R = torch.stack([about_z(angle) for angle in (0.3, 1.1, -2.0, 0.5, 2.4, -0.9)])
    mask, zeros = torch.tensor([False, True, True, False, True, False]), torch.zeros(T - 1, 6, 3).double()
    halves = torch.full((T,), 0.5).double()
    came = submission.play(plays.design, R, x, mask, zeros, zeros, T, about_z(0.7), halves, 0.0)
    middle, left = x[mask].mean(dim=0), signals(T)
    for k, (t, now_R, now_x, _) in enumerate(came["seen"]):
        hint = "Turn the predicted rotations by what turns the predicted places: then nothing turns R here."
        near(now_R, R, f"the rotations in call {k}", hint)
        hint = "The motif's CA alone decide how the prediction is turned and moved."
        near(now_x, x, f"the places in call {k}", hint, LONG)
        before, after = left[t - 1], left[t]
        beta = 1 - after / before
        laid = middle + (x - middle) / 2
        mean = (math.sqrt(before) * beta * laid + math.sqrt(1 - beta) * (1 - before) * x) / (1 - after)
        x = torch.where(mask[:, None], x, mean)


@task("design", weight=2)
def test_what_the_model_is_shown(submission, seed):
    """In 15 calls the motif is as it was; the model is told no guess, and then always its last one"""
    args = a_design(seed)
    R, x, mask, _, _, T, by, slope, memory = args
    came = submission.play(plays.design, *args)
    seen = came["seen"]
    near([one[0] for one in seen], [float(t) for t in range(T - 1, -1, -1)], "the steps")
    last: list[Tensor] = []
    for k in range(T):
        t, now_R, now_x, told = seen[k]
        near(now_R[mask], R[mask], f"the motif's rotations in call {k}", "Nothing moves where mask is True.")
        near(now_x[mask], x[mask], f"the motif's places in call {k}", "Nothing moves where mask is True.")
        hint = "None first; then the last prediction as the model gave it, before it is laid upon the motif."
        near(told, last, f"the guess in call {k}", hint, LONG)
        carried = memory * last[1] if last else 0
        last = [now_R @ by, slope[t] * now_x @ by.mT + carried]
    near([came["R"], came["x"]], last, "the design: rotations and places", "The last prediction.", LONG)
