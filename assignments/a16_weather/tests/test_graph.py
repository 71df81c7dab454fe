"""Public checks of message passing: sums by hand, edge by edge, and a whole network round by round."""

import torch
from torch import Tensor

from autograder.checks import Seed, expect, expect_dtype, task
from autograder.nearness import LONG, near, near_single, unchanged

from .. import plays
from ..globe import icosahedron

Weights = dict[str, Tensor]


def drawn(seed: Seed, shapes: dict[str, tuple[int, ...]]) -> Weights:
    """Return weights and biases of these shapes."""
    return {name: seed.fork(name).normal(*shape) / 2 for name, shape in shapes.items()}


def linear(name: str, out: int, inputs: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of a linear layer's weight and bias."""
    return {f"{name}.weight": (out, inputs), f"{name}.bias": (out,)}


def of_round(d: int, prefix: str = "") -> dict[str, tuple[int, ...]]:
    """Return the shapes of an InteractionNetwork."""
    return (
        linear(f"{prefix}edge_mlp.0", d, 3 * d)
        | linear(f"{prefix}edge_mlp.2", d, d)
        | linear(f"{prefix}node_mlp.0", d, 2 * d)
        | linear(f"{prefix}node_mlp.2", d, d)
    )


def apply(w: Weights, name: str, x: Tensor) -> Tensor:
    """Return what a linear layer makes of one vector or many."""
    return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]


def two_layers(w: Weights, name: str, x: Tensor) -> Tensor:
    """Return what two layers make of one vector."""
    h = apply(w, f"{name}.0", x)
    return apply(w, f"{name}.2", h / (1 + torch.exp(-h)))


def one_round(
    w: Weights, s: Tensor, r: Tensor, e: Tensor, index: Tensor, prefix: str = ""
) -> tuple[Tensor, Tensor]:
    """Return new receivers and edges, edge by edge and node by node."""
    told = [two_layers(w, f"{prefix}edge_mlp", torch.cat([e[n], s[i], r[j]])) for n, (i, j) in pairs(index)]
    nodes = []
    for j in range(len(r)):
        heard = torch.zeros_like(r[j])
        for n, (_, target) in pairs(index):
            heard = heard + told[n] * (target == j)
        nodes.append(r[j] + two_layers(w, f"{prefix}node_mlp", torch.cat([r[j], heard])))
    return torch.stack(nodes), e + (torch.stack(told) if told else 0)


def pairs(index: Tensor) -> list[tuple[int, tuple[int, int]]]:
    """Return the number of each edge with its ends."""
    return [(n, (i, j)) for n, (i, j) in enumerate(index.T.tolist())]


# -------------------- 2.3 graph_network
@task("graph_network", weight=2)
def test_a_star_of_seven(submission, seed):
    """A receiver of seven messages gets their sum, one of none a sum of 0; sender before receiver"""
    w = drawn(seed, of_round(3))
    senders, receivers = seed.fork("s").normal(7, 3), seed.fork("r").normal(3, 3)
    edges, index = seed.fork("e").normal(8, 3), torch.tensor([[0, 1, 2, 3, 4, 5, 6, 2], [1] * 7 + [2]])
    args = [senders, receivers, edges, index]
    came = submission.play(plays.interaction, w, args)
    nodes, _ = one_round(w, *args)
    hint = "The sum of all messages, also where receivers repeat: index_add. What is new is added."
    near(came["nodes"], nodes, "the receivers", hint)
    unchanged(came["arguments"], args)


@task("graph_network")
def test_edges_change_too(submission, seed):
    """Edges become edge + message; what is summed at the nodes is the message alone"""
    w = drawn(seed, of_round(2))
    nodes, edges = seed.fork("n").normal(4, 2), seed.fork("e").normal(5, 2)
    index = torch.tensor([[0, 1, 2, 3, 0], [1, 0, 0, 2, 1]])
    came = submission.play(plays.interaction, w, [nodes, nodes, edges, index])
    new, links = one_round(w, nodes, nodes, edges, index)
    hint = (
        "edges + MLP([edge, sender, receiver]), all three as they came in: what is added to an edge is the "
        "very message that its receiver gets."
    )
    near(came["edges"], links, "the edges", hint)
    near(came["nodes"], new, "the nodes", "Sum the messages, not the new edges, at their receivers.")


@task("graph_network")
def test_no_edges_and_float32(submission, seed):
    """Without edges a node gets MLP([node, 0]); float32 networks and nodes stay float32"""
    w = drawn(seed, of_round(3))
    nodes, none = seed.fork("n").normal(4, 3), torch.zeros(2, 0, dtype=torch.long)
    came = submission.play(plays.interaction, w, [nodes, nodes, torch.zeros(0, 3).double(), none])
    near(came["nodes"], one_round(w, nodes, nodes, torch.zeros(0, 3), none)[0], "the nodes")
    single = {name: value.float() for name, value in w.items()}
    index = torch.tensor([[0, 1, 3], [2, 2, 0]])
    edges = seed.fork("e").normal(3, 3)
    came = submission.play(plays.interaction, single, [nodes.float(), nodes.float(), edges.float(), index])
    expect_dtype(came["nodes"], torch.float32)
    near_single(came["nodes"], one_round(w, nodes, nodes, edges, index)[0], "the nodes")


def a_globe(seed: Seed, n: int = 5) -> list[Tensor]:
    """Return n points of a grid, an icosahedron, and links: each point to and from two or three vertices."""
    vertices, faces = icosahedron()
    grid = seed.fork("grid").normal(n, 3)
    grid = grid / grid.norm(dim=1, keepdim=True)
    nearest = (grid @ vertices.T).argsort(dim=1, descending=True)
    ends = torch.cat([torch.stack([one, one.roll(1, 1)]).flatten(1) for one in (faces,)], dim=1)[:, ::2]
    point = torch.arange(n)
    up = torch.stack([point.repeat(2), nearest[:, :2].T.flatten()])
    down = torch.stack([nearest[:, :3].T.flatten(), point.repeat(3)])
    return [grid, vertices, up, ends, down]


def of_graphcast(c: int, d: int, steps: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of a GraphCast."""
    shapes = linear("embed_grid", d, 2 * c + 3) | linear("embed_mesh", d, 3) | linear("leave", c, d)
    for name in ("embed_up", "embed_along", "embed_down"):
        shapes |= linear(name, d, 4)
    for prefix in ("encoder.", "decoder.", *(f"processor.{i}." for i in range(steps))):
        shapes |= of_round(d, prefix)
    return shapes


def ways(a: Tensor, b: Tensor, index: Tensor) -> Tensor:
    """Return vectors and lengths, edge by edge."""
    rows = [torch.cat([b[j] - a[i], (b[j] - a[i]).square().sum().sqrt()[None]]) for i, j in index.T.tolist()]
    return torch.stack(rows)


def forecast(w: Weights, steps: int, globe: list[Tensor], previous: Tensor, now: Tensor) -> Tensor:
    """Return the next state, round by round."""
    grid, vertices, up, along, down = globe
    g = apply(w, "embed_grid", torch.cat([previous, now, grid], dim=1))
    m = apply(w, "embed_mesh", vertices)
    m, _ = one_round(w, g, m, apply(w, "embed_up", ways(grid, vertices, up)), up, "encoder.")
    links = apply(w, "embed_along", ways(vertices, vertices, along))
    for i in range(steps):
        m, links = one_round(w, m, m, links, along, f"processor.{i}.")
    g, _ = one_round(w, m, g, apply(w, "embed_down", ways(vertices, grid, down)), down, "decoder.")
    return now + apply(w, "leave", g)


@task("graph_network", weight=2)
def test_network_round_by_round(submission, seed):
    """Two states of five points go to the mesh, two rounds over it and back; the change is added to now"""
    globe, w = a_globe(seed), drawn(seed, of_graphcast(2, 3, 2))
    previous, now = seed.fork("previous").normal(5, 2), seed.fork("now").normal(5, 2)
    came = submission.play(plays.graphcast, w, [2, 3, 2], globe, previous, now)
    hint = "Encoder from the grid, each processor in turn with the edges of the last, decoder to the grid."
    near(came["after"], forecast(w, 2, globe, previous, now), "the next state", hint, LONG)
    unchanged(came["arguments"], [previous, now])


@task("graph_network")
def test_nothing_new_is_persistence(submission, seed):
    """With zeros in the last layer the next state is now, exactly"""
    globe, w = a_globe(seed), drawn(seed, of_graphcast(1, 2, 1))
    w["leave.weight"], w["leave.bias"] = torch.zeros(1, 2).double(), torch.zeros(1).double()
    previous, now = seed.fork("previous").normal(5, 1), seed.fork("now").normal(5, 1)
    came = submission.play(plays.graphcast, w, [1, 2, 1], globe, previous, now)
    expect(torch.equal(came["after"], now), "the state is not what is now", "now + leave(grid).")


@task("graph_network")
def test_float32_network(submission, seed):
    """A float32 network takes float32 states, though places and ways are float64"""
    globe, w = a_globe(seed), drawn(seed, of_graphcast(2, 3, 1))
    previous, now = seed.fork("previous").normal(5, 2), seed.fork("now").normal(5, 2)
    single = {name: value.float() for name, value in w.items()}
    came = submission.play(plays.graphcast, single, [2, 3, 1], globe, previous.float(), now.float())
    expect_dtype(came["after"], torch.float32, "Bring places and ways to the dtype of `previous`.")
    near_single(came["after"], forecast(w, 1, globe, previous, now), "the next state")
