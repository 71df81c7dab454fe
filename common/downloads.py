"""Larger data sets, fetched once by torchvision where there is a network.

No assignment needs them. They are for who wants to see the same model on the data of the papers.
"""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from .records import LabelledImages
from .vision import load_torchvision


def mnist(root: str | Path, *, training: bool = True, download: bool = True) -> LabelledImages:
    """Return MNIST, (60000, 1, 28, 28) for training or (10000, 1, 28, 28) held out; 11 MB to fetch.

    Y. LeCun, C. Cortes, C. Burges, The MNIST database of handwritten digits. ConnectionError when there is
    neither a copy under `root` nor a network.
    """
    found = _fetch(load_torchvision().datasets.MNIST, root, training, download, instead="digits(size=28)")
    return _images(
        found.data[:, None], found.targets, found.classes, training, "MNIST, LeCun, Cortes, Burges"
    )


def fashion_mnist(root: str | Path, *, training: bool = True, download: bool = True) -> LabelledImages:
    """Return Fashion-MNIST, (60000, 1, 28, 28) for training or (10000, 1, 28, 28) held out; 30 MB to fetch.

    H. Xiao, K. Rasul, R. Vollgraf, 2017. MIT. ConnectionError when there is neither a copy nor a network.
    """
    found = _fetch(
        load_torchvision().datasets.FashionMNIST, root, training, download, instead="fashion_mnist()"
    )
    return _images(
        found.data[:, None], found.targets, found.classes, training, "Fashion-MNIST, Zalando SE, MIT"
    )


def cifar10(root: str | Path, *, training: bool = True, download: bool = True) -> LabelledImages:
    """Return CIFAR-10, (50000, 3, 32, 32) for training or (10000, 3, 32, 32) held out; 170 MB to fetch.

    A. Krizhevsky, Learning multiple layers of features from tiny images, 2009. ConnectionError when there is
    neither a copy nor a network.
    """
    found = _fetch(load_torchvision().datasets.CIFAR10, root, training, download, instead="emoji()")
    x = torch.from_numpy(found.data).permute(0, 3, 1, 2)
    return _images(x, torch.tensor(found.targets), found.classes, training, "CIFAR-10, A. Krizhevsky")


def _fetch(data_set: Any, root: str | Path, training: bool, download: bool, instead: str) -> Any:
    """Return the data set of torchvision, or say what to use instead."""
    try:
        return data_set(root, train=training, download=download)
    except (RuntimeError, OSError) as error:
        raise ConnectionError(
            f"{data_set.__name__} is not under {root} and could not be fetched ({error}). "
            f"Without a network use common.datasets.{instead}, which comes with the installation."
        ) from error


def _images(x: Tensor, labels: Tensor, names: list[str], training: bool, credit: str) -> LabelledImages:
    held_out = torch.full((len(x),), not training)
    return LabelledImages(x.float() / 127.5 - 1, labels.long(), tuple(names), held_out, credit)
