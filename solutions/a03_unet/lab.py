# %% [markdown]
# # Lab 3 · Finding cells
#
# Your ways to make images larger, side by side, and your U-Net on a real micrograph: 48 tiles with cell
# nuclei that an expert has outlined, and 16 others to be judged by. Everything runs on two CPU cores in
# less than two minutes.
#
# **What to do.** Finish the assignment first (`autograder check a03`). Then run the cells from top to
# bottom and look at every picture before you go on. `grader.check(...)` says whether a cell's result makes
# sense. Answer the three questions at the end in this notebook.
#
# **How to hand in.** Save this notebook with its outputs, commit it and `lab.npz` (section 4 writes it), and
# push. The lab has 30 points of its own, apart from the assignment's 100: 12 by the checks, 6 for each
# answer. Plan one to two hours. If you change an answer in a `.py` file, restart the kernel and run all cells
# again. Put your own experiments in new cells at the end, so that `lab.npz` stays what section 4 made.

# %%
import sys
from pathlib import Path

import numpy as np
import otter
import torch
import torch.nn.functional as F

sys.path.insert(0, str(Path.cwd().parents[1]))  # the repository's root, where `assignments` and `common` are

from assignments.a03_unet.segmentation import iou, train_step
from assignments.a03_unet.transposed_conv import conv_transpose2d, coverage, resize_conv
from assignments.a03_unet.unet import UNet
from common.datasets import nuclei, split
from common.figures import curves, losses, overlay, picture, strip
from common.training import Step, minibatches

torch.set_num_threads(1)  # the tensors are small: more threads would wait for each other
torch.manual_seed(0)
grader = otter.Notebook("lab.ipynb", tests_dir="lab_tests")

# %% [markdown]
# ## 1 · The checkerboard and its cure
#
# Two layers with random weights make an even grey image four times as large. Nothing in it can have a
# pattern, so what you see is made by the layers: a kernel of 3 with stride 2, a kernel of 4 with stride 2,
# and repeated pixels with a convolution. The pictures are stretched to full contrast; `pattern` says how
# strong each really is.


# %%
def enlarge(x, way, first, second):
    """Return an image with sides four times as long, made by two layers with a ReLU between them."""
    if way == "resize":
        return resize_conv(F.relu(resize_conv(x, first)), second)
    out = int(way == "kernel 3")  # so that sides double exactly
    h = F.relu(conv_transpose2d(x, first, stride=2, padding=1, output_padding=out))
    return conv_transpose2d(h, second, stride=2, padding=1, output_padding=out)


def weights(way, channels=16):
    """Return random positive weights of the two layers."""
    k = 4 if way == "kernel 4" else 3
    shapes = [(1, channels, k, k), (channels, 1, k, k)]
    if way == "resize":
        shapes = [(c_out, c_in, k, k) for c_in, c_out, k, k in shapes]
    generator = torch.Generator().manual_seed(3)
    return [torch.rand(shape, generator=generator).div(k * k) for shape in shapes]


WAYS = ("kernel 3", "kernel 4", "resize")
grey = {way: enlarge(torch.ones(1, 1, 16, 16), way, *weights(way))[:, :, 16:-16, 16:-16] for way in WAYS}


def stretched(x):
    """Return an image with its own least value black and its largest white, unless it is even."""
    low, high = x.aminmax()
    return 2 * (x - low) / (high - low) - 1 if high - low > 1e-4 * high else torch.zeros_like(x)


COUNTS = {f"{k} / {s}": coverage(k, s, 16)[None, None, 8:24, 8:24].float() for k, s in ((3, 2), (4, 2))}
boards = {name: F.interpolate(count, 32) for name, count in COUNTS.items()}
strip(
    {"even grey": torch.cat([stretched(grey[way]) for way in WAYS])},
    columns=WAYS,
    title="what layers draw by themselves",
)

# %%
strip(
    {"coverage": torch.cat([stretched(x) for x in boards.values()])},
    columns=list(boards),
    title="kernel / stride",
)


# %%
def phases(x, period=4):
    """Return how much a pixel's mean depends on its place in a block of period × period; 0: not at all."""
    B, C, H, W = x.shape
    means = x.reshape(B, C, H // period, period, W // period, period).mean(dim=(0, 1, 2, 4))
    return (means.std() / means.mean()).item()


pattern = {way: phases(x) for way, x in grey.items()}
pattern

# %%
grader.check("q1")

# %% [markdown]
# ### Does training cure it?
#
# The same two layers learn to make real tiles (section 2 shows them) out of thumbnails whose sides are four
# times shorter. After 20 steps and after 200:

# %%
training, held_out = split(nuclei())
small = F.avg_pool2d(training.x, 4)
learnt = {}
for way in WAYS:
    layers = [weight.requires_grad_() for weight in weights(way)]
    optimizer = torch.optim.Adam(layers, lr=3e-3)
    for step in range(1, 201):
        rows = torch.arange(step * 4, step * 4 + 4) % len(small)
        loss = F.mse_loss(enlarge(small[rows] + 1, way, *layers) - 1, training.x[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step in (20, 200):
            with torch.no_grad():
                learnt[way, step] = enlarge(F.avg_pool2d(held_out.x[6:8], 4) + 1, way, *layers) - 1
shown = {f"{way}, {step}": learnt[way, step][:, :, 8:40, 8:40] for step in (20, 200) for way in WAYS}
strip(
    {
        f"tile {6 + i}": torch.stack([held_out.x[6 + i, :, 8:40, 8:40], *(x[i] for x in shown.values())])
        for i in (0, 1)
    },
    columns=["true", *shown],
    title="way, steps of training",
)

# %% [markdown]
# ## 2 · The data
#
# A micrograph in tiles of 64 × 64 pixels. The lower right quadrant is held out.

# %%
y, y_held_out = training.masks[:, None].float(), held_out.masks[:, None].float()
picture(training, 16)

# %% [markdown]
# ## 3 · Training
#
# Your `train_step` on batches of 8 tiles, each batch turned and mirrored at random: under a microscope no
# direction is special. Then once more with the bridges cut: a hook puts zeros in the place of what comes
# across.


# %%
def cut(block, arguments):
    """Replace the half of a block's input that came over the bridge by zeros."""
    below, across = arguments[0].chunk(2, dim=1)
    return torch.cat([below, torch.zeros_like(across)], dim=1), *arguments[1:]


def fit(bridges=True, steps=100):
    """Train a U-Net from scratch; return it with the record of each step."""
    torch.manual_seed(0)
    model = UNet(1, 1, widths=(16, 32, 64), emb_dim=32)
    for block in () if bridges else model.up_blocks:
        block.register_forward_pre_hook(cut)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=2e-3, total_steps=steps + 1, pct_start=0.2)
    records, batches = [], minibatches(training.x, y, size=8)
    for number in range(1, steps + 1):
        pair = torch.cat(next(batches), dim=1).rot90(int(torch.randint(4, ())), (2, 3))
        pair = pair.flip(3) if torch.rand(()) < 0.5 else pair
        loss, norm = train_step(model, optimizer, *pair.chunk(2, dim=1))
        rate.step()
        records.append(Step(number, loss, norm, 0.0))
    return model.eval(), records


model, records = fit()
without, _ = fit(bridges=False)
losses(records, window=10, title="training: Dice and focal loss")

# %%
grader.check("q2")

# %% [markdown]
# ## 4 · Judged by tiles that it has not seen
#
# The rival is one number: the grey level above which a pixel is called nucleus, chosen on the training
# tiles. IoU of each tile, sorted by that of the rival.

# %%
with torch.no_grad():
    logits, logits_without = model(held_out.x), without(held_out.x)
levels = torch.linspace(-0.9, 0.5, 29)
level = levels[torch.stack([iou(100 * (training.x - one), y).mean() for one in levels]).argmax()]
order = iou(100 * (held_out.x - level), y_held_out).argsort()
scores = {
    "U-Net": iou(logits, y_held_out)[order],
    "U-Net without bridges": iou(logits_without, y_held_out)[order],
    f"grey level above {level:.2f}": iou(100 * (held_out.x - level), y_held_out)[order],
}
curves(
    {f"{name}, mean {score.mean():.2f}": score for name, score in scores.items()},
    xlabel="held-out tile, in the order of the grey level's score",
    ylabel="IoU",
)

# %%
places = [0, 2, 5, 8, 11, 15]
chosen = order[places]
tiles = held_out.x[chosen]
strip(
    {
        "image": tiles.expand(-1, 3, -1, -1),
        "truth": overlay(tiles, held_out.masks[chosen]),
        "U-Net": overlay(tiles, (logits[chosen, 0] > 0).long()),
        "no bridges": overlay(tiles, (logits_without[chosen, 0] > 0).long()),
        "grey level": overlay(tiles, (tiles[:, 0] > level).long()),
    },
    columns=[
        f"{tile}: {score:.2f}" for tile, score in zip(chosen.tolist(), scores["U-Net"][places], strict=True)
    ],
    title="held-out tile: IoU of the U-Net",
)

# %%
masks = (logits[:, 0] > 0).to(torch.int8)
np.savez_compressed("lab.npz", masks=masks.numpy())
grader.check("q3")

# %% [markdown]
# ## Questions
#
# Two to five sentences each; refer to your own pictures and numbers.
#
# **1.** Explain the pattern of the kernel of 3 by the picture of its coverage. Why is the pattern of the
# kernel of 4 so much weaker (0.03 against 0.55), and where does what is left come from? What do the trained
# layers of section 1 show: is the cure to train longer, to choose another kernel, or to choose another layer?
#
# *Your answer:*
#
# **2.** Where on the tiles do the masks without bridges differ from those with them, and why there? The
# lowest level of the U-Net sees a map whose sides are four times shorter: what can it know of where a border
# runs? The difference is small here: on which images would it be large?
#
# *Your answer:*
#
# **3.** Choose the tile on which your U-Net does worst (`order[scores["U-Net"].argmin()]`), and show it with
# its truth and its mask. What went wrong: the image, the model, or the truth? Would another threshold on the
# probability help (0.5 is logit 0; try `iou(..., threshold=)`), and why would it be wrong to choose it on
# these 16 tiles?
#
# *Your answer:*
