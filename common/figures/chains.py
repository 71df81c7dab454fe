"""Chains in space: the traces of proteins side by side."""

from collections.abc import Mapping

import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from .canvas import new_figure


def chains(panels: Mapping[str, Float[Tensor, "n 3"]], *, columns: int = 4, title: str = "") -> Figure:
    """Draw the trace of one chain in each panel, from blue at its beginning to red at its end.

    Each is seen from the side on which it is broadest, all at the same scale.
    """
    rows = -(-len(panels) // columns)
    figure = new_figure(1.9 * columns, 1.9 * rows + 0.3)
    traces = {name: _flat(points.detach().double()) for name, points in panels.items()}
    reach = max((float(trace.abs().max()) for trace in traces.values()), default=1.0) * 1.1
    for number, (name, trace) in enumerate(traces.items()):
        axes = figure.add_subplot(rows, columns, number + 1)
        x, y = trace[:, 0].numpy(), trace[:, 1].numpy()
        axes.plot(x, y, color="0.6", linewidth=1.5, zorder=1)
        axes.scatter(x, y, c=range(len(x)), cmap="coolwarm", s=18, zorder=2)
        axes.set(xlim=(-reach, reach), ylim=(-reach, reach), xticks=[], yticks=[], aspect="equal")
        axes.set_title(name, fontsize=7)
    figure.suptitle(title, fontsize=9)
    return figure


def _flat(points: Float[Tensor, "n 3"]) -> Float[Tensor, "n 2"]:
    """Return points in the plane of their two broadest directions, without mirroring them."""
    centred = points - points.mean(dim=0)
    axes = torch.linalg.svd(centred, full_matrices=False)[2]
    axes = axes * torch.linalg.det(axes).sign()
    flat: Tensor = centred @ axes[:2].mT
    return flat
