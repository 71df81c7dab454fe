# %% [markdown]
# # Lab 5 · Ten calls instead of five hundred
#
# Your samplers on one trained network and 1,438 real handwritten digits: which of them, on which levels,
# makes digits with 5, 10, 20 or 50 calls? Then back again: from a digit to the noise that makes it. All of
# it runs on two CPU cores in less than two minutes.
#
# **What to do.** Finish the assignment first (`autograder check a05`). Then run the cells from top to
# bottom and look at every picture before you go on. `grader.check(...)` says whether a cell's result makes
# sense. Answer the three questions at the end in this notebook.
#
# **How to hand in.** Save this notebook with its outputs, commit it and `lab.npz` (section 4 writes it), and
# push. The lab has 30 points of its own, apart from the assignment's 100: 12 by the checks, 6 for each
# answer. Plan one to two hours. If you change an answer in a `.py` file, restart the kernel and run all cells
# again. Put your own experiments in new cells at the end, so that `lab.npz` stays what section 4 made.

# %%
import math
import sys
from pathlib import Path

import numpy as np
import otter
import torch
import torch.nn.functional as F
from torch.optim.swa_utils import AveragedModel

sys.path.insert(0, str(Path.cwd().parents[1]))  # the repository's root, where `assignments` and `common` are

from assignments.a05_fast_samplers.ddim import ddim_invert, ddim_sample
from assignments.a05_fast_samplers.dpm import dpm_sample
from assignments.a05_fast_samplers.edm import heun_sample
from assignments.a05_fast_samplers.grid import karras_sigmas, sigma_to_t, timesteps
from assignments.a05_fast_samplers.levels import Level, cosine_alpha_bar, levels_of, x0_and_eps
from common.datasets import digits, split
from common.figures import curves, grid, losses, picture, strip
from common.networks import SmallNet
from common.training import minibatches, train
from common.twosample import energy_distance

torch.set_num_threads(1)  # the tensors are small: more threads would wait for each other
torch.manual_seed(0)
grader = otter.Notebook("lab.ipynb", tests_dir="lab_tests")

# %% [markdown]
# ## 1 · The network
#
# Digits of 13 people, 8 × 8 pixels, in [−1, 1]; the last fifth is held out, nearly all of it by people who
# wrote none of the rest. The network predicts v on T = 500 cosine steps, as in lab 4. Half a minute.

# %%
training, held_out = split(digits())
picture(training)

# %%
T, STEPS = 500, 5000
alpha_bar = cosine_alpha_bar(T)
generator = torch.Generator().manual_seed(0)


def v_loss(model, batch):
    """Return the mean squared error of v at random steps."""
    (x0,) = batch
    t = torch.randint(T, (len(x0),), generator=generator)
    eps = torch.randn(x0.shape, generator=generator)
    a = alpha_bar[t].float().reshape(-1, 1, 1, 1)
    signal, noise = a.sqrt(), (1 - a).sqrt()
    x_t, v = signal * x0 + noise * eps, signal * eps - noise * x0
    return F.mse_loss(model(x_t, t), v)


def average_of(old, new, number):
    """Return the moving average of a weight, with a short memory at first."""
    return old.lerp(new, 1 - min(0.995, float(number + 1) / (float(number) + 21)))


model = SmallNet((1, 8, 8), T)
average = AveragedModel(model, avg_fn=average_of)
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, betas=(0.95, 0.99))
rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=2e-3, total_steps=STEPS + 1, pct_start=0.1)
after = [lambda _: rate.step(), lambda _: average.update_parameters(model)]
records = list(train(model, minibatches(training.x, size=128), v_loss, optimizer, STEPS, after_step=after))
average.eval()
losses(records, title="training: loss of v")


# %% [markdown]
# Two views of the same network, and a counter of its calls. `net` is a model of v on integer steps, for
# DDIM. `denoiser` is told a noise level on the line x = x0 + sigma eps: your `sigma_to_t` finds the step, a
# fraction, and x is scaled to the length that the network knows. Images are clipped to [−1, 1].


# %%
class Network:
    """The trained network, v on steps; it counts its calls."""

    def __init__(self):
        self.calls = 0

    def __call__(self, x, t):
        self.calls += 1
        with torch.no_grad():
            return average(x, t)


net = Network()


def denoiser(x, sigma):
    """Return the image that x means on the level sigma."""
    a = 1 / (1 + sigma**2)
    t = sigma_to_t(torch.full((len(x),), sigma, dtype=torch.float64), alpha_bar)
    scaled = math.sqrt(a) * x
    return x0_and_eps(net(scaled, t.float()), scaled, a, "v")[0].clamp(-1, 1)


# %% [markdown]
# ## 2 · Six samplers
#
# Each makes 256 digits from the same noise. The levels of Karras et al. run from sigma = 20 down to 0.02.


# %%
N = 256
z = torch.randn(N, 1, 8, 8, generator=torch.Generator().manual_seed(100))


def ddim(S, eta):
    """DDIM on trailing steps."""
    fresh = torch.Generator().manual_seed(7)
    noises = (torch.randn(z.shape, generator=fresh) for _ in range(S))
    return ddim_sample(net, z, noises, alpha_bar, timesteps(T, S), eta, "v", clip=True)


def two_m_trailing(S):
    """DPM-Solver++(2M) on the same trailing steps."""
    steps = timesteps(T, S)
    levels = levels_of(alpha_bar, steps)

    def denoise(x, i):
        t = steps[i].expand(len(x))
        return x0_and_eps(net(x, t), x, levels[i].alpha ** 2, "v")[0].clamp(-1, 1)

    return dpm_sample(denoise, z, levels)


def karras(n):
    """The levels of the three samplers below."""
    return karras_sigmas(n, 0.02, 20.0)


def two_m_karras(S):
    """DPM-Solver++(2M) on levels of Karras et al."""
    sigmas = karras(S).tolist()
    return dpm_sample(lambda x, i: denoiser(x, sigmas[i]), 20.0 * z, [Level(1.0, s) for s in sigmas])


SAMPLERS = {
    "DDIM, eta 0": lambda calls: ddim(calls, 0.0),
    "DDIM, eta 1": lambda calls: ddim(calls, 1.0),
    "2M, trailing": two_m_trailing,
    "2M, Karras": two_m_karras,
    "Heun, Karras": lambda calls: heun_sample(denoiser, 20.0 * z, karras((calls + 1) // 2)),
    "Euler, Karras": lambda calls: heun_sample(denoiser, 20.0 * z, karras(calls), order=1),
}


# %% [markdown]
# Two measures. `recognised`: the share whose five nearest training digits agree, all but one at most, and
# are no further away than 99 % of the held-out digits are from theirs. `energy_distance` compares all samples
# with the held-out digits, and is 0 when the two laws are the same; samples alike or too varied cost too.

# %%
to_training = torch.cdist(held_out.x.flatten(1), training.x.flatten(1)).amin(1)
far = to_training.quantile(0.99)


def recognised(x):
    """Return the share of images that are like real digits."""
    distance, index = torch.cdist(x.flatten(1), training.x.flatten(1)).topk(5, largest=False)
    votes = F.one_hot(training.labels[index], 10).sum(1).amax(1)
    return ((votes >= 4) & (distance[:, 0] <= far)).float().mean().item()


BUDGETS = (5, 10, 20, 50)
made, calls, energy, like = {}, {}, {}, {}
for name, sampler in SAMPLERS.items():
    for budget in BUDGETS:
        net.calls = 0
        x = sampler(budget).clamp(-1, 1)
        made[name, budget], calls[name, budget] = x, net.calls
        energy[name, budget] = energy_distance(x.flatten(1), held_out.x.flatten(1))
        like[name, budget] = recognised(x)

print(f"{'':14s}" + "".join(f"{budget:>18d}" for budget in BUDGETS))
for name in SAMPLERS:
    cells = [f"{energy[name, b]:.3f}, {like[name, b]:.2f} ({calls[name, b]})" for b in BUDGETS]
    print(f"{name:14s}" + "".join(f"{cell:>18s}" for cell in cells))
print("energy distance, recognised, (calls)")

# %%
grader.check("q1")

# %%
curves(
    {name: [min(energy[name, budget], 0.3) for budget in BUDGETS] for name in SAMPLERS},
    x=list(BUDGETS),
    xlabel="calls",
    ylabel="energy distance, at most 0.3",
)

# %%
columns = [f"{budget} calls" for budget in BUDGETS]
strip({name: torch.stack([made[name, b][3] for b in BUDGETS]) for name in SAMPLERS}, columns=columns)

# %% [markdown]
# ## 3 · A second order that loses
#
# Heun's method with three steps takes five calls. Look at its digits, and at those of 2M with as many.

# %%
grid(made["Heun, Karras", 5][:32], title="Heun's method, 3 steps, 5 calls")

# %%
grid(made["2M, Karras", 5][:32], title="2M, 5 steps, 5 calls")

# %%
grader.check("q2")

# %% [markdown]
# ## 4 · Sixty-four digits with ten calls
#
# This is what you hand in.


# %%
def enlarge(x):
    """Return images of 64 × 64 pixels, drawn smoothly."""
    return F.interpolate(x, scale_factor=8, mode="bicubic").clamp(-1, 1)


samples = made["2M, Karras", 10][:64]
np.savez("lab.npz", samples=samples.numpy())
grid(enlarge(samples), title="64 samples, ten calls")

# %%
grader.check("q3")


# %% [markdown]
# ## 5 · There and back
#
# Digits that the network never saw are inverted with S steps, and drawn again with S steps. `eps_model` is
# the network's v, said as noise.


# %%
def eps_model(x, t):
    """Return the noise that the network sees."""
    a = alpha_bar[t].float().reshape(-1, 1, 1, 1)
    return (1 - a).sqrt() * x + a.sqrt() * net(x, t)


uneven = (torch.rand(64, 1, 8, 8, generator=generator) - 0.5) / 8  # grey levels are eighths; these are not
x0 = held_out.x[:64] + uneven
ROUND_TRIPS = (10, 25, 50, 100, 250)
latents, back = {}, {}
for S in ROUND_TRIPS:
    steps = timesteps(T, S)
    latents[S] = ddim_invert(eps_model, x0, alpha_bar, steps)
    back[S] = ddim_sample(eps_model, latents[S], [torch.zeros_like(x0)] * S, alpha_bar, steps)

rms = {S: (back[S] - x0).square().mean().sqrt().item() for S in ROUND_TRIPS}
for S in ROUND_TRIPS:
    print(f"S = {S:3d}: off by {rms[S]:.4f}; mean square of the latents {latents[S].square().mean():.2f}")

# %%
shown = (10, 50, 250)
strip(
    {
        "digit": x0[:8],
        **{f"latent, S = {S}": latents[S][:8] / 2.5 for S in shown},
        **{f"back, S = {S}": back[S][:8] for S in shown},
    }
)

# %%
grader.check("q4")

# %% [markdown]
# Half way between two latents lies noise that makes a digit; half way between two digits lies a blur. A mean
# of two independent latents has half their variance, so it is stretched by the root of 2 (nearly what
# spherical interpolation does).

# %%
steps = timesteps(T, 100)
half_way = (latents[100][:32] + latents[100][32:]) / math.sqrt(2)
between = ddim_sample(eps_model, half_way, [torch.zeros_like(half_way)] * 100, alpha_bar, steps).clamp(-1, 1)
blurred = (x0[:32] + x0[32:]) / 2
print(f"recognised: between latents {recognised(between):.2f}, between images {recognised(blurred):.2f}")
strip(
    {
        "one digit": enlarge(x0[:8]),
        "another": enlarge(x0[32:40]),
        "mean of the images": enlarge(blurred[:8]),
        "mean of the latents": enlarge(between[:8]),
    }
)

# %% [markdown]
# ## Questions
#
# Two to five sentences each; refer to your own pictures and numbers.
#
# **1.** Which sampler, on which levels, would you ship for 5 calls, and which for 50? Say which numbers of
# section 2 decide, how large a difference must be to mean something (make other noise and look), and why the
# choice of levels matters more at 5 calls than at 50.
#
# *Your answer:*
#
# **2.** Heun's method is of second order and loses to Euler's at five calls. Explain it with the picture of
# task 5.1 (errors over steps): what does the order say, and what does it not say? What happens to x in the
# first of three steps from sigma = 20?
#
# *Your answer:*
#
# **3.** A digit is inverted and drawn again with S = 10 and with S = 250. What is lost at S = 10? The latents
# of these digits are not typical noise: how do you see that, and whose fault is it? And why does inversion
# make no sense for eta > 0?
#
# *Your answer:*
