"""A small assignment of twelve checks, written down in the form of each grader that people use.

The text of a check is the same everywhere, so every grader must come to the same score.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

NAME = "a00_peers"
LESSON = "peers"  # what otter and nbgrader call it
BAR = "torch.linspace(0.9, 0.1, 5, dtype=torch.float64)"
CHECKS = {
    "linear_betas": {
        "starts": "assert linear_betas(10)[0].item() == 1e-4",
        "ends": "assert abs(linear_betas(10)[-1].item() - 0.02) < 1e-12",
        "is_evenly_spaced": "step = linear_betas(50).diff()\n"
        "torch.testing.assert_close(step, step[0].expand(49))",
    },
    "alpha_bars": {
        "multiplies": "bars = alpha_bars(torch.full((3,), 0.5))\n"
        "torch.testing.assert_close(bars, torch.tensor([0.5, 0.25, 0.125]))",
        "falls": "assert (alpha_bars(torch.rand(20) / 2 + 0.1).diff() < 0).all()",
        "keeps_its_length": "assert alpha_bars(torch.rand(7)).shape == (7,)",
    },
    "q_sample": {
        "is_the_formula": f"x0, eps, bar = torch.randn(5, 3).double(), torch.randn(5, 3).double(), {BAR}\n"
        "x_t = q_sample(x0, torch.arange(5), eps, bar)\n"
        "torch.testing.assert_close(x_t, bar[:, None].sqrt() * x0 + (1 - bar[:, None]).sqrt() * eps)",
        "is_the_noise_where_nothing_is_left": "eps = torch.randn(4, 2)\n"
        "x_t = q_sample(torch.randn(4, 2), torch.zeros(4).long(), eps, torch.zeros(1))\n"
        "torch.testing.assert_close(x_t, eps)",
        "is_the_data_where_all_is_left": "x0 = torch.randn(4, 2)\n"
        "x_t = q_sample(x0, torch.zeros(4).long(), torch.randn(4, 2), torch.ones(1))\n"
        "torch.testing.assert_close(x_t, x0)",
    },
    "snr": {
        "is_one_in_the_middle": "assert snr(torch.tensor([0.5])).item() == 1.0",
        "falls_with_the_signal": f"assert (snr({BAR}).diff() < 0).all()",
        "is_the_ratio": f"torch.testing.assert_close(snr({BAR}), {BAR} / (1 - {BAR}))",
    },
}
ANSWERS = {
    "linear_betas": "def linear_betas(T):\n    return torch.linspace(1e-4, 0.02, T, dtype=torch.float64)\n",
    "alpha_bars": "def alpha_bars(betas):\n    return torch.cumprod(1 - betas, 0)\n",
    "q_sample": "def q_sample(x0, t, eps, bar):\n    at = bar[t][:, None]\n"
    "    return at.sqrt() * x0 + (1 - at).sqrt() * eps\n",
    "snr": "def snr(bar):\n    return bar / (1 - bar)\n",
}
MISTAKES: tuple[dict[str, str], ...] = (
    {},
    {"linear_betas": "def linear_betas(T):\n    return torch.linspace(1e-4, 0.02, T).double() ** 2\n"},
    {"alpha_bars": "def alpha_bars(betas):\n    return torch.cumsum(1 - betas, 0)\n"},
    {
        "q_sample": "def q_sample(x0, t, eps, bar):\n    at = bar[t][:, None]\n"
        "    return at * x0 + (1 - at) * eps\n"
    },
    {"snr": "def snr(bar):\n    raise ValueError('not yet')\n", "q_sample": "def q_sample(*_):\n    pass\n"},
)


def submission(number: int) -> str:
    """Return one student's file: in turn right and with one mistake or another."""
    answers = ANSWERS | MISTAKES[number % len(MISTAKES)]
    return "\n\n".join(["import torch\n", *answers.values()]) + f"\n# by student {number}\n"


def write_ours(root: Path) -> Path:
    """Write it as an assignment of ours; return its folder."""
    folder = root / "solutions" / NAME
    toml = 'title = "Peers"\nlecture = "0"\n'
    for number, task in enumerate(CHECKS, 1):
        toml += (
            f'\n[[tasks]]\nid = "{task}"\nnumber = "{number}"\ntitle = "{task}"\nfile = "idea.py"\n'
            "points = 25\ndifficulty = 1\nminutes = 5\n"
        )
    marked = [
        answer.replace(":\n", ":\n    # BEGIN SOLUTION\n", 1) + "    # END SOLUTION\n"
        for answer in ANSWERS.values()
    ]
    checks = [
        f'@task("{task}")\ndef test_{task}_{name}(submission):\n    """{task} {name}"""\n'
        f"    {task} = submission.idea.{task}\n{indent(body, '    ')}\n"
        for task, named in CHECKS.items()
        for name, body in named.items()
    ]
    files = {
        "assignment.toml": toml,
        "idea.py": "\n\n".join(["import torch\n", *marked]),
        "tests/test_idea.py": "\n\n".join(["import torch\n\nfrom autograder.checks import task\n", *checks]),
        "wrong.py": "", "right.py": "", "__init__.py": "",
        "tests/__init__.py": "", "hidden/__init__.py": "", "../__init__.py": "",
    }  # fmt: skip
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def write_pytest(folder: Path) -> None:
    """Write it as plain pytest: one function for each check, the student's file beside it."""
    functions = [f"def test_{name}():\n{indent(body, '    ')}\n" for name, body in bodies()]
    (folder / "test_idea.py").write_text("\n\n".join(["import torch\nfrom idea import *\n", *functions]))


def write_otter(folder: Path) -> None:
    """Write it as otter's autograder.zip: one test file for each check."""
    with zipfile.ZipFile(folder / "autograder.zip", "w") as archive:
        archive.writestr("otter_config.json", json.dumps({"lang": "python"}))
        for name, body in bodies():
            test = f"""\
                from otter.test_files import test_case

                OK_FORMAT = False
                name = "{name}"
                points = 1

                @test_case()
                def test(env):
                    exec(BODY, dict(env))
            """
            archive.writestr(f"tests/{name}.py", dedent(test).replace("BODY", repr("import torch\n" + body)))


def otter_notebook(number: int) -> str:
    """Return a submission as otter takes it."""
    return _notebook([_cell("answer", submission(number))])


def nbgrader_notebook(number: int | None) -> str:
    """Return a submission as nbgrader takes it, or without a number the instructor's version."""
    answer = submission(0 if number is None else number)
    cells = [_cell("answer", answer, solution=True)]
    return _notebook(
        [*cells, *(_cell(name, "import torch\n" + body, grade=True, points=1) for name, body in bodies())]
    )


def bodies() -> list[tuple[str, str]]:
    """Return the name and the text of each check."""
    return [(f"{task}_{name}", body) for task, named in CHECKS.items() for name, body in named.items()]


def _cell(name: str, source: str, solution: bool = False, grade: bool = False, **more: Any) -> dict[str, Any]:
    marks = {"grade_id": name, "schema_version": 3, "solution": solution, "grade": grade, "locked": grade}
    return {
        "cell_type": "code", "id": name[:60], "source": source, "outputs": [], "execution_count": None,
        "metadata": {"nbgrader": {**marks, "task": False, "cell_type": "code", **more}},
    }  # fmt: skip


def _notebook(cells: list[dict[str, Any]]) -> str:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return json.dumps(
        {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    )
