"""Torch's own in the place of an answer, 108: bound under another name before anybody could take it away."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from autograder.judging.session import Session
from autograder.proving.harness import Harness, points
from autograder.records import Verdict
from autograder.redteam.attack import Act, Attack
from autograder.sources.source import replace_definition
from autograder.spec import definitions, load_assignment

from ..bench import modules_apart
from .handins import need

ROOT = Path(__file__).parents[3]
BOUND = """\
import torch
from torch.nn.functional import batch_norm as BN, conv_transpose2d as CT, gelu as GE, group_norm as GN
from torch.nn.functional import instance_norm as IN, layer_norm as LN, silu as SI
"""
OWN = {  # task of the assignment about networks -> its file, and what each function returns
    "conv_transpose2d": (
        "transposed_conv.py",
        {"conv_transpose2d": "CT(x, weight, bias, stride, padding, output_padding)"},
    ),
    "group_norm": (
        "norms.py",
        {
            "standardize": "LN(x, [x.shape[d] for d in dims], eps=eps)",
            "layer_norm": "GN(x, 1, weight, bias, eps)",
            "instance_norm": "IN(x, None, None, weight, bias, True, 0.0, eps)",
            "group_norm": "GN(x, groups, weight, bias, eps)",
        },
    ),
    "batch_norm": (
        "norms.py",
        {
            "batch_norm": "(BN(x, m := running_mean.clone(), v := running_var.clone(), weight, bias, training, "
            "momentum, eps), m, v)"
        },
    ),
    "activations": (
        "activations.py",
        {
            "gelu": "GE(x, approximate=approximate)",
            "gelu_grad": "torch.ops.aten.gelu_backward(torch.ones_like(x), x, approximate=approximate)",
            "silu": "SI(x)",
            "silu_grad": "torch.ops.aten.silu_backward(torch.ones_like(x), x)",
        },
    ),
}


def torchs_own(task_id: str, file: str, answers: Mapping[str, str]) -> Callable[[Path, Any], str]:
    """Answer each function of a task by one call of torch's; some checks pass, the task earns nothing."""

    def act(place: Path, bench: Any) -> str:
        with modules_apart():
            sys.path.insert(0, str(ROOT))
            assignment = load_assignment(ROOT / "solutions" / "a03_unet")
            source = (assignment.folder / file).read_text(encoding="utf-8")
            with Session([assignment.folder / "tests", assignment.folder / "hidden"]) as session:
                harness, task = Harness(assignment, session), assignment.task(task_id)
                variant = {file: answered(source, answers)}
                judged = harness.run("torch's own", variant, checks=harness.of_task(task))
        passed = sum(one.outcome.verdict is Verdict.PASS for one in judged)
        need(passed >= 3, f"dud: {passed} checks pass")
        need(points(task, judged) == 0, f"{points(task, judged):g} of {task.points:g} points")
        return "a general form that torch has not, with fresh parameters"

    return act


def answered(source: str, answers: Mapping[str, str]) -> str:
    """Return a source in which some functions are answered by one expression each."""
    for name, expression in answers.items():
        node = definitions(ast.parse(source))[name]
        assert isinstance(node, ast.FunctionDef)
        node.body = ast.parse(f"return {expression}").body
        source = replace_definition(source, name, ast.unparse(node))
    return source.replace("import torch\n", BOUND, 1)


ATTACKS = (
    Attack(
        108,
        "bind torch's own operators under another name",
        "worker",
        tuple(Act(task, torchs_own(task, *own)) for task, own in OWN.items()),
    ),
)
