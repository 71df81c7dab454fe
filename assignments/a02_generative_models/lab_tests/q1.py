"""The data: levels that come back, and what knowing nothing costs."""

import torch
from otter.test_files import test_case

OK_FORMAT = False
name = "q1"
points = 2


@test_case(points=1)
def test_even_density(uniform_bits):
    assert abs(uniform_bits - 4.087463) < 1e-4, (
        f"the even density costs {uniform_bits:.4f} bits, not log2(17)"
    )


@test_case(points=1)
def test_levels_come_back(there_and_back, training):
    assert there_and_back.shape == (1438, 1, 8, 8), f"the images have the shape {tuple(there_and_back.shape)}"
    wrong = (there_and_back != training.x).float().mean()
    assert torch.all(wrong < 1e-4), f"{wrong:.1%} of the values do not come back from their logits"
