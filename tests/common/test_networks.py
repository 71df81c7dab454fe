from __future__ import annotations

import torch

from common.networks import SmallNet, randomised


def test_it_predicts_0_before_training_in_the_shape_of_the_image() -> None:
    x = torch.randn(5, 3, 4, 6)
    y = SmallNet((3, 4, 6), T=10, width=16)(x, torch.arange(5))
    assert y.shape == x.shape
    assert (y == 0).all()


def test_every_weight_learns_and_step_and_class_matter() -> None:
    torch.manual_seed(0)
    model = SmallNet((1, 4, 4), T=10, classes=2, width=16)
    torch.nn.init.normal_(model.leave[1].weight)
    x = torch.randn(3, 1, 4, 4)[:1].expand(3, -1, -1, -1)
    y = model(x, torch.tensor([0, 5, 5]), torch.tensor([2, 2, 0]))
    assert all((y[i] - y[j]).abs().max() > 1e-3 for i, j in ((0, 1), (1, 2)))
    y.square().mean().backward()
    assert all(weight.grad is not None and weight.grad.any() for weight in model.parameters())


def test_every_weight_is_fresh_in_float64_and_told_by_the_seed() -> None:
    def weights(seed: int) -> list[torch.Tensor]:
        module = torch.nn.Sequential(torch.nn.GroupNorm(2, 4), torch.nn.Conv2d(4, 4, 3))
        return [weight.detach() for weight in randomised(module, seed).parameters()]

    ones, again, others = weights(1), weights(1), weights(2)
    assert all(weight.dtype == torch.float64 for weight in ones)
    assert all(torch.equal(a, b) for a, b in zip(ones, again, strict=True))
    assert all((a != b).all() and a.unique().numel() == a.numel() for a, b in zip(ones, others, strict=True))
