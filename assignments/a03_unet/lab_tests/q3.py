"""The masks: judged here as they will be when they are handed in."""

from pathlib import Path

from otter.test_files import test_case

from assignments.a03_unet.lab_judge import judge
from autograder.spec import load_assignment
from common.labs.measure import unmet

OK_FORMAT = False
name = "q3"
points = 7


@test_case(points=1)
def test_shape_and_values(masks):
    assert masks.shape == (16, 64, 64), f"masks has shape {tuple(masks.shape)}, not (16, 64, 64)"
    assert set(masks.unique().tolist()) <= {0, 1}, "a mask is 0 outside and 1 inside"


@test_case(points=4)
def test_masks_find_the_nuclei(masks):
    arrays = {"masks": masks.numpy()}
    bounds = load_assignment(Path.cwd()).lab
    failing = unmet(judge(arrays, bounds))
    assert not failing, failing


@test_case(points=2)
def test_model_beats_one_grey_level(scores):
    unet, _, grey_level = (score.mean().item() for score in scores.values())
    assert unet > grey_level + 0.02, f"mean IoU {unet:.3f}; one grey level reaches {grey_level:.3f}"
