"""Figures were looked at; here is what must stay true of them."""

import matplotlib
import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image

from common import datasets, figures
from common.figures.images import GAP_PX
from common.training import Step


def pixels(figure: Figure) -> np.ndarray:
    return np.asarray(figure.axes[0].get_images()[0].get_array())


def test_grid_puts_images_row_by_row_and_clips_what_is_too_bright():
    x = torch.stack([torch.full((1, 100, 100), value) for value in (-1.0, 0.0, 1.0, 3.0, -5.0)])
    sheet = pixels(figures.grid(x, columns=3))
    pitch = 100 + GAP_PX
    middles = [sheet[50 + GAP_PX + r * pitch, 50 + GAP_PX + c * pitch, 0] for r in (0, 1) for c in (0, 1, 2)]
    np.testing.assert_allclose(middles, [0, 0.5, 1, 1, 0, 1])  # the last place is empty: white


def test_small_images_are_enlarged_without_blurring():
    x = 2 * torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(0)) - 1
    sheet = pixels(figures.grid(x))[GAP_PX:-GAP_PX, GAP_PX:-GAP_PX]
    assert sheet.shape == (96, 96, 3)
    np.testing.assert_allclose(sheet[5::12, 5::12].transpose(2, 0, 1), (x[0] + 1) / 2, rtol=1e-6)


def test_labels_stand_below_their_images():
    figure = figures.grid(
        torch.zeros(3, 1, 96, 96), columns=2, labels=["cat", "dog", "a very long label indeed"]
    )
    texts = figure.axes[0].texts
    assert [text.get_text() for text in texts] == ["cat", "dog", "a very long\nlabel indeed"]
    (x0, y0), (x1, _), (x2, y2) = (text.get_position() for text in texts)
    assert x0 == x2 < x1
    assert y0 < y2


def test_strip_names_rows_and_columns():
    row = torch.zeros(3, 1, 8, 8)
    figure = figures.strip({"x_t": row, "x0": row}, columns=["t = 0", "t = 1", "t = 2"], title="noise")
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["x_t", "x0"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["t = 0", "t = 1", "t = 2"]
    with pytest.raises(ValueError, match=r"differ in length: \[2, 3\]"):
        figures.strip({"x_t": row, "x0": row[:2]})


def test_overlay_tints_only_pixels_of_a_class():
    x, masks = torch.zeros(1, 1, 2, 2), torch.tensor([[[0, 1], [2, 0]]])
    tinted = figures.overlay(x, masks, strength=1.0)
    assert torch.equal(tinted[0, :, 0, 0], torch.zeros(3))
    orange = 2 * torch.tensor(matplotlib.colors.to_rgb("tab:orange")) - 1
    torch.testing.assert_close(tinted[0, :, 0, 1], orange)
    assert not torch.equal(tinted[0, :, 1, 0], tinted[0, :, 0, 1])


@pytest.mark.parametrize("load", [datasets.digits, datasets.nuclei, datasets.emoji, datasets.teddy_bear])
def test_picture_draws_every_data_set_with_its_credit(load):
    data = load()
    figure = figures.picture(data, count=8)
    assert figure.get_supxlabel() == data.credit
    assert pixels(figure).min() < 0.1


@pytest.mark.parametrize("load", [datasets.storm, datasets.rain, datasets.winds])
def test_picture_draws_each_field_of_the_weather_in_a_row(load):
    data = load()
    figure = figures.picture(data, count=3)
    assert figure.get_supxlabel() == data.credit
    drawn = [axes for axes in figure.axes if axes.get_images()]
    assert [axes.get_ylabel() for axes in drawn[::3]] == list(data.names)
    last = drawn[2].get_images()[0]
    np.testing.assert_allclose(last.get_array(), data.x[-1, 0])
    assert last.origin == "lower"


def test_maps_of_a_row_share_their_colours():
    rows = {"a": torch.arange(12.0).view(3, 2, 2), "b": torch.zeros(3, 2, 2)}
    figure = figures.maps(rows, columns=["1", "2", "3"], limits={"b": (-1, 1)})
    drawn = [axes for axes in figure.axes if axes.get_ylabel() in rows or axes.get_title() in "123"]
    limits = [axes.get_images()[0].get_clim() for axes in drawn if axes.get_images()]
    assert limits == [(0, 11)] * 3 + [(-1, 1)] * 3


def test_losses_draw_the_mean_over_a_window():
    steps = [Step(i + 1, float(i % 2), 0.0, 0.0) for i in range(20)]
    raw, mean = figures.losses(steps, window=5).axes[0].get_lines()
    np.testing.assert_allclose(raw.get_ydata(), [i % 2 for i in range(20)])
    expected = [np.mean([j % 2 for j in range(max(0, i - 2), min(20, i + 3))]) for i in range(20)]
    np.testing.assert_allclose(mean.get_ydata(), expected)


def test_curves_particles_trajectories_and_histograms_hold_what_was_given():
    t, cloud = torch.linspace(0.1, 1, 5), torch.randn(30, 2)
    curves = figures.curves({"a": t, "b": t**2}, x=t, xlabel="t", log_y=True).axes[0]
    np.testing.assert_allclose(curves.get_lines()[1].get_ydata(), t.double() ** 2, rtol=1e-6)
    assert (curves.get_xlabel(), curves.get_yscale()) == ("t", "log")
    left, right = figures.particles({"t = 1": cloud, "t = 0": cloud / 2}, reference=cloud).axes
    assert left.get_xlim() == right.get_xlim()
    np.testing.assert_allclose(right.collections[1].get_offsets(), cloud.double() / 2)
    paths = torch.stack([cloud, cloud / 2, cloud / 4]).requires_grad_()
    assert len(figures.trajectories(paths).axes[0].get_lines()) == 30
    bars = figures.histograms({"x": cloud.flatten()}, x=t, density=t).axes[0]
    assert bars.get_lines()[0].get_label() == "exact"


def test_spectrograms_stand_below_each_other_with_low_frequencies_at_the_bottom():
    levels = torch.linspace(-1, 1, 12).view(4, 3)
    figure = figures.spectrograms({"bins": levels, "mel": levels[:2]}, title="a word")
    assert [axes.get_ylabel() for axes in figure.axes] == ["bins", "mel"]
    assert figure.get_suptitle() == "a word"
    image = figure.axes[1].get_images()[0]
    np.testing.assert_allclose(image.get_array(), levels[:2])
    assert (image.origin, image.get_clim()) == ("lower", (-1, 1))


def test_save_makes_the_folder_and_a_readable_picture(tmp_path):
    path = figures.save(figures.grid(torch.zeros(1, 1, 8, 8)), tmp_path / "new" / "grid.png")
    with Image.open(path) as image:
        assert image.format == "PNG"


def test_a_notebook_can_display_a_figure():
    png = figures.curves({"a": torch.arange(3.0)})._repr_png_()  # what notebooks look for
    assert png.startswith(b"\x89PNG")


def test_chains_draw_each_trace_at_one_scale():
    short, long = torch.zeros(5, 3), torch.zeros(5, 3)
    short[:, 1], long[:, 2] = torch.arange(5), 3 * torch.arange(5)
    figure = figures.chains({"short": short, "long": long}, columns=2, title="two")
    assert [axes.get_title() for axes in figure.axes] == ["short", "long"]
    assert figure.axes[0].get_xlim() == figure.axes[1].get_xlim()
    drawn = [np.ptp(axes.get_lines()[0].get_xdata()) for axes in figure.axes]
    np.testing.assert_allclose(drawn, [4, 12])


def test_chains_of_one_panel_are_seen_from_one_side_and_the_others_are_dashed():
    first = torch.zeros(5, 3)
    first[:, 1], first[2, 0] = torch.arange(5), 0.5
    turned = first[:, [1, 0, 2]]
    (axes,) = figures.chains({"both": torch.stack([first, turned])}, columns=1).axes
    dashed, plain = axes.get_lines()
    assert (dashed.get_linestyle(), plain.get_linestyle()) == ("--", "-")
    spans = [[np.ptp(line.get_xdata()), np.ptp(line.get_ydata())] for line in (plain, dashed)]
    np.testing.assert_allclose(spans, [[4, 0.5], [0.5, 4]], rtol=1e-4, atol=1e-6)
