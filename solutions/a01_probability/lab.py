# %% [markdown]
# # Lab 1 · What Gaussians know about digits
#
# Your Gaussians, mixtures and chains on 1,797 real handwritten digits, without a network and without a
# gradient. You will classify digits by Bayes' rule, complete the lower half of digits that nobody has shown
# to your model and say how sure you are, and make new digits with Langevin's chain and one denoising step:
# the whole course in small. Everything runs on one CPU core in less than a minute.
#
# **What to do.** Finish the assignment first (`autograder check a01`). Then run the cells from top to
# bottom and look at every picture before you go on. `grader.check(...)` says whether a cell's result makes
# sense. Answer the three questions at the end in this notebook.
#
# **How to hand in.** Save this notebook with its outputs, commit it and `lab.npz` (section 4 writes it), and
# push. The lab has 30 points of its own, apart from the assignment's 100: 12 by the checks, 6 for each
# answer. Plan one to two hours. If you change an answer in a `.py` file, restart the kernel and run all cells
# again. Put your own experiments in new cells at the end, so that `lab.npz` stays what section 4 made.

# %%
import sys
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import otter
import torch
import torch.nn.functional as F

sys.path.insert(0, str(Path.cwd().parents[1]))  # the repository's root, where `assignments` and `common` are

from assignments.a01_probability.gaussian import gaussian_entropy, gaussian_log_prob, linear_posterior
from assignments.a01_probability.markov import langevin_step, langevin_variance
from assignments.a01_probability.mixture import (
    mixture_log_prob,
    mixture_score,
    responsibilities,
    tweedie_mean,
)
from assignments.a01_probability.montecarlo import importance, mc_mean
from common.datasets import digits, split
from common.figures import curves, grid, picture, strip

torch.set_num_threads(1)  # the tensors are small: more threads would wait for each other
grader = otter.Notebook("lab.ipynb", tests_dir="lab_tests")

# %% [markdown]
# ## 1 · One Gaussian for each digit
#
# Digits of 13 people, 8 × 8 pixels, in [−1, 1]; the last fifth, nearly all by other people, is held out. A
# class is a Gaussian: its mean image, and the covariance of its 64 pixels. Some pixels are always white, so
# the covariance is singular, and `jitter` squared is added to every variance.

# %%
data = digits()
training, held_out = split(data)
x, y = training.x.flatten(1).double(), held_out.x.flatten(1).double()  # 1438 64, 359 64
EYE = torch.eye(64, dtype=torch.float64)
picture(training)


# %%
def fit(jitter):
    """Return means (10, 64) and covariances (10, 64, 64) of the classes."""
    parts = [x[training.labels == k] for k in range(10)]
    covs = [torch.cov(part.T, correction=0) + jitter**2 * EYE for part in parts]
    return torch.stack([part.mean(0) for part in parts]), torch.stack(covs)


def log_probs(points, means, covs):
    """Return the log-density of each point under each class, (n, 10)."""
    columns = [gaussian_log_prob(points, m[None], c[None]) for m, c in zip(means, covs, strict=True)]
    return torch.stack(columns, dim=1)


def mean_log_density(columns):
    """Return the mean log-density of the mixture of the ten classes, each of weight 1/10."""
    return columns.logsumexp(1).mean() - torch.tensor(10.0).log()


JITTERS = torch.tensor([0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8])
rows = []
for jitter in JITTERS.tolist():
    means, covs = fit(jitter)
    seen, fresh = log_probs(x, means, covs), log_probs(y, means, covs)
    right = (fresh.argmax(1) == held_out.labels).double()
    rows.append([right.mean(), mean_log_density(seen), mean_log_density(fresh), gaussian_entropy(covs[3])])
accuracy, train_log_p, fresh_log_p, entropy = torch.tensor(rows).T
curves(
    {"held-out digits": accuracy}, x=JITTERS, xlabel="jitter", ylabel="share classified rightly", log_x=True
)

# %%
curves(
    {"training": train_log_p, "held out": fresh_log_p, "entropy of a 3": entropy},
    x=JITTERS,
    xlabel="jitter",
    ylabel="mean log-density, entropy (nats)",
    log_x=True,
)

# %%
best = int(accuracy.argmax())
right = log_probs(y, *fit(JITTERS[best].item())).argmax(1) == held_out.labels
share, error = mc_mean(right.double())
f"jitter {JITTERS[best]:g}: {share:.1%} of the held-out digits, give or take {error:.1%}"

# %%
grader.check("q1")

# %% [markdown]
# ## 2 · The lower half of a digit
#
# Only the upper four rows of a held-out digit are shown. Under each class the rest is a Gaussian again, which
# `linear_posterior` gives for all digits at once: A picks the upper pixels, there is no noise, and the
# evidence says how well each class explains what is seen. The answer is a mixture: mean and variance by the
# law of total variance, as in task 4.2.

# %%
means, covs = fit(0.2)
upper = EYE[:32]
nothing, quiet = torch.zeros(32, dtype=torch.float64), torch.zeros(32, 32, dtype=torch.float64)
parts = [linear_posterior(m, c, upper, nothing, quiet, y[:, :32]) for m, c in zip(means, covs, strict=True)]
of_class = torch.stack([part[0][:, 32:] for part in parts], 1)  # n 10 32, the mean under each class
variance_of_class = torch.stack([part[1].diagonal()[32:] for part in parts])  # 10 32
evidence = torch.stack([part[2] for part in parts], 1)  # n 10
r = evidence.softmax(1)[..., None]  # all classes are equally likely before

lower_mean = (r * of_class).sum(1)  # n 32
within = (r * variance_of_class).sum(1)
between = (r * (of_class - lower_mean[:, None]) ** 2).sum(1)
lower_std = (within + between).sqrt()

# %%
truth = y[:, 32:]
nearest = torch.cdist(y[:, :32], x[:, :32]).argmin(1)
one = linear_posterior(x.mean(0), torch.cov(x.T) + 0.04 * EYE, upper, nothing, quiet, y[:, :32])[0]
guesses = {
    "mean image": x[:, 32:].mean(0).expand_as(truth),
    "lower half of the training digit with the most similar upper half": x[nearest, 32:],
    "one Gaussian": one[:, 32:],
    "a Gaussian for each class": lower_mean,
}
errors = {name: ((guess - truth) ** 2).mean().item() for name, guess in guesses.items()}
covered = ((truth - lower_mean).abs() < 2 * lower_std).double().mean().item()
for name, value in errors.items():
    print(f"{value:.4f}  {name}")
print(f"{covered:.1%} of the hidden pixels lie within two deviations")

# %%
shown = torch.tensor([0, 5, 12, 290, 132, 151, 230, 301])


def whole(lower):
    """Return the shown digits with other lower halves, enlarged."""
    image = torch.cat([y[shown, :32], lower[shown]], 1).reshape(-1, 1, 8, 8)
    return F.interpolate(image.clamp(-1, 1), scale_factor=6)


strip(
    {
        "shown": whole(torch.full_like(truth, -1)),
        "completed": whole(lower_mean),
        "deviation": whole(2 * lower_std - 1),
        "nearest neighbour": whole(
            guesses["lower half of the training digit with the most similar upper half"]
        ),
        "truth": whole(truth),
    },
    title="the lower half; deviations: white is 1",
)

# %%
grader.check("q2")

# %% [markdown]
# ## 3 · A mixture that finds its own classes
#
# Sixty round components, fitted by expectation and maximisation: responsibilities say which component holds
# which digit, and each component moves to the mean of its own. The likelihood of the training digits never
# falls (but for the floor of 0.1 under the deviations).

# %%
K, ROUNDS, FLOOR = 60, 30, 0.1


def expectation_maximisation(k, seed=0):
    """Return a mixture of k round components, and both mean log-densities after each round."""
    start = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))[:k]
    mixture = torch.zeros(k, dtype=torch.float64), x[start], torch.full((k,), 0.5, dtype=torch.float64)
    history = []
    for _ in range(ROUNDS):
        r = responsibilities(x, *mixture)  # n k
        n = r.sum(0) + 1e-9
        centres = r.T @ x / n[:, None]
        squares = (r * torch.cdist(x, centres) ** 2).sum(0)
        mixture = (n / len(x)).log(), centres, (squares / n / 64).sqrt().clamp(min=FLOOR)
        history.append([mixture_log_prob(points, *mixture).mean() for points in (x, y)])
    return mixture, torch.tensor(history)


mixture, history = expectation_maximisation(K)
curves(
    {"training": history[:, 0], "held out": history[:, 1]}, xlabel="round", ylabel="mean log-density (nats)"
)

# %%
grid(F.interpolate(mixture[1].reshape(-1, 1, 8, 8), scale_factor=6), title="60 means", columns=15)

# %%
grader.check("q3")

# %% [markdown]
# ## 4 · New digits
#
# The mixture could be sampled directly. Pretend that only its score were known, as it is of a network: then
# begin with much noise, where there is one broad mode, and follow Langevin's chain while the noise falls, 30
# steps at each of 10 levels. The step is a fifth of the smallest variance at the level. At the end one
# denoising step, Tweedie's, takes the last noise away.

# %%
LEVELS = torch.logspace(np.log10(3), np.log10(0.3), 10).tolist()
SHARE, STEPS = 0.2, 30  # the step over the smallest variance; steps at each level
log_weights, centres, stds = mixture


def noisy(sigma):
    """Return the mixture of digits with noise."""
    return log_weights, centres, (stds**2 + sigma**2).sqrt()


def anneal(n=64, seed=0):
    """Return n ends of chains that follow the score while the noise falls."""
    generator = torch.Generator().manual_seed(seed)
    draw = partial(torch.randn, n, 64, generator=generator, dtype=torch.float64)
    points = x.mean(0) + LEVELS[0] * draw()
    for sigma in LEVELS:
        law = noisy(sigma)
        step = SHARE * law[2].min().item() ** 2
        for _ in range(STEPS):
            points = langevin_step(points, lambda v, law=law: mixture_score(v, *law), step, draw())
    return points


last = anneal()
denoised = tweedie_mean(last, LEVELS[-1], *mixture)
samples = denoised.reshape(64, 1, 8, 8).clamp(-1, 1)
strip(
    {
        "end of the chain": F.interpolate(last[:10].reshape(-1, 1, 8, 8).clamp(-1, 1), scale_factor=6),
        "denoised": F.interpolate(samples[:10], scale_factor=6),
    }
)

# %%
np.savez(
    "lab.npz",
    lower_mean=lower_mean.reshape(-1, 4, 8).numpy(),
    lower_std=lower_std.reshape(-1, 4, 8).numpy(),
    samples=samples.numpy(),
)
grid(F.interpolate(samples, scale_factor=6), title="64 samples", columns=16)

# %%
excess = langevin_variance(1.0, SHARE) - 1  # of the variance along the narrowest component
f"a step of {SHARE:g} times the variance makes the chain's variance {excess:.1%} too large"

# %%
grader.check("q4")

# %% [markdown]
# ## 5 · Why there are ten levels
#
# Could one draw from the broadest level and weigh? Samples of each level are weighed here as proposals for
# the next, and for the last one.

# %%
generator = torch.Generator().manual_seed(5)
N = 2000
which = torch.multinomial(log_weights.exp(), N, replacement=True, generator=generator)
noise = torch.randn(N, 64, generator=generator, dtype=torch.float64)
next_ess, last_ess = [], []
for sigma, following in pairwise(LEVELS):
    law = noisy(sigma)
    points = centres[which] + law[2][which, None] * noise
    log_q = mixture_log_prob(points, *law)
    for kept, target in ((next_ess, following), (last_ess, LEVELS[-1])):
        _, ess, _ = importance(mixture_log_prob(points, *noisy(target)), log_q, points)
        kept.append(ess / N)
next_ess, last_ess = torch.stack(next_ess), torch.stack(last_ess)
curves(
    {"weighed for the next level": next_ess, "weighed for the last level": last_ess},
    x=torch.tensor(LEVELS[:-1]),
    xlabel="noise of the samples",
    ylabel="ess / n",
    log_x=True,
)

# %%
grader.check("q5")

# %% [markdown]
# ## Questions
#
# Two to five sentences each; refer to your own pictures and numbers.
#
# **1.** From jitter 0.03 to 0.2 all digits become less likely, and yet more of the held-out ones are
# classified rightly. Why? Look at the gap between the two curves, and say what the entropy curve does in the
# same picture, and why its sign changes.
#
# *Your answer:*
#
# **2.** Give the means of `within` and of `between`, and find the digit with the largest mean of `between`.
# Between which classes does it hesitate, and what does its completion look like? What would one *sample* of
# the lower half look like, and would its squared error be smaller or larger than that of the mean?
#
# *Your answer:*
#
# **3.** The mixture gives training digits about 10 nats more than held-out ones. What is that, and which K
# would you choose? Try K = 10, 30, 60, 120, 240 (`expectation_maximisation(k)[1][-1]`) and show both numbers
# for each. Would samples from K = 1438 with a small deviation be good samples?
#
# *Your answer:*
