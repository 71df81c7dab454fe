# %% [markdown]
# # Lab 11 · What a patch costs
#
# Your transformer learns 8 × 8 digits by flow matching, once with patches of 4 × 4 pixels (4 tokens) and
# once of 2 × 2 (16 tokens). You know beforehand what each will weigh and cost; the question is what the money
# buys.
# Everything runs on one quiet CPU core in less than two minutes.
#
# **What to do.** Finish the assignment first (`autograder check a11`). Then run the cells from top to bottom
# and look at every picture before you go on. `grader.check(...)` says whether a cell's result makes
# sense. Answer the three questions at the end in this notebook.
#
# **How to hand in.** Save this notebook with its outputs, commit it and `lab.npz` (section 4 writes it), and
# push. The lab has 30 points of its own, apart from the assignment's 100: 12 by the checks, 6 for each
# answer. Plan one to two hours. If you change an answer in a `.py` file, restart the kernel and run
# all cells again. Put your own experiments in new cells at the end, so that `lab.npz` stays what section 4
# made.

# %%
import sys
import time
from pathlib import Path

import numpy as np
import otter
import torch
import torch.nn.functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

sys.path.insert(0, str(Path.cwd().parents[1]))  # the repository's root, where `assignments` and `common` are

from assignments.a11_dit.block import moving_weights, start_at_zero
from assignments.a11_dit.dit import DiT
from assignments.a11_dit.flow import flow_sample, flow_step, logit_normal, shift_times
from assignments.a11_dit.labels import dropped
from assignments.a11_dit.patch import patchify
from assignments.a11_dit.path import path
from assignments.a11_dit.sizes import count_macs, count_weights
from common.datasets import digits, split
from common.figures import curves, grid, picture, strip
from common.labs.digits import recognise, scale_of_digits
from common.training import minibatches

torch.set_num_threads(1)  # the tensors are small: more threads would wait for each other
SEED = 0
grader = otter.Notebook("lab.ipynb", tests_dir="lab_tests")

# %% [markdown]
# ## 1 · Before anything is built
#
# Two transformers that differ in their patches alone. Count first, and build afterwards.

# %%
training, held_out = split(digits())
picture(training)

# %%
CLASSES, D, DEPTH, WAVES = 10, 64, 3, 64


def fresh(p):
    """Return a transformer at its beginning."""
    torch.manual_seed(SEED)
    model = DiT(p, D, DEPTH, 4, c_in=1, c_out=1, num_classes=CLASSES, waves=WAVES)
    start_at_zero(model)
    return model


models = {p: fresh(p) for p in (4, 2)}
counted = {p: count_weights(DEPTH, D, p, 1, 1, CLASSES, WAVES) for p in models}
built = {p: sum(weight.numel() for weight in model.parameters()) for p, model in models.items()}
macs = {p: count_macs(DEPTH, D, p, 8, 1, 1, WAVES) for p in models}
for p in models:
    tokens = patchify(training.x[:1], p).shape[1]
    print(f"patch {p}: {tokens:2d} tokens, {counted[p]:,} weights, {macs[p]:,} multiplications an image")

# %%
grader.check("q1")

# %% [markdown]
# ## 2 · The first update
#
# At the beginning the output is 0, so the loss is the mean square of eps - x0, whatever the patch.

# %%
draws = torch.Generator().manual_seed(SEED)
x0, labels = training.x[:64], training.labels[:64]
t, eps = logit_normal(torch.randn(64, generator=draws)), torch.randn(x0.shape, generator=draws)
x_t, v = path(x0, eps, t)
first_loss = F.mse_loss(models[2](x_t, t, labels), v)
first_names = moving_weights(models[2], first_loss)
print(f"loss {first_loss.item():.4f}, mean (eps - x0)^2 {(eps - x0).square().mean().item():.4f}")
print("moving:", *sorted(first_names))

# %%
grader.check("q2")


# %% [markdown]
# ## 3 · Equal updates, unequal bills
#
# Both models see the same batches, times and noise, 600 times. One label in ten is not told, and what samples
# is an average of the weights. `log` keeps losses and seconds.


# %%
def fit(model, steps=600, rate=3e-3):
    """Train a model; return the average of its weights, the losses, and the seconds until each."""
    draws = torch.Generator().manual_seed(SEED)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps + 1, pct_start=0.1)
    average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.99))
    batches = minibatches(training.x, training.labels, size=64, seed=SEED)
    losses, seconds, start = [], [], time.process_time()
    for _ in range(steps):
        x0, labels = next(batches)
        t = logit_normal(torch.randn(len(x0), generator=draws))
        eps = torch.randn(x0.shape, generator=draws)
        drop = dropped(torch.rand(len(x0), generator=draws), 0.1)
        losses.append(flow_step(model, optimizer, x0, labels, drop, t, eps))
        seconds.append(time.process_time() - start)
        schedule.step()
        average.update_parameters(model)
    return average.module.eval(), torch.tensor(losses), torch.tensor(seconds)


log = {p: fit(model) for p, model in models.items()}
for p, (_, losses, seconds) in log.items():
    print(f"patch {p}: loss of the last 100 updates {losses[-100:].mean():.3f} after {seconds[-1]:.0f} s")

# %%
window = torch.ones(1, 1, 25) / 25
smooth = {p: F.conv1d(losses[None, None], window)[0, 0] for p, (_, losses, _) in log.items()}
curves(
    {f"patch {p}": values for p, values in smooth.items()},
    xlabel="updates",
    ylabel="loss, mean of 25",
    title="at equal updates",
    log_y=True,
)

# %% [markdown]
# The fair comparison is on digits that neither saw, by writers that neither saw, at evenly spread times.

# %%
even = (torch.arange(len(held_out.x)) + 0.5) / len(held_out.x)
noise = torch.randn(held_out.x.shape, generator=torch.Generator().manual_seed(1))


def held_out_loss(model):
    """Return the loss on held-out digits."""
    x_t, v = path(held_out.x, noise, even)
    with torch.no_grad():
        return F.mse_loss(model(x_t, even, held_out.labels), v).item()


unseen = {p: held_out_loss(model) for p, (model, _, _) in log.items()}
"   ".join(f"patch {p}: held-out loss {value:.3f}" for p, value in unseen.items())

# %%
grader.check("q3")


# %% [markdown]
# ## 4 · Samples
#
# The same noise in all rows: few steps and many, weak guidance and strong.


# %%
def draw(p, labels, w, steps=16, alpha=1.0, seed=11):
    """Return samples of these digits; the same seed is the same noise."""
    noise = torch.randn(len(labels), 1, 8, 8, generator=torch.Generator().manual_seed(seed))
    times = shift_times(torch.linspace(1, 0, steps + 1, dtype=torch.float64), alpha)
    return flow_sample(log[p][0], noise, labels, CLASSES, times, w).clamp(-1, 1)


def enlarge(x):
    """Return images of 64 × 64 pixels, drawn smoothly, which helps the eye."""
    return F.interpolate(x, scale_factor=8, mode="bicubic").clamp(-1, 1)


each = torch.arange(10)
few = {f"patch {p}, {n} steps": enlarge(draw(p, each, 2.0, n)) for p in log for n in (1, 2, 4, 16)}
strip(few, columns=training.names, title="few steps and many, w = 2")

# %%
asked = torch.arange(64) % 10
shares = {}
for p in log:
    for w in (1.0, 2.0, 4.0):
        kind, sure = recognise(draw(p, asked, w), training, scale_of_digits())
        shares[p, w] = (sure & (kind == asked)).float().mean().item()
        print(f"patch {p}, w = {w:g}: {shares[p, w]:.2f} recognised as asked")

# %% [markdown]
# What you hand in: 64 samples of the finer model, and the losses of both.

# %%
samples = draw(2, asked, 2.0, steps=30)
np.savez(
    "lab.npz",
    samples=samples.numpy(),
    labels=asked.numpy(),
    losses=torch.stack([log[p][1] for p in (4, 2)]).numpy(),
)
grid(enlarge(samples), title="64 samples, patch 2, w = 2", columns=10)

# %%
grader.check("q4")

# %% [markdown]
# ## Questions
#
# Two to five sentences each; refer to your own pictures and numbers.
#
# **1.** The loss falls from about 1.7 to about 0.45 and then hardly any more. Why can it not reach 0, for any
# model? What would make it 0, and why would that be worthless?
#
# *Your answer:*
#
# **2.** Which would you take out first: the positions, the gates (1 instead of `gate`), or the dropped
# labels? Say what you expect of each, then train one such model with patch 4 (about 20 seconds) and show what
# its samples look like at w = 1 and w = 3.
#
# *Your answer:*
#
# **3.** At equal updates, and at equal time (look at the seconds in `log`), which patch is better for 8 × 8
# pixels? Use held-out losses and shares, and the multiplications that you counted: why does the clock show
# another ratio? And what would you choose for 64 × 64, and why?
#
# *Your answer:*
#
