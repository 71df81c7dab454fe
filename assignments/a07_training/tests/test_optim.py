"""Public checks of AdamW: two steps worked out, gradients that tell one term from another, and the groups."""

import torch

from autograder.checks import close, exactly, expect, raises, task

from .. import plays
from .near import EXACT, near, same_bits

THETA, G, ZERO = exactly(1, -2, 0.5), exactly(0.1, -3, 1e-9), exactly(0, 0, 0)
SETTINGS = {"lr": 0.1, "decay": 0.5}
TERMS = "theta (1 - lr decay) - lr m_hat / (sqrt(v_hat) + eps): decay times lr, eps outside of the root."


@task("adamw", weight=2)
def test_first_step_by_hand(submission):
    """The first step from the page's example shows each term: the third gradient is smaller than eps"""
    theta, m, v = submission.optim.adamw_step(THETA, G, ZERO, ZERO, 1, **SETTINGS)
    near(theta, exactly(0.85000001, -1.80000000033333, 0.465909090909091), "the weights", TERMS, 1e-11)
    near(m, 0.1 * G, "m", "m keeps betas[0] of itself and takes 1 - betas[0] of the gradient.")
    close(v, 0.001 * G**2, rtol=EXACT, what="v", hint="v keeps betas[1] of itself: of squared gradients.")


@task("adamw")
def test_second_step_by_hand(submission):
    """A second step with the opposite gradient uses both averages, and leaves what it was given alone"""
    came = submission.play(plays.adamw_steps, THETA, [G, -G], ZERO, ZERO, SETTINGS)
    expected = exactly(0.812763166868420, -1.71526315819386, 0.443092105263158)
    hint = "m_hat = m / (1 - betas[0] ** step): the steps count from 1, and this is number 2."
    near(came["steps"][1]["theta"], expected, "the weights after two steps", hint, 1e-11)
    hint = "Work on new tensors: methods that end in _ and assignments like m *= 0.9 write into the caller's."
    same_bits(came["arguments"], [THETA, ZERO, ZERO], "theta, m, v afterwards", hint)
    expect(all(step["g left alone"] for step in came["steps"]), "the gradient was changed", hint)


@task("adamw")
def test_constant_gradient_moves_by_the_rate(submission):
    """With a constant gradient every step moves a weight by lr, however large the gradient is"""
    theta, m, v = exactly(0, 0, 0), ZERO, ZERO
    g = exactly(1, -0.01, 400)
    for step in range(1, 6):
        theta, m, v = submission.optim.adamw_step(theta, g, m, v, step, lr=0.1, decay=0.0)
    hint = "At step k, m has 1 - betas[0] ** k of the gradient: divide by that, and v likewise."
    near(theta, -0.5 * g.sign() * g.abs() / (g.abs() + 1e-8), "the weights after five steps", hint, 1e-9)


@task("adamw")
def test_without_gradient_only_decay(submission):
    """Without a gradient a weight shrinks by 1 - lr decay in each step, and neither m nor v moves"""
    theta, m, v = submission.optim.adamw_step(THETA, ZERO, ZERO, ZERO, 3, lr=0.2, decay=0.25)
    hint = "The decay is no part of the gradient (that would be L2 in Adam), and it is multiplied by lr."
    near(theta, 0.95 * THETA, "the weights", hint)
    near([m, v], [ZERO, ZERO], "the averages: m, v", hint)


@task("adamw")
def test_half_gradients_keep_their_squares(submission):
    """A float16 gradient is cast before it is squared, and each result has the dtype of what it replaces"""
    g, zero = torch.tensor([1e-4, -2e-3]).half(), torch.zeros(2)
    theta = torch.tensor([1.0, -0.5]).bfloat16()
    came = submission.optim.adamw_step(theta, g, zero, zero, 1, betas=(0.5, 0.75), lr=0.5, decay=0.0)
    dtypes = [one.dtype for one in came]
    expect(
        dtypes == [torch.bfloat16, torch.float32, torch.float32],
        f"theta, m and v came as {dtypes}; expected them in the dtypes in which they were given",
        "Make all four the widest dtype that came in, and cast each result back.",
    )
    hint = "In float16, 1e-4 squared is 0."
    close(came[2], 0.25 * g.double() ** 2, rtol=1e-6, what="v", hint=hint)
    close(came[0].double(), exactly(0.5, 0), rtol=4e-3, atol=4e-3, what="the weights", hint=hint)


@task("adamw")
def test_steps_count_from_1(submission):
    """Step 0 raises ValueError: the corrections would divide by 0"""
    with raises(ValueError, "step = 0 and below are to be refused."):
        submission.optim.adamw_step(THETA, G, ZERO, ZERO, 0)


@task("adamw")
def test_groups_of_a_mixed_model(submission):
    """Matrices decay; biases, norms and a scalar do not; frozen ones are left out, tied ones come once"""
    came = submission.play(plays.groups_of_mixed, 0.1)
    expected = [[1, 4], [0, 2, 3, 5, 6, 8]]  # gain, embedding, norm (2), conv (2), head's bias, frozen (2)
    hint = (
        "model.parameters() gives tied weights once, in a fixed order; ask each for requires_grad and ndim."
    )
    expect(len(came["places"]) == 2, f"{len(came['places'])} groups came; expected 2")
    for name, places, due in zip(("first", "second"), came["places"], expected, strict=True):
        text = f"the {name} group has parameters number {places} of the model; expected {due}"
        expect(places == due, text, hint)
    near(came["decays"], [0.1, 0.0], "weight_decay of the two groups", "Only the first group decays.")
