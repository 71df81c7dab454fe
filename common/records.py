"""What a data set is: a frozen record of tensors whose first axis counts the examples."""

from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


@dataclass(frozen=True)
class LabelledImages:
    """Images of classes."""

    x: Float[Tensor, "n c h w"]  # in [-1, 1]
    labels: Int[Tensor, " n"]
    names: tuple[str, ...]  # of the classes: names[label]
    held_out: Bool[Tensor, " n"]
    credit: str


@dataclass(frozen=True)
class SegmentedImages:
    """Images and the class of every pixel."""

    x: Float[Tensor, "n c h w"]  # in [-1, 1]
    masks: Int[Tensor, "n h w"]
    names: tuple[str, ...]  # of the classes of pixels
    held_out: Bool[Tensor, " n"]
    credit: str


@dataclass(frozen=True)
class CaptionedImages:
    """Images of classes, each with a caption."""

    x: Float[Tensor, "n c h w"]  # in [-1, 1]
    labels: Int[Tensor, " n"]
    names: tuple[str, ...]  # of the classes
    captions: tuple[str, ...]  # n of them
    held_out: Bool[Tensor, " n"]
    credit: str


@dataclass(frozen=True)
class PosedViews:
    """Pictures of one thing from places that are known."""

    x: Float[Tensor, "n c h w"]  # in [-1, 1]
    poses: Float[Tensor, "n 4 4"]  # from the camera's axes to the world's: x right, y up, it looks along -z
    depth: Float[Tensor, "n h w"]  # of what is seen, along the camera's axis; 0: nothing is
    focal: float  # in pixels; a pixel's centre is at half a pixel
    held_out: Bool[Tensor, " n"]
    credit: str


@dataclass(frozen=True)
class Weather:
    """Maps of one or several fields, one after the other in time."""

    x: Float[Tensor, "n c h w"]  # in the fields' units
    names: tuple[str, ...]  # c of them
    units: tuple[str, ...]
    hours: float  # from one map to the next
    lat: tuple[float, ...]  # h of them, in degrees; none where rows are no latitudes
    lon: tuple[float, ...]  # w of them
    held_out: Bool[Tensor, " n"]
    credit: str


Images = TypeVar("Images", LabelledImages, SegmentedImages, CaptionedImages, PosedViews, Weather)


def split(data: Images) -> tuple[Images, Images]:
    """Return the rows for training, and the rows held out."""
    return select(data, ~data.held_out), select(data, data.held_out)


def select(data: Images, rows: Bool[Tensor, " n"] | Int[Tensor, " m"]) -> Images:
    """Return the rows of a data set that a mask or a tensor of indices chooses."""
    chosen = torch.arange(len(data.x))[rows]
    values = {field.name: getattr(data, field.name) for field in fields(data)}
    changed: dict[str, Any] = {
        name: value[chosen] for name, value in values.items() if isinstance(value, Tensor)
    }
    if isinstance(data, CaptionedImages):
        changed["captions"] = tuple(data.captions[i] for i in chosen.tolist())
    return replace(data, **changed)
