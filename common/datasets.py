"""Small real images, and weather, that come with the installation: no download, nothing to wait for.

Every function returns a frozen record (`records.py`): images in [-1, 1], or weather in its own units, of
shape (n, c, h, w), and a mask of the rows that are held out from training. `data/LICENCES.md` says where
each file comes from, who made it and what was changed; `credit` is the line to print under a picture.

    training, held_out = split(fashion_mnist())
"""

import json
from pathlib import Path
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from .records import CaptionedImages, LabelledImages, PosedViews, SegmentedImages, Weather, select, split

__all__ = [
    "CaptionedImages",
    "LabelledImages",
    "PosedViews",
    "SegmentedImages",
    "Weather",
    "digits",
    "emoji",
    "fashion_mnist",
    "nuclei",
    "rain",
    "select",
    "split",
    "storm",
    "teddy_bear",
    "winds",
]

DATA = Path(__file__).parent / "data"


def digits(size: int = 8, fit: Literal["pad", "stretch"] = "pad") -> LabelledImages:
    """Return 1,797 handwritten digits, (1797, 1, size, size), from 13 people; about 180 of each digit.

    The originals are 8 × 8 pixels with 17 grey levels. A larger `size` pads them with background, or
    stretches them bilinearly. Neighbours share a writer, so the last fifth is held out in one piece (the cut
    goes through one writer's digits).

    E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository,
    CC BY 4.0; the test part, as scikit-learn ships it (BSD-3-Clause).
    """
    from sklearn.datasets import load_digits  # takes a second: only who wants digits waits

    bunch = load_digits()
    x = torch.from_numpy(bunch.images).float()[:, None] / 8 - 1  # n 1 8 8
    if size < 8 or (size % 2 and fit == "pad"):
        raise ValueError(f"size is {size}; give 8 or more, and an even number to pad")
    if fit == "pad":
        x = F.pad(x, [(size - 8) // 2] * 4, value=-1.0)
    else:
        x = F.interpolate(x, (size, size), mode="bilinear")
    labels = torch.from_numpy(bunch.target).long()
    names = tuple(str(digit) for digit in range(10))
    credit = "Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, UCI, CC BY 4.0"
    return LabelledImages(x, labels, names, _last(len(x), len(x) // 5), credit)


def fashion_mnist() -> LabelledImages:
    """Return 4,000 pictures of clothes, (4000, 1, 28, 28), 400 of each of 10 classes.

    The classes take turns, so every run of ten rows shows each of them once. The last 800 are held out.

    H. Xiao, K. Rasul, R. Vollgraf, Fashion-MNIST, 2017. MIT, copyright 2017 Zalando SE.
    """
    x = _tiles(DATA / "fashion_mnist_4000_sorted_by_class.png", 28)  # the 400 of class 0, of class 1, ...
    x = x.reshape(10, 400, 28, 28).transpose(0, 1).reshape(4000, 1, 28, 28)
    names = ("T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "trainer", "bag", "boot")
    labels = torch.arange(10).repeat(400)
    return LabelledImages(_signed(x), labels, names, _last(4000, 800), "Fashion-MNIST, Zalando SE, MIT")


def nuclei() -> SegmentedImages:
    """Return 64 tiles of a micrograph of cell nuclei, (64, 1, 64, 64); masks: 0 background, 1 nucleus.

    The tiles do not overlap; the 16 of the lower right quadrant are held out. Above grey level 116, which
    1 % of the pixels exceed, the image is clipped: a few dividing cells would leave the others dark.

    Broad Bioimage Benchmark Collection BBBC038, 2018 Data Science Bowl (Caicedo et al. 2019), CC0; the
    example image of stardist (BSD-3-Clause).
    """
    with np.load(DATA / "nuclei_dsb2018.npz") as file:
        image, instances = file["x"], file["y"]
    x = _cut(np.minimum(image, 116), 64)
    masks = _cut((instances > 0).astype(np.uint8), 64).long()
    quadrant = torch.zeros(8, 8, dtype=torch.bool)
    quadrant[4:, 4:] = True
    credit = "BBBC038, 2018 Data Science Bowl, CC0"
    return SegmentedImages(x[:, None] / 58 - 1, masks, ("background", "nucleus"), quadrant.flatten(), credit)


def emoji(artist: Literal["google", "twitter"] = "google") -> CaptionedImages:
    """Return 1,906 emoji in colour on white, (1906, 3, 32, 32), in 9 categories; captions are their names.

    Both artists drew the same list, row for row: train on one, test on the other. Neighbours in the list are
    variants of one motif, so every fifth run of ten rows is held out.

    "google": Noto Emoji, Google, Apache-2.0. "twitter": Twemoji, Twitter and contributors, CC BY 4.0. Names
    and categories: emoji-data, C. Henderson, MIT.
    """
    credit = {
        "google": "Noto Emoji, Google, Apache-2.0",
        "twitter": "Twemoji, Twitter and contributors, CC BY 4.0",
    }
    entries = json.loads((DATA / "emoji_captions.json").read_text(encoding="utf-8"))
    x = _tiles(DATA / f"emoji_{artist}_32_q256.png", 32)[: len(entries)].permute(0, 3, 1, 2)
    names = tuple(dict.fromkeys(entry["c"] for entry in entries))
    labels = torch.tensor([names.index(entry["c"]) for entry in entries])
    held_out = torch.arange(len(entries)) // 10 % 5 == 4
    captions = tuple(entry["n"] for entry in entries)
    return CaptionedImages(_signed(x), labels, names, captions, held_out, credit[artist])


def teddy_bear() -> PosedViews:
    """Return 60 views of a teddy bear, (60, 3, 64, 64), on white, from places at a distance of 4 around it.

    A real mesh, but no photographs: rendered for this course. y is up; the bear lies in [-1.1, 1.1]^3. Every
    sixth view, from the fourth on, is held out.

    The mesh: Manitislate, Blend Swap, as Sweet Home 3D ships it, CC0.
    """
    with np.load(DATA / "nerf_teddy_bear.npz") as file:
        images, poses, depth, focal = (file[name] for name in ("images", "poses", "depth", "focal"))
    x = torch.from_numpy(images).permute(0, 3, 1, 2)
    credit = "Teddy bear, Manitislate, Blend Swap, CC0"
    held_out = torch.arange(len(x)) % 6 == 3
    distances = torch.from_numpy(depth.astype(np.float32))
    return PosedViews(_signed(x), torch.from_numpy(poses), distances, float(focal), held_out, credit)


def storm() -> Weather:
    """Return the winter storm of January 1996 over North America, (64, 6, 33, 22), every 6 hours.

    From 5 January, 0 h UTC: pressure, temperature and wind, and wind at 500 hPa; 20 to 60 degrees north by
    1.25, 122.5 to 70 west by 2.5. Four fields of three times were missing and are interpolated in time. The
    package names no units: these are what the values say. Values are rounded to 1/20 of a field's deviation.
    The last 15 times are held out.

    NCAR Command Language's example data, UCAR, BSD-4-Clause.
    """
    with np.load(DATA / "storm_1996.npz") as file:
        steps, scale, offset, lat, lon = (file[name] for name in ("x", "scale", "offset", "lat", "lon"))
    counts = torch.from_numpy(steps).double().cumsum(dim=2).cumsum(dim=3)  # differences along both axes
    x = counts * torch.from_numpy(scale)[:, None, None] + torch.from_numpy(offset)[:, None, None]
    names = ("pressure", "temperature", "wind east", "wind north", "wind east, 500", "wind north, 500")
    units = ("Pa", "K", "m/s", "m/s", "m/s", "m/s")
    credit = "Storm of January 1996, NCAR Command Language, UCAR, BSD-4-Clause"
    return Weather(
        x.float(), names, units, 6.0, tuple(lat.tolist()), tuple(lon.tolist()), _last(64, 15), credit
    )


def rain() -> Weather:
    """Return rain of hurricane Florence, (23, 1, 118, 87), in mm/h, hour by hour.

    From 13 September 2018, 19 h UTC. Radar and gauges together, on a grid of about 4 km whose rows are no
    latitudes; the first row is the southernmost. Totals are in kg/m², that is mm, to one tenth. The last 6
    hours are held out.

    NCEP Stage IV, "freely available"; the file as the R package stars ships it, Apache-2.0.
    """
    with np.load(DATA / "rain_stage_iv.npz") as file:
        x = torch.from_numpy(file["x"].astype(np.float32))[:, None] / 10
    return Weather(
        x, ("rain",), ("mm/h",), 1.0, (), (), _last(23, 6), "Rain: NCEP Stage IV, freely available"
    )


def winds() -> Weather:
    """Return monthly mean winds of the whole globe, (60, 2, 18, 36), from January 1988 to December 1992.

    To the east and to the north, near the surface, in cells of 10 degrees: rows from 85 south to 85 north,
    columns from 5 east; rounded to 1/4 m/s. The last 12 months are held out.

    Monthly Navy winds, as NOAA's Ferret ships them, which says that it is in the public domain.
    """
    with np.load(DATA / "winds_navy.npz") as file:
        x = torch.from_numpy(file["x"]).double().cumsum(dim=3) / 4  # differences along rows
    lat, lon = tuple(range(-85, 90, 10)), tuple(range(5, 360, 10))
    credit = "Monthly Navy winds, NOAA Ferret, public domain"
    hours = 365.25 * 2  # of a mean month
    names = ("wind east", "wind north")
    return Weather(x.float(), names, ("m/s", "m/s"), hours, lat, lon, _last(60, 12), credit)


def _signed(x: Tensor) -> Float[Tensor, "n c h w"]:
    """Map grey levels 0..255 to [-1, 1]."""
    return x.float() / 127.5 - 1


def _last(n: int, count: int) -> Bool[Tensor, " n"]:
    return torch.arange(n) >= n - count


def _tiles(path: Path, size: int) -> Tensor:
    """Read a sheet of square tiles and return them row by row: (n, size, size), or with RGB as last axis."""
    with Image.open(path) as image:
        return _cut(np.asarray(image if image.mode == "L" else image.convert("RGB")), size)


def _cut(sheet: NDArray[np.uint8], size: int) -> Tensor:
    rows, columns = sheet.shape[0] // size, sheet.shape[1] // size
    tiles = sheet.reshape(rows, size, columns, size, *sheet.shape[2:]).swapaxes(1, 2)
    return torch.from_numpy(tiles.reshape(rows * columns, size, size, *sheet.shape[2:]).copy())
