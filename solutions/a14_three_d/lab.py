# %% [markdown]
# # Lab 14 · A bear from fifty pictures, and from none
#
# A grid of 48³ nodes learns a teddy bear from 50 posed pictures, with your rays, samples and weights, and you
# look at it from places where no camera was. Then score distillation makes a bear without a single picture of
# the view that it is rendered from: the prior is the exact denoiser of 60 pictures, once told where it looks
# from and once not. Everything runs on one CPU core in less than two minutes (if your `trilinear` looks up
# eight corners instead of calling `F.grid_sample`, in some minutes).
#
# **What to do.** Finish parts 1, 2 and 4 and tasks 3.2 and 6.1 of the assignment first (`autograder check
# a14`). Then run the cells from top to bottom and look at every picture before you go on. `grader.check(...)`
# says whether a cell's result makes sense. Answer the three questions at the end in this notebook.
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

sys.path.insert(0, str(Path.cwd().parents[1]))  # the repository's root, where `assignments` and `common` are

from assignments.a14_three_d.bear import BOX, FAR, NEAR, SIZE, shaded
from assignments.a14_three_d.grid import trilinear
from assignments.a14_three_d.rays import camera_rays
from assignments.a14_three_d.render import composite, ray_weights
from assignments.a14_three_d.sampling import stratified_samples
from assignments.a14_three_d.sds import sds_gradient, sds_loss, sds_steps
from assignments.a14_three_d.train import psnr
from common.datasets import teddy_bear
from common.exact import points_score
from common.figures import curves, strip

torch.set_num_threads(1)  # the tensors are small: more threads would wait for each other
SEED = 0
grader = otter.Notebook("lab.ipynb", tests_dir="lab_tests")

# %% [markdown]
# ## 1 · Sixty views
#
# Cameras stand at a distance of 4 and look at the origin. Every sixth view is held out. Depth is along the
# camera's axis, and 0 where there is nothing.

# %%
data = teddy_bear()
pictures = (data.x.permute(0, 2, 3, 1) + 1) / 2  # n 64 64 3, in [0, 1]
axes = -data.poses[:, :3, 2]  # where each camera looks
held_out, training = data.held_out.nonzero().flatten(), (~data.held_out).nonzero().flatten()
origins, directions = zip(*(camera_rays(pose, data.focal, 64, 64) for pose in data.poses), strict=True)
origins, directions = torch.stack(origins), torch.stack(directions)  # n 64 64 3
far = data.depth[0:60:5, None].expand(-1, 3, -1, -1)
strip(
    {"views": data.x[0:60:5], "depth": torch.where(far > 0, (5.5 - far) / 1.25 - 1, -1.0).clamp(-1, 1)},
    title="twelve of sixty views",
)

# %% [markdown]
# Two things to know before anything is learnt. The mean direction of a symmetric picture is the camera's
# axis. And a ball whose surface is a wall is seen where a ray first meets it: here your renderer finds it,
# and Pythagoras.

# %%
tilt = (F.normalize(directions.mean(dim=(1, 2)), dim=1) - axes).abs().max().item()
o, d = origins[0].reshape(-1, 3), directions[0].reshape(-1, 3)
t, edges = stratified_samples(NEAR, FAR, torch.full((len(o), 400), 0.5))
inside = (o[:, None] + t[..., None] * d[:, None]).norm(dim=2) < 0.6
weights = ray_weights(torch.where(inside, 1e4, 0.0), edges)
_, distance, opacity = composite(weights, torch.ones(*t.shape, 3), t)
middle = -(o * d).sum(dim=1)  # where a ray is nearest to the origin
impact = o.square().sum(dim=1) - middle.square()  # squared
hit = impact < 0.55**2
expected = (middle - (0.36 - impact).clamp(min=0).sqrt()) * (d @ axes[0])
ball = ((distance * (d @ axes[0]) - expected)[hit]).abs().max().item()
print(f"directions are off the axis by {tilt:.1e}; the ball's depth is off by {ball:.4f} at most")

# %%
grader.check("q1")

# %% [markdown]
# ## 2 · A bear from fifty pictures
#
# Four numbers at each node, a density and a colour; 1,024 rays a step, 64 samples on each. The last term
# holds neighbours together (total variation).


# %%
def render(grid, o, d, u, background=1.0):
    """Return colour, distance and opacity of rays through a grid."""
    t, edges = stratified_samples(NEAR, FAR, u)
    points = o[:, None] + t[..., None] * d[:, None]
    sigma, colour = shaded(trilinear(grid, (points / BOX + 1) / 2), points)
    return composite(ray_weights(sigma, edges), colour, t, torch.full((3,), background))


def roughness(grid):
    """Return the mean squared difference of neighbours."""
    return sum(grid.diff(dim=axis).square().mean() for axis in (1, 2, 3))


@torch.no_grad()
def view(grid, k, n=96):
    """Return picture, depth along the axis and opacity of a grid from the place of view k."""
    o, d = origins[k].reshape(-1, 3), directions[k].reshape(-1, 3)
    rgb, distance, opacity = render(grid, o, d, torch.full((len(o), n), 0.5))
    return rgb.reshape(64, 64, 3), (distance * (d @ axes[k])).reshape(64, 64), opacity.reshape(64, 64)


WATCHED = {"ten training views": training[::5], "ten held-out views": held_out}


def learn(tv=2e-4, steps=600):
    """Return a grid that learnt the fifty views, and every 100 steps the decibels of the views we watch."""
    draws = torch.Generator().manual_seed(SEED)
    o, d, colour = (one[training].reshape(-1, 3) for one in (origins, directions, pictures))
    grid = torch.zeros(4, SIZE, SIZE, SIZE, requires_grad=True)
    optimizer = torch.optim.Adam([grid], 0.15, betas=(0.9, 0.99))
    rate = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.1 ** (1 / steps))
    reached = {name: [] for name in WATCHED}
    for step in range(1, steps + 1):
        rows = torch.randint(len(o), (1024,), generator=draws)
        rgb, _, _ = render(grid, o[rows], d[rows], torch.rand(1024, 64, generator=draws))
        error = (rgb - colour[rows]).square().mean()
        optimizer.zero_grad()
        (error + tv * roughness(grid)).backward()
        optimizer.step()
        rate.step()
        if step % 100 == 0:
            for name, which in WATCHED.items():
                rgb = torch.stack([view(grid, k, 64)[0] for k in which])
                reached[name].append(psnr(rgb, pictures[which]).item())
    return grid.detach().half().float(), reached  # the grid as it is handed in


grid, reached = learn()
curves(
    {name: torch.tensor(values) for name, values in reached.items()},
    x=torch.arange(100, 601, 100),
    xlabel="step",
    ylabel="dB",
    title="what is learnt",
)


# %%
def report(grid):
    """Print how the held-out views come out; return their pictures, depths, opacities, and three numbers."""
    seen = [view(grid, k) for k in held_out]
    rgb, depth, opacity = (torch.stack(one) for one in zip(*seen, strict=True))
    bear, found = data.depth[held_out] > 0, opacity > 0.5
    overlap = ((bear & found).sum(dim=(1, 2)) / (bear | found).sum(dim=(1, 2))).mean().item()
    away = (depth - data.depth[held_out])[bear & found]
    decibels, gap = psnr(rgb, pictures[held_out]).item(), away.abs().median().item()
    print(f"held-out views: {decibels:.2f} dB, silhouettes overlap by {overlap:.3f}")
    print(f"depth is off by a median of {gap:.3f}; with its sign, {away.median():+.3f} (+: too far)")
    return rgb, depth, opacity, decibels, overlap, gap


rgb, depth, opacity, decibels, overlap, gap = report(grid)
bear, found = data.depth[held_out] > 0, opacity > 0.5
as_image = rgb[::2].permute(0, 3, 1, 2) * 2 - 1
shown = torch.where(found, depth, 5.5)[::2, None]
wrong = ((depth - data.depth[held_out]).abs() * (bear & found))[::2, None]
strip(
    {
        "nobody's view": data.x[held_out[::2]],
        "the grid's": as_image,
        "its depth": ((5.5 - shown) / 1.25 - 1).clamp(-1, 1).expand(-1, 3, -1, -1),
        "its error": (wrong / 0.25 - 1).clamp(max=1).expand(-1, 3, -1, -1),
    },
    title="where no camera was (error: black 0, white .5 and more)",
)

# %%
grader.check("q2")

# %% [markdown]
# ## 3 · A bear from none
#
# Now nobody gives the picture that belongs to a view. A diffusion model of pictures says how the rendered one
# should change. Ours is exact: the best denoiser of the 60 views at 32 × 32 pixels is their mean, weighted by
# how likely each is under the noise. Told where the camera is, it only weighs the views within 25 degrees,
# as "back view" in the prompt should do; not told, all of them. Scene, camera and steps are the same.

# %%
small = F.avg_pool2d(data.x, 2)  # 60 3 32 32
places = F.normalize(data.poses[:, :3, 3], dim=1)
alpha_bar = torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64), dim=0)
near_views = places @ places.mT > np.cos(np.radians(25))
few = [camera_rays(pose, data.focal / 2, 32, 32) for pose in data.poses]


def prior(allowed):
    """Return the exact denoiser of the views that are allowed: (x_t, t) to the noise."""

    def predict(x_t, t):
        noise_std = (1 - alpha_bar[t]).sqrt().float()
        score = points_score(x_t, alpha_bar[t].sqrt().float(), noise_std, small[allowed])
        return -noise_std[:, None, None, None] * score

    return predict


def picture_of(scene, k, u):
    """Render a scene as view k: (1, 3, 32, 32) in [-1, 1]."""
    o, d = (one.reshape(-1, 3) for one in few[k])
    rgb, _, _ = render(scene, o, d, u)
    return 2 * rgb.T.reshape(1, 3, 32, 32) - 1


def distil(told, steps=600):
    """Return a scene of 32 nodes a side that began as a blob and went down the prior's gradients."""
    draws = torch.Generator().manual_seed(SEED)
    line = torch.linspace(-BOX, BOX, 32)
    radius = (line[:, None, None] ** 2 + line[:, None] ** 2 + line**2).sqrt()
    scene = torch.zeros(4, 32, 32, 32)
    scene[0] = 5 * (1 - radius / 0.5)
    scene.requires_grad_()
    optimizer = torch.optim.Adam([scene], 0.1, betas=(0.9, 0.99))
    for _ in range(steps):
        k = torch.randint(60, (1,), generator=draws).item()
        x = picture_of(scene, k, torch.rand(1024, 40, generator=draws))
        t = sds_steps(torch.rand(1, generator=draws), 1000)
        eps = torch.randn(x.shape, generator=draws)
        allowed = near_views[k] if told else torch.ones(60, dtype=torch.bool)
        gradient = sds_gradient(prior(allowed), x, t, eps, alpha_bar)
        optimizer.zero_grad()
        sds_loss(x, gradient).backward()
        optimizer.step()
    return scene.detach()


@torch.no_grad()
def judged(scene):
    """Return all views of a scene, their decibels, and by how many degrees the nearest picture is off."""
    x = torch.cat([picture_of(scene, k, torch.full((1024, 40), 0.5)) for k in range(60)])
    nearest = torch.cdist(x.flatten(1), small.flatten(1)).argmin(dim=1)
    off = (places[nearest] * places).sum(dim=1).clamp(-1, 1).acos().rad2deg()
    return x, psnr((x + 1) / 2, (small + 1) / 2).item(), off, len(nearest.unique())


rows, right = {"views": small[0:60:6]}, {}
for name, told in (("view told", True), ("not told", False)):
    x, db, off, different = judged(distil(told))
    right[name] = (off < 25).double().mean().item()
    print(f"{name}: {db:.1f} dB; the nearest picture is within 25 degrees for {right[name]:.2f} of them,")
    print(f"    off by a median of {off.median():.0f} degrees, and one of {different} different ones")
    rows[name] = x[0:60:6]
strip(rows, title="distilled bears, told where the camera is and not told")

# %%
grader.check("q3")

# %% [markdown]
# ## 4 · What you hand in
#
# The grid of section 2, in half precision. The judge renders it itself, from the ten views that nobody
# trained on, and compares pictures, silhouettes and depth.

# %%
np.savez_compressed("lab.npz", grid=grid.half().numpy())

# %%
grader.check("q4")

# %% [markdown]
# ## Questions
#
# Two to five sentences each; refer to your own pictures and numbers.
#
# **1.** Why do training views reach more decibels than held-out ones, and why does the gap grow? Call `learn`
# without total variation and with a hundred times as much (`tv=0` and `tv=2e-2`, in new cells), and say what
# it does to both numbers and, with `report`, to the depth.
#
# *Your answer:*
#
# **2.** Where is the depth wrong although the colour is right, and to which side? Look at the rows "its
# depth" and "its error", at evenly coloured parts and at the rim, and explain from the formula of `composite`
# why the loss cannot tell. Which pictures, or which term, could?
#
# *Your answer:*
#
# **3.** Without the view told, every camera is pulled towards the same few pictures (how many in yours?).
# What has that in common with task 6.2, where particles end at the mode and not as samples? Why would a
# larger guidance weight not cure it, and what does `view_name` do for DreamFusion?
#
# *Your answer:*
