# %% [markdown]
# # Lab 8 · As you wish
#
# Your context dropout and your guided sampler, on 1,438 real handwritten digits. You will ask for a digit
# and get it, turn the guidance weight up and watch what it buys and what it costs, and find out how often a
# model should lose its condition in training. Everything runs on two CPU cores in less than two minutes.
#
# **What to do.** Finish the assignment first (`autograder check a08`). Then run the cells from top to
# bottom and look at every picture before you go on. `grader.check(...)` says whether a cell's result makes
# sense. Answer the three questions at the end in this notebook.
#
# **How to hand in.** Save this notebook with its outputs, commit it and `lab.npz` (section 3 writes it), and
# push. The lab has 30 points of its own, apart from the assignment's 100: 12 by the checks, 6 for each
# answer. Plan one to two hours. If you change an answer in a `.py` file, restart the kernel and run all cells
# again. Put your own experiments in new cells at the end, so that `lab.npz` stays what section 3 made.

# %%
import sys
from functools import partial
from pathlib import Path

import numpy as np
import otter
import torch
import torch.nn.functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

sys.path.insert(0, str(Path.cwd().parents[1]))  # the repository's root, where `assignments` and `common` are

from assignments.a08_guidance.axes import per_image
from assignments.a08_guidance.masks import bernoulli_mask, drop_labels
from assignments.a08_guidance.sampler import guided_sample
from assignments.a08_guidance.steps import turning_step
from common.datasets import digits, split
from common.figures import curves, grid, losses, picture, strip
from common.labs.digits import recognise, scale_of_digits
from common.networks import SmallNet
from common.training import minibatches, train

torch.set_num_threads(1)  # the tensors are small: more threads would wait for each other
grader = otter.Notebook("lab.ipynb", tests_dir="lab_tests")

# %% [markdown]
# ## 1 · A model that learns with and without its condition
#
# Digits of 13 people, 8 × 8 pixels, in [−1, 1]. At step t of T = 50 the image has been turned into noise by
# the angle (t + 1) / T of a right angle; v is x_t turned on by another right angle. Your `bernoulli_mask` and
# `drop_labels` decide who loses the label; the label 10 means "no label".

# %%
data = digits()
training, held_out = split(data)
picture(training)

# %%
T, CLASSES = 50, 10
given = torch.arange(1000) % CLASSES
uniforms = torch.rand(1000, generator=torch.Generator().manual_seed(8))
told = drop_labels(given, bernoulli_mask(uniforms, 0.2), CLASSES)
f"{(told == CLASSES).float().mean():.1%} of the labels are dropped"

# %%
grader.check("q1")


# %%
def v_loss(model, batch, p_drop, generator):
    """Return the mean squared error of v on digits, some of which have lost their label."""
    x0, labels = batch
    keep = bernoulli_mask(torch.rand(len(x0), generator=generator), p_drop)
    t = torch.randint(T, (len(x0),), generator=generator)
    eps = torch.randn(x0.shape, generator=generator)
    angle = per_image((t + 1) * (torch.pi / (2 * T)), x0)
    x_t, v = angle.cos() * x0 + angle.sin() * eps, angle.cos() * eps - angle.sin() * x0
    return F.mse_loss(model(x_t, t, drop_labels(labels, keep, CLASSES)), v)


def fit(p_drop, steps=1500):
    """Train a model from scratch; return the average of its weights, and the record of each step."""
    torch.manual_seed(0)
    model = SmallNet((1, 8, 8), T, CLASSES)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, betas=(0.95, 0.99))
    # The rate rises and then falls to 0; the first beta goes from 0.95 to 0.85 and back.
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=2e-3, total_steps=steps + 1, pct_start=0.1)
    average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.99))
    loss = partial(v_loss, p_drop=p_drop, generator=torch.Generator().manual_seed(0))
    after = [lambda _: rate.step(), lambda _: average.update_parameters(model)]
    batches = minibatches(training.x, training.labels, size=128)
    records = list(train(model, batches, loss, optimizer, steps, after_step=after))
    return average.eval(), records


model, records = fit(p_drop=0.1)
losses(records, title="training: loss of v")

# %%
grader.check("q2")


# %% [markdown]
# ## 2 · Class against weight
#
# Each block is one weight, each column a class, and the noise is the same in all blocks: so all that
# changes from block to block is w. w = 0 does not know what was asked for, w = 1 is plain conditional
# sampling.


# %%
def draw(model, context, w, seed=8):
    """Return samples of these classes; the same seed gives the same noise for every weight and model."""
    x_T = torch.randn(len(context), 1, 8, 8, generator=torch.Generator().manual_seed(seed))
    nothing = torch.full_like(context, CLASSES)
    weights = torch.as_tensor(w, dtype=torch.float64).expand(T)  # one number, or one for each step
    return guided_sample(model, x_T, context, nothing, weights, turning_step(T)).clamp(-1, 1)


def enlarge(x):
    """Return images of 64 × 64 pixels, drawn smoothly, which helps the eye."""
    return F.interpolate(x, scale_factor=8, mode="bicubic").clamp(-1, 1)


each = torch.arange(CLASSES)
rows = {w: draw(model, each.repeat(2), w) for w in (0, 1, 2, 4, 8)}
strip(
    {
        f"w = {w}{end}": enlarge(x[part])
        for w, x in rows.items()
        for end, part in (("", each), (" ", each + 10))
    },
    columns=training.names,
    title="class by weight: two samples of each",
)

# %% [markdown]
# ## 3 · What you hand in
#
# Sixty-four samples, the digits in turn, with the weight that you like best.

# %%
w = 2.0
labels = torch.arange(64) % CLASSES
samples = draw(model, labels, w, seed=64)
np.savez("lab.npz", samples=samples.numpy(), labels=labels.numpy())
grid(enlarge(samples), title=f"64 samples, w = {w:g}", columns=10)

# %%
grader.check("q3")

# %% [markdown]
# ## 4 · What guidance buys and what it costs
#
# *Accuracy* is the share of samples that are recognised as the digit that was asked for (four of the five
# nearest real digits agree, and the nearest is as near as held-out digits are). *Variety* is the mean
# distance between two samples of which one class was asked (at w = 0 these are any digits); the horizontal
# line is that of real digits.


# %%
scale = scale_of_digits()


def variety(x, labels):
    """Return the mean distance between two images of one class, averaged over the classes."""
    return torch.stack([torch.pdist(x[labels == k].flatten(1)).mean() for k in range(CLASSES)]).mean()


def measure(model, w, n=400):
    """Return the shares recognised as any digit and as the one asked for, and the variety."""
    asked = torch.arange(n) % CLASSES
    x = draw(model, asked, w)
    found, sure = recognise(x, data, scale)
    return torch.stack([sure.float().mean(), (sure & (found == asked)).float().mean(), variety(x, asked)])


WEIGHTS = torch.tensor([0, 0.5, 1, 1.5, 2, 3, 5, 8, 12])
_, accuracy, spread = torch.stack([measure(model, w) for w in WEIGHTS]).unbind(dim=1)
real = variety(training.x, training.labels).expand(len(WEIGHTS))
curves({"accuracy": accuracy}, x=WEIGHTS, xlabel="w", ylabel="share recognised as asked")

# %%
curves({"samples": spread, "real digits": real}, x=WEIGHTS, xlabel="w", ylabel="distance within a class")

# %%
grader.check("q4")

# %% [markdown]
# ## 5 · How often should a model lose its condition?
#
# Five models, trained alike for 1000 steps but for the probability of dropping the label. Each is measured at
# three weights: w = 0 asks for any digit, and is judged by whether a digit comes.

# %%
DROPS = (0.0, 0.1, 0.3, 0.6, 0.95)
models = {p: fit(p, steps=1000)[0] for p in DROPS}
by_drop = {w: torch.stack([measure(one, w, n=300) for one in models.values()]) for w in (0, 1, 3)}  # 5 3
curves(
    {
        "w = 0, as any digit": by_drop[0][:, 0],
        "w = 1, as the one asked for": by_drop[1][:, 1],
        "w = 3, as the one asked for": by_drop[3][:, 1],
    },
    x=torch.tensor(DROPS),
    xlabel="probability of dropping the label",
    ylabel="share recognised",
)

# %%
curves(
    {f"w = {w}": by_drop[w][:, 2] for w in (1, 3)},
    x=torch.tensor(DROPS),
    xlabel="probability of dropping the label",
    ylabel="distance within a class",
)

# %%
w0 = {f"w = 0, dropped {p:.0%}": enlarge(draw(one, each, 0)) for p, one in models.items()}
w3 = {f"w = 3, dropped {p:.0%}": enlarge(draw(one, each, 3)) for p, one in models.items()}
strip(w0 | w3, columns=training.names)

# %%
grader.check("q5")

# %% [markdown]
# ## Questions
#
# Two to five sentences each; refer to your own pictures and numbers.
#
# **1.** From w = 0 to w = 2 accuracy rises and variety falls. Explain both with what part 5 of the
# assignment says about Gaussians. From w = 2 on variety rises again, and beyond w = 5 accuracy falls, but the
# digits do not get better: what do you see at w = 8, and what does "variety" measure there?
#
# *Your answer:*
#
# **2.** The model that never dropped a label makes no digits at w = 0. Why? Yet at w = 3 it does what it is
# asked: what does its "unconditional" prediction stand for, and why is that enough here? And what goes
# wrong at 0.95, at w = 1 and at w = 3?
#
# *Your answer:*
#
# **3.** Sample with guidance in an interval only. `draw` and `measure` also take T weights: try
# `interval_weights(turning_alpha_bar(T), 5, 0.3, 3)`, which is w = 5 where 0.3 < sigma ≤ 3 and 1 elsewhere
# (your `interval_weights` is in `assignments.a08_guidance.sampler`, `turning_alpha_bar` in
# `assignments.a08_guidance.steps`). Show the grid, and give accuracy and variety beside those of w = 5
# everywhere. Which is better?
#
# *Your answer:*
