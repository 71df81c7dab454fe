# %% [markdown]
# # Lab 17 · Whose digits are these?
#
# Two models of handwritten digits: one was trained on 1,438 of them, the other on 64. Both draw well. You
# find out which of them copies, whom a stranger can prove to have been in which training set, and what
# noise in the training would have cost. Then you hide a mark in the noise from which the larger model
# draws, damage its digits, climb back to the noise, and look for the mark: with two tests, on marked
# digits, on others, and on digits that no model made. Everything runs on one CPU core in less than two
# minutes.
#
# **What to do.** Finish parts 2 and 4 and tasks 1.1 and 3.2 of the assignment first (`autograder check a17`).
# Then run the cells from top to bottom and look at every picture before you go on. `grader.check(...)` says
# whether a cell's result makes sense. Answer the three questions at the end in this notebook.
#
# **How to hand in.** Save this notebook with its outputs, commit it and `lab.npz` (section 5 writes it),
# and push. The lab has 30 points of its own, apart from the assignment's 100: 13 by the checks, and 5, 6
# and 6 for the answers. Plan one to two hours. If you change an answer in a `.py` file, restart the kernel
# and run all cells again. Put your own experiments in new cells at the end, so that `lab.npz` stays what
# section 5 made.

# %%
import sys
from pathlib import Path

import numpy as np
import otter
import torch

sys.path.insert(0, str(Path.cwd().parents[1]))  # the repository's root, where `assignments` and `common` are

from assignments.a17_trustworthy.accountant import epsilon
from assignments.a17_trustworthy.copies import copy_ratio
from assignments.a17_trustworthy.detection import matched_p_value, ring_p_value
from assignments.a17_trustworthy.frechet import frechet_distance
from assignments.a17_trustworthy.inversion import recover_noise
from assignments.a17_trustworthy.membership import auc, tpr_at_fpr
from assignments.a17_trustworthy.models import (
    INNER,
    KEY,
    SIZE,
    T,
    alpha_bars,
    draw,
    level,
    noise_model,
    noisy,
    to_v,
)
from assignments.a17_trustworthy.rings import embed_rings, ring_pattern
from common.datasets import digits, split
from common.figures import curves, histograms, strip
from common.labs.digits import recognise, scale_of_digits
from common.networks import SmallNet
from common.training import minibatches, train

torch.set_num_threads(1)  # the tensors are small: more threads would wait for each other
SEED = 0
grader = otter.Notebook("lab.ipynb", tests_dir="lab_tests")
training, held_out = split(digits())
few = training.x[:64]

# %% [markdown]
# ## 1 · Two models
#
# The same network, the same training, v-prediction over 100 steps of a cosine schedule; what is kept is a
# moving average of the weights.


# %%
def learn(x, steps, seed):
    """Return a network that was trained on these digits."""
    torch.manual_seed(seed)
    network, average = SmallNet((1, SIZE, SIZE), T), SmallNet((1, SIZE, SIZE), T)
    average.load_state_dict(network.state_dict())
    optimizer = torch.optim.AdamW(network.parameters(), 2e-3, betas=(0.9, 0.95))
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=steps + 1, pct_start=0.1)

    def loss(network, batch):
        (x0,) = batch
        t, eps = torch.randint(T, (len(x0),)), torch.randn_like(x0)
        a = level(t)
        return (network(noisy(x0, eps, a), t) - to_v(x0, eps, a)).square().mean()

    @torch.no_grad()
    def follow(step):
        rate.step()
        keep = min(0.995, step.step / (step.step + 20))
        for old, new in zip(average.parameters(), network.parameters(), strict=True):
            old.lerp_(new, 1 - keep)

    batches = minibatches(x, size=min(128, len(x)), seed=seed)
    for _ in train(network, batches, loss, optimizer, steps, after_step=[follow]):
        pass
    return average.eval()


large = learn(training.x, 2500, SEED)
small = learn(few, 2500, SEED + 1)

# %% [markdown]
# ## 2 · New, or copied?
#
# Both models draw from the same noise. Beside each digit stands the nearest one of its model's training
# set.

# %%
z = torch.randn(64, 1, SIZE, SIZE, generator=torch.Generator().manual_seed(SEED + 2))
drawn = {"trained on 1,438": draw(large, z).clamp(-1, 1), "trained on 64": draw(small, z).clamp(-1, 1)}
sets = {"trained on 1,438": training.x, "trained on 64": few}
rows = {}
for name, x in drawn.items():
    nearest = torch.cdist(x.flatten(1), sets[name].flatten(1)).argmin(dim=1)
    rows |= {name: x[:16], f"nearest of them ({len(sets[name])})": sets[name][nearest[:16]]}
strip(rows, title="drawn digits, and the nearest of the training set")

# %%
ratios = {name: copy_ratio(x, sets[name]) for name, x in drawn.items()}
ratios["held-out digits"] = copy_ratio(held_out.x, training.x)
ratios["held-out digits beside the 64"] = copy_ratio(held_out.x, few)
medians = {name: ratio.median().item() for name, ratio in ratios.items()}
for name, ratio in ratios.items():
    copied = (ratio < 0.5).double().mean().item()
    print(f"{name}: median copy ratio {medians[name]:.3f}, below .5 in {copied:.2f}")
to_few = {name: frechet_distance([x.flatten(1)], [few.flatten(1)]) for name, x in drawn.items()}
print("Fréchet distance to the 64 digits:", {name: round(d, 2) for name, d in to_few.items()})
histograms(ratios, title="copy ratios: 0 is a copy")

# %%
grader.check("q1")

# %% [markdown]
# ## 3 · Who was in the training set?
#
# The attack of somebody who has the model, and a digit: is its loss smaller than that of other digits? The
# loss is a mean over five steps and four noises, the same for every digit.


# %%
@torch.no_grad()
def scores(network, x):
    """Return the negative loss of each digit."""
    draws, total = torch.Generator().manual_seed(5), 0.0
    for t in (10, 20, 30, 40, 50):
        for _ in range(4):
            eps, steps = torch.randn(x.shape, generator=draws), torch.full((len(x),), t)
            a = level(steps)
            error = network(noisy(x, eps, a), steps) - to_v(x, eps, a)
            total = total + error.square().flatten(1).mean(dim=1)
    return -total


others = {"trained on 1,438": scores(large, held_out.x), "trained on 64": scores(small, held_out.x)}
members = {"trained on 1,438": scores(large, training.x[:359]), "trained on 64": scores(small, few)}
areas = {name: auc(members[name], others[name]) for name in members}
never = auc(scores(small, training.x[359:718]), others["trained on 64"])
fpr = torch.logspace(-2, 0, 30, dtype=torch.float64)
found_at = {
    name: torch.tensor([tpr_at_fpr(members[name], others[name], q) for q in fpr.tolist()]) for name in members
}
for name in members:
    print(f"{name}: area {areas[name]:.3f}, found at 1 % false alarms {found_at[name][0]:.2f}")
print(f"digits that the small model never saw, by other writers: area {never:.3f}")
promised, order = epsilon(64 / 1438, 1.5, 500, 1e-5)
print(f"500 noisy steps with batches of 64 of 1,438 and sigma = 1.5: epsilon {promised:.2f} (order {order})")
curves(
    found_at | {"chance": fpr}, x=fpr, xlabel="false alarms", ylabel="members found", title="who was in it"
)

# %%
grader.check("q2")

# %% [markdown]
# ## 4 · A mark in the noise
#
# The larger model draws from marked noise. Whoever has the model climbs back from a digit to its noise
# (`recover_noise`) and looks for the mark: by its distance, and by the matched filter. The mark sits in rings
# 1 to 3 of 8 × 8 frequencies: look at what it costs. On so small a plane the rings decide what is drawn. The
# last row are digits that people wrote.

# %%
pattern, mask = ring_pattern(SIZE, torch.tensor(KEY, dtype=torch.float64), INNER)
marked, clean = draw(large, embed_rings(z, pattern, mask)), draw(large, z)
counts = {
    name: torch.bincount(recognise(x.clamp(-1, 1), training, scale_of_digits())[0], minlength=10).tolist()
    for name, x in (("clean", clean), ("marked", marked))
}
print("how many are nearest to 0, 1, ..., 9:", counts)
strip({"clean": clean[:16], "marked": marked[:16]}, title="the same noise without and with the mark")

# %%
draws = torch.Generator().manual_seed(SEED + 3)
damages = {
    "as made": lambda x: x,
    "clipped": lambda x: x.clamp(-1, 1),
    "17 grey levels": lambda x: (x.clamp(-1, 1) * 8).round() / 8,
    "noise .1": lambda x: x.clamp(-1, 1) + 0.1 * torch.randn(x.shape, generator=draws),
    "noise .3": lambda x: x.clamp(-1, 1) + 0.3 * torch.randn(x.shape, generator=draws),
    "moved by a pixel": lambda x: x.clamp(-1, 1).roll(1, dims=3),
}
model = noise_model(large)


def tests(x):
    """Return the mean square of the noise behind images, and the shares of both tests' p-values below .01."""
    noise = recover_noise(x, model, alpha_bars())
    p = ring_p_value(noise, pattern, mask), matched_p_value(noise, pattern)
    return [noise.square().mean().item(), *((one < 0.01).double().mean().item() for one in p)]


found = {name: tests(damage(marked)) for name, damage in damages.items()}
accused = {name: tests(damage(clean)) for name, damage in damages.items()}
accused["written by people"] = tests(held_out.x[:128])
print("found at p < .01   | marked: noise²  distance  matched | clean: noise²  distance  matched")
for name, clean_ones in accused.items():
    marked_ones = "{:14.2f} {:9.2f} {:8.2f}".format(*found[name]) if name in found else " " * 33
    print(f"{name:18} |{marked_ones} |" + "{:13.2f} {:9.2f} {:8.2f}".format(*clean_ones))

# %%
grader.check("q3")

# %% [markdown]
# ## 5 · What you hand in
#
# The weights of the larger model, in half precision. The judge draws with them itself, marks noise with a
# key of its own, and looks whether the digits are digits, new, and carry its mark.

# %%
np.savez("lab.npz", **{name: value.half().numpy() for name, value in large.state_dict().items()})

# %%
grader.check("q4")

# %% [markdown]
# ## Questions
#
# Two to five sentences each; refer to your own pictures and numbers.
#
# **1.** By the Fréchet distance to the 64 digits of its training set the smaller model looks better than the
# other: why is that no praise? Which two numbers of this lab show what is wrong with it, and what would each
# of them say of a model half of whose draws are copies?
#
# *Your answer:*
#
# **2.** A court asks whether p = 10⁻²⁰ proves that your model made an image. What does the null hypothesis
# say, word for word, and what does it not cover? (Look at the rows under noise, at digits without mark, and
# at the mean square of their noise; and at the row "moved by a pixel".) What would a signed history add, and
# what not?
#
# *Your answer:*
#
# **3.** A filter for concepts, erased weights, a watermark, a signed history: for a model that you publish
# with its weights, which would you drop first? Who is harmed by the errors of each, of both kinds?
#
# *Your answer:*
