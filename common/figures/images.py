"""Images side by side."""

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from torch import Tensor

from ..records import CaptionedImages, LabelledImages, PosedViews, SegmentedImages, Weather, select
from ..vision import load_torchvision
from .canvas import new_figure

TILE_IN = 0.9  # inches: the width of an image on the page
TILE_PX = 96  # small images are enlarged to at least so many pixels, so that they stay sharp
GAP_PX = 6
LINE_PX = 14  # the height of a line of text below an image
MASK_COLOURS = ("tab:orange", "tab:cyan", "tab:pink", "tab:olive")  # of classes 1, 2, ...; 0 is left alone


def grid(
    x: Float[Tensor, "n c h w"], *, columns: int = 8, labels: Sequence[str] = (), title: str = ""
) -> Figure:
    """Draw images row by row, with a label below each if there are labels."""
    texts = [textwrap.fill(label, 16, max_lines=3, placeholder=" …") for label in labels]
    below = LINE_PX * max((text.count("\n") + 1 for text in texts), default=0)
    figure, axes, h, w = _mosaic(x, columns, below)
    for i, text in enumerate(texts):
        row, column = divmod(i, columns)
        top = _centre(row, h) + h / 2 - below
        axes.text(_centre(column, w), top + 2, text, ha="center", va="top", fontsize=6, linespacing=1.1)
    axes.set_axis_off()
    axes.set_title(title, fontsize=10)
    return figure


def strip(
    rows: Mapping[str, Float[Tensor, "s c h w"]], *, columns: Sequence[str] = (), title: str = ""
) -> Figure:
    """Draw named rows of images, for instance one image at s noise levels, with a name above each column."""
    return _strip(list(rows), list(rows.values()), columns, title)


def picture(
    data: LabelledImages | SegmentedImages | CaptionedImages | PosedViews | Weather, count: int = 24
) -> Figure:
    """Draw examples of a data set, equally spaced, with what is known about each, and the credit."""
    chosen = torch.linspace(0, len(data.x) - 1, min(count, len(data.x))).round().long()
    match data:
        case SegmentedImages():
            figure = _segmented(select(data, chosen))
        case CaptionedImages():
            figure = grid(data.x[chosen], labels=[data.captions[i] for i in chosen.tolist()])
        case PosedViews():
            figure = grid(data.x[chosen])
        case Weather():
            times = [f"{data.hours * i:.0f} h" for i in chosen.tolist()]
            figure = maps(dict(zip(data.names, data.x[chosen].unbind(dim=1), strict=True)), columns=times)
        case LabelledImages():
            figure = grid(data.x[chosen], labels=[data.names[int(label)] for label in data.labels[chosen]])
    figure.supxlabel(data.credit, x=0.99, ha="right", fontsize=5, color="0.4")
    return figure


def maps(
    rows: Mapping[str, Float[Tensor, "s h w"]],
    *,
    columns: Sequence[str] = (),
    title: str = "",
    limits: Mapping[str, tuple[float, float]] | None = None,  # what the colours reach; else the row's own
    upwards: bool = True,  # the first row of a map is the southernmost
) -> Figure:
    """Draw named rows of maps in colours that each row shares, with its scale beside it."""
    count, (h, w) = len(next(iter(rows.values()))), next(iter(rows.values())).shape[1:]
    figure = new_figure(1.25 * count + 1.2, (1.25 * h / w + 0.2) * len(rows) + 0.4)
    panels = figure.subplots(len(rows), count, squeeze=False)
    for line, (name, values) in zip(panels, rows.items(), strict=True):
        low, high = (limits or {}).get(name, (float(values.min()), float(values.max())))
        for axes, value in zip(line, values, strict=True):
            axes.set_xticks([])
            axes.set_yticks([])
            shown = axes.imshow(
                value.detach().cpu().numpy(), vmin=low, vmax=high, origin="lower" if upwards else "upper"
            )
        line[0].set_ylabel(name, fontsize=7)
        figure.colorbar(shown, ax=list(line), fraction=0.05, pad=0.01).ax.tick_params(labelsize=6)
    for axes, column in zip(panels[0], columns, strict=False):
        axes.set_title(column, fontsize=7)
    figure.suptitle(title, fontsize=9)
    return figure


def save(figure: Figure, path: str | Path) -> Path:
    """Write a figure, in the format that the suffix names, into a folder that is made if need be."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)
    return path


def overlay(
    x: Float[Tensor, "n c h w"], masks: Int[Tensor, "n h w"], strength: float = 0.55
) -> Float[Tensor, "n 3 h w"]:
    """Tint the pixels of each class but 0 in the colour of that class."""
    tinted = x.expand(-1, 3, -1, -1).clone()
    for number, colour in enumerate(MASK_COLOURS, start=1):
        tint = 2 * torch.tensor(to_rgb(colour)).view(1, 3, 1, 1) - 1
        tinted = torch.where((masks == number)[:, None], tinted.lerp(tint.to(x), strength), tinted)
    return tinted


def _segmented(data: SegmentedImages) -> Figure:
    """Draw pairs of rows: images, and the same with their masks. A row that is not full is left out."""
    x, columns = data.x.expand(-1, 3, -1, -1), min(8, len(data.x))
    tinted = overlay(x, data.masks)
    starts = range(0, len(x) - columns + 1, columns)
    rows = [images[first : first + columns] for first in starts for images in (x, tinted)]
    figure = _strip(["image", "mask"] * len(starts), rows, (), "")
    patches = [Patch(color=c, label=n) for c, n in zip(MASK_COLOURS, data.names[1:], strict=False)]
    figure.legend(handles=patches, loc="outside lower left", ncols=4, frameon=False, fontsize=7)
    return figure


def _strip(names: Sequence[str], rows: Sequence[Tensor], columns: Sequence[str], title: str) -> Figure:
    lengths = {len(row) for row in rows} | ({len(columns)} if columns else set())
    if len(lengths) != 1:
        raise ValueError(f"rows and names of columns differ in length: {sorted(lengths)}")
    figure, axes, h, w = _mosaic(torch.cat(list(rows)), lengths.pop(), 0)
    axes.set_yticks([_centre(i, h) for i in range(len(rows))], names, fontsize=8)
    axes.set_xticks([_centre(j, w) for j in range(len(columns))], columns, fontsize=8)
    axes.tick_params(length=0, top=False, labeltop=True, bottom=False, labelbottom=False)
    axes.spines[:].set_visible(False)
    axes.set_title(title, fontsize=10)
    return figure


def _mosaic(x: Float[Tensor, "n c h w"], columns: int, below_px: int) -> tuple[Figure, Axes, int, int]:
    """Draw the images on a new figure; return it, its axes, and the height and width of a tile in pixels."""
    zoom = -(-TILE_PX // x.shape[-1])
    tiles = (x.detach().float().cpu().clamp(-1, 1) + 1) / 2
    tiles = tiles.repeat_interleave(zoom, dim=2).repeat_interleave(zoom, dim=3)
    tiles = F.pad(tiles, (0, 0, 0, below_px), value=1.0)
    sheet = load_torchvision().utils.make_grid(tiles, nrow=columns, padding=GAP_PX, pad_value=1.0)
    if len(tiles) == 1:  # the one case to which make_grid adds no padding
        sheet = F.pad(sheet, [GAP_PX] * 4, value=1.0)
    inches_per_px = TILE_IN / tiles.shape[-1]
    figure = new_figure(sheet.shape[2] * inches_per_px + 0.3, sheet.shape[1] * inches_per_px + 0.3)
    axes = figure.subplots()
    axes.imshow(sheet.permute(1, 2, 0).numpy())
    return figure, axes, tiles.shape[2], tiles.shape[3]


def _centre(index: int, size: int) -> float:
    """Return where on the sheet the middle of a tile lies, in pixels."""
    return GAP_PX + index * (size + GAP_PX) + size / 2
