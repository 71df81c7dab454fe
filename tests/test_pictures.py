"""Pictures of failed comparisons: which are made, what they hold, and who sees them."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
import torch
from msgspec.structs import replace
from PIL import Image

from autograder.calls.outcomes import CheckFailed, outcome_of
from autograder.checks import close
from autograder.differences.pictures import PIXELS, POINTS, picture_of
from autograder.pages.pictures import LOST, cost, picture
from autograder.pages.report import feedback_page
from autograder.records import Measured, Picture
from autograder.show.tables import _curves
from tests.test_report import ASSIGNMENT, HIDDEN, PUBLIC, result

IMAGE = Picture("image", ((0.0, 1.0), (2.0, None)), ((0.0, 1.0), (2.0, 4.0)))
CURVE = Picture("curve", ((0.0, 1.0, 2.0, 7.0),), ((7.0, 7.0, 7.0, 7.0),))


def seen(came: torch.Tensor, due: torch.Tensor) -> Picture | None:
    """Return the picture of a comparison that fails."""
    with pytest.raises(CheckFailed) as failed:
        close((came,), (due,))
    outcome = outcome_of(failed.value)
    assert outcome.seen is not None
    return picture_of(*outcome.seen)


def test_the_image_with_the_first_wrong_value_is_shown() -> None:
    due = torch.arange(2 * 3 * 8 * 9, dtype=torch.float64).reshape(2, 3, 8, 9)
    came = due.clone()
    came[1, 2, 3, 4] = torch.nan
    found = seen(came, due)
    assert found is not None
    assert found.kind == "image"
    assert torch.equal(torch.tensor(found.target, dtype=torch.float64), due[1, 2])
    assert [i for i, row in enumerate(found.yours) if None in row] == [3]
    assert found.yours[3][4] is None


def test_a_large_image_is_shown_by_means() -> None:
    due = torch.zeros(2 * PIXELS, 4 * PIXELS)
    came = due.clone()
    came[2, 4] = 8.0  # one of 2 x 4 values that become one
    found = seen(came, due)
    assert found is not None
    assert torch.tensor(found.target).shape == (PIXELS, PIXELS)
    assert torch.tensor(found.yours).sum() == found.yours[1][1] == 1.0


def test_long_curves_keep_their_ends() -> None:
    due = torch.arange(1000.0).expand(3, 1000)
    came = due * torch.tensor([1.0, -1.0, 1.0])[:, None]
    found = seen(came, due)
    assert found is not None
    assert found.kind == "curve"
    assert len(found.target[0]) == len(found.yours[0]) == POINTS
    assert (found.target[0][0], found.target[0][-1]) == (0, 999)
    assert found.yours[0][-1] == -999


def test_points_in_the_plane_are_a_path() -> None:
    found = seen(torch.ones(20, 2), torch.zeros(20, 2))
    assert found == Picture("path", ((1.0, 1.0),) * 20, ((0.0, 0.0),) * 20)


@pytest.mark.parametrize("shape", [(), (7,), (4, 3), (7, 2), (2, 3, 7, 5)])
def test_a_few_numbers_need_no_picture(shape: tuple[int, ...]) -> None:
    assert seen(torch.ones(shape), torch.zeros(shape)) is None


def test_complex_numbers_have_none() -> None:
    assert seen(torch.ones(9, dtype=torch.complex64), torch.zeros(9, dtype=torch.complex64)) is None


def test_an_image_is_drawn_value_by_value_beside_the_difference() -> None:
    page = str(picture(IMAGE))
    files = [base64.b64decode(data) for data in re.findall(r"base64,([A-Za-z0-9+/=]+)", page)]
    yours, target, away = (
        np.asarray(Image.open(io.BytesIO(file)).convert("RGB")).reshape(4, 3).tolist() for file in files
    )
    assert target == [[0] * 3, [64] * 3, [127] * 3, [254] * 3]
    assert yours == [*target[:3], list(LOST)]
    assert away == [[0] * 3] * 3 + [list(LOST)]


def test_a_curve_is_broken_where_a_value_is_not_finite() -> None:
    lost = replace(CURVE, yours=((0.0, None, 2.0, 7.0),))
    page = str(picture(lost))
    assert "1 of yours are not finite" in page
    assert re.search(r'class="came" d="M0.0 110.0 M213.3 78.6 L320.0 0.0"', page)


def test_a_cost_beyond_the_limit_is_bad() -> None:
    assert 'class="good"' in cost(Measured("speed", 2.0, 5.0, 20.0, 7))
    bad = cost(Measured("memory", 9.0, 5.0, 20.0, 7))
    assert 'class="bad"' in bad
    assert "9 times the yardstick&#39;s; the limit is 5, a naive answer takes 20" in bad


def test_students_see_those_of_public_checks_only() -> None:
    one = result()
    run = replace(
        one.run,
        pictures={PUBLIC.name: CURVE, HIDDEN.name: IMAGE},
        measured={HIDDEN.name: Measured("speed", 2.0, 5.0, 20.0, 7)},
    )
    page = feedback_page(replace(one, run=run), ASSIGNMENT)
    assert 'class="lines"' in page
    assert "<img" not in page
    assert "yardstick" not in page


def test_a_terminal_shows_curves_as_blocks() -> None:
    assert _curves(CURVE) == ["yours     ▁▂▃█", "expected  ████"]
    assert _curves(replace(CURVE, yours=((None,) * 4,)))[0] == "yours     ????"
    assert _curves(IMAGE) == []
    assert _curves(replace(CURVE, yours=CURVE.target)) == []
