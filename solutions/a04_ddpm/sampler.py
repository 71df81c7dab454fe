"""Ancestral sampling: from pure noise back to an image, one step at a time (Ho et al. 2020, Algorithm 2).

The model says what it predicts at x_t; everything else is the posterior of the forward process, with the
predicted image in the place of x_0. Results have the dtype of x_t. Another form or variance than those named,
and a step outside 0..T-1, raise ValueError.
"""

from collections.abc import Callable, Iterable

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from .forward import at_step, q_posterior, x0_from_eps, x0_from_v


def p_mean_variance(
    prediction: Float[Tensor, "b *dims"],
    x_t: Float[Tensor, "b *dims"],
    t: Int[Tensor, " b"],
    alpha_bar: Float[Tensor, " T"],
    form: str = "eps",  #             what the model predicts: "eps", "x0" or "v"
    variance: str = "beta_tilde",  #  which variance: "beta_tilde" or "beta"
    clip: bool = False,  #            clip the predicted image to [-1, 1]
) -> tuple[Float[Tensor, "b *dims"], Float[Tensor, "b *ones"]]:
    """Return mean and variance of p(x_{t-1} | x_t) (Ho et al. 2020, Eq. 1, 7 and Sec. 3.2).

    The variance has shape (b, 1, ..., 1).
    """
    # BEGIN SOLUTION
    # The image that the prediction means, in the place of x_0.
    if form == "eps":
        x0 = x0_from_eps(x_t, prediction, t, alpha_bar)
    elif form == "x0":
        x0 = prediction
    elif form == "v":
        x0 = x0_from_v(x_t, prediction, t, alpha_bar)
    else:
        raise ValueError(f"the form is 'eps', 'x0' or 'v', but it is {form!r}")
    if clip:
        x0 = x0.clamp(-1, 1)
    mean, beta_tilde, _ = q_posterior(x0, x_t, t, alpha_bar)
    # The variance that was asked for.
    if variance == "beta_tilde":
        return mean, beta_tilde
    if variance == "beta":
        before = torch.nn.functional.pad(alpha_bar[:-1], (1, 0), value=1.0)
        return mean, at_step(1 - alpha_bar / before, t, x_t).to(x_t.dtype)
    raise ValueError(f"the variance is 'beta_tilde' or 'beta', but it is {variance!r}")
    # END SOLUTION


def p_step(
    prediction: Float[Tensor, "b *dims"],
    x_t: Float[Tensor, "b *dims"],
    t: Int[Tensor, " b"],
    noise: Float[Tensor, "b *dims"],
    alpha_bar: Float[Tensor, " T"],
    form: str = "eps",
    variance: str = "beta_tilde",
    clip: bool = False,
) -> Float[Tensor, "b *dims"]:
    """Draw x_{t-1} from p(x_{t-1} | x_t) with this standard normal noise; none is added to images at step 0.

    The settings are those of p_mean_variance. `noise` is left as it is.
    """
    # BEGIN SOLUTION
    mean, spread = p_mean_variance(prediction, x_t, t, alpha_bar, form, variance, clip)
    later = at_step(torch.arange(len(alpha_bar), device=t.device) > 0, t, x_t)  # not at step 0
    return torch.where(later, mean + spread.sqrt() * noise, mean)
    # END SOLUTION


def sample(
    model: nn.Module,  # called with (x_t, t), gives a prediction in the shape of x_t
    x_T: Float[Tensor, "b *dims"],
    noises: Iterable[Float[Tensor, "b *dims"]],  # T of them, in the order of use: step T - 1 first
    alpha_bar: Float[Tensor, " T"],
    form: str = "eps",
    variance: str = "beta_tilde",
    clip: bool = False,
    progress: Callable[[int, Tensor], object] | None = None,  # called with t and x_{t-1} after each step
) -> Float[Tensor, "b *dims"]:
    """Return the images that T steps make of the noise `x_T` (Ho et al. 2020, Algorithm 2).

    The model is called once a step. This function puts it into evaluation mode and, at the end, back into the
    mode in which it came. No gradient is recorded. `noises` may be a list, or an iterator that can be gone
    through only once; the last one, that of step 0, is not used. Raises ValueError unless there are T.
    """
    # BEGIN SOLUTION
    was_training = model.training
    model.eval()
    x = x_T
    with torch.no_grad():
        for t, noise in zip(reversed(range(len(alpha_bar))), noises, strict=True):
            steps = torch.full((len(x),), t, device=x.device)
            x = p_step(model(x, steps), x, steps, noise, alpha_bar, form, variance, clip)
            if progress:
                progress(t, x)
    model.train(was_training)
    return x
    # END SOLUTION
