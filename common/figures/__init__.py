"""Figures for labs: every function returns a matplotlib Figure, shows nothing and keeps no state.

As the last line of a notebook cell a figure displays itself; `save(figure, path)` writes it. Figures are
made without pyplot, so they need no screen and are freed as soon as the caller forgets them. Images are in
[-1, 1]; what lies outside is clipped.
"""

from .chains import chains
from .images import grid, maps, overlay, picture, save, strip
from .plots import curves, histograms, losses, particles, spectrograms, trajectories

__all__ = [
    "chains",
    "curves",
    "grid",
    "histograms",
    "losses",
    "maps",
    "overlay",
    "particles",
    "picture",
    "save",
    "spectrograms",
    "strip",
    "trajectories",
]
