import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_digits

from common import datasets


@pytest.mark.parametrize(
    ("load", "shape", "held_out"),
    [
        (datasets.digits, (1797, 1, 8, 8), 359),
        (datasets.fashion_mnist, (4000, 1, 28, 28), 800),
        (datasets.nuclei, (64, 1, 64, 64), 16),
        (datasets.emoji, (1906, 3, 32, 32), 380),
        (lambda: datasets.emoji("twitter"), (1906, 3, 32, 32), 380),
        (datasets.teddy_bear, (60, 3, 64, 64), 10),
    ],
)
def test_shape_range_split_and_credit(load, shape, held_out):
    data = load()
    assert data.x.shape == shape
    assert data.x.dtype == torch.float32
    assert (data.x.min(), data.x.max()) == (-1, 1)
    training, rest = datasets.split(data)
    assert (len(training.x), len(rest.x)) == (shape[0] - held_out, held_out)
    assert not training.held_out.any()
    assert rest.held_out.all()
    assert data.credit


def test_digits_are_those_of_scikit_learn_whatever_the_size():
    bunch = load_digits()
    small, padded, stretched = datasets.digits(), datasets.digits(16), datasets.digits(32, "stretch")
    np.testing.assert_array_equal((small.x[:, 0].numpy() + 1) * 8, bunch.images)
    np.testing.assert_array_equal(small.labels.numpy(), bunch.target)
    assert torch.equal(padded.x[:, :, 4:12, 4:12], small.x)
    assert padded.x.sum() - small.x.sum() == -(16 * 16 - 8 * 8) * 1797
    assert stretched.x.shape == (1797, 1, 32, 32)
    block_means = torch.nn.functional.avg_pool2d(stretched.x, 4)  # bilinear: a block keeps its grey level
    assert (block_means - small.x).abs().mean() < 0.2


@pytest.mark.parametrize(("size", "fit"), [(7, "pad"), (7, "stretch"), (15, "pad")])
def test_a_size_that_digits_do_not_fit_is_refused(size, fit):
    with pytest.raises(ValueError, match=f"size is {size}"):
        datasets.digits(size, fit)


def test_fashion_takes_turns_and_agrees_with_the_sheet():
    data = datasets.fashion_mnist()
    assert data.labels[:12].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]
    with Image.open(datasets.DATA / "fashion_mnist_4000_sorted_by_class.png") as image:
        sheet = np.asarray(image)
    for row, (label, number) in {0: (0, 0), 17: (7, 1), 3999: (9, 399)}.items():
        place = label * 400 + number  # 100 tiles in a row of the sheet
        top, left = 28 * (place // 100), 28 * (place % 100)
        expected = sheet[top : top + 28, left : left + 28] / 127.5 - 1
        torch.testing.assert_close(data.x[row, 0], torch.from_numpy(expected).float())


def test_nuclei_tiles_are_the_micrograph_cut_up_and_the_held_out_quadrant_is_whole():
    data = datasets.nuclei()
    with np.load(datasets.DATA / "nuclei_dsb2018.npz") as file:
        image, instances = file["x"], file["y"]
    whole = data.masks.reshape(8, 8, 64, 64).transpose(1, 2).reshape(512, 512)
    np.testing.assert_array_equal(whole.numpy(), instances > 0)
    tile = np.minimum(image[64:128, 128:192], 116) / 58 - 1  # second row, third column
    torch.testing.assert_close(data.x[10, 0], torch.from_numpy(tile).float())
    assert data.held_out.reshape(8, 8).nonzero().min() == 4
    inside = data.x[:, 0][data.masks == 1].mean()
    assert inside > data.x[:, 0][data.masks == 0].mean() + 0.3  # nuclei are the bright part


def test_both_artists_draw_the_same_list():
    google, twitter = datasets.emoji("google"), datasets.emoji("twitter")
    assert google.captions == twitter.captions
    assert torch.equal(google.labels, twitter.labels)
    assert not torch.equal(google.x, twitter.x)
    row = google.captions.index("red apple")
    assert google.names[int(google.labels[row])] == "Food & Drink"
    for data in (google, twitter):
        red, green, blue = data.x[row].mean((1, 2))
        assert red > max(green, blue) + 0.1
    assert len(google.names) == 9


def test_select_keeps_captions_with_their_images():
    data = datasets.emoji()
    chosen = datasets.select(data, torch.tensor([5, 3]))
    assert chosen.captions == (data.captions[5], data.captions[3])
    assert torch.equal(chosen.x, data.x[[5, 3]])
    _, held_out = datasets.split(data)
    assert held_out.captions[0] == data.captions[int(data.held_out.nonzero()[0])]


def test_a_record_cannot_be_changed():
    data = datasets.nuclei()
    with pytest.raises(AttributeError):
        data.x = data.masks


def test_views_of_the_bear_agree_on_where_it_is():
    """Points that a view sees lie on what its neighbour sees: axes, pixel centres and depth are as said."""
    data = datasets.teddy_bear()
    assert torch.equal(data.held_out.nonzero().flatten(), torch.arange(3, 60, 6))
    turn, place = data.poses[:, :3, :3], data.poses[:, :3, 3]
    torch.testing.assert_close(turn @ turn.mT, torch.eye(3).expand(60, 3, 3), rtol=0, atol=1e-5)
    torch.testing.assert_close(place.norm(dim=1), torch.full((60,), 4.0), rtol=0, atol=1e-4)
    rows, columns = torch.meshgrid(torch.arange(64) + 0.5, torch.arange(64) + 0.5, indexing="ij")
    camera = torch.stack([(columns - 32) / data.focal, (32 - rows) / data.focal, -torch.ones(64, 64)], 2)
    clouds = [
        (camera * depth[..., None])[depth > 0] @ r.mT + o
        for depth, r, o in zip(data.depth, turn, place, strict=True)
    ]
    assert torch.cat(clouds).abs().max() < 1.1
    nearest = torch.cdist(place, place).fill_diagonal_(torch.inf).argmin(dim=1)
    gaps = [torch.cdist(clouds[i], clouds[nearest[i]]).amin(dim=1).median() for i in range(0, 60, 12)]
    assert max(gaps) < 0.03


@pytest.mark.parametrize(
    ("load", "shape", "held_out"),
    [
        (datasets.storm, (64, 6, 33, 22), 15),
        (datasets.rain, (23, 1, 118, 87), 6),
        (datasets.winds, (60, 2, 18, 36), 12),
    ],
)
def test_weather_has_names_units_places_and_later_times_held_out(load, shape, held_out):
    data = load()
    assert data.x.shape == shape
    assert data.x.dtype == torch.float32
    assert bool(data.x.isfinite().all())
    assert len(data.names) == len(data.units) == shape[1]
    if data.lat:
        assert (len(data.lat), len(data.lon)) == shape[2:]
    training, rest = datasets.split(data)
    assert len(rest.x) == held_out
    assert torch.equal(torch.cat([training.x, rest.x]), data.x)
    assert (rest.lat, rest.names, rest.hours) == (data.lat, data.names, data.hours)
    assert data.credit


def test_weather_is_in_its_units_and_the_right_way_up():
    storm, rain, winds = datasets.storm(), datasets.rain(), datasets.winds()
    pressure, temperature = storm.x[:, 0], storm.x[:, 1]
    assert 97e3 < pressure.min() < pressure.max() < 106e3
    assert temperature[:, 0].mean() > temperature[:, -1].mean() + 30  # rows begin in the south
    assert storm.lat == tuple(sorted(storm.lat))
    assert rain.x.min() == 0
    assert rain.x.max() == pytest.approx(163.8)
    zonal = winds.x[:, 0].mean(dim=(0, 2))
    assert zonal[winds.lat.index(-45)] > 5  # westerlies
    assert zonal[winds.lat.index(15)] < -2  # trade winds


def test_weather_changes_from_one_map_to_the_next():
    for data in (datasets.storm(), datasets.rain(), datasets.winds()):
        change = data.x.diff(dim=0).square().mean(dim=(0, 2, 3)).sqrt()
        assert bool((change > 0.15 * data.x.std(dim=(0, 2, 3))).all())
        assert bool((change < 1.2 * data.x.std(dim=(0, 2, 3))).all())
