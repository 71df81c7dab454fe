"""Chains in space: the traces of proteins side by side."""

from collections.abc import Mapping

import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from .canvas import new_figure


def chains(panels: Mapping[str, Float[Tensor, "*m n 3"]], *, columns: int = 4, title: str = "") -> Figure:
    """Draw the trace of one chain in each panel, from blue at its beginning to red at its end.

    Each is seen from the side on which it is broadest, all at the same scale. Of several in a panel, such as
    chains that are laid upon each other, the first is seen so, and the others are dashed.
    """
    rows = -(-len(panels) // columns)
    figure = new_figure(1.9 * columns, 1.9 * rows + 0.3)
    traces = {name: _flat(points.detach().cpu().double()) for name, points in panels.items()}
    reach = max((float(trace.abs().max()) for trace in traces.values()), default=1.0) * 1.1
    for number, (name, trace) in enumerate(traces.items()):
        axes = figure.add_subplot(rows, columns, number + 1)
        first, *others = trace.numpy()
        for x, y in (other.T for other in others):
            axes.plot(x, y, "--", color="0.2", linewidth=1, zorder=3)
        x, y = first.T
        axes.plot(x, y, color="0.6", linewidth=1.5, zorder=1)
        axes.scatter(x, y, c=range(len(x)), cmap="coolwarm", s=18, zorder=2)
        axes.set(xlim=(-reach, reach), ylim=(-reach, reach), xticks=[], yticks=[], aspect="equal")
        axes.set_title(name, fontsize=7)
    figure.suptitle(title, fontsize=9)
    return figure


def _flat(points: Float[Tensor, "*m n 3"]) -> Float[Tensor, "m n 2"]:
    """Return chains in the plane of the first one's two broadest directions, without mirroring them."""
    centred = (points - points.mean(dim=-2, keepdim=True)).reshape(-1, *points.shape[-2:])
    axes = torch.linalg.svd(centred[0], full_matrices=False)[2]
    axes = axes * torch.linalg.det(axes).sign()
    flat: Tensor = centred @ axes[:2].mT
    return flat
