"""What the checks run beside your code: modules with known weights, fields and models that remember."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def with_gradients(
    code: Any, file: str, function: str, args: list[Any], of: list[int], weights: list[Tensor] | None = None
) -> dict[str, Any]:
    """Return a function's result, the gradients of sum(weights * results) by some arguments, and all of them.

    Without weights the one result is itself what is differentiated. None: there is no gradient.
    """
    given = [arg.clone().requires_grad_() if i in of else arg for i, arg in enumerate(args)]
    result = getattr(getattr(code, file), function)(*given)
    results = list(result) if isinstance(result, tuple) else [result]
    tracked = [isinstance(one, Tensor) and one.requires_grad for one in results]
    gradients: list[Tensor | None] = [None] * len(of)
    if any(tracked):
        weights = weights or [torch.ones_like(one) for one in results]
        pairs = zip(weights, results, tracked, strict=True)
        total = sum((weight * one).sum() for weight, one, there in pairs if there)
        gradients = list(torch.autograd.grad(total, [given[i] for i in of], allow_unused=True))
    arguments = [one.detach() if isinstance(one, Tensor) else one for one in given]
    return {
        "result": [one.detach() for one in results],
        "tracked": tracked,
        "gradients": gradients,
        "arguments": arguments,
    }


# -------------------- 3 nerf
def nerf(
    code: Any, sizes: dict[str, int], weights: list[Tensor], points: Tensor, directions: Tensor
) -> dict[str, Any]:
    """Return density and colour of a NeRF with these weights, and the sum's gradients by its arguments."""
    network = code.nerf.NeRF(**sizes).double()
    for parameter, value in zip(network.parameters(), weights, strict=True):
        parameter.data = value
    points.requires_grad_()
    directions.requires_grad_()
    sigma, colour = network(points, directions)
    total = sigma.sum() + colour.sum()
    gradients = torch.autograd.grad(total, [points, directions], allow_unused=True)
    return {"sigma": sigma.detach(), "colour": colour.detach(), "gradients": list(gradients)}


class Soft(nn.Module):
    """A field with density softplus(a . p + b) and colour sigmoid(C p + D d + c); it remembers what it got.

    The table has the rows a, C, D and the columns x, y, z, and b and c in its last column.
    """

    def __init__(self, table: Tensor, plain: bool) -> None:
        super().__init__()
        self.slopes = nn.Parameter(table[:, :3].clone(), requires_grad=not plain)  # 7 3
        self.offsets = nn.Parameter(table[:4, 3].clone())  # 4
        self.asked: list[tuple[Tensor, Tensor]] = []

    def forward(self, points: Tensor, directions: Tensor) -> tuple[Tensor, Tensor]:
        """Return density and colour."""
        self.asked.append((points.detach().clone(), directions.detach().clone()))
        sigma = F.softplus(points @ self.slopes[0] + self.offsets[0])
        colour = points @ self.slopes[1:4].mT + directions @ self.slopes[4:].mT + self.offsets[1:]
        return sigma, colour.sigmoid()


def render(code: Any, tables: list[Tensor], args: list[Any]) -> dict[str, Any]:
    """Render rays with a coarse and a fine field; return the results, and what the fields were asked."""
    coarse, fine = (Soft(table, plain=False) for table in tables)
    results = code.train.render_rays(coarse, fine, *args)
    return {
        "results": [one.detach() for one in results],
        "coarse": [list(one) for one in coarse.asked],
        "fine": [list(one) for one in fine.asked],
        "arguments": args,
    }


def train(code: Any, tables: list[Tensor], steps: list[list[Any]], plain: bool) -> dict[str, Any]:
    """Make steps with momentum, gradients being there before; return losses and weights after each.

    With `plain` only the offsets learn.
    """
    coarse, fine = (Soft(table, plain) for table in tables)
    parameters = [one for field in (coarse, fine) for one in field.parameters() if one.requires_grad]
    for parameter in parameters:
        parameter.grad = torch.ones_like(parameter)
    optimizer = torch.optim.SGD(parameters, lr=0.5, momentum=0.9)
    losses, weights = [], []
    for args in steps:
        losses.append(code.train.train_step(coarse, fine, optimizer, *args))
        weights.append([one.detach().clone() for one in parameters])
    return {"losses": losses, "weights": weights}


# -------------------- 5 points
def point_encoder(code: Any, weights: list[Tensor], points: Tensor, mask: Tensor | None) -> dict[str, Any]:
    """Return mean and logarithm of the variance that a PointEncoder with these weights has."""
    width, k = weights[0].shape[0], weights[4].shape[0]
    module = code.points.PointEncoder(width, k).double()
    for parameter, value in zip(module.parameters(), weights, strict=True):
        parameter.data = value
    given = () if mask is None else (mask,)
    mu, log_var = module(points, *given)
    return {"mu": mu.detach(), "log_var": log_var.detach(), "arguments": [points]}


# -------------------- 6 distillation
def sds_gradient(
    code: Any, slope: Tensor, x: Tensor, t: Tensor, eps: Tensor, alpha_bar: Tensor
) -> dict[str, Any]:
    """Return the gradient that a model answering tanh(slope[t] x_t) leads to, and what the model saw."""
    weight = nn.Parameter(slope)
    asked: list[Tensor] = []
    recorded: list[bool] = []

    def predict(x_t: Tensor, t: Tensor) -> Tensor:
        asked.append(x_t.detach().clone())
        slopes = weight[t].view(len(x_t), *(1,) * x_t[0].dim())
        answer = torch.tanh(slopes.to(x_t.dtype) * x_t)
        recorded.append(answer.requires_grad)
        return answer

    x.requires_grad_()
    result = code.sds.sds_gradient(predict, x, t, eps, alpha_bar)
    return {
        "result": result.detach(),
        "tracked": result.requires_grad,
        "asked": asked,
        "recorded": recorded,
        "arguments": [x.detach(), t, eps, alpha_bar],
    }


def distil(code: Any, x: Tensor, steps: list[int], noises: list[float], alpha_bar: Tensor) -> Tensor:
    """Return where steps of .5 down the gradients of a prior N(.3, .04) lead x, one after the other."""

    def predict(x_t: Tensor, t: Tensor) -> Tensor:
        signal = alpha_bar[t][:, None]
        return (x_t - signal.sqrt() * 0.3) * (1 - signal).sqrt() / (signal * 0.04 + 1 - signal)

    places = []
    for t, noise in zip(steps, noises, strict=True):
        now, eps = torch.full((len(x),), t), torch.full_like(x, noise)
        x = x - 0.5 * code.sds.sds_gradient(predict, x, now, eps, alpha_bar)
        places.append(x)
    return torch.stack(places)


# -------------------- what costs are compared with
def sorted_numbers(code: Any, edges: Tensor, weights: Tensor, u: Tensor) -> Tensor:
    """Sort the numbers of each ray."""
    return u.sort(dim=1).values


def nearest_nodes(code: Any, grid: Tensor, p: Tensor) -> Tensor:
    """Take the value of the node that is nearest to each place."""
    cells = ((p + 1) / 2).clamp(0, 1).flip(-1)
    return F.grid_sample(grid[None], cells.reshape(1, 1, 1, -1, 3), mode="nearest", align_corners=True)[
        0, :, 0, 0
    ]
