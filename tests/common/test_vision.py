"""torchvision is imported for the first time here or in another test, always by `load_torchvision` and with
warnings as errors. So the real import is tested, whether its compiled operators load or not."""

import importlib

import pytest
import torch

from common import vision


def test_data_sets_transforms_and_grids_work():
    torchvision = vision.load_torchvision()
    from torchvision import datasets, transforms, utils

    assert torchvision.datasets is datasets
    assert transforms.CenterCrop(2)(torch.zeros(1, 4, 4)).shape == (1, 2, 2)
    assert utils.make_grid(torch.zeros(4, 1, 8, 8), padding=2).shape == (3, 12, 42)


def test_a_second_call_returns_the_same_module_and_defines_nothing():
    assert vision.load_torchvision() is vision.load_torchvision()
    assert vision.define_missing_operators() == ()


def test_nothing_is_defined_where_torchvision_imports(monkeypatch):
    working = object()
    monkeypatch.setattr(importlib, "import_module", lambda name: working)
    monkeypatch.setattr(vision, "define_missing_operators", lambda: pytest.fail("defined operators"))
    assert vision.load_torchvision() is working


def test_schemas_are_defined_before_the_second_attempt(monkeypatch):
    events = []

    def import_module(name):
        events.append(name)
        if len(events) == 1:
            raise RuntimeError("operator torchvision::nms does not exist")

    monkeypatch.setattr(importlib, "import_module", import_module)
    monkeypatch.setattr(vision, "define_missing_operators", lambda: events.append("define"))
    vision.load_torchvision()
    assert events == ["torchvision", "define", "torchvision"]


def test_a_missing_operator_gets_a_schema_and_still_cannot_be_called(monkeypatch):
    monkeypatch.setattr(vision, "SCHEMAS", {"not_compiled": "(Tensor x) -> Tensor"})
    assert vision.define_missing_operators() == ("not_compiled",)
    assert vision.define_missing_operators() == ()
    with pytest.raises(NotImplementedError, match="not_compiled"):
        torch.ops.torchvision.not_compiled(torch.zeros(1))


def test_another_error_of_torchvision_is_not_hidden(monkeypatch):
    def broken(name):
        raise RuntimeError("PyTorch and torchvision were compiled with different CUDA major versions")

    monkeypatch.setattr(importlib, "import_module", broken)
    with pytest.raises(RuntimeError, match="different CUDA"):
        vision.load_torchvision()
