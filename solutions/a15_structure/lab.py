# %% [markdown]
# # Lab 15 · Ten residues from noise
#
# FrameDiff in miniature: a small network learns SE(3) diffusion of pieces of ten residues, cut out of forty
# real chains, with your frames, your rotations, your noise and your sampler. Then it draws 64 backbones, and
# you find out whether they are proteins, and whether they are new. Everything takes about two minutes of one
# CPU core.
#
# **What to do.** Finish parts 1 and 2 of the assignment first (`autograder check a15`). Then run the cells
# from top to bottom and look at every picture before you go on. `grader.check(...)` says whether a cell's
# result makes sense. Answer the three questions at the end in this notebook.
#
# **How to hand in.** Save this notebook with its outputs, commit it and `lab.npz` (section 4 writes it), and
# push. The lab has 30 points of its own, apart from the assignment's 100: 13 by the checks, and 5, 6 and 6
# for the answers. Plan one to two hours. If you change an answer in a `.py` file, restart the kernel and run
# all cells again. Put your own experiments in new cells at the end, so that `lab.npz` stays what section 4
# made.

# %%
import math
import sys
from pathlib import Path

import numpy as np
import otter
import torch
import torch.nn.functional as F
from scipy.spatial.transform import Rotation
from torch import nn

sys.path.insert(0, str(Path.cwd().parents[1]))  # the repository's root, where `assignments` and `common` are

from assignments.a15_structure.earlier import r3_schedule
from assignments.a15_structure.frames import backbone_frames
from assignments.a15_structure.geometry import place_backbone
from assignments.a15_structure.igso3 import igso3_sample, igso3_score
from assignments.a15_structure.se3 import se3_sample, so3_schedule
from assignments.a15_structure.so3 import so3_exp, so3_log
from common.figures import chains, curves
from common.labs.backbones import dihedrals, nearest, spread, within
from common.proteins import CREDIT, backbones, split_chains, windows

torch.set_num_threads(1)  # the tensors are small: more threads would wait for each other
SEED = 0
N = 10  # residues
grader = otter.Notebook("lab.ipynb", tests_dir="lab_tests")

# %% [markdown]
# ## 1 · Pieces of proteins
#
# Ten residues in a row, with all their bonds, from forty chains; ten other chains are held out. Each residue
# is a frame; in the frames of all residues N lies at the same place, nearly.

# %%
training, held_out = split_chains(backbones())
train, held = windows(training, N), windows(held_out, N, stride=4)
R_all, x_all = backbone_frames(train.double())
local = torch.einsum("wnji,wnaj->wnai", R_all, train.double() - x_all[:, :, None])  # w n atoms 3
mean_n = local[:, :, 0].mean(dim=(0, 1))
R_all, x_all = R_all.float(), (x_all - x_all.mean(dim=1, keepdim=True)).float()
C = (0.1 * x_all).std().item()  # of a coordinate, in units of 10 Å
print(f"{len(train)} pieces for training, {len(held)} held out; N lies at {mean_n.tolist()} in its frame")
chains({f"piece {i}": train[i, :, 1] for i in range(0, 5000, 625)}, title=CREDIT)

# %% [markdown]
# Rotational noise at t = .25 has a known mean trace: E[tr R] / 3 = exp(-sigma²).

# %%
draws = torch.Generator().manual_seed(SEED)
sigma = so3_schedule(0.25)[0]
v = igso3_sample(
    torch.rand(20_000, generator=draws, dtype=torch.float64),
    torch.randn(20_000, 3, generator=draws, dtype=torch.float64),
    sigma,
)
trace = so3_exp(v).diagonal(dim1=1, dim2=2).sum(dim=1).mean().item() / 3
print(f"mean trace / 3: {trace:.4f}; exp(-sigma²): {math.exp(-(sigma**2)):.4f}")

# %%
grader.check("q1")

# %% [markdown]
# ## 2 · A network that sees no absolute place
#
# It is shown, for each pair of residues, where j stands in the axes of i and how it is turned against i, how
# far apart they are in the chain, and the time. It answers in each residue's own axes: how the residue is to
# be turned, and where it should stand. Whatever the weights, a turned protein gets a turned answer.


# %%
class FramesNet(nn.Module):
    """Predict the clean frames from noisy ones, in units of 10 Å; equivariant by construction, and handed."""

    def __init__(self, d=48, blocks=3):
        super().__init__()
        self.apart, self.edge = nn.Embedding(2 * N - 1, d), nn.Linear(16, d)
        self.time = nn.Sequential(nn.Linear(16, d), nn.SiLU(), nn.Linear(d, d))
        self.left = nn.ModuleList(nn.Linear(d, d) for _ in range(blocks))
        self.right = nn.ModuleList(nn.Linear(d, d) for _ in range(blocks))
        self.message = nn.ModuleList(
            nn.Sequential(nn.SiLU(), nn.Linear(d, d), nn.SiLU(), nn.Linear(d, d)) for _ in range(blocks)
        )
        self.update = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(d), nn.Linear(d, 2 * d), nn.SiLU(), nn.Linear(2 * d, d))
            for _ in range(blocks)
        )
        self.node, self.towards, self.out = (
            nn.Parameter(0.1 * torch.randn(N, d)),
            nn.Linear(d, 1),
            nn.Linear(d, 9),
        )
        for layer in (self.towards, self.out):
            nn.init.zeros_(layer.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, R, y, t, signal, noise):
        gaps = torch.einsum("bnji,bnmj->bnmi", R, y[:, None] - y[:, :, None])  # b n n 3: j as i sees it
        turned = torch.einsum("bnji,bmjk->bnmik", R, R).flatten(3)  # b n n 9
        far = gaps.norm(dim=-1, keepdim=True)
        seen = [gaps, far, (-2 * far).exp(), 1 / (0.2 + far), (-((far - 0.38) ** 2) / 0.02).exp(), turned]
        waves = t[:, None] * torch.arange(1, 9) * math.pi / 2
        when = self.time(torch.cat([waves.sin(), waves.cos()], dim=-1))
        index = torch.arange(N) - torch.arange(N)[:, None] + N - 1
        pairs = self.edge(torch.cat(seen, dim=-1)) + self.apart(index) + when[:, None, None]
        single = self.node + when[:, None]
        for left, right, message, update in zip(
            self.left, self.right, self.message, self.update, strict=True
        ):
            pairs = pairs + message(pairs + left(single)[:, :, None] + right(single)[:, None])
            single = single + pairs.mean(dim=2)
            single = single + update(single)
        answer = self.out(single)
        # Places: what is likely anyway, and a correction in units of what is left open.
        total = (signal**2 * C**2 + noise**2)[:, None, None]
        own = (
            answer[..., :3]
            + (self.towards(pairs) * gaps).mean(dim=2) / (noise**2 + C**2).sqrt()[:, None, None]
        )
        open_ = (noise[:, None, None] * C) / total.sqrt()
        y0 = (signal * C**2)[:, None, None] / total * y + open_ * torch.einsum("bnij,bnj->bni", R, own)
        # Rotations: three columns from six numbers, near those of no turn at all.
        first, second = torch.eye(3)[0] + answer[..., 3:6], torch.eye(3)[1] + answer[..., 6:]
        turn, _ = backbone_frames(torch.stack([second, torch.zeros_like(first), first], dim=-2))
        return R @ turn, y0 - y0.mean(dim=1, keepdim=True)


def trained(steps=1800, batch=48, levels=200):
    """Train a network; return its average over the last steps, and the losses."""
    torch.manual_seed(SEED)
    times = (torch.arange(levels) + 0.5) / levels * 0.99 + 0.01
    schedule = torch.tensor([r3_schedule(t) for t in times.tolist()])
    u, z_axis = (torch.arange(1000) + 0.5).double() / 1000, torch.tensor([0.0, 0.0, 1.0]).expand(1000, 3)
    angles = [igso3_sample(u, z_axis.double(), so3_schedule(t)[0])[:, 2] for t in times.tolist()]
    table = torch.stack(angles).float()  # levels 1000: draws of each level, by quantiles
    net, average = FramesNet(), FramesNet()
    average.load_state_dict(net.state_dict())
    optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3, betas=(0.9, 0.99))
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps + 1, pct_start=0.1)
    losses = []
    for step in range(steps):
        rows = torch.randint(len(R_all), (batch,))
        level = (levels * torch.rand(batch) ** 1.7).long().clamp(max=levels - 1)  # more often near the data
        t, (signal, noise, _) = times[level], schedule[level].T
        R0, y0 = R_all[rows], 0.1 * x_all[rows]
        axis = F.normalize(torch.randn(batch, N, 3), dim=-1)
        R = R0 @ so3_exp(axis * table[level].gather(1, torch.randint(1000, (batch, N)))[..., None])
        z = torch.randn(batch, N, 3)
        y = signal[:, None, None] * y0 + noise[:, None, None] * (z - z.mean(dim=1, keepdim=True))
        loss = loss_of(*net(R, y, t, signal, noise), R0, y0, signal, noise)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        rate.step()
        losses.append(loss.item())
        with torch.no_grad():
            for mean, now in zip(average.parameters(), net.parameters(), strict=True):
                mean.lerp_(now, 1 - min(0.995, step / (step + 20)))
    return average.requires_grad_(False), losses


NEAR = (torch.arange(N)[:, None] - torch.arange(N)).abs() <= 4
NEAR = NEAR.repeat_interleave(3, dim=0).repeat_interleave(3, dim=1) & ~torch.eye(3 * N, dtype=torch.bool)


def local_distances(R, y):
    """Return the distances of all backbone atoms within four residues, in Å."""
    atoms = place_backbone(R, 10 * y).flatten(1, 2)  # b 3N 3
    return (atoms[:, :, None] - atoms[:, None]).square().sum(dim=-1).add(1e-4).sqrt()[:, NEAR]


def loss_of(R, y, R0, y0, signal, noise):
    """Return the loss: places in units of what is left open, rotations, and local distances."""
    left = noise * C / (signal**2 * C**2 + noise**2).sqrt()
    places = ((y - y0).square().mean(dim=(1, 2)) / left.clamp(min=0.05) ** 2).mean()
    rotations = (R - R0).square().sum(dim=(2, 3)).mean()
    gaps = (local_distances(R, y) - local_distances(R0, y0)).square().mean(dim=1)
    return places + 0.5 * rotations + 0.5 * (gaps * (1 / (0.1 + (10 * left) ** 2)).clamp(max=4)).mean()


net, losses = trained()
smooth = torch.tensor(losses).unfold(0, 60, 60).mean(dim=1)
curves({"loss": smooth}, x=60 * torch.arange(1, len(smooth) + 1), xlabel="step", ylabel="loss", log_y=True)

# %% [markdown]
# ## 3 · Sampling
#
# The network's guess gives the scores: that of IGSO(3) at log(R̂ᵀR), and that of the places. `se3_sample` does
# the rest, one batch of chains as one long list of residues. Its centring is then over all of them, so each
# chain is centred again when the network looks at it. One last call gives the answer.


# %%
def drawn(net, n=64, steps=100, noise_scale=1.0, seed=SEED):
    """Draw n backbones; return their frames and how often the network was asked."""
    draws = torch.Generator().manual_seed(seed)
    calls = 0

    def guess(R, x, t):
        nonlocal calls
        calls += 1
        signal, noise, _ = r3_schedule(t)
        y = 0.1 * x.reshape(n, N, 3)
        full = [torch.full((n,), value) for value in (t, signal, noise)]
        R, y = R.reshape(n, N, 3, 3), y - y.mean(dim=1, keepdim=True)
        return R, y, *net(R, y, *full)

    def scores(R, x, t):
        R, y, R0, y0 = guess(R, x, t)
        signal, noise, _ = r3_schedule(t)
        turn = igso3_score(so3_log(R0.mT @ R), so3_schedule(t)[0])
        return turn.flatten(0, 1), ((signal * y0 - y) / noise**2).flatten(0, 1)

    def normal(*shape):
        z = torch.randn(*shape, n, N, 3, generator=draws)
        return (z - z.mean(dim=-2, keepdim=True)).flatten(-3, -2)

    u, axis = torch.rand(n * N, generator=draws), torch.randn(n * N, 3, generator=draws)
    R, x = so3_exp(igso3_sample(u, axis, 1.5)), 10 * normal()
    w = torch.randn(steps, n * N, 3, generator=draws)
    R, x = se3_sample(scores, R, x, noise_scale * w, noise_scale * normal(steps))
    _, _, R0, y0 = guess(R, x, 0.01)
    return R0, 10 * y0, calls


made = {}
for noise_scale in (1.0, 0.5, 0.1):
    R, x, calls = drawn(net, noise_scale=noise_scale)
    made[noise_scale] = place_backbone(R, x)
made["held out"] = held[torch.randperm(len(held), generator=torch.Generator().manual_seed(SEED))[:64]]
bank = train[:, :, 1]
table = {}
for name, atoms in made.items():
    ca, bonds = atoms[:, :, 1], (atoms[:, 1:, 0] - atoms[:, :-1, 2]).norm(dim=-1)
    steps = (ca[:, 1:] - ca[:, :-1]).norm(dim=-1)
    turns = dihedrals(ca)
    right, left = within(turns, 55, 25), within(turns, -55, 25)
    row = [
        within(steps, 3.8, 0.2),
        within(bonds, 1.33, 0.25),
        right - left,
        spread(ca),
        nearest(ca, bank).median().item(),
    ]
    table[name] = row
    print(
        f"{name!s:9} CA-CA {row[0]:.2f}  C-N {row[1]:.2f}  right - left {row[2]:.2f}  "
        f"mean RMSD of pairs {row[3]:.2f}  median to training {row[4]:.2f}"
    )
chains({f"drawn {i}": made[0.1][i, :, 1] for i in range(8)}, title="64 backbones were drawn: the first eight")

# %%
Q = so3_exp(torch.tensor([0.3, -1.0, 2.0]))
R, y = R_all[:4], 0.1 * x_all[:4]
levels = [torch.full((4,), value) for value in (0.3, *r3_schedule(0.3)[:2])]
(R1, y1), (R2, y2) = net(R, y, *levels), net(Q @ R, y @ Q.mT, *levels)
tilt = max((R2 - Q @ R1).abs().max().item(), (y2 - y1 @ Q.mT).abs().max().item())
print(f"{calls} calls; a turned piece has a turned answer to {tilt:.1e}")

# %%
grader.check("q2")

# %% [markdown]
# Nearest pieces: four drawn backbones, each laid upon the training piece that is most like it.

# %%
pairs = {}
for i, one in enumerate(made[0.1][:4, :, 1]):
    best = bank[nearest(one[None], bank, index=True).item()]
    one, best = one - one.mean(dim=0), best - best.mean(dim=0)
    turn = torch.from_numpy(Rotation.align_vectors(best.numpy(), one.numpy())[0].as_matrix()).float()
    pairs[f"drawn {i}, {nearest(one[None], best[None]).item():.2f} Å away"] = torch.stack(
        [one @ turn.mT, best]
    )
chains(pairs, title="drawn, and dashed the training piece that is nearest")

# %% [markdown]
# ## 4 · What you hand in
#
# The 64 backbones that were drawn with a tenth of the noise: N, CA and C of ten residues each, in Å.

# %%
np.savez_compressed("lab.npz", atoms=made[0.1].float().numpy())

# %%
grader.check("q3")

# %% [markdown]
# ## Questions
#
# Two to five sentences each; refer to your own pictures and numbers.
#
# **1.** Why is the network shown no absolute place and no absolute rotation, and what would have to be learnt
# if it were? What would be lost if it were shown distances only? (Look at "right - left".)
#
# *Your answer:*
#
# **2.** What does the noise scale trade? Say for each column of your table what less noise does to it, and
# why; one column does not go one way. Besides its `noise_scale`, task 4.2 has a number that does the same to
# AlphaFold 3's samples: which, and how do you know?
#
# *Your answer:*
#
# **3.** Take one backbone beside its nearest piece. Is it new? How do you know, and what would you have to
# compare with to be sure? What does the median of the held-out pieces tell about how near is too near?
#
# *Your answer:*
