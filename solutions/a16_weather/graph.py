"""GraphCast's network: messages from the grid to a mesh, over the mesh, and back (Lam et al. 2023)."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn


def mlp(inputs: int, width: int) -> nn.Sequential:
    """Return two layers with a SiLU between them."""
    return nn.Sequential(nn.Linear(inputs, width), nn.SiLU(), nn.Linear(width, width))


def ways(a: Float[Tensor, "s 3"], b: Float[Tensor, "r 3"], index: Int[Tensor, "2 e"]) -> Float[Tensor, "e 4"]:
    """Return what is known of each edge: the vector from sender to receiver, and its length."""
    way = b[index[1]] - a[index[0]]
    return torch.cat([way, way.norm(dim=1, keepdim=True)], dim=1)


class InteractionNetwork(nn.Module):
    """One round of messages along edges (Battaglia et al. 2018)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.edge_mlp = mlp(3 * width, width)  # of [edge, sender, receiver]
        self.node_mlp = mlp(2 * width, width)  # of [receiver, sum of its messages]

    def forward(
        self,
        senders: Float[Tensor, "s d"],
        receivers: Float[Tensor, "r d"],
        edges: Float[Tensor, "e d"],
        index: Int[Tensor, "2 e"],  # of each edge's sender, of its receiver
    ) -> tuple[Float[Tensor, "r d"], Float[Tensor, "e d"]]:
        """Return new receivers and new edges; what is new is added to what was there."""
        # BEGIN SOLUTION
        source, target = index
        messages = self.edge_mlp(torch.cat([edges, senders[source], receivers[target]], dim=1))  # e d
        sums = torch.zeros_like(receivers).index_add(0, target, messages)  # r d
        return receivers + self.node_mlp(torch.cat([receivers, sums], dim=1)), edges + messages
        # END SOLUTION


class GraphCast(nn.Module):
    """A small GraphCast: two states on a grid in, the next one out."""

    def __init__(
        self,
        channels: int,
        width: int,
        steps: int,  # of messages on the mesh
        grid: Float[Tensor, "n 3"],
        vertices: Float[Tensor, "v 3"],
        grid2mesh: Int[Tensor, "2 e1"],
        multimesh: Int[Tensor, "2 e2"],
        mesh2grid: Int[Tensor, "2 e3"],
    ) -> None:
        super().__init__()
        self.grid, self.vertices = grid, vertices
        self.grid2mesh, self.multimesh, self.mesh2grid = grid2mesh, multimesh, mesh2grid
        self.up = ways(grid, vertices, grid2mesh)
        self.along = ways(vertices, vertices, multimesh)
        self.down = ways(vertices, grid, mesh2grid)
        self.embed_grid = nn.Linear(2 * channels + 3, width)  # of [previous, now, place]
        self.embed_mesh = nn.Linear(3, width)  # of the place
        self.embed_up, self.embed_along, self.embed_down = (nn.Linear(4, width) for _ in range(3))
        self.encoder = InteractionNetwork(width)
        self.processor = nn.ModuleList(InteractionNetwork(width) for _ in range(steps))
        self.decoder = InteractionNetwork(width)
        self.leave = nn.Linear(width, channels)

    def forward(
        self,
        previous: Float[Tensor, "n c"],
        now: Float[Tensor, "n c"],
    ) -> Float[Tensor, "n c"]:
        """Return the next state: what is now, and the change that comes back from the mesh."""
        # BEGIN SOLUTION
        known = (self.grid, self.vertices, self.up, self.along, self.down)
        place, vertices, up, along, down = (one.to(previous) for one in known)
        grid = self.embed_grid(torch.cat([previous, now, place], dim=1))  # n width
        mesh, links = self.embed_mesh(vertices), self.embed_along(along)
        mesh, _ = self.encoder(grid, mesh, self.embed_up(up), self.grid2mesh)
        for step in self.processor:
            mesh, links = step(mesh, mesh, links, self.multimesh)
        grid, _ = self.decoder(mesh, grid, self.embed_down(down), self.mesh2grid)
        return now + self.leave(grid)
        # END SOLUTION
