"""The pretend GPU: closed cases in which CUDA's answer is known."""

from __future__ import annotations

import copy
import sys
import types

import numpy as np
import pytest
import torch
from torch import nn

from autograder.twin.device import on_twin
from autograder.twin.found import Log, Mixed, NoNumpy, OnTwin
from autograder.twin.tags import TWIN, is_twin, put

GPU = TWIN


def twin(*shape, **options):
    """Return a random tensor on the twin."""
    x = torch.randn(*shape, generator=torch.Generator().manual_seed(0), **options)
    put(x, True)
    return x


@pytest.fixture
def run(tmp_path):
    """Run a student's function on the twin: `run("def f(x): ...", x)`; returns value and log."""

    def running(source, *args, name="f", keep=None):
        file = tmp_path / "theirs.py"
        file.write_text(source)
        module = types.ModuleType("theirs")
        log = Log()
        with on_twin(tmp_path, log):
            exec(compile(source, str(file), "exec"), module.__dict__)
            value = getattr(module, name)(*args)
            if keep is not None:
                value = keep(value)
        return value, log

    return running


def told(run, source, *args):
    """Return the sentence of the exception that a student's function ends in."""
    with pytest.raises(OnTwin) as caught:
        run("import torch\nimport numpy as np\nfrom torch import nn\n" + source, *args)
    return caught.value.told


GOOD = {
    "alike": "return x + torch.zeros(x.shape, device=x.device) + torch.zeros_like(x) + x.new_ones(3)",
    "number": "return x * 2 + torch.tensor(3.0)",
    "values": "return torch.tensor([1.0, 2.0, 3.0], device=x.device) * x",
    "moved": "return torch.arange(3).to(x.device) * x",
    "moved as another": "return torch.arange(3.0).to(x) + torch.arange(3).type_as(x)",
    "moved by its name": "return x.to('cuda:0')",
    "index of the CPU": "return x[torch.arange(3)]",
    "rows set by a CPU index": "y = x.clone(); y[torch.tensor([0, 2])] = 0.0; return y",
    "copied across": "y = x.clone(); y.copy_(torch.ones(3)); return y",
    "in place": "y = x.clone(); y.add_(1).mul_(x); y[0] = 5; return y",
    "out": "y = torch.empty_like(x); torch.add(x, x, out=y); return y",
    "view": "return x.view(3, 1).expand(3, 2).T.reshape(6)[::2]",
    "default device": "with torch.device(x.device): return x + torch.ones(3)",
    "drawn": "return torch.randn(3, generator=torch.Generator(x.device).manual_seed(1), device=x.device) + x",
    "converted": "return (x > 0).to(torch.float64) + x.double().float().to(x.dtype)",
    "vmap": "return torch.func.vmap(lambda v: v * torch.ones((), device=x.device))(x)",
    "jvp": "return torch.func.jvp(lambda v: v.sin() * torch.ones(3, device=v.device), (x,), (x,))[1]",
    "grad": "y = x.detach().requires_grad_(); return torch.autograd.grad((y * y).sum(), y)[0]",
    "loss": "return nn.functional.gumbel_softmax(x, dim=0) + nn.functional.softplus(x)",
    "copied": "import copy; return copy.deepcopy(x)",
    "the module like x": "return nn.Linear(3, 3).to(x)(x)",
    "the module there": "return nn.Linear(3, 3).to(device=x.device, dtype=x.dtype)(x)",
    "the device by its number": "return torch.zeros(3, device=x.get_device()).to(x.get_device()) + x",
    "the device by its type": "return torch.ones(3, device=x.device.type) + x",
    "the device by its name": "return torch.ones(3).to(str(x.device)) * x",
    "out of a factory": "return torch.zeros(3, out=torch.empty_like(x))",
    "sparse": "i = torch.arange(3, device=x.device)[None]; "
    "return torch.sparse_coo_tensor(i, x, check_invariants=True).to_dense()",
    "saved": "import io; b = io.BytesIO(); torch.save(x, b); b.seek(0); return torch.load(b)",
    "loaded there": "import io; b = io.BytesIO(); torch.save(x.cpu(), b); b.seek(0); "
    "return torch.load(b, map_location=x.device)",
    "whole numbers in floats": "return (x.long().double() @ x.long().double()).long()",
    "waited for": "torch.cuda.synchronize(); return x + torch.cuda.current_device()",
    "by force": "return torch.from_numpy(x.numpy(force=True)).to(x.device)",
    "through the CPU": "return torch.from_numpy(x.cpu().numpy()).to(x.device)",
}


@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated")  # torch's own, for its jvp
@pytest.mark.parametrize("body", GOOD.values(), ids=GOOD)
def test_what_cuda_allows_runs_and_stays_on_the_device(run, body):
    x = twin(3)
    value, log = run(f"import torch\nfrom torch import nn\ndef f(x):\n    {body}\n", x)
    assert is_twin(value)
    assert not log.told or "cuda:0" in body


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("return x + torch.arange(3)", "line 6: torch.arange makes a tensor on the CPU"),
        ("return torch.stack([x[0], torch.tensor(1.0)])", "torch.tensor makes"),
        ("return torch.arange(3)[torch.zeros_like(x).long()]", "torch.arange makes"),
        ("y = torch.zeros(3); y += x; return y", "torch.zeros makes"),
        ("y = torch.tensor(0.0); y += x.sum(); return y", "torch.tensor makes"),
        ("torch.add(x, x, out=torch.empty(3))", "torch.empty makes"),
        ("return x @ torch.eye(3).double().float()", "torch.eye makes"),
        ("return torch.from_numpy(np.ones(3, dtype=np.float32)) * x", "numpy in between"),
        ("return torch.Tensor([1, 2, 3]) * x", "torch.Tensor makes"),
        ("return x.cpu() + x", "is moved to the CPU"),
        ("return x.to('cpu') * x", "is moved to the CPU"),
        ("return torch.zeros_like(x, device='cpu') + x", "torch.zeros_like makes"),
        ("return torch.randn(3, generator=torch.Generator(x.device)) + x", "by a generator of the cuda"),
        ("return torch.randn(3, generator=torch.Generator(), device=x.device)", "by a generator of the cpu"),
        ("return torch.bernoulli(x.sigmoid(), generator=torch.Generator())", "by a generator of the cpu"),
        ("return nn.Linear(3, 3)(x)", "makes a tensor on the CPU"),
        ("return x.numpy()", "a tensor on a GPU has no numpy()"),
        ("return np.asarray(x)", "a tensor on a GPU has no numpy()"),
        ("return torch.from_numpy(np.sqrt(x))", "a tensor on a GPU has no numpy()"),
        ("return x.long() @ x.long()", "line 6: matrices of whole numbers are not multiplied"),
        ("return torch.einsum('ij,j->i', (x > x[:, None]).int(), x.int())", "not multiplied on a GPU"),
        ("return torch.histogram(x, 3).hist", "torch.histogram is not there on a GPU"),
    ],
)
def test_what_cuda_refuses_fails_and_names_the_line(run, body, words):
    assert words in told(run, f"\ndef f(x):\n    {body}\n", twin(3))


def test_a_remedy_names_a_tensor_that_is_at_hand(run):
    source = "def f(image, n):\n    return image * torch.arange(n)\n"
    assert told(run, source, twin(3), 3).endswith("Give it device=image.device.")


@pytest.mark.parametrize(
    "made",
    ["torch.arange(3, device=t.device)", "torch.ones_like(t)", "x.new_ones(3, device=t.device)",
     "x.to(t.device)", "x.to(t)", "x.type_as(t)"],
)  # fmt: skip
def test_the_line_is_named_that_was_first_to_leave_the_device(run, made):
    source = f"def g(x, t):\n    return x + {made}\ndef f(x):\n    return g(x, torch.zeros(3))\n"
    assert "line 7: torch.zeros makes a tensor on the CPU" in told(run, source, twin(3))


def test_a_remedy_names_a_weight_where_no_tensor_came_in(run):
    source = "import torch\nfrom torch import nn\nclass f(nn.Linear):\n    def twice(self):\n"
    source += "        return self.weight * torch.ones(2)\n"
    with pytest.raises(Mixed) as caught:
        run(source, 2, 2, keep=lambda net: net.twice())
    assert caught.value.told.endswith("Give it device=self.weight.device.")


def test_a_constant_of_a_file_is_told_as_such(run):
    assert "while the file is imported" in told(
        run, "TABLE = torch.ones(3)\ndef f(x): return x * TABLE\n", twin(3)
    )


NET = """
import torch
from torch import nn
class f(nn.Module):
    def __init__(self):
        super().__init__()
        self.line = nn.Linear(3, 3)
        self.register_buffer("known", torch.arange(3.0))
        self.plain = torch.arange(3.0)
    def forward(self, x): return self.line(x) + self.known
    def fails(self, x): return x * self.plain
"""


def test_a_module_moves_with_parameters_and_buffers_and_nothing_else(run):
    x = twin(2, 3)
    run(
        NET,
        keep=lambda net: (
            net(x).sum().backward() or [put(p.grad, p.grad is not None) for p in net.parameters()]
        ),
    )
    with pytest.raises(Mixed) as caught:
        run(NET, keep=lambda net: net.fails(x))
    assert "Use self.register_buffer" in caught.value.told


def test_a_module_can_be_moved_copied_and_trained():
    net = nn.Sequential(nn.Conv1d(1, 2, 3), nn.GroupNorm(1, 2), nn.SiLU(), nn.BatchNorm1d(2))
    with on_twin("/nowhere", Log()):
        first = net[0].weight
        net.to(GPU)
        assert net[0].weight is first
        assert first.device == GPU
        assert first.is_cuda
        x = torch.randn(4, 1, 5)
        twice = copy.deepcopy(net)
        optimizer = torch.optim.AdamW(twice.parameters())
        for _ in range(2):
            optimizer.zero_grad()
            twice(x).square().mean().backward()
            nn.utils.clip_grad_norm_(twice.parameters(), 1.0)
            optimizer.step()
        assert all(p.grad.device == GPU for p in twice.parameters())
        twice.load_state_dict(net.state_dict())
        assert torch.equal(twice(x), net(x))
    with on_twin("/nowhere", Log()), pytest.raises(Mixed):
        net(torch.ones(1, 1, 5).cpu())


def test_gradients_return_to_where_their_leaf_is():
    with on_twin("/nowhere", Log()):
        leaf = torch.ones(3).cpu().requires_grad_()
        (leaf.to(GPU) * torch.ones(3)).sum().backward()
        assert leaf.grad.device.type == "cpu"


def test_values_are_real(run):
    x = twin(4, 4)
    value, _ = run(
        "import torch\ndef f(x): return torch.linalg.solve(x, x @ torch.ones(4, device=x.device))", x
    )
    assert torch.allclose(value, torch.ones(4), atol=1e-4)


def test_waiting_for_the_device_is_counted_by_line(run):
    source = (
        "def f(x):\n    if x.sum() > 0: pass\n    return [x[0].item(), float(x[1]), int(x[2])], x.tolist()\n"
    )
    _, log = run(source, twin(3))
    assert log.waits == {"theirs.py, line 2": 1, "theirs.py, line 3": 4}


def test_a_device_written_into_the_code_is_told(run):
    for body in ("x.cuda()", "x.to('cuda')", "torch.zeros(3, device='cuda')"):
        value, log = run(f"import torch\ndef f(x):\n    return {body}\n", twin(3))
        assert is_twin(value)
        assert 'theirs.py, line 3 writes "cuda" into the code' in next(iter(log.told))


def test_code_that_asks_whether_there_is_a_gpu_is_told_so(run):
    value, _ = run(
        "import torch\ndef f(x): return torch.cuda.is_available(), torch.get_default_device().type", twin(1)
    )
    assert value == (True, "cpu")
    assert not torch.cuda.is_available() or torch.version.cuda


def test_a_function_that_gets_nothing_makes_its_result_where_it_is_wanted(run):
    value, log = run("import torch\ndef f(n): return torch.linspace(0, 1, n).cumprod(0)", 5)
    assert is_twin(value)
    assert not log.told


def test_staff_may_use_numpy_and_need_no_device():
    with on_twin("/nowhere", Log()):
        x = torch.ones(2)
        assert x.device == GPU
        assert np.asarray(x).sum() == 2
        assert (torch.from_numpy(np.ones(2)) * x).device == GPU
        assert isinstance(torch.Generator(), torch.Generator)
        assert torch.Generator().device == GPU


def test_nothing_stays_behind():
    before = torch.Generator, torch.cuda.is_available
    with pytest.raises(NoNumpy), on_twin("/nowhere", Log()):
        raise NoNumpy
    assert before == (torch.Generator, torch.cuda.is_available)
    assert torch.ones(2).device.type == "cpu"
    assert "theirs" not in sys.modules


def test_what_an_exported_model_makes_is_where_the_model_was(run):
    source = """
import torch
from torch import nn

class Waves(nn.Module):
    def forward(self, x):
        return x + torch.arange(3, device=x.device)

def f(x):
    return torch.export.export(Waves(), (x,)).module()(x)
"""
    value, _ = run(source, twin(2, 3))
    assert is_twin(value)
