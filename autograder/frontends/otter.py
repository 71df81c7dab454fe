"""Otter's plugin that asks our judge; `otter_files.py` writes the autograder.zip that names it.

No code of the student's runs in Otter. What was handed in is moved away before anything reads it, for Otter
would unpickle a log that lies there, and its kernel could import a module that is named like a library. The
notebook is emptied, and the zip's own tests fail, so that a plugin that is not there means 0. What Otter
writes into results.json is what we write for Gradescope.
"""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

from otter.plugins import AbstractOtterPlugin
from otter.test_files.abstract_test import TestCaseResult

from ..errors import MachineFault
from ..records import TaskResult
from ..spec import find_assignment, load_assignment
from .gradescope import results_json, student_of, waiting
from .one import grade_one
from .rows import WAITING, shown

ROOT = Path(__file__).parents[2]  # the course whose engine this is


class Official(AbstractOtterPlugin):  # type: ignore[misc]  # Otter has no types
    """Puts the judge in the kernel's place."""

    def before_grading(self, config: Any) -> None:
        """Move what was handed in out of the folder where Otter works, but for our notebook and tests."""
        notebook = Path(self.submission_path)
        self._handed_in.mkdir()
        for path in list(notebook.parent.iterdir()):
            if path.name not in ("tests", notebook.name):
                path.rename(self._handed_in / path.name)

    @property
    def _handed_in(self) -> Path:
        return Path(self.submission_path).parents[1] / "handed_in"

    def before_execution(self, submission: Any) -> Any:
        """Leave nothing to be executed."""
        submission["cells"] = []
        return submission

    def after_grading(self, results: Any) -> None:
        """Set every task's points and words, and the whole of results.json."""
        try:
            answer, tasks, says = self._judged()
        except (Exception, MachineFault):
            traceback.print_exc()
            answer, tasks, says = waiting(), {}, WAITING
        for name, file in results.results.items():
            task = tasks.get(name)
            passed = task is not None and task.earned >= task.points
            words = says if task is None else f"{task.earned:g} of {task.points:g} points"
            file.test_case_results = [TestCaseResult(case, words, passed) for case in file.test_cases]
            results.update_score(name, task.earned if task else 0.0)
        results.to_gradescope_dict = lambda config: answer

    def _judged(self) -> tuple[dict[str, Any], dict[str, TaskResult], str]:
        assignment = load_assignment(find_assignment(ROOT, self.plugin_config["assignment"]))
        student, note = student_of(self.submission_metadata, ROOT / self.plugin_config["roster"])
        result = grade_one(ROOT, assignment, self._handed_in, student)
        seen = shown(result)
        tasks = {task.id: task for task in seen.tasks} if seen else {}
        return results_json(result, note), tasks, seen.says if seen else WAITING
