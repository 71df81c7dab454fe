"""Hidden checks of message passing: fresh graphs, other numberings, and how far news travels."""

import torch

from autograder.checks import any_of, expect, task
from autograder.nearness import LONG, near, near_single

from .. import plays
from ..globe import icosahedron
from ..tests.test_graph import a_globe, drawn, forecast, of_graphcast, of_round, one_round
from .fresh import expect_alike


@task("graph_network", gate=True)
def test_messages_are_an_answer_at_all(submission, seed):
    """What a round changes in fresh nodes or edges goes with what it should"""
    w, index = drawn(seed, of_round(3)), torch.tensor([[0, 1, 2, 3, 4, 1], [1, 2, 3, 4, 0, 3]])
    nodes, edges = 2 * seed.fork("n").normal(5, 3), seed.fork("e").normal(6, 3)
    due = one_round(w, nodes, nodes, edges, index)

    def whole() -> None:
        globe, v = a_globe(seed), drawn(seed, of_graphcast(2, 3, 1))
        previous, now = seed.fork("previous").normal(5, 2), seed.fork("now").normal(5, 2)
        came = submission.play(plays.graphcast, v, [2, 3, 1], globe, previous, now)
        expect_alike(came["after"] - now, forecast(v, 1, globe, previous, now) - now)

    any_of(
        lambda: expect_alike(
            submission.play(plays.interaction, w, [nodes, nodes, edges, index])["nodes"] - nodes,
            due[0] - nodes,
        ),
        lambda: expect_alike(
            submission.play(plays.interaction, w, [nodes, nodes, edges, index])["edges"] - edges,
            due[1] - edges,
        ),
        whole,
    )


@task("graph_network", weight=2)
def test_fresh_graphs(submission, seed):
    """Fresh graphs edge by edge; other numbers for nodes and edges renumber the result

    The network sees [edge, sender, receiver] once, as they came; each receiver adds up its messages, not the
    new edges, and [receiver, sum] goes through the other network. Both are added to what was.
    """
    w = drawn(seed, of_round(4))
    s, r, e = seed.fork("s").normal(6, 4), seed.fork("r").normal(5, 4), seed.fork("e").normal(14, 4)
    index = torch.stack([(seed.fork(n).uniform(14) * k).long() for n, k in (("i", 6), ("j", 5))])
    nodes, edges = one_round(w, s, r, e, index)
    came = submission.play(plays.interaction, w, [s, r, e, index])
    near(came["nodes"], nodes, "the receivers")
    near(came["edges"], edges, "the edges")
    p, q, o = (seed.fork(f"order {n}").uniform(n).argsort() for n in (6, 5, 14))
    mixed = torch.stack([p.argsort()[index[0]], q.argsort()[index[1]]])[:, o]
    came = submission.play(plays.interaction, w, [s[p], r[q], e[o], mixed])
    near(came["nodes"], nodes[q], "the receivers in another order")
    near(came["edges"], edges[o], "the edges in another order")


@task("graph_network", weight=2)
def test_fresh_networks(submission, seed):
    """Fresh networks of one and of three rounds; news of a point reaches what is N edges away, and no more

    Both nodes and edges are added to what they were, round by round: news travel one edge a round.
    """
    for steps in (1, 3):
        globe, w = a_globe(seed.fork(f"{steps}"), 4), drawn(seed.fork(f"w{steps}"), of_graphcast(3, 2, steps))
        previous, now = seed.fork("previous").normal(4, 3), seed.fork("now").normal(4, 3)
        came = submission.play(plays.graphcast, w, [3, 2, steps], globe, previous, now)
        due = forecast(w, steps, globe, previous, now)
        near(came["after"], due, f"after {steps} rounds", within=LONG)
        single = {name: value.float() for name, value in w.items()}
        args = [single, [3, 2, steps], globe, previous.float(), now.detach().float()]
        near_single(submission.play(plays.graphcast, *args)["after"], due, f"{steps} rounds in float32")
    # A chain on the mesh: point 0 speaks to vertex 0, and point i hears vertex i.
    vertices, _ = icosahedron()
    order = torch.arange(6)
    globe = [vertices[:6], vertices, order[None, :1].repeat(2, 1)]
    globe += [torch.stack([order[:-1], order[1:]]), torch.stack([order, order])]
    w = drawn(seed, of_graphcast(1, 3, 2))
    now = seed.fork("chain").normal(6, 1)
    reach = submission.play(plays.graphcast, w, [1, 3, 2], globe, now + 1, now, True)["reach"]
    found = (reach[:, 0] > 0).tolist()
    expect(found == [True] * 3 + [False] * 3, f"two rounds carry news of point 0 to {found}")
