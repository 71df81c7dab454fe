"""What the checks run beside your code where it needs nets and layers: small ones with given weights.

Each play returns its evidence as data: results, parameters, gradients, and how often a net was asked.
"""

from typing import Any

import torch
from torch import Tensor, nn

from .plays import returned


class Net:
    """Log-scales and shifts that are linear in what the net sees: (x weight + bias), in two halves."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        self.weight, self.bias = weight, bias
        self.calls = 0

    def __call__(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return s and t, both of the shape of x."""
        self.calls += 1
        s, t = (x.flatten(1) @ self.weight + self.bias).chunk(2, dim=1)
        return s.reshape(x.shape), t.reshape(x.shape)


class Affine(nn.Module):
    """A layer x A + shift on the values of an image."""

    def __init__(self, A: Tensor, shift: Tensor) -> None:
        super().__init__()
        self.A, self.shift = A, shift

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return y and log |det A| for each image."""
        y = x.flatten(1) @ self.A + self.shift
        return y.reshape(x.shape), torch.linalg.slogdet(self.A)[1].expand(len(x))

    def inverse(self, y: Tensor) -> tuple[Tensor, Tensor]:
        """Undo it."""
        x = torch.linalg.solve(self.A, y.flatten(1) - self.shift, left=False)
        return x.reshape(y.shape), -torch.linalg.slogdet(self.A)[1].expand(len(y))


class Sinh(nn.Module):
    """A layer that stretches each value: y = sinh(x)."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return y and the sum of log cosh(x) for each image."""
        return x.sinh(), x.cosh().log().flatten(1).sum(1)

    def inverse(self, y: Tensor) -> tuple[Tensor, Tensor]:
        """Undo it."""
        return y.asinh(), -(0.5 * (1 + y**2).log()).flatten(1).sum(1)


# -------------------- 3.1 coupling
def coupling(
    code: Any, x: Tensor, mask: Tensor, weight: Tensor, bias: Tensor, back: bool = False
) -> dict[str, Any]:
    """Return what a coupling makes of x, or with `back` its inverse, and how often the net was asked."""
    net = Net(weight, bias)
    name = "coupling_inverse" if back else "coupling_forward"
    y, log_det = returned(getattr(code.flow, name)(x, mask, net), name)
    return {"result": y, "log_det": log_det, "calls": net.calls}


def gradients_of_coupling(code: Any, x: Tensor, mask: Tensor, weight: Tensor, bias: Tensor) -> list[Tensor]:
    """Return the gradients of the summed results of both directions with respect to x and the bias."""
    inputs = [x.requires_grad_(), bias.requires_grad_()]
    net = Net(weight, bias)
    y, log_det = returned(code.flow.coupling_forward(x, mask, net), "coupling_forward")
    z, back = returned(code.flow.coupling_inverse(x, mask, net), "coupling_inverse")
    total = (y**2).sum() + (z**2).sum() + log_det.sum() - 3 * back.sum()
    return list(torch.autograd.grad(total, inputs))


def after_coupling(code: Any, x: Tensor, mask: Tensor, weight: Tensor, bias: Tensor) -> list[Tensor]:
    """Return the arguments as both directions leave them."""
    net = Net(weight, bias)
    code.flow.coupling_forward(x, mask, net)
    code.flow.coupling_inverse(x, mask, net)
    return [x, mask, weight, bias]


# -------------------- 3.2 ActNorm
def act_norm(code: Any, batches: list[Tensor], training: bool = True) -> dict[str, Any]:
    """Return what a new layer makes of one batch after the other, and its parameters at the end."""
    layer = code.layers.ActNorm(batches[0].shape[1]).to(batches[0].dtype).train(training)
    results = [list(returned(layer(batch), "forward")) for batch in batches]
    return {
        "results": [[value.detach() for value in result] for result in results],
        "shift": layer.shift.detach(),
        "log_scale": layer.log_scale.detach(),
        "ready": bool(layer.ready),
        "trainable": [layer.shift.requires_grad, layer.log_scale.requires_grad],
        "batches": batches,
    }


def act_norm_loaded(code: Any, first: Tensor, second: Tensor) -> list[Tensor]:
    """Return what a layer makes of the second batch whose weights were saved after the first."""
    saved = code.layers.ActNorm(first.shape[1]).double()
    saved(first)
    layer = code.layers.ActNorm(first.shape[1]).double()
    layer.load_state_dict(saved.state_dict())
    return [value.detach() for value in returned(layer(second), "forward")]


def act_norm_inverse(code: Any, shift: Tensor, log_scale: Tensor, y: Tensor) -> list[Tensor]:
    """Return the way back of a layer with these parameters, and the parameters afterwards."""
    layer = code.layers.ActNorm(y.shape[1]).double()
    with torch.no_grad():
        layer.shift.copy_(shift.reshape(1, -1, 1, 1))
        layer.log_scale.copy_(log_scale.reshape(1, -1, 1, 1))
    x, log_det = returned(layer.inverse(y), "inverse")
    return [x.detach(), log_det.detach(), layer.shift.detach().flatten(), layer.log_scale.detach().flatten()]


def gradients_of_act_norm(code: Any, x: Tensor, factor: Tensor) -> list[Tensor]:
    """Return the gradients of the first output of all: to x, shift and log_scale, and log_scale itself."""
    layer = code.layers.ActNorm(x.shape[1]).double()
    y, log_det = returned(layer(x.requires_grad_()), "forward")
    total = (factor * y).sum() + log_det.sum()
    by = torch.autograd.grad(total, [x, layer.shift, layer.log_scale])
    return [*by, layer.log_scale.detach()]


# -------------------- 3.3 InvertibleConv1x1
def conv(code: Any, weight: Tensor, x: Tensor) -> dict[str, Any]:
    """Return what a new layer makes of x, there and back, its matrix, and its parameters and buffers."""
    layer = code.layers.InvertibleConv1x1(weight)
    y, log_det = returned(layer(x), "forward")
    back, log_det_back = returned(layer.inverse(x), "inverse")
    return {
        "y": y.detach(),
        "log_det": log_det.detach(),
        "back": back.detach(),
        "log_det back": log_det_back.detach(),
        "weight": returned(layer.weight(), "weight").detach(),
        "parameters": {name: value.detach() for name, value in sorted(layer.named_parameters())},
        "buffers": {name: value.detach() for name, value in sorted(layer.named_buffers())},
        "arguments": [weight, x],
    }


def conv_with(code: Any, weight: Tensor, x: Tensor, moves: list[Tensor]) -> dict[str, Tensor]:
    """Return the same after `moves` have been added to L, U and log_s."""
    layer = code.layers.InvertibleConv1x1(weight)
    with torch.no_grad():
        for value, move in zip((layer.L, layer.U, layer.log_s), moves, strict=True):
            value.add_(move)
    y, log_det = returned(layer(x), "forward")
    back, log_det_back = returned(layer.inverse(x), "inverse")
    return {
        "y": y.detach(),
        "log_det": log_det.detach(),
        "back": back.detach(),
        "log_det back": log_det_back.detach(),
        "weight": returned(layer.weight(), "weight").detach(),
    }


def gradients_of_conv(code: Any, weight: Tensor, x: Tensor, factor: Tensor) -> list[Tensor]:
    """Return the gradients of sum(factor y) + sum(log_det) with respect to L, U and log_s."""
    layer = code.layers.InvertibleConv1x1(weight)
    y, log_det = returned(layer(x), "forward")
    total = (factor * y).sum() + log_det.sum()
    return list(torch.autograd.grad(total, [layer.L, layer.U, layer.log_s]))


# -------------------- 3.4 Flow
def _flow(code: Any, layers: list[list[Tensor]]) -> Any:
    """Return a flow of these layers: two tensors make an affine one, none a Sinh."""
    return code.flow.Flow([Affine(*layer) if layer else Sinh() for layer in layers])


def flow(code: Any, layers: list[list[Tensor]], x: Tensor) -> dict[str, Any]:
    """Return both directions of a flow and the density, all at x."""
    model = _flow(code, layers)
    z, log_det = returned(model(x), "forward")
    back, log_det_back = returned(model.inverse(x), "inverse")
    return {
        "z": z,
        "log_det": log_det,
        "back": back,
        "log_det back": log_det_back,
        "log_prob": returned(model.log_prob(x), "log_prob"),
        "x": x,
    }


def flow_back(code: Any, layers: list[list[Tensor]], z: Tensor) -> list[Tensor]:
    """Return the image of z and the log-determinant of the way back."""
    return list(returned(_flow(code, layers).inverse(z), "inverse"))


def gradient_of_log_prob(code: Any, layers: list[list[Tensor]], x: Tensor) -> Tensor:
    """Return the score: the gradient of the log-density with respect to x."""
    log_prob = returned(_flow(code, layers).log_prob(x.requires_grad_()), "log_prob")
    return torch.autograd.grad(log_prob.sum(), x)[0]
