"""Import torchvision where its compiled operators do not fit the installed torch.

The torchvision on PyPI is compiled for the CUDA build of torch. Beside a CPU-only torch of the same version
its library of compiled operators cannot be loaded, and `import torchvision` stops with "operator
torchvision::nms does not exist", although data sets, transforms and `make_grid` use none of them. torchvision
only wants to attach something to two of these operators, so it is enough that their schemas exist. Calling
them still fails, with torchvision's own message.

    from common.vision import load_torchvision

    torchvision = load_torchvision()          # from here on `import torchvision` works as well
"""

import importlib
from types import ModuleType

import torch

SCHEMAS = {
    "nms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}


def load_torchvision() -> ModuleType:
    """Import torchvision and return it, once more with the schemas defined if it stops for want of one."""
    try:
        return importlib.import_module("torchvision")
    except RuntimeError as error:
        if "operator torchvision::" not in str(error):
            raise
    define_missing_operators()
    return importlib.import_module("torchvision")


def define_missing_operators() -> tuple[str, ...]:
    """Define those schemas that torchvision's compiled library did not bring, and return their names.

    Does nothing where they exist. Call it only after torchvision has tried to load its library: one that
    loads later would define them a second time, which torch refuses.
    """
    missing = tuple(name for name in SCHEMAS if not hasattr(torch.ops.torchvision, name))
    for name in missing:
        torch.library.define(f"torchvision::{name}", SCHEMAS[name])
    return missing
