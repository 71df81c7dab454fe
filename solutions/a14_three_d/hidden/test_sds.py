"""Hidden checks of score distillation: fresh levels, picture by picture."""

import torch

from autograder.checks import any_of, close, exactly, expect, task
from autograder.nearness import near, near_single

from .. import plays
from .fresh import expect_alike, not_the_input


@task("score_distillation", gate=True)
def test_distillation_is_an_answer_at_all(submission, seed):
    """Steps, gradients or the loss's gradient go with what came in"""
    u = seed.fork("u").uniform(40)
    x, eps = seed.fork("x").normal(4, 5), seed.fork("eps").normal(4, 5)
    alpha_bar, t = torch.full((9,), 0.5).double(), torch.arange(4)

    def steps() -> None:
        came = submission.sds.sds_steps(u, 500)
        expect_alike(came, u)
        not_the_input(came.double(), u)

    def gradient() -> None:
        came = submission.play(plays.sds_gradient, torch.zeros(9).double(), x, t, eps, alpha_bar)["result"]
        expect_alike(came, eps)
        not_the_input(came, eps)

    def loss() -> None:
        came = submission.play(plays.with_gradients, "sds", "sds_loss", [x, eps], [0])["gradients"][0]
        expect(came is not None, "nothing reaches the pictures")
        expect_alike(came, eps)

    any_of(gradient, steps, loss)


@task("score_distillation", weight=3)
def test_fresh_gradients(submission, seed):
    """Fresh pictures, levels and steps, picture by picture, in one, two and three dimensions

    (1 - alpha_bar) (eps_hat - eps) for each picture at its own step, alpha_bar reshaped to the picture's
    axes; the model is asked once, without recording.
    """
    for shape in ((4,), (3, 2), (2, 3, 4)):
        fresh = seed.fork(f"{shape}")
        b, T = 3, 12
        alpha_bar = fresh.fork("levels").uniform(T).sort(descending=True).values
        t = torch.tensor([fresh.fork(f"t{i}").integer(0, T - 1) for i in range(b)])
        slope = fresh.fork("slope").normal(T)
        x, eps = fresh.fork("x").normal(b, *shape), fresh.fork("eps").normal(b, *shape)
        came = submission.play(plays.sds_gradient, slope, x, t, eps, alpha_bar)
        rows = []
        for i, step in enumerate(t.tolist()):
            level = alpha_bar[step].item()
            x_t = level**0.5 * x[i] + (1 - level) ** 0.5 * eps[i]
            rows.append((1 - level) * (torch.tanh(slope[step] * x_t) - eps[i]))
        near(came["result"], torch.stack(rows), "the gradient")
        expect(not came["tracked"] and not any(came["recorded"]), "a gradient is recorded through the model")
        expect(len(came["asked"]) == 1, "the model is not asked once")
        single = [one.float() if one.is_floating_point() else one for one in (slope, x, t, eps)]
        near_single(submission.play(plays.sds_gradient, *single, alpha_bar)["result"], torch.stack(rows))


@task("score_distillation", weight=2)
def test_fresh_steps_and_losses(submission, seed):
    """Steps of fresh ladders, all of them; gradients of losses of batches of one and more

    first + floor(u (last - first + 1)), both ends included; the loss has the given gradient divided by the
    number of pictures.
    """
    for T, low, high in ((seed.integer(40, 60), 0.1, 0.9), (10, 0.0, 1.0), (7, 0.5, 0.6), (300, 0.02, 0.98)):
        first, last = int(low * T), min(int(high * T), T - 1)
        steps = torch.arange(first, last + 1)
        u = (torch.arange(len(steps)).double() + 0.001) / len(steps)
        given = () if T == 300 else (low, high)
        came = submission.sds.sds_steps(torch.cat([u, u + 0.998 / len(steps)]), T, *given)
        close(came, torch.cat([steps, steps]), rtol=0, what=f"the steps of {T}")
    for b, shape in ((1, (2, 3)), (4, (5,))):
        x, gradient = seed.fork("x").normal(b, *shape), seed.fork(f"{b}").normal(b, *shape)
        weight = exactly(-2.5)[0]
        came = submission.play(plays.with_gradients, "sds", "sds_loss", [x, gradient], [0], [weight])
        near(came["gradients"][0], -2.5 * gradient / b, "the loss's gradient by x", within=1e-11)
