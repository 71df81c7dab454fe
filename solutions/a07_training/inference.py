"""After training: layers that become one, and a model that leaves Python."""

import copy

import torch
from jaxtyping import Float
from torch import Tensor, nn


def fold_batch_norm(conv: nn.Conv2d, bn: nn.BatchNorm2d) -> nn.Conv2d:
    """Return one new convolution that gives what `conv`, then `bn` in evaluation mode, give.

    Stride, padding, groups and the rest are those of `conv`, which may have no bias; `bn` may have no weight
    and bias (`affine=False`). Both stay as they are. Raises ValueError when `bn` is in training mode: then it
    is no fixed map.
    """
    # BEGIN SOLUTION
    if bn.training:
        raise ValueError("the batch norm is in training mode")
    gamma, beta = (bn.weight, bn.bias) if bn.affine else (1.0, 0.0)
    factor = gamma / (bn.running_var + bn.eps).sqrt()  # c_out
    bias = 0.0 if conv.bias is None else conv.bias
    folded = copy.deepcopy(conv)
    folded.weight = nn.Parameter(conv.weight * factor[:, None, None, None])
    folded.bias = nn.Parameter(beta + (bias - bn.running_mean) * factor)
    return folded
    # END SOLUTION


def export_any_batch(model: nn.Module, example: Float[Tensor, "b *dims"]) -> torch.export.ExportedProgram:
    """Return the model as a graph that takes batches of any size, in evaluation mode.

    `example` is one batch, perhaps of a single sample. Afterwards every part of the model is in the mode in
    which it was.
    """
    # BEGIN SOLUTION
    modes = [(part, part.training) for part in model.modules()]
    model.eval()
    # A size of 1 would be taken for a constant, so the example is doubled.
    batch = torch.cat([example, example])
    exported = torch.export.export(model, (batch,), dynamic_shapes=({0: torch.export.Dim("batch")},))
    for part, training in modes:
        part.training = training
    return exported
    # END SOLUTION
