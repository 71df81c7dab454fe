# %% [markdown]
# # Lab 4 · Digits from noise
#
# Your schedules, your forward process, your loss, your training step and your sampler, on 1,438 real
# handwritten digits. By the end you will have 64 digits that nobody ever wrote. Everything runs on two CPU
# cores in less than two minutes.
#
# **What to do.** Finish the assignment first (`autograder check a04`). Then run the cells from top to
# bottom and look at every picture before you go on. `grader.check(...)` says whether a cell's result makes
# sense. Answer the three questions at the end in this notebook.
#
# **How to hand in.** Save this notebook with its outputs, commit it and `lab.npz` (section 5 writes it), and
# push. The lab has 30 points of its own, apart from the assignment's 100: 12 by the checks, 6 for each
# answer. Plan one to two hours. If you change an answer in a `.py` file, restart the kernel and run all cells
# again. Put your own experiments in new cells at the end, so that `lab.npz` stays what section 5 made.

# %%
import copy
import sys
from itertools import islice
from pathlib import Path

import numpy as np
import otter
import torch
import torch.nn.functional as F

sys.path.insert(0, str(Path.cwd().parents[1]))  # the repository's root, where `assignments` and `common` are

from assignments.a04_ddpm.forward import q_sample, x0_from_v
from assignments.a04_ddpm.loss import simple_loss
from assignments.a04_ddpm.sampler import sample
from assignments.a04_ddpm.schedule import alpha_bars, cosine_betas
from assignments.a04_ddpm.train import ema_update, train
from common.datasets import digits, split
from common.figures import curves, grid, losses, picture, strip
from common.networks import SmallNet
from common.training import Step, minibatches

torch.set_num_threads(1)  # the tensors are small: more threads would wait for each other
torch.manual_seed(0)
grader = otter.Notebook("lab.ipynb", tests_dir="lab_tests")

# %% [markdown]
# ## 1 · The data
#
# Digits of 13 people, 8 × 8 pixels, in [−1, 1]. The last fifth is held out: nearly all of it is by people
# who wrote none of the rest (the cut goes through one writer's digits). We will need it to tell a model that
# has learnt what digits are from one that has learnt these 1,438 by heart.

# %%
training, held_out = split(digits())
picture(training)

# %% [markdown]
# ## 2 · The forward process
#
# `noisy[i, j]` is digit i after `steps[j]` steps, always with the same noise, so that the row shows one
# image drowning.

# %%
T = 500
alpha_bar = alpha_bars(cosine_betas(T))
steps = torch.tensor([0, 60, 125, 190, 250, 310, 375, 440, 499])
generator = torch.Generator().manual_seed(4)
x0, eps = training.x[:3], torch.randn(3, 1, 8, 8, generator=generator)
noisy = torch.stack([q_sample(x0, step.expand(3), eps, alpha_bar) for step in steps], dim=1)  # 3 9 1 8 8
strip({f"digit {name}": row for name, row in enumerate(noisy)}, columns=[f"t = {t}" for t in steps.tolist()])

# %%
grader.check("q1")

# %% [markdown]
# ## 3 · Training
#
# The network predicts v, whose mean square is between 0.7 and 1 at every step. Your `train` yields a record
# after each step; what happens in between is the caller's: here the average of the weights, and a learning
# rate that rises and then falls to 0. (`OneCycleLR` also moves AdamW's first beta: from 0.95 to 0.85 and
# back.) Half a minute.

# %%
STEPS = 5000
model = SmallNet((1, 8, 8), T)
average = copy.deepcopy(model)
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, betas=(0.95, 0.99))
rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=2e-3, total_steps=STEPS + 1, pct_start=0.1)
batches = (x0 for (x0,) in islice(minibatches(training.x, size=128), STEPS))

records = []
for record in train(model, optimizer, batches, alpha_bar, generator, form="v"):
    ema_update(average, model, decay=min(0.995, record.step / (record.step + 20)))  # short memory at first
    rate.step()
    records.append(record)

losses([Step(record.step, record.loss, 0.0, 0.0) for record in records], title="training: loss of v")

# %%
grader.check("q2")

# %% [markdown]
# ## 4 · Where the loss comes from
#
# The mean over all steps hides easy steps and hard ones. Here is the loss step by step, for the digits that
# the model was trained on and for those that it has never seen. Below: what the model believes to see in
# noise, the image behind its v.


# %%
def loss_by_t(x0, every=20, repeats=4):
    """Return the mean loss at steps 0, every, 2 every, ..., each over all images with fresh noise."""
    means = []
    for step in range(0, T, every):
        t = torch.full((len(x0),), step)
        total = 0.0
        for _ in range(repeats):
            eps = torch.randn(x0.shape, generator=generator)
            with torch.no_grad():
                prediction = average(q_sample(x0, t, eps, alpha_bar), t)
            total += simple_loss(prediction, x0, eps, t, alpha_bar, "v").mean()
        means.append(total / repeats)
    return torch.stack(means)


loss_training, loss_held_out = loss_by_t(training.x), loss_by_t(held_out.x)
curves(
    {"digits that it was trained on": loss_training, "digits that it has not seen": loss_held_out},
    x=torch.arange(0, T, 20),
    xlabel="t",
    ylabel="loss of v",
)

# %%
at = steps[1:-1]
seen = held_out.x[7].expand(len(at), -1, -1, -1)
x_t = q_sample(seen, at, torch.randn(1, 1, 8, 8, generator=generator).expand_as(seen), alpha_bar)
with torch.no_grad():
    guessed = x0_from_v(x_t, average(x_t, at), at, alpha_bar)
strip({"x_t": x_t, "guessed x_0": guessed}, columns=[f"t = {t}" for t in at.tolist()])

# %%
grader.check("q3")

# %% [markdown]
# ## 5 · Sampling
#
# Five hundred steps back. `way` keeps some of the images on the way: after step t that is $x_{t-1}$, after
# step 0 the finished sample. The grid is drawn smoothly, which changes no pixel of the samples but helps the
# eye: 64 pixels are few.


# %%
def enlarge(x):
    """Return images of 64 × 64 pixels, drawn smoothly."""
    return F.interpolate(x, scale_factor=8, mode="bicubic").clamp(-1, 1)


way = {}
x_T = torch.randn(64, 1, 8, 8, generator=generator)
noises = (torch.randn(64, 1, 8, 8, generator=generator) for _ in range(T))
samples = sample(
    average, x_T, noises, alpha_bar, form="v", clip=True, progress=lambda t, x: way.update({t: x[:4].clone()})
)
shown = [t for t in reversed(steps.tolist()) if t in way]
strip(
    {f"sample {i}": torch.stack([way[t][i] for t in shown]) for i in range(4)},
    columns=[f"after step {t}" for t in shown],
)

# %%
grid(enlarge(samples), title="64 samples")

# %%
np.savez("lab.npz", samples=samples.numpy())
grader.check("q4")

# %% [markdown]
# ## 6 · New digits, or old ones?
#
# Each sample above the training digit that is nearest to it. If the pairs were equal, we would have built
# an expensive copying machine.

# %%
nearest = torch.cdist(samples.flatten(1), training.x.flatten(1)).argmin(dim=1)
strip({"sample": enlarge(samples[:10]), "nearest": enlarge(training.x[nearest[:10]])})

# %% [markdown]
# ## Questions
#
# Two to five sentences each; refer to your own pictures and numbers.
#
# **1.** The loss of v (section 4) begins near 1 and ends near 0.3. Say what v is at $t = 0$ and at $t = T -
# 1$, and derive both numbers from it: the first for a smooth network, which makes no use of grey levels being
# eighths, the second for any network. Why can no network bring the middle of the curve to 0 on digits that it
# has not seen?
#
# *Your answer:*
#
# **2.** In section 4 one curve lies above the other. What does the gap tell, at which steps is it widest,
# and what would you see in section 6 if the training went on for ten times as long? Say how you would
# decide when to stop.
#
# *Your answer:*
#
# **3.** Choose one change and try it: `variance="beta"` in `sample`, `linear_betas(T)` instead of the
# cosine, `form="eps"` in training and sampling, or the last weights (`model`) instead of their average.
# Show the new grid, say what changed, and why.
#
# *Your answer:*
