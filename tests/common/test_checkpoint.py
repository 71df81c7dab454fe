import pytest
import torch
from torch import Tensor, nn

from common.checkpoint import load_checkpoint, save_checkpoint
from common.training import minibatches, train


class Run:
    """All that changes while a small network with dropout learns to remove noise."""

    def __init__(self, seed: int):
        torch.manual_seed(seed)
        self.model = nn.Sequential(nn.Linear(4, 16), nn.Dropout(0.3), nn.SiLU(), nn.Linear(16, 4))
        self.optimiser = torch.optim.AdamW(self.model.parameters(), lr=1e-2)
        self.schedule = torch.optim.lr_scheduler.ExponentialLR(self.optimiser, 0.9)
        self.noise = torch.Generator().manual_seed(seed)

    def loss(self, model: nn.Module, batch: tuple[Tensor]) -> Tensor:
        (x0,) = batch
        eps = torch.randn(x0.shape, generator=self.noise)
        return (model(x0 + eps) - x0).square().mean()

    def losses(self, start: int, steps: int) -> list[float]:
        data = torch.randn(20, 4, generator=torch.Generator().manual_seed(0))
        supply = minibatches(data, size=6, start=start)
        hooks = [lambda step: self.schedule.step()]
        loop = train(self.model, supply, self.loss, self.optimiser, steps, start=start, after_step=hooks)
        return [step.loss for step in loop]

    def parts(self) -> dict[str, object]:
        return {
            "model": self.model,
            "optimiser": self.optimiser,
            "schedule": self.schedule,
            "noise": self.noise,
        }


def test_resuming_continues_to_the_bit(tmp_path):
    whole = Run(seed=1)
    losses = whole.losses(start=0, steps=12)

    stopped = Run(seed=1)
    assert stopped.losses(start=0, steps=5) == losses[:5]
    save_checkpoint(tmp_path / "last.pt", 5, **stopped.parts())

    resumed = Run(seed=99)  # other weights, other noise, another global generator
    start = load_checkpoint(tmp_path / "last.pt", **resumed.parts())
    assert start == 5
    assert resumed.losses(start=start, steps=12) == losses[5:]
    for a, b in zip(whole.model.parameters(), resumed.model.parameters(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("forgotten", ["optimiser", "noise", "schedule"])
def test_each_part_is_needed(tmp_path, forgotten):
    whole = Run(seed=1)
    losses = whole.losses(start=0, steps=12)
    stopped, resumed = Run(seed=1), Run(seed=99)
    stopped.losses(start=0, steps=5)
    save_checkpoint(tmp_path / "last.pt", 5, **{k: v for k, v in stopped.parts().items() if k != forgotten})
    load_checkpoint(tmp_path / "last.pt", **{k: v for k, v in resumed.parts().items() if k != forgotten})
    assert resumed.losses(start=5, steps=12) != losses[5:]


def test_other_names_are_refused_before_anything_changes(tmp_path):
    run = Run(seed=1)
    save_checkpoint(tmp_path / "last.pt", 5, model=run.model, average=run.model)
    before = run.noise.get_state()
    with pytest.raises(ValueError, match="holds average, model; asked for model, noise"):
        load_checkpoint(tmp_path / "last.pt", model=run.model, noise=run.noise)
    assert torch.equal(run.noise.get_state(), before)


def test_a_write_that_fails_leaves_the_older_file(tmp_path, monkeypatch):
    run = Run(seed=1)
    save_checkpoint(tmp_path / "last.pt", 5, model=run.model)

    def disk_full(content, path):
        path.write_bytes(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(torch, "save", disk_full)
    with pytest.raises(OSError, match="no space"):
        save_checkpoint(tmp_path / "last.pt", 6, model=run.model)
    assert load_checkpoint(tmp_path / "last.pt", model=run.model) == 5
