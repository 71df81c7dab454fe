# %% [markdown]
# # Lab 9 · Two artists, one list of names
#
# Your losses, towers and numbers on 1,906 emoji with their names, drawn by two artists: learn from Google's
# pictures, and find Twitter's by name. Then a second, smaller CLIP learns digits in words, and your guided
# sampler has a diffusion model draw what is asked, which has never seen a word or a label. Everything runs
# on one CPU core in less than two minutes.
#
# **What to do.** Finish the assignment first (`autograder check a09`). Then run the cells from top to bottom
# and look at every picture before you go on. `grader.check(...)` says whether a cell's result makes sense.
# Answer the three questions at the end in this notebook.
#
# **How to hand in.** Save this notebook with its outputs, commit it and `lab.npz` (section 5 writes it), and
# push. The lab has 30 points of its own, apart from the assignment's 100: 13 by the checks, and 5, 6 and 6
# for the answers. Plan one to two hours. If you change an answer in a `.py` file, restart the kernel and run
# all cells again. Put your own experiments in new cells at the end, so that `lab.npz` stays what section 5
# made.

# %%
import itertools
import math
import sys
from pathlib import Path

import numpy as np
import otter
import torch
import torch.nn.functional as F
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

sys.path.insert(0, str(Path.cwd().parents[1]))  # the repository's root, where `assignments` and `common` are

from assignments.a09_clip.batch import per_image
from assignments.a09_clip.encoders import TwoTowers
from assignments.a09_clip.geometry import alignment, modality_gap, uniformity
from assignments.a09_clip.guidance import clip_guided_sample
from assignments.a09_clip.lab_judge import judged_towers
from assignments.a09_clip.loss import clip_loss, multi_positive_loss
from assignments.a09_clip.retrieval import median_rank, ranks, recall_at
from assignments.a09_clip.similarity import clamp_scale, cosine_similarity
from assignments.a09_clip.towers import RunningWords, Vocabulary, digit_tower, emoji_tower
from assignments.a09_clip.zeroshot import class_embeddings, zero_shot
from common.datasets import digits, emoji, split
from common.figures import grid, losses, strip
from common.labs.digits import recognise, scale_of_digits
from common.networks import SmallNet
from common.training import minibatches, train

torch.set_num_threads(1)  # the tensors are small: more threads would wait for each other
SEED = 0
grader = otter.Notebook("lab.ipynb", tests_dir="lab_tests")

# %% [markdown]
# ## 1 · Names and pictures
#
# Row i of both lists is the same thing, drawn twice. Every fifth run of ten rows is held out.

# %%
google, google_unseen = split(emoji("google"))
twitter, twitter_unseen = split(emoji("twitter"))
shown = [3, 60, 250, 500, 640, 777, 900, 1100]
strip(
    {"Google": google.x[shown], "Twitter": twitter.x[shown]},
    columns=[google.captions[i][:18] for i in shown],
    title="one list, two artists",
)

# %% [markdown]
# The towers are given (`towers.py`); projections, last token, unit length and scale are your `TwoTowers`.
# Pictures are shifted by up to 3 pixels, tinted and made noisy before the towers see them.

# %%
words = Vocabulary(google.captions)
tokens = words.tokens(google.captions)
draws = torch.Generator().manual_seed(SEED)


def varied(x):
    """Return the pictures shifted together, tinted one by one, and with a little noise."""
    x = F.pad(x, [3] * 4, value=1.0)
    i, j = torch.randint(7, (2,), generator=draws).tolist()
    gain = 1 + 0.2 * torch.randn(len(x), 3, 1, 1, generator=draws)
    x = 1 - (1 - x[:, :, i : i + 32, j : j + 32]) * gain
    return (x + 0.05 * torch.randn(x.shape, generator=draws)).clamp(-1, 1)


def fit(model, batches, loss, steps, rate=2e-3, decay=0.05):
    """Train with AdamW, a warm-up and a cosine; the scale is clamped after each step."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=decay)
    factor = lambda k: min(1, (k + 1) / 30) * (0.5 + 0.5 * math.cos(math.pi * min(k, steps) / steps))  # noqa: E731
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
    after = [lambda _: schedule.step(), lambda _: clamp_scale(model.log_scale)]
    return list(train(model, batches, loss, optimizer, steps, after_step=after))


def clip_batch(model, batch):
    """Return the CLIP loss of varied pictures and their names."""
    images, names = batch
    return clip_loss(*model(varied(images), names), model.log_scale)


def embed(model, images, names):
    """Return the embeddings of all pictures and names."""
    with torch.no_grad():
        parts = [model(*part) for part in zip(images.split(256), names.split(256), strict=True)]
    return tuple(torch.cat(side) for side in zip(*parts, strict=True))


torch.manual_seed(SEED)
model = TwoTowers(emoji_tower(), RunningWords(words.size, 128), 128, 128, 64)
gap_before = modality_gap(*embed(model, google.x, tokens)).item()
before = cosine_similarity(*embed(model, google.x[shown], tokens[shown]))
records = fit(model, minibatches(google.x, tokens, size=128, seed=SEED), clip_batch, steps=400)
model.eval()
losses(records, title="training: CLIP loss")

# %%
grader.check("q1")

# %% [markdown]
# ## 2 · Who finds whom
#
# A name asks for its picture among 1,526, ties count against. Chance is R@1 = 0.0007. The comparison without
# any training: raw pixels of one artist find the other's picture at R@1 = 0.34, so picture to picture alone
# would prove nothing.

# %%
G, names = embed(model, google.x, tokens)
W, _ = embed(model, twitter.x, tokens)
unseen = words.tokens(google_unseen.captions)
W_unseen, names_unseen = embed(model, twitter_unseen.x, unseen)


def measured(queries, items):
    """Return R@1, R@10 and the median rank when row i asks for row i."""
    found = ranks(cosine_similarity(queries, items), torch.eye(len(queries)).bool())
    return recall_at(found, 1), recall_at(found, 10), median_rank(found)


found = {
    "name to Google's picture": measured(names, G),
    "name to Twitter's picture": measured(names, W),
    "Twitter's picture to name": measured(W, names),
    "unseen name to Twitter's, of 380": measured(names_unseen, W_unseen),
}
for what, (first, ten, median) in found.items():
    print(f"{what:34s} R@1 {first:.3f}   R@10 {ten:.3f}   median rank {median:g}")

# %%
grader.check("q2")

# %%
asked = [60, 250, 500, 900]
nearest = cosine_similarity(names[asked], W).topk(5, dim=1).indices
strip(
    {google.captions[i][:24]: twitter.x[row] for i, row in zip(asked, nearest, strict=True)},
    columns=["nearest", "2", "3", "4", "5"],
    title="names, and the pictures by Twitter that are nearest",
)

# %% [markdown]
# ## 3 · Scale and geometry
#
# The scale has grown from 14.3, the two clouds have come together, and pairs are still far from equal
# directions.

# %%
gap_after = modality_gap(G, names).item()
after = cosine_similarity(G[shown], names[shown])
print(f"scale {model.log_scale.exp().item():.1f}   gap {gap_before:.2f} -> {gap_after:.2f}")
print(f"alignment {alignment(G, names).item():.2f}   uniformity of the pictures {uniformity(G).item():.2f}")
print("cosines of eight pairs, before:", [f"{value:.2f}" for value in before.diagonal().tolist()])
print("                        after: ", [f"{value:.2f}" for value in after.diagonal().tolist()])

# %%
grader.check("q3")

# %% [markdown]
# Which scale should training find? For a bit that is sent and flipped with probability 0.1 you can know:
# embed 0 and 1 as opposite unit vectors, on both sides. There are 16 batches of two; the mean of their
# losses, each with its probability, is least at s = ln(0.9 / 0.1) / 2 = ln 3. Let gradient descent find it,
# with your `clip_loss`.

# %%
bit = torch.tensor([[1.0, 0.0], [-1.0, 0.0]], dtype=torch.float64)
log_scale = nn.Parameter(torch.tensor(1.0, dtype=torch.float64))
optimizer = torch.optim.SGD([log_scale], lr=3.0)
for _ in range(60):
    total = 0.0
    for sent, came in itertools.product(itertools.product((0, 1), repeat=2), repeat=2):
        chance = math.prod(0.5 * (0.9 if a == b else 0.1) for a, b in zip(sent, came, strict=True))
        total = total + chance * clip_loss(bit[list(sent)], bit[list(came)], log_scale)
    optimizer.zero_grad()
    total.backward()
    optimizer.step()
best_scale = log_scale.exp().item()
f"scale {best_scale:.4f}, loss {total.item():.6f}, ln 2 - loss {math.log(2) - total.item():.4f}"

# %%
grader.check("q4")

# %% [markdown]
# ## 4 · Digits in words
#
# A diffusion model learns digits, without labels; then a CLIP of its own learns what they are called, from
# noisy and shifted pictures (it will look at half-made ones). Ten names in a batch of 64: with plain
# `clip_loss` most of a batch would be each other's wrong answers, so this is a case for
# `multi_positive_loss`.

# %%
T, STEPS = 200, 40
data, held_out = split(digits())
u = torch.arange(T + 1, dtype=torch.float64) / T
level = torch.cos((u + 0.008) / 1.008 * math.pi / 2).square()
alpha_bar = torch.cat([level[1:-1] / level[0], level[-2:-1] / level[0] / 1000])  # T
angle = alpha_bar.sqrt().arccos().float()  # the step turns the image so far into noise


def v_loss(network, batch):
    """Return the mean squared error of the velocity at random steps."""
    (x0,) = batch
    t = torch.randint(T, (len(x0),), generator=draws)
    eps, turn = torch.randn(x0.shape, generator=draws), per_image(angle[t], x0)
    x_t, v = turn.cos() * x0 + turn.sin() * eps, turn.cos() * eps - turn.sin() * x0
    return F.mse_loss(network(x_t, t), v)


torch.manual_seed(SEED)
network = SmallNet((1, 8, 8), T)
optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3, betas=(0.9, 0.99))
rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=2e-3, total_steps=1501, pct_start=0.13)
average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(0.99))
after_step = [lambda _: rate.step(), lambda _: average.update_parameters(network)]
batches = minibatches(data.x, size=64, seed=SEED)
losses(
    list(train(network, batches, v_loss, optimizer, 1500, after_step=after_step)), title="training: loss of v"
)

# %%
NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
FRAMES = ("{}", "a {}", "the digit {}", "a handwritten {}", "{} by hand")
prompts = tuple(frame.format(name) for name in NAMES for frame in FRAMES)
digit_words = Vocabulary(prompts)
prompt_tokens = digit_words.tokens(prompts).reshape(10, 5, -1)


def digit_batch(clip, batch):
    """Return the loss of shifted, noisy digits and their names in random frames."""
    x, labels = batch
    x = F.pad(x, [1] * 4, value=-1.0)
    i, j, frame = (
        *torch.randint(3, (2,), generator=draws).tolist(),
        torch.randint(5, labels.shape, generator=draws),
    )
    noise = 0.6 * torch.rand(len(x), 1, 1, 1, generator=draws) * torch.randn(len(x), 1, 8, 8, generator=draws)
    pair = clip(x[:, :, i : i + 8, j : j + 8] + noise, prompt_tokens[labels, frame])
    return multi_positive_loss(*pair, labels, clip.log_scale)


torch.manual_seed(SEED)
digit_clip = TwoTowers(digit_tower(), RunningWords(digit_words.size, 64), 128, 64, 32)
digit_records = fit(
    digit_clip, minibatches(data.x, data.labels, size=64, seed=SEED), digit_batch, 400, decay=0.01
)
_ = digit_clip.eval()

# %% [markdown]
# Zero-shot: nobody tells the classes but their names, in five frames each. The towers did learn from named
# digits, so only the writers are new.

# %%
_, texts = embed(digit_clip, data.x[:1].expand(50, 1, 8, 8), prompt_tokens.flatten(0, 1))
classes = class_embeddings(texts.reshape(10, 5, -1))
seen, _ = embed(digit_clip, held_out.x, prompt_tokens[held_out.labels, 0])
right = (
    (zero_shot(seen, classes, digit_clip.log_scale).argmax(dim=1) == held_out.labels).float().mean().item()
)
f"{right:.3f} of {len(seen)} digits by other writers get the right name"

# %% [markdown]
# ## 5 · Words guide a model that knows none
#
# Forty of the 200 steps, and the cosine of the digit that x_t is denoised to with the asked word's
# embedding.


# %%
class Noise(nn.Module):
    """The noise that the velocity model sees, at every fifth step."""

    def __init__(self):
        super().__init__()
        self.network = average.module
        self.register_buffer("steps", torch.linspace(0, T - 1, STEPS).round().long())

    def forward(self, x, t):
        """Return eps, from v and x_t."""
        turn = per_image(angle[self.steps[t]], x)
        return turn.cos() * self.network(x, self.steps[t]) + turn.sin() * x


noise = Noise().eval()
eye = nn.Sequential(digit_clip.image_tower, digit_clip.image_projection).eval()


def draw(labels, scale, seed=9):
    """Return samples that are guided to these digits; the same seed is the same noise."""
    x_T = torch.randn(len(labels), 1, 8, 8, generator=torch.Generator().manual_seed(seed))
    levels = alpha_bar[noise.steps]
    return clip_guided_sample(noise, eye, classes[labels], x_T, levels, scale, clip=True).clamp(-1, 1)


def enlarge(x):
    """Return images of 64 x 64 pixels, drawn smoothly, which helps the eye."""
    return F.interpolate(x, scale_factor=8, mode="bicubic").clamp(-1, 1)


SCALES = (0.0, 5.0, 20.0, 60.0)
labels = torch.arange(64) % 10
drawn = {scale: draw(labels, scale) for scale in SCALES}
strip(
    {f"scale {scale:g}": enlarge(x[:10]) for scale, x in drawn.items()},
    columns=NAMES,
    title="words and scale",
)

# %%
for scale, x in drawn.items():
    with torch.no_grad():
        own = zero_shot(eye(x), classes, digit_clip.log_scale).argmax(dim=1)
    kind, sure = recognise(x, data, scale_of_digits())
    print(
        f"scale {scale:4g}: CLIP agrees {(own == labels).float().mean():.2f}, "
        f"recognised as asked {(sure & (kind == labels)).float().mean():.2f}"
    )

# %% [markdown]
# What you hand in: the weights of the emoji towers, which the judge runs on Twitter's pictures, and 64
# samples.

# %%
samples = drawn[60.0]
weights = {name: model.state_dict()[name].half().numpy() for name in judged_towers().state_dict()}
np.savez("lab.npz", samples=samples.numpy(), **weights)
grid(enlarge(samples), title="64 samples, scale 60", columns=10)

# %%
grader.check("q5")

# %% [markdown]
# ## Questions
#
# Two to five sentences each; refer to your own pictures and numbers.
#
# **1.** Names that were never seen find their pictures far less often than names that were. From which of
# them does it work, and why those? What would change with CLIP's 400 million pairs, and what would not?
#
# *Your answer:*
#
# **2.** Show a guided digit of which your CLIP is sure and which the judge does not recognise (try scale 60
# with other seeds). Why can a picture please one and not the other? Compare the two opinions at scales 20
# and 60.
#
# *Your answer:*
#
# **3.** Train the emoji towers with your `siglip_loss` instead, for 200 steps from scale 10: once with bias
# -10 and once with `initial_bias(128)` (a parameter of its own, in the same optimizer). Show both loss
# curves and both R@10 on Twitter's pictures beside those of `clip_loss` after 200 steps. Why does one curve
# begin so much higher and fall so fast, and what has been learnt in that time?
#
# *Your answer:*
