# %% [markdown]
# # Lab 6 · One score, four uses
#
# One network, trained by your `edm_loss` on 1,438 real handwritten digits. Its score then draws new digits
# in three ways (probability flow, reverse SDE, predictor-corrector) and says what a digit costs in bits.
# Everything takes about a minute of one CPU core's time.
#
# **What to do.** Finish the assignment first (`autograder check a06`). Then run the cells from top to
# bottom and look at every picture before you go on. `grader.check(...)` says whether a cell's result makes
# sense. Answer the three questions at the end in this notebook.
#
# **How to hand in.** Save this notebook with its outputs, commit it and `lab.npz` (section 3 writes it), and
# push. The lab has 30 points of its own, apart from the assignment's 100: 12 by the checks, 6 for each
# answer. Plan one to two hours. If you change an answer in a `.py` file, restart the kernel and run all cells
# again. Put your own experiments in new cells at the end, so that `lab.npz` stays what section 3 made.

# %%
import copy
import math
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import otter
import torch
import torch.nn.functional as F

sys.path.insert(0, str(Path.cwd().parents[1]))  # the repository's root, where `assignments` and `common` are

from assignments.a06_score_sde.edm import edm_coefficients, edm_loss
from assignments.a06_score_sde.ode import bits_per_dim, log_likelihood
from assignments.a06_score_sde.reverse import pc_sample, reverse_step
from assignments.a06_score_sde.score_matching import hutchinson_divergence
from assignments.a06_score_sde.sde import VE
from common.datasets import digits, split
from common.figures import grid, losses, strip
from common.labs.digits import recognise, scale_of_digits
from common.networks import SmallNet
from common.training import minibatches, train

torch.set_num_threads(1)  # the tensors are small: more threads would wait for each other
SEED = 0
torch.manual_seed(SEED)
generator = torch.Generator().manual_seed(SEED)
grader = otter.Notebook("lab.ipynb", tests_dir="lab_tests")

# %% [markdown]
# ## 1 · The data
#
# Digits of 13 people, 8 × 8 pixels, 17 grey levels that lie 1/8 apart in [−1, 1]. The last fifth is held out:
# nearly all of it is by people who wrote none of the rest. A model with a density could put all of it on
# the 17 levels and have as high a likelihood as it likes; so every batch gets fresh uniform noise of one
# level's width (*dequantisation*).

# %%
training, held_out = split(digits())
SIGMA_DATA = training.x.std().item()


def dequantised(x):
    """Return digits with uniform noise of one grey level."""
    return x + (torch.rand(x.shape, generator=generator) - 0.5) / 8


strip({"as they are": training.x[:8], "dequantised": dequantised(training.x[:8])}, columns=[""] * 8)

# %% [markdown]
# ## 2 · Training
#
# `SmallNet` inside your preconditioning. It wants a time between 0 and 999, and gets the logarithm of sigma
# on that scale. Levels are drawn so that most of the work is done where digits take shape. About a minute.

# %%
LOW, HIGH, STEPS = 0.01, 20.0, 5000
net = SmallNet((1, 8, 8), 1000)
average = copy.deepcopy(net)
optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, betas=(0.95, 0.99))
rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=2e-3, total_steps=STEPS + 1, pct_start=0.1)


def told(model):
    """Return the network as your functions call it: with c_in x and c_noise, which is ln(sigma) / 4."""
    return lambda x, c_noise: model(x, 999 * (4 * c_noise - math.log(LOW)) / math.log(HIGH / LOW))


def loss(model, batch):
    """Return the mean loss per coordinate."""
    (x0,) = batch
    sigma = (-1.2 + 1.4 * torch.randn(len(x0), generator=generator)).exp().clamp(LOW, HIGH).double()
    noise = torch.randn(x0.shape, generator=generator)
    return edm_loss(told(model), dequantised(x0), sigma, noise, SIGMA_DATA).mean() / x0[0].numel()


records = []
for step in train(net, minibatches(training.x, size=128, seed=SEED), loss, optimizer, STEPS):
    keep = min(0.995, step.step / (step.step + 20))  # short memory at first
    for old, new in zip(average.parameters(), net.parameters(), strict=True):
        old.data.lerp_(new.data, 1 - keep)
    rate.step()
    records.append(step)
average.requires_grad_(False)

losses(records, title="training: loss per coordinate")

# %%
grader.check("q1")

# %% [markdown]
# ## 3 · Three ways to draw
#
# The score of the noisy digits is (D − x) / sigma², with the denoiser D of your coefficients. The three
# samplers get the same start and about 200 calls of the network each: 200 steps of the flow, 200 of the
# reverse SDE, or 100 steps with a correction after each.

# %%
sde = VE(LOW, HIGH)


def score(x, t):
    """Return the trained score at x and t."""
    _, sigma = sde.marginal(t)
    c_skip, c_out, c_in, c_noise, _ = edm_coefficients(sigma, SIGMA_DATA)
    said = told(average)((c_in * x).float(), c_noise.float().expand(len(x))).double()
    return (c_skip * x + c_out * said - x) / sigma**2


def noise(*shape):
    """Draw standard normal noise."""
    return torch.randn(*shape, 1, 8, 8, generator=generator, dtype=torch.float64)


def flow(x, steps):
    """Return what Euler steps of the probability flow make of x."""
    times = torch.linspace(1, 0, steps + 1, dtype=torch.float64)
    with torch.no_grad():
        for t, u in pairwise(times):
            x = reverse_step(sde, x, score(x, t), t, (t - u).item(), torch.zeros_like(x), eta=0.0)
    return x


def corrected(x, steps, corrections):
    """Return what predictor and corrector make of x."""
    times = torch.linspace(1, 0, steps + 1, dtype=torch.float64)
    return pc_sample(sde, score, x, times, noise(steps, len(x)), noise(steps, corrections, len(x)))


start = HIGH * noise(64)
ways = {
    "flow": flow(start, 200),
    "reverse SDE": corrected(start, 200, 0),
    "predictor-corrector": corrected(start, 100, 1),
}
ways = {name: x.clamp(-1, 1).float() for name, x in ways.items()}
for name, x in ways.items():
    _, sure = recognise(x, training, scale_of_digits())
    print(f"{name:20s} {sure.sum()} of 64 samples are like real digits")
strip({name: x[:10] for name, x in ways.items()}, columns=[""] * 10)

# %% [markdown]
# What you hand in comes from the predictor-corrector, with 200 steps and about 400 calls.

# %%
samples = corrected(start, 200, 1).clamp(-1, 1).float()
np.savez("lab.npz", samples=samples.numpy())
grid(F.interpolate(samples, scale_factor=8, mode="bicubic").clamp(-1, 1), title="64 samples")

# %%
grader.check("q2")

# %% [markdown]
# ## 4 · What a digit costs
#
# Your `log_likelihood`, with one probe of random signs for each digit, and your `bits_per_dim`. Neighbouring
# grey levels lie 2 / 16 apart. For comparison: codes that know less.


# %%
def bits_of(x, steps):
    """Return the bits per pixel of digits, with a fresh probe for each."""
    x = dequantised(x).double()
    probes = 2.0 * (torch.rand(1, *x.shape, generator=generator) < 0.5).double() - 1
    times = torch.linspace(0, 1, steps + 1, dtype=torch.float64)
    log_prob, _ = log_likelihood(sde, score, x, times, lambda f, y: hutchinson_divergence(f, y, probes))
    return bits_per_dim(log_prob, x[0].numel(), levels=16)


bits_coarse, bits_held_out = bits_of(held_out.x[:128], 10), bits_of(held_out.x[:128], 20)
bits_training = bits_of(training.x[:128], 20)

flat, others = (dequantised(data.x).flatten(1).double() for data in (training, held_out))
gaussian = torch.distributions.MultivariateNormal(flat.mean(0), flat.T.cov())
bits_gaussian = bits_per_dim(gaussian.log_prob(others), 64, levels=16).mean()
levels = ((training.x.flatten(1) + 1) * 8).round().long()  # 0 to 16
share = torch.stack([(levels == k).double().sum(0) + 1 for k in range(17)]) / (len(levels) + 17)
seen = ((held_out.x.flatten(1) + 1) * 8).round().long()
bits_histogram = -share.log2()[seen, torch.arange(64)].mean()

print(f"17 levels, equally likely       {math.log2(17):.3f} bits per pixel")
print(f"a Gaussian with all covariances {bits_gaussian:.3f}")
print(f"a histogram for each pixel      {bits_histogram:.3f} (of grey levels, without dequantisation)")
for name, bits in (
    ("held out, 10 steps", bits_coarse),
    ("held out", bits_held_out),
    ("training", bits_training),
):
    print(f"the network, {name:18s} {bits.mean():.3f} ± {bits.std() / math.sqrt(len(bits)):.3f}")

# %%
grader.check("q3")

# %% [markdown]
# Held-out digits from the cheapest to the dearest:

# %%
order = bits_held_out.argsort()
chosen = order[torch.linspace(0, len(order) - 1, 20).long()]
shown = F.interpolate(held_out.x[chosen], scale_factor=8, mode="bicubic").clamp(-1, 1)
grid(
    shown,
    columns=10,
    labels=[f"{bits:.2f}" for bits in bits_held_out[chosen].tolist()],
    title="bits per pixel",
)

# %% [markdown]
# ## Questions
#
# Two to five sentences each; refer to your own pictures and numbers.
#
# **1.** The histogram of each pixel alone costs about as many bits as the network. Why does that say little
# about the network, and why does nobody draw digits from those histograms? What does each of the two pay for?
#
# *Your answer:*
#
# **2.** What does the gap between training and held-out digits tell? Somebody has your network and one
# digit, and wants to know whether it was in the training set: how would they use section 4, and how sure
# could they be?
#
# *Your answer:*
#
# **3.** The flow, the reverse SDE and the predictor-corrector had about 200 calls of the network each. Which
# error does each of them make, and where do you see it? Try all three with 20 and with 10 calls, show the
# digits and compare. Counts that differ by fewer than 5 of 64 say nothing.
#
# *Your answer:*
