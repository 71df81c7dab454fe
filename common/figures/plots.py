"""Curves, clouds of points and histograms."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor

from ..training import Step
from .canvas import new_figure


def curves(
    y: Mapping[str, Float[Tensor, " n"]],
    *,
    x: Float[Tensor, " n"] | None = None,  # 0, 1, 2, ... unless given
    xlabel: str = "",
    ylabel: str = "",
    title: str = "",
    log_x: bool = False,
    log_y: bool = False,
) -> Figure:
    """Draw named curves over one axis: noise schedules, losses by time, accuracy against a weight."""
    figure, axes = _axes(xlabel, ylabel, title)
    for name, values in y.items():
        axes.plot(_numbers(torch.arange(len(values)) if x is None else x), _numbers(values), label=name)
    axes.set_xscale("log" if log_x else "linear")
    axes.set_yscale("log" if log_y else "linear")
    axes.legend(frameon=False, fontsize=8)
    return figure


def spectrograms(panels: Mapping[str, Float[Tensor, "bands frames"]], *, title: str = "") -> Figure:
    """Draw levels in [-1, 1] below each other, from low frequencies at the bottom to high ones."""
    figure = new_figure(6, 1.8 * len(panels) + 0.4)
    for line, (name, level) in zip(figure.subplots(len(panels), squeeze=False), panels.items(), strict=True):
        line[0].imshow(_numbers(level), origin="lower", aspect="auto", vmin=-1, vmax=1, interpolation="none")
        line[0].set(xlabel="frame", ylabel=name)
    figure.suptitle(title, fontsize=9)
    return figure


def losses(steps: Sequence[Step], *, window: int = 50, title: str = "", log_y: bool = False) -> Figure:
    """Draw the loss of each step faintly, and on top of it the mean over the `window` steps around."""
    figure, axes = _axes("step", "loss", title)
    number = torch.tensor([step.step for step in steps])
    loss = torch.tensor([step.loss for step in steps], dtype=torch.float64)
    total = torch.cat([torch.zeros(1, dtype=torch.float64), loss.cumsum(0)])
    middle = torch.arange(len(loss))
    first, last = (middle - window // 2).clamp_min(0), (middle + (window + 1) // 2).clamp_max(len(loss))
    axes.plot(
        _numbers(number), _numbers(loss), color="tab:blue", alpha=0.25, linewidth=0.8, label="each step"
    )
    mean = (total[last] - total[first]) / (last - first)
    axes.plot(_numbers(number), _numbers(mean), color="tab:blue", label=f"mean over {window} steps")
    axes.set_yscale("log" if log_y else "linear")
    axes.legend(frameon=False, fontsize=8)
    return figure


def particles(
    panels: Mapping[str, Float[Tensor, "n 2"]],
    *,
    reference: Float[Tensor, "m 2"] | None = None,  # drawn in grey behind each panel
    title: str = "",
) -> Figure:
    """Draw clouds of points in the plane side by side, on equal axes: a sampler at several times."""
    figure = new_figure(2.2 * len(panels), 2.5)
    grid = figure.subplots(1, len(panels), sharex=True, sharey=True, squeeze=False)
    for axes, (name, points) in zip(grid[0], panels.items(), strict=True):
        _cloud(axes, reference, color="0.75")
        _cloud(axes, points, color="tab:blue")
        axes.set_title(name, fontsize=9)
    figure.suptitle(title, fontsize=10)
    return figure


def trajectories(
    paths: Float[Tensor, "s n 2"], *, reference: Float[Tensor, "m 2"] | None = None, title: str = ""
) -> Figure:
    """Draw the way of n points through s times: open circles where they start, dots where they end."""
    figure = new_figure(4.2, 4.2)
    axes = figure.subplots()
    _cloud(axes, reference, color="0.75")
    for path in paths.unbind(1):
        axes.plot(*_xy(path), color="0.5", linewidth=0.6, alpha=0.7)
    axes.scatter(*_xy(paths[0]), s=12, facecolors="none", edgecolors="tab:orange", label="start")
    axes.scatter(*_xy(paths[-1]), s=10, color="tab:blue", zorder=3, label="end")
    axes.legend(frameon=False, fontsize=8)
    axes.set_title(title, fontsize=10)
    return figure


def histograms(
    samples: Mapping[str, Float[Tensor, " n"]],
    *,
    x: Float[Tensor, " m"] | None = None,
    density: Float[Tensor, " m"] | None = None,  # the exact density at x, drawn as a line
    title: str = "",
) -> Figure:
    """Draw named samples of one number as histograms of area 1, and over them the exact density."""
    figure, axes = _axes("", "density", title)
    for name, values in samples.items():
        axes.hist(_numbers(values), bins="fd", density=True, histtype="stepfilled", alpha=0.4, label=name)
    if x is not None and density is not None:
        axes.plot(_numbers(x), _numbers(density), color="black", linewidth=1, label="exact")
    axes.legend(frameon=False, fontsize=8)
    return figure


def _axes(xlabel: str, ylabel: str, title: str) -> tuple[Figure, Axes]:
    figure = new_figure(5.2, 3.2)
    axes = figure.subplots()
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.set_title(title, fontsize=10)
    return figure, axes


def _cloud(axes: Axes, points: Float[Tensor, "n 2"] | None, color: str) -> None:
    if points is not None:
        axes.scatter(*_xy(points), s=3, color=color, alpha=0.6, linewidths=0)
    axes.set_aspect("equal")
    axes.tick_params(labelsize=7)


def _xy(points: Float[Tensor, "n 2"]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return _numbers(points[:, 0]), _numbers(points[:, 1])


def _numbers(values: Tensor) -> NDArray[np.float64]:
    numbers: NDArray[np.float64] = torch.as_tensor(values).detach().cpu().double().numpy()
    return numbers
