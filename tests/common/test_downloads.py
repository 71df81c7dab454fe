import struct
import urllib.request
from pathlib import Path
from urllib.error import URLError

import pytest
import torch

from common import downloads


def write_mnist(root: Path) -> None:
    """Write three tiny images of each part in the format of the original files."""
    raw = root / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for part, labels in (("train", [5, 0, 4]), ("t10k", [7, 2, 1])):
        images = bytes([0] * 784 + [255] * 784 + [51] * 784)
        (raw / f"{part}-images-idx3-ubyte").write_bytes(struct.pack(">4i", 2051, 3, 28, 28) + images)
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">2i", 2049, 3) + bytes(labels))


@pytest.mark.parametrize(("training", "labels"), [(True, [5, 0, 4]), (False, [7, 2, 1])])
def test_a_copy_on_disk_is_read_without_a_network(tmp_path, training, labels):
    write_mnist(tmp_path)
    data = downloads.mnist(tmp_path, training=training, download=False)
    assert data.x.shape == (3, 1, 28, 28)
    torch.testing.assert_close(data.x[:, 0, 0, 0], torch.tensor([-1.0, 1.0, -0.6]))
    assert data.labels.tolist() == labels
    assert data.held_out.tolist() == [not training] * 3


@pytest.mark.parametrize(
    ("load", "instead"),
    [
        (downloads.mnist, r"digits\(size=28\)"),
        (downloads.fashion_mnist, r"fashion_mnist\(\)"),
        (downloads.cifar10, r"emoji\(\)"),
    ],
)
def test_without_a_network_the_error_names_the_set_to_use_instead(tmp_path, monkeypatch, load, instead):
    def no_network(*args, **kwargs):
        raise URLError("no route to host")

    monkeypatch.setattr(urllib.request, "urlopen", no_network)
    with pytest.raises(ConnectionError, match=rf"common\.datasets\.{instead}"):
        load(tmp_path)
