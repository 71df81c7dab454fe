"""Public checks of ancestral sampling: worked examples, and chains whose every coefficient is known."""

import math

import torch
from torch import Tensor

from autograder.checks import close, exactly, expect, expect_dtype, raises, task

from .. import plays_model
from .near import SINGLE, expect_all_digits, near
from .triangles import ALPHA_BAR, BETA, BETA_TILDE, CAST, NOISE, SHAPES, SIGNAL, T, every_step, noised

ORDER = "Steps go from T - 1 down to 0, and the first of the noises belongs to the first of these."
KNOWN = "Forms are 'eps', 'x0', 'v', variances 'beta_tilde', 'beta'; for anything else raise ValueError."

# A model of no meaning, so that no two steps do the same.
SLOPE, SHIFT = exactly(0.5, -0.25, 0.125, 0.75, 1.0), exactly(0.1, 0.2, -0.3, 0.4, -0.5)


def weights(t: int) -> tuple[float, float]:
    """Return by how much x_0 and x_t are multiplied in the posterior's mean at step t."""
    now, earlier = ALPHA_BAR[t].item(), ALPHA_BAR[t - 1].item() if t else 1.0
    lost = (earlier - now) / earlier
    return math.sqrt(earlier) * lost / (1 - now), math.sqrt(now / earlier) * (1 - earlier) / (1 - now)


# -------------------- 4.1 sample
@task("sample")
def test_mean_and_variance_of_a_worked_example(submission):
    """From alpha_bar 0.36 back to 0.64, each form of x_0 = 10 in x_t = 6.8 gives 8.3375 and 0.24609375"""
    x_t, t = exactly(6.8), torch.tensor([3])
    for form, prediction in (("eps", 1), ("x0", 10), ("v", -7.4)):
        given = (exactly(prediction), x_t, t, ALPHA_BAR, form)
        mean, variance = submission.sampler.p_mean_variance(*given)
        hint = "First the image that the prediction means, then q_posterior with it in the place of x_0."
        near(mean, exactly(8.3375), f"the mean for {form!r}", hint)
        hint = "beta_tilde, the default, is (1 - 0.64) / (1 - 0.36) of beta = 1 - 0.36 / 0.64."
        near(variance, exactly(BETA_TILDE), "beta_tilde", hint)
        _, variance = submission.sampler.p_mean_variance(*given, variance="beta")
        hint = "beta = 1 - 0.36 / 0.64; that of the step before would be 1 - 0.64 / 0.78."
        near(variance, exactly(BETA), "beta", hint)
    for variance, value in (("beta_tilde", 0), ("beta", 49 / 625)):  # 1 - alpha_bar[0]
        _, first = submission.sampler.p_mean_variance(x_t, x_t, torch.tensor([0]), ALPHA_BAR, "x0", variance)
        hint = "Before step 0 the signal is 1."
        close(first, exactly(value), rtol=SINGLE, atol=1e-9, what=f"{variance} at step 0", hint=hint)


@task("sample")
def test_mean_of_a_clipped_image(submission):
    """With clip a value of 10 counts as 1 and one of -3 as -1, others as what they are; else all do"""
    x_t, t = exactly([6.8, 0.3], [2, -0.7]), torch.tensor([3, 3])
    x0 = exactly([10, 0.5], [-3, -0.25])
    of_x0, of_x_t = weights(3)
    mean, _ = submission.sampler.p_mean_variance(x0, x_t, t, ALPHA_BAR, "x0", clip=True)
    hint = (
        "It is the predicted image that is clipped, before the mean is formed: values beyond -1 and 1 are "
        "cut off, and those within stay, whatever else is in their image."
    )
    near(mean, exactly([1, 0.5], [-1, -0.25]) * of_x0 + x_t * of_x_t, "the mean with clip", hint)
    mean, _ = submission.sampler.p_mean_variance(x0, x_t, t, ALPHA_BAR, "x0")
    near(mean, x0 * of_x0 + x_t * of_x_t, "the mean without clip", "clip = False is the default.")


@task("sample")
def test_sampler_refuses_what_it_does_not_know(submission):
    """Another form, another variance and an impossible step raise ValueError"""
    one = torch.ones(2).double()
    for t, form, variance in (
        (3, "epsilon", "beta"),
        (3, "eps", "learned"),
        (-1, "eps", "beta"),
        (T, "x0", "beta"),
    ):
        with raises(ValueError, hint=KNOWN):
            submission.sampler.p_mean_variance(one, one, torch.tensor([0, t]), ALPHA_BAR, form, variance)


@task("sample")
def test_step_adds_noise_of_the_right_deviation(submission):
    """Noise of 2 adds 2 sqrt(0.24609375) to the mean, or 2 sqrt(0.4375) with the variance beta"""
    given = (exactly(1), exactly(6.8), torch.tensor([3]), exactly(2), ALPHA_BAR)
    for variance, value in (("beta_tilde", BETA_TILDE), ("beta", BETA)):
        x = submission.sampler.p_step(*given, variance=variance)
        hint = "The noise that came, 2, times the deviation: the root of the variance that was asked for."
        near(x, exactly(8.3375 + 2 * math.sqrt(value)), f"x_2 with {variance}", hint)
    x = submission.sampler.p_step(*given)
    near(x, exactly(8.3375 + 2 * math.sqrt(BETA_TILDE)), "x_2 unless told otherwise", "Defaults of p_step.")


@task("sample")
def test_step_hands_its_settings_on(submission):
    """p_step takes a prediction of 10 as noise, image or velocity and clips the image, as it is told"""
    of_x0, of_x_t = weights(3)
    given = (exactly(10), exactly(6.8), torch.tensor([3]), exactly(0), ALPHA_BAR)
    for form, image in (("eps", (6.8 - 8) / 0.6), ("x0", 10), ("v", 0.6 * 6.8 - 8)):
        for clip in (False, True):
            x = submission.sampler.p_step(*given, form, clip=clip)
            seen = max(-1, min(1, image)) if clip else image
            hint = "p_step hands form, variance and clip on to p_mean_variance."
            what = f"x_2 for form = {form!r}, clip = {clip}"
            near(x, exactly(seen * of_x0 + 6.8 * of_x_t), what, hint)


@task("sample")
def test_step_0_adds_no_noise(submission, seed):
    """Images at step 0 become the predicted image, with either variance, and the others get their noise"""
    x0, t, eps = every_step(seed, 2, 2)
    x_t, _ = noised(x0, t, eps)
    for variance in ("beta_tilde", "beta"):
        quiet, loud = (
            submission.sampler.p_step(eps, x_t, t, noise, ALPHA_BAR, "eps", variance)
            for noise in (torch.zeros_like(x0), torch.ones_like(x0))
        )
        first, last = (t == 0).nonzero().flatten(), (t > 0).nonzero().flatten()
        hint = "The last step draws nothing: noise would stay in the image. beta is not 0 there."
        near(loud[first], x0[first], f"x with {variance} at step 0", hint)
        moved = (loud - quiet)[last]
        expect((moved > 0.05).all(), "an image at a later step gets no noise", "Each image has its own step.")


@task("sample")
def test_step_keeps_shape_and_dtype(submission, seed):
    """Images of any shape keep it, float32 stays float32, and variances have the shape (b, 1, ..., 1)"""
    for dims in SHAPES:
        x0, t, eps = every_step(seed, *dims)
        x_t = noised(x0, t, eps)[0].float()
        mean, variance = submission.sampler.p_mean_variance(eps.float(), x_t, t, ALPHA_BAR, variance="beta")
        expected = (T, *(1 for _ in dims))
        shape = tuple(variance.shape)
        expect(shape == expected, f"the variance has shape {shape}; expected {expected}", "See at_step.")
        x = submission.sampler.p_step(eps.float(), x_t, t, eps.float(), ALPHA_BAR)
        for value in (mean, variance, x):
            expect_dtype(value, torch.float32, CAST)
        expected = torch.stack(
            [weights(s)[0] * x0[i] + weights(s)[1] * x_t[i] for i, s in enumerate(t.tolist())]
        )
        close(mean, expected, rtol=1e-4, atol=1e-4, what=f"the mean{list(mean.shape)}")


@task("sample", weight=2)
def test_chain_uses_its_settings(submission, seed):
    """A model that sees the same image in every x_t makes its chain in every form, clipped or not"""
    x_T, noises = seed.fork("x_T").normal(2), seed.fork("noises").normal(T, 2)
    for form, slope, shift in (  # of a prediction that always means the image 3
        ("eps", 1 / NOISE, -3 * SIGNAL / NOISE),
        ("x0", 0 * NOISE, 3 + 0 * NOISE),
        ("v", SIGNAL / NOISE, -3 / NOISE),
    ):
        variance, clip = ("beta_tilde", False) if form == "v" else ("beta", True)
        chosen = (ALPHA_BAR, form, variance, clip)
        said, t = slope[T - 1] * x_T + shift[T - 1], torch.tensor([T - 1, T - 1])
        step = submission.sampler.p_step(said, x_T, t, noises[0], *chosen)
        told = submission.play(plays_model.sample, slope, shift, x_T, noises, *chosen)["told"]
        expect(len(told) == T, f"progress was told {len(told)} times; expected {T}, once after each step")
        hint = "Do form, variance and clip reach every step? sample hands them to p_step."
        what = f"the first x, that of p_step for form = {form!r}, variance = {variance!r}, clip = {clip},"
        near(told[0][1], step, what, hint)
        image = exactly(1, 1) if clip else exactly(3, 3)
        near(told[-1][1], image, "the last x, which is the image,", hint)


@task("sample", weight=2)
def test_chain_is_affine_in_every_noise(submission):
    """A linear model makes an affine chain: slope, intercept and the coefficient of each noise are right"""
    x_T, noises = torch.zeros(T + 2).double(), torch.zeros(T, T + 2).double()
    x_T[1] = 1
    noises[range(T), range(2, T + 2)] = 1  # image 2 + i has noise number i alone
    for variance in ("beta_tilde", "beta"):
        came = submission.play(plays_model.sample, SLOPE, SHIFT, x_T, noises, ALPHA_BAR, "x0", variance)
        result = came["result"]
        slope, intercept, coefficients = chain(variance)
        hint = f"Print t and x after each step and work two of them out by hand. {ORDER}"
        near(result[0], intercept, "the result from zeros alone, form 'x0'", hint)
        near(result[1] - result[0], slope, "the coefficient of x_T", hint)
        found, what = result[2:] - result[0], f"the coefficient of noise, variance {variance!r},"
        hint = f"{ORDER} That of step 0 does nothing."
        close(found, coefficients, rtol=SINGLE, atol=1e-9, what=what, hint=hint)
        expect_all_digits(found, coefficients, what)


@task("sample")
def test_model_is_asked_once_a_step(submission, seed):
    """The model is called T times, at steps T - 1 to 0, each time with the images of the step before"""
    x_T, noises = seed.fork("x_T").normal(3, 2, 2), seed.fork("noises").normal(T, 3, 2, 2)
    came = submission.play(plays_model.sample, SLOPE, SHIFT, x_T, noises, ALPHA_BAR, "v")
    steps = [call["t"].tolist() for call in came["asked"]]
    expected = [[t] * 3 for t in reversed(range(T))]
    expect(steps == expected, f"the model was asked at steps {steps}; expected {expected}", ORDER)
    close(came["asked"][0]["x"], x_T, what="what the model is asked first")
    told = [t for t, _ in came["told"]]
    hint = "After each step: progress(t, x), with the step just made and what it led to."
    expect(told == list(reversed(range(T))), f"progress was told {told}; expected 4 to 0", hint)
    after = [x for _, x in came["told"]]
    close(
        [call["x"] for call in came["asked"][1:]], after[:-1], what="what the model is asked later", hint=hint
    )
    close(came["result"], after[-1], what="the result", hint=hint)


@task("sample")
def test_sampling_leaves_no_trace(submission):
    """No gradient is recorded, nothing that came in is changed, and the model gets back the mode it had"""
    x_T, noises = exactly(1, 2), torch.ones(T, 2).double()
    for training in (True, False):
        came = submission.play(
            plays_model.sample, SLOPE, SHIFT, x_T, noises, ALPHA_BAR, training=training, variance="beta"
        )
        recorded = came["tracked"] or any(call["tracked"] for call in came["asked"])
        expect(not recorded, "gradients were recorded on the way", "See torch.no_grad.")
        hint = "Dropout and batch normalisation behave otherwise while training: see model.eval()."
        modes = [call["training"] or call["part training"] for call in came["asked"]]
        expect(not any(modes), "the model, or a part of it, was in training mode", hint)
        mode = "training" if training else "evaluation"
        hint = "model.training says in which mode it came."
        expect(came["training"] == training, f"the model came in {mode} mode and went in the other", hint)
        hint = "Methods that end in _ and assignments like noise *= 2 write into the caller's tensors."
        what = "x_T, noises, alpha_bar afterwards"
        close(came["arguments"], [x_T, noises, ALPHA_BAR], rtol=0, what=what, hint=hint)


@task("sample")
def test_sampling_needs_T_noises(submission):
    """Noises may come one by one from an iterator; one too few or too many raises ValueError"""
    given = (SLOPE, SHIFT, exactly(1), torch.ones(T, 1).double(), ALPHA_BAR)
    kept, once = (submission.play(plays_model.sample_quietly, *given, lazy=lazy) for lazy in (False, True))
    hint = "An iterator can be gone through only once, one noise a step."
    close(once, kept, what="the result with the noises from an iterator", hint=hint)
    told = submission.play(plays_model.sample, *given, "eps", "beta_tilde", False)["result"]
    close(kept, told, what="the result unless told otherwise", hint="Defaults: eps, beta_tilde, not clipped.")
    for n in (T - 1, T + 1):
        with raises(ValueError, hint="zip stops at the shorter one without a word, unless it is strict."):
            noises = torch.zeros(n, 1).double()
            submission.play(plays_model.sample_quietly, SLOPE, SHIFT, exactly(1), noises, ALPHA_BAR)


def spread(t: int, variance: str) -> float:
    """Return the variance of a later step, by name."""
    lost = 1 - (SIGNAL[t] / SIGNAL[t - 1]).item() ** 2
    return lost if variance == "beta" else lost * (NOISE[t - 1].item() / NOISE[t].item()) ** 2


def chain(variance: str) -> tuple[Tensor, Tensor, Tensor]:
    """Multiply out the steps of the model above: slope, intercept, coefficients in the order of use."""
    slope, intercept, coefficients = 1.0, 0.0, []
    for t in reversed(range(T)):
        of_x0, of_x_t = weights(t)
        a, b = of_x0 * SLOPE[t].item() + of_x_t, of_x0 * SHIFT[t].item()
        slope, intercept, coefficients = a * slope, a * intercept + b, [a * value for value in coefficients]
        coefficients.append(math.sqrt(spread(t, variance)) if t else 0.0)
    return exactly(slope)[0], exactly(intercept)[0], exactly(*coefficients)
