# %% [markdown]
# # Lab 13 · Words and curtains
#
# First sound: a spoken word becomes an image and a wave again, and you listen to what was lost. Then video: a
# transformer with your patches and your attention learns clips in which a curtain opens over a digit.
# Everything runs on one quiet CPU core in less than two minutes.
#
# **What to do.** Finish tasks 1.1 to 1.3, 4.1 and 6.1 of the assignment first (`autograder check a13`). Then
# run the cells from top to bottom and look at every picture before you go on. `grader.check(...)` says
# whether a cell's result makes sense. Answer the three questions at the end in this notebook.
#
# **How to hand in.** Save this notebook with its outputs, commit it and `lab.npz` (section 5 writes it), and
# push. The lab has 30 points of its own, apart from the assignment's 100: 13 by the checks, and 5, 6 and 6
# for the answers. Plan one to two hours. If you change an answer in a `.py` file, restart the kernel and run
# all cells again. Put your own experiments in new cells at the end, so that `lab.npz` stays what section 5
# made.

# %%
import copy
import sys
from pathlib import Path

import numpy as np
import otter
import torch
import torch.nn.functional as F
from IPython.display import Audio, display
from torch import nn

sys.path.insert(0, str(Path.cwd().parents[1]))  # the repository's root, where `assignments` and `common` are

from assignments.a13_audio_video.attention import space_attention, time_attention
from assignments.a13_audio_video.curtains import FRAMES, make_clips
from assignments.a13_audio_video.lab_judge import openings
from assignments.a13_audio_video.mel import log_mel, mel_bank
from assignments.a13_audio_video.networks import T, VideoNet, angle, sample
from assignments.a13_audio_video.patches import patchify, unpatchify
from assignments.a13_audio_video.stft import griffin_lim, stft
from common.datasets import digits, split
from common.figures import curves, losses, spectrograms, strip
from common.labs.digits import recognise, scale_of_digits
from common.sounds import percussion, spoken_words
from common.training import minibatches, train

torch.set_num_threads(1)  # the tensors are small: more threads would wait for each other
SEED = 0
grader = otter.Notebook("lab.ipynb", tests_dir="lab_tests")

# %% [markdown]
# ## 1 · A word as an image, and back
#
# The word "three" at 8,000 samples a second, in frames of 256 samples every 64, and 32 bands of mel.

# %%
N_FFT, HOP, LENGTH = 256, 64, 6000
words = spoken_words()
wave = words.of("three")[:, :LENGTH].double()
spec = stft(wave, N_FFT, HOP)
magnitude, bank = spec.abs(), mel_bank(words.rate, N_FFT, 32)
mel = log_mel(magnitude, bank)
print(
    f"{LENGTH} samples, {spec.shape[1]} x {spec.shape[2]} spectrogram, {mel.shape[1]} x {mel.shape[2]} levels"
)
levels = 2 * (20 * magnitude.clamp(min=1e-4).log10() + 80) / 100 - 1
spectrograms({"bins": levels[0], "mel": mel[0]}, title=f"three ({words.credit})")


# %% [markdown]
# Now forget the phases and look for others, from a random start: Griffin-Lim, and the error
# after each number of rounds.


# %%
def missed(y):
    """Return how far the magnitudes of a wave are from those of the word, relative to them."""
    return ((stft(y, N_FFT, HOP).abs() - magnitude).norm() / magnitude.norm()).item()


draws = torch.Generator().manual_seed(SEED)
phase = 2 * torch.pi * torch.rand(magnitude.shape, generator=draws, dtype=torch.float64)
rounds = [0, 1, 2, 5, 10, 20, 40, 60]
found = {n: griffin_lim(magnitude, phase, n, N_FFT, HOP, LENGTH) for n in rounds}
errors = [missed(found[n]) for n in rounds]
print({n: round(error, 3) for n, error in zip(rounds, errors, strict=True)})
for n in (0, 5, 60):
    print(f"after {n} rounds")
    display(Audio(found[n][0].numpy(), rate=words.rate))
curves(
    {"error": torch.tensor(errors)}, x=torch.tensor(rounds), title="Griffin-Lim: relative error over rounds"
)

# %%
grader.check("q1")

# %% [markdown]
# Through the mel image more is lost: bands instead of bins. The pseudo-inverse of the bank gives the shortest
# spectrogram with these bands; what is negative in it is cut off.

# %%
decibels = (mel.double() + 1) / 2 * 100 - 80
rough = (torch.linalg.pinv(bank) @ 10 ** (decibels / 20)).clamp(min=0)
through_mel = griffin_lim(rough, phase, 60, N_FFT, HOP, LENGTH)
print(f"magnitudes are off by {((rough - magnitude).norm() / magnitude.norm()).item():.2f}")
display(Audio(wave[0].numpy(), rate=words.rate), Audio(through_mel[0].numpy(), rate=words.rate))

# %% [markdown]
# What a spectrogram is good for without any learning: of all strokes of a kind together, which share of the
# energy lies below 200 Hz?

# %%
strokes = percussion()
power = stft(strokes.x.double(), N_FFT, HOP).abs().square().sum(dim=2)  # strokes bins
low = power[:, : 200 * N_FFT // strokes.rate + 1]
shares = {}
for kind in ("bd_", "perc_", "tabla_"):
    of_kind = torch.tensor([name.startswith(kind) for name in strokes.names])
    shares[kind] = (low[of_kind].sum() / power[of_kind].sum()).item()
    print(f"{int(of_kind.sum()):3d} {kind:7s} {shares[kind]:.3f}")

# %%
grader.check("q2")

# %% [markdown]
# ## 2 · Curtains
#
# Clips of four frames: a curtain opens over a digit from the left, the right, the top or the bottom, two
# lines a frame. Only the last frame shows the digit; all others follow from it and from the side.

# %%
data, held_out = split(digits())
clips = make_clips(data.x, 12_000, torch.Generator().manual_seed(SEED))


def enlarge(x):
    """Return frames of 32 x 32 pixels, which helps the eye."""
    return F.interpolate(x, scale_factor=4, mode="nearest").clamp(-1, 1)


def show(clips, title):
    """Return clips in columns, frame below frame."""
    return strip({f"frame {i}": enlarge(clips[:, :, i]) for i in range(FRAMES)}, title=title)


show(clips[:16], "clips to learn from")

# %% [markdown]
# ## 3 · A factorised transformer
#
# Patches of 2 frames and 4 × 4 pixels: a clip has 2 × 4 tokens. Each layer looks among the places of a frame,
# and then among the frames of a place; the second begins with zeros, so that an image model would stay what
# it was.

# %%
STEPS = 1400
torch.manual_seed(SEED)
net = VideoNet(patchify, unpatchify, space_attention, time_attention)
average = copy.deepcopy(net)
angles = angle()
draws = torch.Generator().manual_seed(SEED)
updates = 0
print(f"{sum(p.numel() for p in net.parameters()):,} weights, {T} noise levels")


def cost(model, batch):
    """Return the mean squared error of v."""
    (x0,) = batch
    t = torch.randint(T, (len(x0),), generator=draws)
    eps = torch.randn(x0.shape, generator=draws)
    turn = angles[t].view(-1, 1, 1, 1, 1)
    x_t = torch.cos(turn) * x0 + torch.sin(turn) * eps
    v = torch.cos(turn) * eps - torch.sin(turn) * x0
    return F.mse_loss(model(x_t, t), v)


def follow(_):
    """Let the average follow the weights, and lead the rate along."""
    global updates
    updates += 1
    decay = min(0.995, updates / (updates + 19))
    with torch.no_grad():
        torch._foreach_lerp_(list(average.parameters()), list(net.parameters()), 1 - decay)
    rate.step()


optimizer = torch.optim.AdamW(net.parameters(), 3e-3, betas=(0.9, 0.99), weight_decay=0.01, fused=True)
rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=STEPS + 1, pct_start=0.1)
batches = minibatches(clips, size=48, seed=SEED)
records = list(train(net, batches, cost, optimizer, STEPS, clip_norm=1.0, after_step=[follow]))
last = sum(record.loss for record in records[-100:]) / 100
print(f"mean loss of the last 100 steps: {last:.3f}; who predicts 0 has 0.92")
losses(records, title="squared error of v")

# %%
grader.check("q3")

# %% [markdown]
# ## 4 · New clips
#
# 64 of them, in 50 steps of DDIM. Then the same with the frames kept apart: attention in time is switched off
# by zeros, as it was before training.

# %%
samples = sample(average, 64, torch.Generator().manual_seed(SEED + 1))
apart = copy.deepcopy(average)
for layer in apart.layers:
    nn.init.zeros_(layer.time.out.weight)
    nn.init.zeros_(layer.time.out.bias)
samples_apart = sample(apart, 64, torch.Generator().manual_seed(SEED + 1))


def look(x):
    """Return the share of clips that open, and of last frames that are recognised."""
    _, sure = recognise(x[:, :, -1], data, scale_of_digits())
    return (openings(x)[0] <= 0.25).double().mean().item(), sure.double().mean().item()


opens, recognised = look(samples)
opens_apart, recognised_apart = look(samples_apart)
print(f"with attention in time:    {opens:.2f} open, {recognised:.2f} are recognised")
print(f"without attention in time: {opens_apart:.2f} open, {recognised_apart:.2f} are recognised")
show(samples[:16], "new clips")

# %%
show(samples_apart[:16], "the same network without attention in time")

# %%
grader.check("q4")

# %% [markdown]
# ## 5 · What you hand in
#
# The 64 clips. The judge looks at the last frames as at all digits, and whether curtains open over them.

# %%
np.savez("lab.npz", clips=samples.numpy().astype(np.float32))

# %%
grader.check("q5")

# %% [markdown]
# ## Questions
#
# Two to five sentences each; refer to your own pictures and numbers.
#
# **1.** Why is a magnitude spectrogram with random phases not that of any wave? Say what Griffin-Lim repairs
# and what it cannot, by the errors of section 1 and by what you hear, and what the mel image has lost
# besides.
#
# *Your answer:*
#
# **2.** Find clips of yours in which the curtain does not open as it should. What is wrong with them, and by
# which way must that information pass in a factorised network? Compare with the clips without attention in
# time: what do they still get right, and why?
#
# *Your answer:*
#
# **3.** A minute of video at 8 frames a second has 480 frames of 64 × 64 latents. How many pairs of tokens
# does full attention have, and how many factorised attention, with and without patches of 2 × 4 × 4? What
# can full attention do in one layer that factorised attention cannot, and what could be done about that?
#
# *Your answer:*
