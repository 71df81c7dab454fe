# %% [markdown]
# # Lab 2 · Three models, one set of digits
#
# A variational autoencoder, a flow and a GAN learn the same 1,438 handwritten digits, with your bounds, your
# layers and your rounds. Two of them say how probable a digit is, one does not; all three draw 64 digits. By
# the end you will have put them side by side in numbers: bits per dimension, variety, sharpness. Everything
# runs on one CPU core in less than two minutes.
#
# **What to do.** Finish the assignment first (`autograder check a02`). Then run the cells from top to
# bottom and look at every picture before you go on. `grader.check(...)` says whether a cell's result makes
# sense. Answer the three questions at the end in this notebook.
#
# **How to hand in.** Save this notebook with its outputs, commit it and `lab.npz` (section 5 writes it), and
# push. The lab has 30 points of its own, apart from the assignment's 100: 12 by the checks, 6 for each
# answer. Plan one to two hours. If you change an answer in a `.py` file, restart the kernel and run all cells
# again. Put your own experiments in new cells at the end, so that `lab.npz` stays what section 5 made.

# %%
import copy
import sys
from itertools import islice
from pathlib import Path

import numpy as np
import otter
import torch
import torch.nn.functional as F
from torch import nn

sys.path.insert(0, str(Path.cwd().parents[1]))  # the repository's root, where `assignments` and `common` are

from assignments.a02_generative_models.bits import bits_per_dim, dequantize, from_logits, quantize, to_logits
from assignments.a02_generative_models.flow import Flow, checkerboard_mask
from assignments.a02_generative_models.gan_step import gan_step
from assignments.a02_generative_models.layers import ActNorm
from assignments.a02_generative_models.networks import Coupling, OnVectors, mlp
from assignments.a02_generative_models.vae import elbo, gaussian_log_likelihood, iwae_bound
from common.datasets import digits, split
from common.figures import curves, grid, picture, strip
from common.training import minibatches, train

torch.set_num_threads(1)  # the tensors are small: more threads would wait for each other
torch.manual_seed(0)
generator = torch.Generator().manual_seed(0)
grader = otter.Notebook("lab.ipynb", tests_dir="lab_tests")

# %% [markdown]
# ## 1 · From grey levels to numbers without end
#
# The digits have 17 grey levels, $k = 0 \dots 16$. VAE and flow will model
# $y$ = `to_logits(dequantize(k, u, 17))`, with fresh noise $u$ whenever a digit is used; so the bits of both
# are about the same discrete images. A model that knows nothing, the even density, needs $\log_2 17$ bits for
# each of the 64 values. The last fifth of the digits is held out: nearly all of it is by people who wrote
# none of the rest.

# %%
LEVELS, D = 17, 64
training, held_out = split(digits())


def grey_levels(x):
    """Return the levels 0 to 16 of images in [-1, 1], one row an image."""
    return ((x.flatten(1) + 1) * 8).round().long()


def to_y(k):
    """Return what VAE and flow model, and the log-determinant from v to it."""
    return to_logits(dequantize(k, torch.rand(k.shape, generator=generator), LEVELS))


def images(y):
    """Return images in [-1, 1], on their grey levels."""
    return quantize(from_logits(y)[0], LEVELS).reshape(-1, 1, 8, 8) / 8 - 1


def bits(log_density_of_y, log_det):
    """Return the mean bits per dimension of the discrete images."""
    return bits_per_dim(log_density_of_y + log_det, D, LEVELS).mean().item()


K, K_held_out = grey_levels(training.x), grey_levels(held_out.x)
uniform_bits = bits_per_dim(torch.zeros(1), D, LEVELS).item()
there_and_back = images(to_y(K)[0])
picture(training)

# %%
grader.check("q1")

# %% [markdown]
# ## 2 · The variational autoencoder
#
# Sixteen latents. The decoder says mean and deviation of each of the 64 values of $y$.
# `common.training.train` does the steps; the learning rate rises and falls (OneCycle). Twenty seconds.


# %%
class VAE(nn.Module):
    """Two small networks and what the bounds ask of them."""

    def __init__(self, latents=16):
        super().__init__()
        self.latents = latents
        self.encoder, self.decoder = mlp(D, 2 * latents, 256), mlp(latents, 2 * D, 256)

    def encode(self, y):
        mean, log_var = self.encoder(y).chunk(2, dim=1)
        return mean, log_var.clamp(-10, 4)

    def decode(self, z):
        mean, log_std = self.decoder(z).chunk(2, dim=1)
        return mean, log_std.clamp(-4, 2)

    def log_likelihood(self, y, z):
        return gaussian_log_likelihood(y, *self.decode(z))


def negative_elbo(model, batch, beta=1.0):
    y, _ = to_y(batch[0])
    noise = torch.randn(len(y), model.latents, generator=generator)
    return -elbo(y, model.encode, model.log_likelihood, noise, beta)[0].mean()


VAE_STEPS = 3000
vae = VAE()
optimizer = torch.optim.AdamW(vae.parameters(), lr=2e-3, weight_decay=0.05)
rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=2e-3, total_steps=VAE_STEPS + 1)
steps = train(
    vae,
    minibatches(K, size=128),
    negative_elbo,
    optimizer,
    VAE_STEPS,
    clip_norm=5.0,
    after_step=[lambda step: rate.step()],
)
vae_losses = torch.tensor([step.loss for step in steps])

# %% [markdown]
# What does a digit cost? The ELBO answers with one latent and a KL in closed form, `iwae_bound` with many
# samples, and its mean is never lower. And how many of the latents does the encoder use at all?

# %%
with torch.no_grad():
    y, log_det = to_y(K_held_out)
    bound, reconstruction, kl = elbo(
        y, vae.encode, vae.log_likelihood, torch.randn(len(y), 16, generator=generator)
    )
    vae_bits = {"ELBO": bits(bound, log_det)}
    for k in (1, 10, 100):
        noise = torch.randn(k, len(y), 16, generator=generator)
        vae_bits[f"IWAE({k})"] = bits(iwae_bound(y, vae.encode, vae.log_likelihood, noise), log_det)
    active = int((vae.encode(y)[0].var(dim=0) > 0.01).sum())
    vae_samples = images(vae.decode(torch.randn(64, 16, generator=generator))[0])
print(
    {name: round(value, 3) for name, value in vae_bits.items()},
    f"KL {kl.mean():.1f} nats, {active} of 16 active",
)
grid(vae_samples, title="VAE: the decoder's means for 64 latents")

# %%
grader.check("q2")

# %% [markdown]
# ## 3 · The flow
#
# Six couplings, three of which see the white squares of a checkerboard and three the black ones, each behind
# an ActNorm. What is drawn and reported is the average of the weights. Watch the bits: those of the digits
# that the flow trains on go on falling, while the others fall ever less. Twenty seconds.


# %%
def average_into(average, model, decay=0.998):
    """Move the average of the weights a little towards the model's."""
    with torch.no_grad():
        for mean, weight in zip(average.parameters(), model.parameters(), strict=True):
            mean.lerp_(weight, 1 - decay)


def negative_log_prob(model, batch):
    return -model.log_prob(to_y(batch[0])[0]).mean() / D


FLOW_STEPS, EVERY = 1200, 100
mask = checkerboard_mask(8, 8).flatten()
layers = []
for i in range(6):
    layers += [OnVectors(ActNorm(D)), Coupling(mask if i % 2 == 0 else 1 - mask, width=192)]
flow = Flow(layers)
with torch.no_grad():
    flow(to_y(K[:512])[0])  # the first batch sets the ActNorms
flow_average = copy.deepcopy(flow)
optimizer = torch.optim.AdamW(flow.parameters(), lr=1.5e-3, weight_decay=0.1)
rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1.5e-3, total_steps=FLOW_STEPS + 1)
hooks = [lambda step: rate.step(), lambda step: average_into(flow_average, flow)]
flow_bits = {"digits that it was trained on": [], "digits that it has not seen": []}
for step in train(
    flow, minibatches(K, size=128), negative_log_prob, optimizer, FLOW_STEPS, clip_norm=1.0, after_step=hooks
):
    if step.step % EVERY == 0:
        with torch.no_grad():
            for values, some in zip(flow_bits.values(), (K[:359], K_held_out), strict=True):
                y, log_det = to_y(some)
                values.append(bits(flow_average.log_prob(y), log_det))

curves(
    {name: torch.tensor(values[1:]) for name, values in flow_bits.items()},
    x=torch.arange(2 * EVERY, FLOW_STEPS + 1, EVERY),
    xlabel="steps",
    ylabel="bits per dimension",
)

# %%
with torch.no_grad():
    y, log_det = to_y(K_held_out)
    round_trip = (flow_average.inverse(flow_average(y)[0])[0] - y).abs().max().item()
    flow_held_out = bits(flow_average.log_prob(y), log_det)
    flow_samples = images(flow_average.inverse(torch.randn(64, D, generator=generator))[0])
print(f"held out: {flow_held_out:.3f} bits per dimension; there and back within {round_trip:.1e}")
grid(flow_samples, title="flow: 64 noises, inverted")

# %%
grader.check("q3")

# %% [markdown]
# ## 4 · The GAN
#
# No likelihood, no bits: two players, the non-saturating loss, and R1 with $\gamma = 0.5$. The generator's
# weights are averaged, too. Real digits get a little noise within their grey level, so that the critic cannot
# tell them by their levels alone. Half a minute.

# %%
GAN_STEPS = 2500
players = nn.Sequential(mlp(32, D, 256), nn.Tanh()), mlp(D, 1, 256)
generator_net, critic = players
gan_average = copy.deepcopy(generator_net)
optimizer_g = torch.optim.Adam(generator_net.parameters(), lr=2e-4, betas=(0.0, 0.99))
optimizer_d = torch.optim.Adam(critic.parameters(), lr=4e-4, betas=(0.0, 0.99))
gan_losses = []
for (x,) in islice(minibatches(training.x.flatten(1), size=128), GAN_STEPS):
    real = x + (torch.rand(x.shape, generator=generator) - 0.5) / 8
    noise_d, noise_g = torch.randn(2, 128, 32, generator=generator)
    gan_losses.append(
        gan_step(
            generator_net,
            critic,
            optimizer_g,
            optimizer_d,
            real,
            noise_d,
            noise_g,
            "non_saturating",
            gamma=0.5,
        )
    )
    average_into(gan_average, generator_net)

with torch.no_grad():
    made = gan_average(torch.randn(64, 32, generator=generator)).reshape(-1, 1, 8, 8)
gan_samples = (made * 8).round() / 8  # onto the grey levels
of_critic, of_generator = torch.tensor(gan_losses).reshape(-1, 50, 2).mean(1).T
curves(
    {"critic": of_critic, "generator": of_generator}, x=torch.arange(50, GAN_STEPS + 1, 50), xlabel="steps"
)

# %%
grid(gan_samples, title="GAN: 64 noises")

# %%
grader.check("q4")

# %% [markdown]
# ## 5 · Side by side
#
# Three rows of samples and one of digits that nobody trained on; below each sample the training digit that is
# nearest to it. Then numbers: the share of pixels at the darkest level, and sharpness, the mean difference
# between neighbours.


# %%
def enlarge(x):
    """Return images of 64 × 64 pixels, drawn smoothly."""
    return F.interpolate(x, scale_factor=8, mode="bicubic").clamp(-1, 1)


def nearest(x):
    """Return the training digit nearest to each image."""
    return training.x[torch.cdist(x.flatten(1), training.x.flatten(1)).argmin(dim=1)]


def sharpness(x):
    """Return the mean difference between neighbours."""
    return ((x.diff(dim=2).abs().mean() + x.diff(dim=3).abs().mean()) / 2).item()


samples = {"vae": vae_samples, "gan": gan_samples, "flow": flow_samples}
table = {
    name: {"darkest": (x <= -0.99).float().mean().item(), "sharpness": sharpness(x)}
    for name, x in {**samples, "held out": held_out.x}.items()
}
for name, row in table.items():
    print(f"{name:9s}", {what: round(value, 3) for what, value in row.items()})
rows = {}
for name, x in samples.items():
    rows |= {name: enlarge(x[:12]), f"nearest to {name}": enlarge(nearest(x[:12]))}
strip({**rows, "held out": enlarge(held_out.x[::30][:12])})

# %%
np.savez("lab.npz", **{name: x.numpy() for name, x in samples.items()})
grader.check("q5")

# %% [markdown]
# ## Questions
#
# Two to five sentences each; refer to your own pictures and numbers.
#
# **1.** Section 2 gives four numbers of bits for one VAE. Which would you report, and why? Why may none of
# them be compared with the GAN, and what would have to be given to a GAN so that it could be?
#
# *Your answer:*
#
# **2.** In section 3 one curve keeps falling and the other does not follow. When would you stop, and by which
# digits would you decide? What do the samples show of it, if anything?
#
# *Your answer:*
#
# **3.** Turn one knob and show what moved: `beta` of the VAE (4 or 0.25), `gamma = 0` in the GAN, or noise of
# 0.8 times its size into the flow's inverse. Give bits (where there are any), darkest share and sharpness
# before and after, show the new grid, and say why.
#
# *Your answer:*
