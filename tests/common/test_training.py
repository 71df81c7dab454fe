from itertools import islice, repeat

import pytest
import torch
from torch import Tensor, nn

from common.training import Step, minibatches, train


def regression(seed: int = 0) -> tuple[nn.Module, torch.optim.Optimizer, Tensor, Tensor]:
    torch.manual_seed(seed)
    model = nn.Linear(3, 1)
    x = torch.randn(40, 3)
    return model, torch.optim.SGD(model.parameters(), lr=0.1), x, x.sum(1, keepdim=True)


def squared_error(model: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
    x, y = batch
    return (model(x) - y).square().mean()


def test_yields_one_record_for_each_update_and_learns():
    model, optimiser, x, y = regression()
    steps = list(train(model, repeat((x, y)), squared_error, optimiser, steps=200))
    assert [step.step for step in steps] == list(range(1, 201))
    assert steps[-1].loss < 1e-4 < steps[0].loss
    assert 0 < steps[0].seconds <= steps[-1].seconds < 60
    torch.testing.assert_close(model.weight, torch.ones(1, 3), rtol=0, atol=0.02)


def test_one_step_is_the_gradient_step_of_the_formula():
    model, optimiser, x, y = regression()
    weight, bias = model.weight.detach().clone(), model.bias.detach().clone()
    error = x @ weight.T + bias - y
    gradient = 2 * (error.T @ x) / len(x)
    (step,) = train(model, [(x, y)], squared_error, optimiser, steps=1)
    torch.testing.assert_close(model.weight, weight - 0.1 * gradient)
    torch.testing.assert_close(model.bias, bias - 0.1 * 2 * error.mean(0))
    assert step.loss == pytest.approx(float(error.square().mean()))
    assert step.gradient_norm == pytest.approx(float(torch.cat([gradient[0], 2 * error.mean(0)]).norm()))


def test_clipping_shortens_the_step_and_keeps_its_direction():
    free, clipped = regression(), regression()
    start = free[0].weight.detach().clone()
    (a,) = train(free[0], [free[2:]], squared_error, free[1], steps=1)
    (b,) = train(clipped[0], [clipped[2:]], squared_error, clipped[1], steps=1, clip_norm=0.01)
    assert a.gradient_norm == b.gradient_norm > 0.01
    long, short = free[0].weight - start, clipped[0].weight - start
    torch.testing.assert_close(short, long * 0.01 / a.gradient_norm, rtol=1e-4, atol=1e-7)


def test_nothing_happens_before_a_record_is_asked_for():
    model, optimiser, x, y = regression()
    before = model.weight.detach().clone()
    records = train(model, repeat((x, y)), squared_error, optimiser, steps=5)
    assert torch.equal(model.weight, before)
    next(records)
    assert not torch.equal(model.weight, before)


def test_hooks_see_each_step_after_the_update_in_order():
    model, optimiser, x, y = regression()
    seen: list[tuple[str, int, float]] = []
    hooks = [
        lambda step: seen.append(("first", step.step, float(model.weight.detach().sum()))),
        lambda step: seen.append(("second", step.step, 0.0)),
    ]
    for step in train(model, repeat((x, y)), squared_error, optimiser, steps=2, after_step=hooks):
        assert isinstance(step, Step)
        assert seen[-2] == ("first", step.step, float(model.weight.detach().sum()))
    assert [name for name, *_ in seen] == ["first", "second"] * 2


def test_each_step_is_in_training_mode_whatever_the_caller_does_in_between():
    model, optimiser, x, y = regression()
    modes = []

    def loss(model, batch):
        modes.append(model.training)
        return squared_error(model, batch)

    for _ in train(model, repeat((x, y)), loss, optimiser, steps=3):
        model.eval()
    assert modes == [True] * 3


def test_a_loss_that_is_not_finite_stops_before_the_weights_are_lost():
    model, optimiser, x, y = regression()
    before = model.weight.detach().clone()
    with pytest.raises(FloatingPointError, match="loss of step 1 is nan"):
        list(train(model, [(x, y / 0 * 0)], squared_error, optimiser, steps=1))
    assert torch.equal(model.weight, before)


def test_too_few_batches_are_named():
    model, optimiser, x, y = regression()
    with pytest.raises(ValueError, match="ran out before step 3 of 5"):
        list(train(model, [(x, y)] * 2, squared_error, optimiser, steps=5))


def test_progress_bar_is_off_unless_asked_for(capsys):
    model, optimiser, x, y = regression()
    list(train(model, repeat((x, y)), squared_error, optimiser, steps=2))
    assert capsys.readouterr().err == ""
    list(train(model, repeat((x, y)), squared_error, optimiser, steps=3, start=1, progress=True))
    assert "3/3" in capsys.readouterr().err


def test_minibatches_show_every_row_once_in_an_epoch_and_keep_rows_together():
    x = torch.arange(12)
    epoch = list(islice(minibatches(x, x * 10, size=4, seed=3), 3))
    assert torch.equal(torch.cat([a for a, _ in epoch]).sort().values, x)
    assert all(torch.equal(b, a * 10) for a, b in epoch)


def test_minibatches_are_shuffled_anew_each_epoch_and_for_each_seed():
    x = torch.arange(64)
    first, second = islice(minibatches(x, size=64), 2)
    (other,) = next(minibatches(x, size=64, seed=1))
    assert not torch.equal(first[0], x)
    assert not torch.equal(first[0], second[0])
    assert not torch.equal(first[0], other)


@pytest.mark.parametrize("start", [0, 1, 2, 3, 7])
def test_minibatches_start_where_an_earlier_run_stopped(start):
    x = torch.arange(11)  # 2 batches of 4, and 3 rows left over
    whole = list(islice(minibatches(x, size=4), 10))
    rest = list(islice(minibatches(x, size=4, start=start), 10 - start))
    assert all(torch.equal(a, b) for (a,), (b,) in zip(whole[start:], rest, strict=True))


def test_minibatches_refuse_what_fits_no_batch():
    with pytest.raises(ValueError, match=r"batches of 5 from tensors of \[4\] rows"):
        next(minibatches(torch.zeros(4), size=5))
    with pytest.raises(ValueError, match=r"batches of 0"):
        next(minibatches(torch.zeros(4), size=0))
    with pytest.raises(ValueError, match=r"tensors of \[4, 3\] rows"):
        next(minibatches(torch.zeros(4), torch.zeros(3), size=2))
