# %% [markdown]
# # Lab 7 · Two workers, one model, stopped half-way
#
# Your machinery trains one network on 1,438 real handwritten digits: two processes share the work over a
# ring, are killed in the middle, and go on to the same bits. Afterwards you choose the length of the average
# that you should have had, store the model in eight bits, export it, and draw digits with the graph. All of
# it runs on two CPU cores in less than two minutes.
#
# **What to do.** Finish the assignment first (`autograder check a07`). Then run the cells from top to
# bottom and look at every picture before you go on. `grader.check(...)` says whether a cell's result makes
# sense. Answer the three questions at the end in this notebook.
#
# **How to hand in.** Save this notebook with its outputs, commit it and `lab.npz` (section 5 writes it), and
# push. The lab has 30 points of its own, apart from the assignment's 100: 12 by the checks, 6 for each
# answer. Plan one to two hours. If you change an answer in a `.py` file, restart the kernel and run all cells
# again. Put your own experiments in new cells at the end, so that `lab.npz` stays what section 5 made.

# %%
import json
import math
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import otter
import torch
from torch import nn

ROOT = Path.cwd().parents[1]  # the repository's root, where `assignments` and `common` are
sys.path.insert(0, str(ROOT))

from assignments.a07_training import lab_worker
from assignments.a07_training.ema import posthoc_weights, power_beta, power_gamma
from assignments.a07_training.inference import export_any_batch
from assignments.a07_training.ranks import everywhere
from assignments.a07_training.small import int8_linear, quantize_int8
from common.datasets import digits, split
from common.figures import curves, grid, picture
from common.networks import SmallNet

torch.set_num_threads(1)  # the tensors are small: more threads would wait for each other
torch.manual_seed(0)
grader = otter.Notebook("lab.ipynb", tests_dir="lab_tests")
SEED, UPDATES = 0, 800
PLACE = Path(tempfile.mkdtemp())  # for what the runs write
PROCESSES = True  # False: both ranks are threads of this process, where no processes can be started

# %% [markdown]
# ## 1 · Two processes
#
# `lab_worker.py` is one rank: read its `update` and `learn`, they call thirteen of your functions and nothing
# else of importance. Each rank uses 64 images an update, in two batches of 32, and stores its whole state
# after half of all updates. Sums of losses and gradients go round your ring, over gloo, on this machine only.

# %%
training, held_out = split(digits())
picture(training)


# %%
def begin(folder, falling=True, updates=UPDATES):
    """Start both ranks, and return them; they go on from what they find in the folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {"updates": updates, "every": updates // 2, "seed": SEED, "falling": falling}
    command = [sys.executable, "-m", "assignments.a07_training.lab_worker"]
    path = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
    given = {"world": 2, "port": port, "folder": str(folder), **settings}
    ranks = [json.dumps({"rank": rank, **given}) for rank in (0, 1)]
    return [subprocess.Popen([*command, rank], env={**os.environ, "PYTHONPATH": path}) for rank in ranks]


def empty(name):
    """Return an empty folder for a run."""
    folder = PLACE / name
    shutil.rmtree(folder, ignore_errors=True)
    for rank in (0, 1):
        (folder / f"rank-{rank}").mkdir(parents=True)
    return folder


def losses_of(folder, rank, start=0):
    """Return the losses that a rank has noted, exactly."""
    file = folder / f"losses-{rank}-from-{start}.txt"
    lines = file.read_text().splitlines(keepends=True) if file.exists() else []
    return [float.fromhex(line) for line in lines if line.endswith("\n")]


# %% [markdown]
# The ranks train, and are killed some updates after the middle: no warning, no time to tidy up.

# %%
run = empty("run")
half, killed_after = UPDATES // 2, UPDATES // 2 + 105
began = time.perf_counter()


def learn_in_threads(end):
    """Let both ranks learn as threads, up to an update."""
    given = {"every": half, "seed": SEED, "falling": True, "end": end}
    everywhere(2, lambda me: lab_worker.learn(me, run, UPDATES, **given))


if PROCESSES:
    ranks = begin(run)
    while min(len(losses_of(run, rank)) for rank in (0, 1)) < killed_after:
        if any(process.poll() not in (None, 0) for process in ranks):
            raise RuntimeError("a rank has ended with an error: its message is in the terminal")
        time.sleep(0.05)
    for process in ranks:
        process.kill()
    for process in ranks:
        process.wait()
else:
    learn_in_threads(killed_after)
print(
    f"killed after {min(len(losses_of(run, r)) for r in (0, 1))} updates, {time.perf_counter() - began:.0f} s"
)

# %% [markdown]
# They are started again in the same folder, find their newest complete checkpoint, and go on to the end.

# %%
if PROCESSES:
    assert [process.wait() for process in begin(run)] == [0, 0]
else:
    learn_in_threads(UPDATES)
print(f"{time.perf_counter() - began:.0f} s")
first = [losses_of(run, rank) for rank in (0, 1)]
second = [losses_of(run, rank, half) for rank in (0, 1)]
twice = [np.array([first[r][half : half + 100], second[r][:100]]) for r in (0, 1)]
difference = max(float(np.abs(both[0] - both[1]).max()) for both in twice)
values_sent = int((run / "sent-0.txt").read_text())
print(f"largest difference of the 100 losses after the middle, before and after the failure: {difference}")
print(f"values that rank 0 sends in an update: {values_sent}")

# %%
smooth = np.convolve(np.array(first[0][:half] + second[0]), np.ones(20) / 20, mode="valid")
curves({"rank 0": torch.from_numpy(smooth)}, xlabel="update", title="loss of v, mean of 20 updates")

# %%
grader.check("q1")

# %% [markdown]
# ## 2 · The average that you should have had
#
# Two averages of 0.05 and 0.10 of the run were stored eight times. From these sixteen you make any other.

# %%
T, alpha_bar = lab_worker.T, lab_worker.alpha_bar().float()


def stored(folder, updates=UPDATES):
    """Return steps, exponents and weights of all stored averages."""
    steps, gammas, states = [], [], []
    for step in range(updates // 8, updates + 1, updates // 8):
        for length, state in zip(lab_worker.LENGTHS, torch.load(folder / f"averages-{step}.pt"), strict=True):
            steps.append(step)
            gammas.append(power_gamma(length))
            states.append({name: weight.float() for name, weight in state.items()})
    return steps, gammas, states


def network(state):
    """Return a network with these weights."""
    model = SmallNet((1, 8, 8), T).eval()
    model.load_state_dict(state)
    return model


def posthoc(folder, length, updates=UPDATES):
    """Return the network of the average with this length, put together from the stored ones."""
    steps, gammas, states = stored(folder, updates)
    shares = posthoc_weights(steps, gammas, updates, power_gamma(length)).tolist()
    return network(
        {name: sum(w * state[name] for w, state in zip(shares, states, strict=True)) for name in states[0]}
    )


def held_out_loss(model):
    """Return the loss on digits that nobody trained on, with the same noise each time."""
    noise = torch.Generator().manual_seed(7)
    with torch.no_grad():
        sums = [lab_worker.v_loss(model, lab_worker.noised(held_out.x, noise))[0].item() for _ in range(8)]
    return sum(sums) / 8 / len(held_out.x)


def sweep(folder, updates=UPDATES):
    """Return the held-out loss of the last weights (length 0) and of averages of many lengths."""
    found = {0.0: held_out_loss(network(torch.load(folder / "last.pt")))}
    for length in (0.03, 0.05, 0.075, 0.10, 0.15, 0.20, 0.25):
        found[length] = held_out_loss(posthoc(folder, length, updates))
    return found


falling = sweep(run)
for length, loss in falling.items():
    print(f"length {length:5.3f}: held-out loss {loss:.4f}")

# %% [markdown]
# With a rate that falls to 0 the last weights hardly move. The same for 320 updates at a constant rate:

# %%
SHORT = 320
constant_run = empty("constant")
if PROCESSES:
    assert [process.wait() for process in begin(constant_run, falling=False, updates=SHORT)] == [0, 0]
else:
    everywhere(2, lambda me: lab_worker.learn(me, constant_run, SHORT, SHORT // 2, SEED, False))
constant = sweep(constant_run, SHORT)
best_length = min(constant, key=constant.get)
for length, loss in constant.items():
    print(f"length {length:5.3f}: held-out loss {loss:.4f}")
curves(
    {
        "rate falls to 0": torch.tensor([*falling.values()]),
        "constant rate": torch.tensor([*constant.values()]),
    },
    x=torch.tensor([*falling]),
    xlabel="length of the average (0: last weights)",
    ylabel="held-out loss",
)

# %% [markdown]
# How much of the first weights is left in the average of 0.10, at the end?

# %%
share_of_first = math.prod(power_beta(step, power_gamma(0.10)) for step in range(1, UPDATES + 1))

# %%
grader.check("q2")

# %% [markdown]
# ## 3 · Eight bits
#
# All matrices of 256 × 256 and the others of the network become whole numbers and one scale for each row.


# %%
class EightBits(nn.Module):
    """A linear layer whose weight is stored in eight bits."""

    def __init__(self, linear):
        super().__init__()
        q, scale = quantize_int8(linear.weight.detach())
        self.register_buffer("q", q)
        self.register_buffer("scale", scale)
        self.register_buffer("bias", linear.bias.detach())

    def forward(self, x):
        return int8_linear(x, self.q, self.scale, self.bias)


def in_eight_bits(module):
    """Replace all linear layers of a module, and return it."""
    for name, part in list(module.named_children()):
        if isinstance(part, nn.Linear):
            setattr(module, name, EightBits(part))
        else:
            in_eight_bits(part)
    return module


chosen = posthoc(run, 0.05)
small = in_eight_bits(posthoc(run, 0.05))
square = small.layers[0][1]
bytes_ratio = 4 * square.q.numel() / (square.q.numel() + 4 * square.scale.numel())
loss_32, loss_8 = held_out_loss(chosen), held_out_loss(small)
print(f"bytes of a 256 x 256 matrix: {bytes_ratio:.3f} times fewer")
print(f"held-out loss {loss_32:.4f} in float32, {loss_8:.4f} in eight bits")

# %%
grader.check("q3")

# %% [markdown]
# ## 4 · A graph
#
# The network has two inputs, images and steps; the exported one has a single tensor, whose last column is
# the step.


# %%
class OneInput(nn.Module):
    """The network on rows of 64 pixels and a step."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, rows):
        return self.model(rows[:, :64].reshape(-1, 1, 8, 8), rows[:, 64])


program = export_any_batch(OneInput(small), torch.zeros(1, 65))
graph = program.module()
some = torch.cat([held_out.x[:7].flatten(1), torch.full((7, 1), 250.0)], dim=1)
with torch.no_grad():
    off = (graph(some) - OneInput(small)(some)).abs().max().item()
print(f"{len(list(program.graph.nodes))} nodes; a batch of 7 differs by {off:.1e}")

# %% [markdown]
# ## 5 · Sixty-four digits
#
# Fifty DDIM steps (assignment 5) with the graph of the network in eight bits. Samples and network are what
# you hand in: judged are what the digits look like, and the network's loss on held-out digits.


# %%
def draw(model, n, seed, steps=50):
    """Return n images drawn by DDIM; the model has one input."""
    x = torch.randn(n, 1, 8, 8, generator=torch.Generator().manual_seed(seed))
    visited = np.linspace(T - 1, 0, steps).round().astype(int).tolist()
    for t, following in zip(visited, [*visited[1:], None], strict=True):
        rows = torch.cat([x.flatten(1), torch.full((n, 1), float(t))], dim=1)
        with torch.no_grad():
            v = model(rows)
        a, b = alpha_bar[t], torch.ones(()) if following is None else alpha_bar[following]
        signal, size = a.sqrt(), (1 - a).sqrt()
        x0 = (signal * x - size * v).clamp(-1, 1)
        x = b.sqrt() * x0 + (1 - b).sqrt() / size * (x - signal * x0)
    return x


def as_arrays(model):
    """Return a network in eight bits as three flat arrays: whole numbers, scales, and what is neither."""
    layers = [part for part in model.modules() if isinstance(part, EightBits)]
    norms = [part for part in model.modules() if isinstance(part, nn.LayerNorm)]
    rest = [*(part.bias for part in layers), *(one.detach() for part in norms for one in part.parameters())]
    parts = {"q": [part.q for part in layers], "scale": [part.scale for part in layers], "rest": rest}
    return {name: torch.cat([one.flatten() for one in ones]).numpy() for name, ones in parts.items()}


samples = draw(graph, 64, SEED + 50)
np.savez_compressed("lab.npz", samples=samples.numpy(), **as_arrays(small))
grid(samples, title="64 samples of the exported network in eight bits")

# %%
grader.check("q4")

# %% [markdown]
# ## Questions
#
# Two to five sentences each; refer to your own pictures and numbers.
#
# **1.** With a rate that falls to 0 averages gain little, with a constant one they matter. Show it with your
# two sweeps, and explain it by the noise of the weights. Which length would you choose in each case?
#
# *Your answer:*
#
# **2.** Which parts of the state would you have forgotten? Leave two of them out of what `lab_worker.py`
# captures and rewinds, one at a time, and say after how many updates the losses differ, by how much, and for which part
# no loss ever shows it.
#
# *Your answer:*
#
# **3.** Put a batch norm into the model in thought. What do accumulation, two ranks and recomputation each
# change in what the norm sees, and in its running statistics? Which of the three makes another gradient than
# one big batch on one worker?
#
# *Your answer:*
