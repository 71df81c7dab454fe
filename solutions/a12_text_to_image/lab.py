# %% [markdown]
# # Lab 12 · Words to digits
#
# DALL-E in small, and all of it yours: a dVAE turns digits of 8 × 8 pixels into 4 × 4 codes, a transformer
# learns streams of words and codes, and then you ask for "bold three" or "light seven". Everything runs on
# one CPU core in less than two minutes.
#
# **What to do.** Finish parts 2 and 3 of the assignment first (`autograder check a12`). Then run the cells
# from top to bottom and look at every picture before you go on. `grader.check(...)` says whether a cell's
# result makes sense. Answer the three questions at the end in this notebook.
#
# **How to hand in.** Save this notebook with its outputs, commit it and `lab.npz` (section 5 writes it), and
# push. The lab has 30 points of its own, apart from the assignment's 100: 13 by the checks, and 5, 6 and 6
# for the answers. Plan one to two hours. If you change an answer in a `.py` file, restart the kernel and run
# all cells again. Put your own experiments in new cells at the end, so that `lab.npz` stays what section 5
# made.

# %%
import math
import sys
from pathlib import Path

import numpy as np
import otter
import torch
import torch.nn.functional as F
from torch import nn

sys.path.insert(0, str(Path.cwd().parents[1]))  # the repository's root, where `assignments` and `common` are

from assignments.a12_text_to_image.dvae import (
    cosine_anneal,
    dvae_loss,
    from_open,
    gumbel_softmax,
    kl_to_uniform,
    logit_laplace_nll,
)
from assignments.a12_text_to_image.generate import CachedAttention, generate
from assignments.a12_text_to_image.masks import layer_kinds, sparse_mask
from assignments.a12_text_to_image.networks import (
    GRID,
    LAYERS,
    VOCABULARY,
    DigitDecoder,
    StreamModel,
    digit_encoder,
    one_hot_grid,
)
from assignments.a12_text_to_image.stream import join, split_logits, stream_loss
from common.datasets import digits, split
from common.figures import grid, losses, strip
from common.labs.digits import recognise, scale_of_digits
from common.training import minibatches, train

torch.set_num_threads(1)  # the tensors are small: more threads would wait for each other
SEED = 0
grader = otter.Notebook("lab.ipynb", tests_dir="lab_tests")

# %% [markdown]
# ## 1 · Digits and their captions
#
# A caption has three words: light or bold (is there more ink than in the median digit of its class?), the
# digit's name, and a padding.

# %%
data, held_out = split(digits())
NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
ink = data.x.mean(dim=(1, 2, 3))
typical = torch.stack([ink[data.labels == digit].median() for digit in range(10)])


def caption(labels, bold):
    """Return the ids of captions: 0 is padding, 1 to 10 are names, 11 is light and 12 bold."""
    return torch.stack([11 + bold.long(), 1 + labels, torch.zeros_like(labels)], dim=1)


def enlarge(x):
    """Return images of 64 x 64 pixels, drawn smoothly, which helps the eye."""
    return F.interpolate(x, scale_factor=8, mode="bicubic").clamp(-1, 1)


texts = caption(data.labels, ink > typical[data.labels])
texts_unseen = caption(held_out.labels, held_out.x.mean(dim=(1, 2, 3)) > typical[held_out.labels])
rows = {}
for word, bold in (("light", torch.zeros(10)), ("bold", torch.ones(10))):
    found = [(texts == wanted).all(dim=1).nonzero()[3, 0] for wanted in caption(torch.arange(10), bold)]
    rows[word] = enlarge(data.x[torch.stack(found)])
strip(rows, columns=NAMES, title="captions and digits")

# %% [markdown]
# ## 2 · A dVAE
#
# 64 codes; the temperature falls from 1 to 1/16, and the divergence's weight grows from 0 to 0.1. (With
# DALL-E's 6.6 hardly a code would be used here: an image of 64 pixels has little to pay with.)

# %%
DVAE_STEPS = 900
torch.manual_seed(SEED)
draws = torch.Generator().manual_seed(SEED)
encoder, decoder = digit_encoder(), DigitDecoder()
dvae = nn.ModuleList([encoder, decoder])
updates = 0


def cost(model, batch):
    """Return the loss of a batch of digits with relaxed codes."""
    (x,) = batch
    logits = model[0](x)
    tau = cosine_anneal(updates, 1.0, 1 / 16, 720)
    codes = gumbel_softmax(logits, torch.rand(logits.shape, generator=draws), tau)
    beta = cosine_anneal(updates, 0.0, 0.1, 270)
    return dvae_loss(logit_laplace_nll(x, *model[1](codes)), kl_to_uniform(logits), beta)


def count(_):
    """Count the updates and lead the rate along."""
    global updates
    updates += 1
    rate.step()


optimizer = torch.optim.AdamW(dvae.parameters(), 4e-3)
rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=DVAE_STEPS + 1, pct_start=0.2)
batches = minibatches(data.x, size=32, seed=SEED)
records = list(train(dvae, batches, cost, optimizer, DVAE_STEPS, clip_norm=50.0, after_step=[count]))
losses(records, title="dVAE: nll + beta kl, in nats for 64 pixels")


# %%
@torch.no_grad()
def encode(x):
    """Return the likeliest code at each position, (n, 16)."""
    return encoder(x).argmax(dim=1).flatten(1)


@torch.no_grad()
def decode(codes):
    """Return the digits that rows of codes stand for."""
    mu, _ = decoder(one_hot_grid(codes))
    return from_open(mu.sigmoid())


codes, codes_unseen = encode(data.x), encode(held_out.x)
restored = decode(codes_unseen)
shares = torch.bincount(codes.flatten(), minlength=VOCABULARY.image) / codes.numel()
used = int((shares > 0).sum())
perplexity = torch.special.entr(shares).sum().exp().item()
error = (restored - held_out.x).abs().mean().item()
print(f"{used} of 64 codes are used, as much as {perplexity:.1f} equal ones; mean error {error:.3f}")
shown = range(0, 350, 35)
strip(
    {"held-out digits": enlarge(held_out.x[shown]), "restored": enlarge(restored[shown])},
    title="what the codes keep",
)

# %%
grader.check("q1")

# %% [markdown]
# ## 3 · Streams
#
# Three text positions and sixteen codes make a stream of 19 tokens; there are 13 words, 3 paddings and 64
# codes. The four layers have your masks: row, column, row, and a window of 3 × 3 at the end.

# %%
masks = torch.stack([sparse_mask(kind, VOCABULARY.length, GRID, 3) for kind in layer_kinds(LAYERS)])
for kind, mask in zip(layer_kinds(LAYERS), masks, strict=True):
    print(f"{kind:6s} {int(mask.sum())} pairs of {19 * 20 // 2}")
torch.manual_seed(SEED)
transformer = StreamModel(CachedAttention, masks)


def asked_after(stream):
    """Return the model's input for a stream: BOS, and all ids but the last."""
    return torch.cat([torch.full_like(stream[:, :1], VOCABULARY.size), stream[:, :-1]], dim=1)


def of_streams(model, batch):
    """Return the loss of streams; every tenth has lost its caption, so that guidance is possible."""
    words, image = batch
    lost = torch.rand(len(words), 1, generator=draws) < 0.1
    stream = join(torch.where(lost, 0, words), image, VOCABULARY)
    return stream_loss(model(asked_after(stream))[0], stream, VOCABULARY)


@torch.no_grad()
def entropies(words, image):
    """Return the mean cross-entropy at each of the 19 positions."""
    stream = join(words, image, VOCABULARY)
    logits = split_logits(transformer(asked_after(stream))[0], 0, VOCABULARY)
    return F.cross_entropy(logits.mT, stream, reduction="none").mean(dim=0)


STEPS = 350
optimizer = torch.optim.AdamW(transformer.parameters(), 3e-3, weight_decay=0.05)
rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=STEPS + 1, pct_start=0.1)
batches = minibatches(texts, codes, size=64, seed=SEED)
steps = train(
    transformer, batches, of_streams, optimizer, STEPS, clip_norm=1.0, after_step=[lambda _: rate.step()]
)
losses(list(steps), title="transformer: 1/8 text, 7/8 image")

# %%
seen, unseen = entropies(texts, codes), entropies(texts_unseen, codes_unseen)
whole = stream_loss(
    transformer(asked_after(join(texts_unseen, codes_unseen, VOCABULARY)))[0],
    join(texts_unseen, codes_unseen, VOCABULARY),
    VOCABULARY,
).item()
text_cost, image_cost = unseen[:3].mean().item(), unseen[3:].mean().item()
print(f"held-out: text {text_cost:.3f}, image {image_cost:.3f} nats a token, loss {whole:.3f}")
print(f"training: image {seen[3:].mean():.3f}; equal codes would cost ln 64 = {math.log(64):.3f}")
print("image position by position:", [f"{value:.1f}" for value in unseen[3:].tolist()])

# %%
grader.check("q2")

# %% [markdown]
# ## 4 · Drawing what is asked
#
# Two streams for each digit go through the model side by side, one with its caption and one without; the
# second's logits are what the first's are guided away from, as in assignment 8. The first check below works
# a stream out again from the beginning: your cache must not change anything.


# %%
def guided(weight, temperature=1.0):
    """Return a model that answers with guided logits; its cache holds both halves."""

    def model(ids, cache):
        blank = ids.clone()
        if cache is None:
            blank[:, 1:4] = torch.arange(VOCABULARY.text, VOCABULARY.first_code)
        logits, cache = transformer(torch.cat([ids, blank]), cache)
        told, untold = logits.chunk(2)
        return (untold + weight * (told - untold)) / temperature, cache

    return model


def begun(labels, bold, image=None):
    """Return prefixes: BOS, the caption, and the first codes of an image, if there are any."""
    image = torch.zeros(len(labels), 0, dtype=torch.long) if image is None else image
    stream = join(caption(labels, bold), image, VOCABULARY)
    return torch.cat([torch.full_like(stream[:, :1], VOCABULARY.size), stream], dim=1)


def draw(prefix, weight=2.0, temperature=0.8, seed=12):
    """Return the digits that streams with these prefixes become."""
    left = 1 + VOCABULARY.length + GRID**2 - prefix.shape[1]
    uniforms = torch.rand(len(prefix), left, generator=torch.Generator().manual_seed(seed))
    ids = generate(guided(weight, temperature), prefix, uniforms, VOCABULARY)
    return decode(torch.cat([prefix[:, 1 + VOCABULARY.length :], ids], dim=1) - VOCABULARY.first_code)


asked, bold = torch.arange(64) % 10, torch.arange(64) // 10 % 2 == 1
ids = generate(guided(2.0), begun(asked, bold)[:4], torch.full((4, 16), 0.5), VOCABULARY)
stream = torch.cat([begun(asked, bold)[:4], ids], dim=1)
logits = split_logits(guided(2.0)(stream[:, :-1], None)[0][:, 3:], 3, VOCABULARY)
again = (logits.double().softmax(dim=2).cumsum(dim=2) <= 0.5).sum(dim=2)
print("with and without a cache:", "the same ids" if torch.equal(ids, again) else "other ids")

# %%
rows = {}
for weight, temperature in ((1.0, 1.0), (2.0, 1.0), (2.0, 0.8), (4.0, 0.8)):
    x = draw(begun(asked, bold), weight, temperature)
    kind, sure = recognise(x, data, scale_of_digits())
    name = f"weight {weight:g}, temperature {temperature:g}"
    rows[name] = enlarge(x[:20])
    share = (sure & (kind == asked)).float().mean()
    print(f"{name}: {share:.2f} are recognised as what was asked")
strip(rows, columns=[("light ", "bold ")[i // 10] + NAMES[i % 10] for i in range(20)], title="asked")

# %%
samples = draw(begun(asked, bold))
kind, sure = recognise(samples, data, scale_of_digits())
right = (sure & (kind == asked)).float().mean().item()
darker = (samples[bold].mean() - samples[~bold].mean()).item()
grader.check("q3")

# %% [markdown]
# The same model completes what is begun: here it gets the upper half of held-out digits, eight codes, and the
# caption.

# %%
half = draw(begun(held_out.labels[shown], texts_unseen[shown, 0] == 12, codes_unseen[shown, :8]))
strip(
    {"held-out": enlarge(held_out.x[shown]), "lower half drawn": enlarge(half)}, title="eight codes are given"
)

# %% [markdown]
# ## 5 · What you hand in
#
# The weights of encoder, decoder and transformer, its masks among them. The judge draws 64 digits with them
# itself, and looks whether they are digits, the ones that were asked for, different from each other, and no
# training digits that went through the dVAE.

# %%
networks = nn.ModuleDict({"encoder": encoder, "decoder": decoder, "transformer": transformer})
weights = {
    name: value.half().numpy() if value.is_floating_point() else value.long().numpy()
    for name, value in networks.state_dict().items()
}
np.savez("lab.npz", **weights)
grid(enlarge(samples), title="64 digits by asking", columns=10)

# %%
grader.check("q4")

# %% [markdown]
# ## Questions
#
# Two to five sentences each; refer to your own pictures and numbers.
#
# **1.** Which part limits the quality of what is drawn, the dVAE or the transformer? Compare drawn digits
# with *restored* held-out ones: how many of each does `recognise` know, and how sharp are they? What would
# change with more codes, a larger grid, or longer training of the transformer (watch the held-out cost)?
#
# *Your answer:*
#
# **2.** Show where in the image the transformer is least sure (the costs position by position, in a 4 × 4
# grid), with and without the caption. Why there? And what do the raster order and the masks mean for the last
# row of a digit when the first one has gone wrong? Use the completion of section 4 for an example.
#
# *Your answer:*
#
# **3.** What do guidance weight and temperature each do to what is drawn? Try weights 1, 2, 4 and 8 at
# temperatures 0.5 and 1, say how many are recognised and how much they differ from each other, and explain
# both from the formula of the logits. What would a latent diffusion model (assignment 10) use in their place?
#
# *Your answer:*
