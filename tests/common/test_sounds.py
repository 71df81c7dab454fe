"""Sounds that are shipped: their shapes, their names, and the mu-law."""

import numpy as np
import pytest
import torch

from common import sounds


@pytest.mark.parametrize(("load", "n"), [(sounds.spoken_words, 80), (sounds.percussion, 100)])
def test_shape_range_and_names(load, n):
    data = load()
    assert data.x.shape == (n, 8192)
    assert data.x.dtype == torch.float32
    assert data.x.abs().max() <= 1
    assert data.x.abs().amax(dim=1).min() > 0.01  # none is silent
    assert len(set(data.names)) == n
    assert data.rate == 8000
    assert data.credit


def test_the_mu_law_is_that_of_numpy():
    levels = np.arange(256, dtype=np.uint8)
    y = levels / 127.5 - 1
    expected = np.sign(y) * (256 ** np.abs(y) - 1) / 255
    np.testing.assert_allclose(sounds.expand(torch.from_numpy(levels)).numpy(), expected, atol=1e-6)


def test_names_go_with_the_labels_of_the_file():
    words = sounds.spoken_words()
    with np.load(sounds.DATA / "spoken_8k_mulaw.npz") as file:
        labels = [str(label) for label in file["name"]]
    numbers = dict(zip(labels[:28], words.names[:28], strict=True))
    assert numbers["d:3"] == "three"
    assert numbers["d:13"] == "thirteen"
    assert numbers["d:19"] == "nineteen"
    assert numbers["d:90"] == "ninety"
    for label, name in zip(labels[28:], words.names[28:], strict=True):
        assert label[2] == name.removeprefix("letter ")[0]


def test_a_sound_is_found_by_its_name():
    words = sounds.spoken_words()
    assert torch.equal(words.of("three"), words.x[3:4])
    with pytest.raises(KeyError):
        words.of("hundred")


def test_bass_drums_are_low():
    data = sounds.percussion()
    energy = torch.fft.rfft(data.x).abs().square()
    low = energy[:, : 8192 * 200 // 8000].sum(dim=1) / energy.sum(dim=1)
    drums = torch.tensor([name.startswith("bd_") for name in data.names])
    assert low[drums].mean() > 0.9
