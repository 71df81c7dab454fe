# %% [markdown]
# # Lab 16 · Sixteen futures of a storm
#
# Three looks at real weather. Winds of the whole globe, month by month: how good is "as last month", how
# good "as every year", and what do weights change? Rain of hurricane Florence, hour by hour: your `advect`
# and your losses find how it moves, and you see for how long that helps. And the storm that buried the east
# of the United States in January 1996: a small GenCast learns it from 47 steps of six hours, and draws
# sixteen futures for each of fifteen times that it never saw. Everything runs on one CPU core in less than
# two minutes.
#
# **What to do.** Finish tasks 1.1, 1.2, 4.1, 4.2 and 6.2 of the assignment first (`autograder check a16`).
# Then run the cells from top to bottom and look at every picture before you go on. `grader.check(...)` says
# whether a cell's result makes sense. Answer the three questions at the end in this notebook.
#
# **How to hand in.** Save this notebook with its outputs, commit it and `lab.npz` (section 4 writes it), and
# push. The lab has 30 points of its own, apart from the assignment's 100: 13 by the checks, and 5, 6 and 6
# for the answers. Plan one to two hours. If you change an answer in a `.py` file, restart the kernel and run
# all cells again. Put your own experiments in new cells at the end, so that `lab.npz` stays what section 4
# made.

# %%
import sys
from pathlib import Path

import numpy as np
import otter
import torch
import torch.nn.functional as F
from torch.nn.utils import parameters_to_vector, vector_to_parameters

sys.path.insert(0, str(Path.cwd().parents[1]))  # the repository's root, where `assignments` and `common` are

from assignments.a16_weather.ensembles import crps, rank_histogram, spread_skill
from assignments.a16_weather.gencast import gencast_loss, sample_change
from assignments.a16_weather.levels import precondition, quantile_levels, sampling_levels
from assignments.a16_weather.network import ChangeNet
from assignments.a16_weather.nowcast import advect, motion_smoothness, weighted_distance
from assignments.a16_weather.scores import acc, csi, latitude_weights, weighted_rmse
from common.datasets import rain, split, storm, winds
from common.figures import curves, maps

torch.set_num_threads(1)  # the tensors are small: more threads would wait for each other
SEED = 0
grader = otter.Notebook("lab.ipynb", tests_dir="lab_tests")

# %% [markdown]
# ## 1 · Winds: last month, every year
#
# Monthly means of five years. The last year is held out; the climatology of a month is its mean over the four
# years before. Each forecast has one number a month, for the wind to the east.

# %%
data = winds()
years, held_out = split(data)
truth = held_out.x[:, 0]  # 12 months of 18 x 36
usual = years.x[:, 0].reshape(4, 12, 18, 36).mean(dim=0)
last = torch.cat([years.x[-1:, 0], truth[:-1]])
lat = torch.tensor(data.lat)
area, alike = latitude_weights(lat), torch.ones(18)
table = {
    "as last month": weighted_rmse(last, truth, area),
    "as every year": weighted_rmse(usual, truth, area),
    "as every year, rows weigh the same": weighted_rmse(usual, truth, alike),
}
for name, values in table.items():
    print(f"{name}: {values.mean():.3f} m/s")
anomaly = acc(last, truth, usual, area)
print("correlation of last month's anomaly with this one's:", [f"{one:.2f}" for one in anomaly.tolist()])
curves(table, xlabel="month of 1992, from 0", ylabel="error (m/s)", title="wind to the east")

# %%
maps(
    {"wind east": torch.stack([truth[0], usual[0], truth[0] - usual[0]])},
    columns=["January 1992", "Januaries before", "anomaly"],
    limits={"wind east": (-10, 10)},
)

# %%
grader.check("q1")

# %% [markdown]
# ## 2 · Rain: for how long does motion help?
#
# One motion for the whole field, on 3 x 3 knots with smooth curves between, is fitted to the last two hours
# by the gradient through your `advect`, and then moves the rain on for one, two and three hours. From
# fourteen hours of hurricane Florence; standing still is the rival.


# %%
def fitted_motion(x, steps=60, knots=3):
    """Return the motion (1, 2, h, w) that leads the maps x from each to the next."""
    points = torch.zeros(1, 2, knots, knots, requires_grad=True)
    optimizer = torch.optim.Adam([points], 0.3)
    for _ in range(steps):
        motion = F.interpolate(points, x.shape[2:], mode="bicubic", align_corners=True)
        moved = advect(x[:-1], motion.expand(len(x) - 1, -1, -1, -1))
        loss = weighted_distance(x[1:], moved) + 0.1 * motion_smoothness(motion, x[1:].mean(0, keepdim=True))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return motion.detach()


hours = rain().x  # 23 1 118 87, mm/h
starts = range(6, 20)
index = {"moved": torch.zeros(14, 3), "stood still": torch.zeros(14, 3)}
for row, start in enumerate(starts):
    motion = fitted_motion(hours[start - 2 : start + 1])
    moved = hours[start : start + 1]
    for lead in range(3):
        moved = advect(moved, motion)
        happened = hours[start + lead + 1][None]
        for name, forecast in (("moved", moved), ("stood still", hours[start : start + 1])):
            index[name][row, lead] = csi(forecast, happened, torch.tensor([1.0]))[0]
gain = (index["moved"] - index["stood still"]).mean(dim=0)
wins = (index["moved"] > index["stood still"]).sum(dim=0)
print("rain of 1 mm and more, index of 1, 2 and 3 hours:")
for name, values in index.items():
    print(f"  {name}: {[round(one, 3) for one in values.mean(dim=0).tolist()]}")
print(f"  moving is better in {wins.tolist()} of 14 starts")
shown = torch.stack([hours[19, 0], moved[0, 0], hours[22, 0]]).log1p()
maps({"log(1 + rain)": shown}, columns=["now", "moved by three hours", "three hours later"])

# %% [markdown]
# What moving costs, apart from the weather: a single wet pixel, moved twenty times by half a pixel.

# %%
point = torch.zeros(1, 1, 1, 41)
point[..., 10] = 1
for _ in range(20):
    point = advect(point, torch.tensor([0.5, 0.0]).view(1, 2, 1, 1).expand(1, 2, 1, 41))
peak = point.max().item()
print(f"after twenty steps its peak is {peak:.4f}")

# %%
grader.check("q2")

# %% [markdown]
# ## 3 · A storm: sixteen futures
#
# Six fields every six hours, on 33 x 22 places. Fields are brought to mean 0 and deviation 1, changes to
# deviation 1. The network is told the last two states; targets of the training are times 2 to 48, and times
# 49 to 63 are nobody's.

# %%
data = storm()
known = ~data.held_out
mean, std = data.x[known].mean(dim=(0, 2, 3)), data.x[known].std(dim=(0, 2, 3))
x = (data.x - mean[:, None, None]) / std[:, None, None]
change_std = x[:49].diff(dim=0).std(dim=(0, 2, 3))
w = latitude_weights(torch.tensor(data.lat)).float()
times = torch.arange(48, 63)  # from the state at t, and the one before, to that at t + 1
before, now, after = x[times - 1], x[times], x[times + 1]
still = weighted_rmse(now, after, w).square().mean(dim=0).sqrt().mean().item()
print(f"{len(times)} held-out targets; standing still misses by {still:.4f} on average over the fields")

# %% [markdown]
# The training: levels are quantiles of the law that they are later sampled by, uniform in u.

# %%
STEPS, BATCH = 250, 12
torch.manual_seed(SEED)
draws = torch.Generator().manual_seed(SEED)
network = ChangeNet()
average = parameters_to_vector(network.parameters()).detach().clone()
optimizer = torch.optim.AdamW(network.parameters(), 4e-3, weight_decay=0.05)
rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=STEPS, pct_start=0.1)
losses = []
for step in range(STEPS):
    t = torch.randint(1, 48, (BATCH,), generator=draws)
    sigma = quantile_levels(torch.rand(BATCH, generator=draws))
    noise = torch.randn(BATCH, *x.shape[1:], generator=draws)
    loss = gencast_loss(precondition(network), x[t - 1], x[t], x[t + 1], sigma, noise, change_std, w).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    rate.step()
    losses.append(loss.item())
    average.lerp_(parameters_to_vector(network.parameters()).detach(), 1 - min(0.98, step / (step + 20)))
vector_to_parameters(average, network.parameters())
first, final = np.mean(losses[:20]), np.mean(losses[-100:])
print(f"the loss fell from {first:.3f} to {final:.3f}")
curves({"loss": torch.tensor(losses).unfold(0, 25, 5).mean(dim=1)}, x=torch.arange(12, STEPS - 12, 5).float())

# %%
MEMBERS = 16
told = before.repeat(MEMBERS, 1, 1, 1), now.repeat(MEMBERS, 1, 1, 1)
sigmas = sampling_levels(20)
churned = int((sigmas[:-1] >= 0.75).sum())


@torch.no_grad()
def futures(**settings):
    """Return sixteen futures of each held-out time; settings are those of `sample_change`."""
    change = sample_change(
        lambda y, sigma: precondition(network)(y, sigma, *told),
        torch.randn(told[1].shape, generator=draws),
        torch.randn(churned, *told[1].shape, generator=draws),
        sigmas,
        **settings,
    )
    return (told[1] + change_std[:, None, None] * change).view(MEMBERS, *now.shape)


def report(name, members):
    """Print and return the score of an ensemble, the error of its mean, and spread over error."""
    score = (w[:, None] * crps(members, after)).mean().item()
    error = weighted_rmse(members.mean(dim=0), after, w).square().mean(dim=0).sqrt().mean().item()
    ratio = spread_skill(members, after, w)
    print(f"{name}: CRPS {score:.4f}, error of the mean {error:.4f}, spread / error {ratio:.2f}")
    return score, error, ratio


ensemble = futures()
score, error, ratio = report("the network's sixteen futures", ensemble)
past = torch.randint(1, 48, (MEMBERS, len(times)), generator=draws)
rival, _, _ = report("now and a change of the past", now + x[past + 1] - x[past])
lot = torch.rand(after.shape, generator=draws)
counts = rank_histogram(ensemble, after, lot)
curves({"truth's rank": counts / counts.sum(), "flat": torch.full((17,), 1 / 17)}, xlabel="rank")
members, happened = (one.diff(dim=-1).square().mean().sqrt().item() for one in (ensemble, after))
print(f"neighbouring columns differ (r.m.s.) by {members:.2f} in members, by {happened:.2f} in what happened")

# %%
mine = ensemble[:, 6, 0] * std[0] + mean[0]  # 16 33 22, Pa
real = data.x[times[6] + 1, 0]
row = torch.stack([data.x[times[6], 0], real, mine.mean(dim=0), *mine[:4]]) / 100
maps(
    {"hPa": row},
    columns=["now", "six hours later", "mean of 16", "member 1", "member 2", "member 3", "member 4"],
    title="pressure",
)

# %%
grader.check("q3")

# %% [markdown]
# ## 4 · What you hand in
#
# The network's weights. The judge puts them into a network of its own, draws its own noise, and scores six
# futures of each held-out time, with a plainer sampler than yours. Expect spread / error of .6 to .7 there:
# ten steps of first order spread less.

# %%
weights = parameters_to_vector(network.parameters()).detach().numpy().astype(np.float32)
np.savez_compressed("lab.npz", weights=weights)

# %%
grader.check("q4")

# %% [markdown]
# ## Questions
#
# Two to five sentences each; refer to your own pictures and numbers.
#
# **1.** Spread / error is near 1 in section 3. Is it for the right reason? Compare how much neighbouring
# columns differ in members and in what happened, look at the rank histogram, and say what the spread is made
# of. Call `futures` once with `inflation=1.3` and once after a third of the training (in new cells), and say
# what each does to all three.
#
# *Your answer:*
#
# **2.** GenCast's noise on the globe is spherical (task 6.1), the lab's is independent at each place. What
# would the network see near a pole with independent noise, and why does the lab's map hardly care? Use the
# distances of neighbouring columns (2.5 degrees) at 20 and at 60 degrees north.
#
# *Your answer:*
#
# **3.** Where does moved rain lose to rain that stands still, and why? Look at the third hour, at the
# picture of section 2, and at the single wet pixel, and name what a motion alone cannot do. Which part of
# NowcastNet is there for each?
#
# *Your answer:*
