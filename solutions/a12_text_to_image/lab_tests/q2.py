"""The transformer: what held-out streams cost."""

import math

from otter.test_files import test_case

OK_FORMAT = False
name = "q2"
points = 3


@test_case(points=1)
def test_masks_have_their_pairs(masks):
    pairs = [int(mask.sum()) for mask in masks]
    assert pairs == [124, 94, 124, 112], f"the masks have {pairs} pairs; expected [124, 94, 124, 112]"


@test_case(points=1)
def test_loss_is_made_of_both(text_cost, image_cost, whole):
    expected = text_cost / 8 + 7 * image_cost / 8
    assert abs(whole - expected) < 1e-3, (
        f"the loss is {whole:.4f}; 1/8 and 7/8 of its parts are {expected:.4f}"
    )


@test_case(points=1)
def test_streams_are_learnt(text_cost, image_cost):
    assert text_cost < 1.25, f"text costs {text_cost:.2f}; (ln 2 + ln 10 + 0) / 3 = 1.0 is what it can reach"
    assert image_cost < 0.5 * math.log(64), f"a code costs {image_cost:.2f} nats; expected less than 2.1"
