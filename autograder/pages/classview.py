"""What the class page says, in words, numbers and figures; the template only places it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import StatisticsError, correlation, mean, median

from markupsafe import Markup

from ..records import Grade, Result, TaskResult
from .figures import Part, bar, histogram, strip
from .views import number, score_bar, standing, task_share, task_state


@dataclass(frozen=True)
class StudentRow:
    """One student of the class page."""

    grade: Grade
    link: str
    state: str  # "graded", "withheld" or "problem"
    meter: Markup
    strip: Markup

    @property
    def urgency(self) -> int:
        """Return 1 where somebody must look first, more for what is less urgent: remarks are sorted by it."""
        return ("withheld", "problem", "graded").index(self.state) + 1 + (not self.grade.late)


@dataclass(frozen=True)
class Mistake:
    """A named wrong answer and how many students gave it."""

    task: TaskResult
    says: str
    students: int
    meter: Markup


@dataclass(frozen=True)
class TaskNumbers:
    """How difficult a task was, and how well it tells who can do the rest."""

    task: TaskResult
    mean: str  # share of its points that a student earns
    discrimination: str  # correlation of its points with those of all other tasks


@dataclass(frozen=True)
class SlowCheck:
    """A check that takes long to judge."""

    task: TaskResult
    title: str
    seconds: float  # of the median student


def rows(results: Sequence[Result], folder: str) -> list[StudentRow]:
    """Return the class table's rows, by student, each with the link to its page."""
    return [_row(result.grade, folder) for result in results]


def class_numbers(results: Sequence[Result]) -> dict[str, object]:
    """Return what the class page says at its top; scores that no one could give are counted apart."""
    grades = [result.grade for result in results]
    scores = graded_scores(grades)
    return {
        "students": len(grades),
        "graded": len(scores),
        "median": number(median(scores)) if scores else "–",
        "mean": number(round(mean(scores), 1)) if scores else "–",
        "late": sum(grade.late for grade in grades),
        "withheld": sum(grade.withheld for grade in grades),
        "problems": sum(standing(grade) == "problem" for grade in grades),
    }


def graded_scores(grades: Sequence[Grade]) -> list[float]:
    """Return the scores of those who could be graded."""
    return [grade.score for grade in grades if standing(grade) == "graded"]


def score_figure(results: Sequence[Result]) -> Markup:
    """Draw the distribution of the scores that stand."""
    grades = [result.grade for result in results]
    return histogram(graded_scores(grades), max((grade.max_score for grade in grades), default=100))


def task_figures(results: Sequence[Result]) -> list[tuple[TaskResult, str, Markup]]:
    """Return (task, share of students with all points, bar) for each task, among those who were graded."""
    graded = [result.grade for result in results if standing(result.grade) == "graded"]
    figures = []
    for task in graded[0].tasks if graded else ():
        states = Counter(
            task_state(theirs) for grade in graded for theirs in grade.tasks if theirs.id == task.id
        )
        count = sum(states.values())
        parts = [
            Part(states["full"] / count, "good", f"all points: {states['full']}"),
            Part(states["part"] / count, "part", f"some points: {states['part']}"),
        ]
        says = f"{states['full']} of {count} students earned all points, {states['part']} some."
        figures.append((task, f"{round(100 * states['full'] / count)} %", bar(parts, says)))
    return figures


def task_numbers(results: Sequence[Result]) -> list[TaskNumbers]:
    """Return each task's difficulty and discrimination among those who were graded."""
    graded = [result.grade for result in results if standing(result.grade) == "graded"]
    found = []
    for i, task in enumerate(graded[0].tasks if graded else ()):
        points = [grade.tasks[i].earned for grade in graded]
        rest = [grade.score - own for grade, own in zip(graded, points, strict=True)]
        try:
            discrimination = f"{correlation(points, rest):.2f}".replace("-", "−")
        except StatisticsError:  # one student, or all alike
            discrimination = "–"
        share = f"{round(100 * mean(points) / task.points)} %" if task.points else "–"
        found.append(TaskNumbers(task, share, discrimination))
    return found


def slow_checks(results: Sequence[Result], most: int = 5) -> list[SlowCheck]:
    """Return the checks that took longest to judge, by their medians over the class."""
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    known: dict[str, tuple[TaskResult, str]] = {}
    for result in results:
        for name, took in result.run.check_seconds.items():
            seconds[name].append(took)
        for task in result.grade.tasks:
            known |= {check.name: (task, check.title or check.name) for check in task.checks}
    medians = {name: median(took) for name, took in seconds.items() if name in known}
    ranked = sorted(medians, key=lambda name: (-medians[name], name))[:most]
    return [SlowCheck(*known[name], round(medians[name], 2)) for name in ranked]


def mistakes(results: Sequence[Result], most: int = 8) -> list[Mistake]:
    """Return the commonest named wrong answers; one student counts once for each."""
    counts: Counter[tuple[str, str]] = Counter()
    tasks: dict[str, TaskResult] = {}
    for result in results:
        for task in result.grade.tasks:
            tasks.setdefault(task.id, task)
            counts.update({(task.id, check.diagnosis) for check in task.checks if check.diagnosis})
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most]
    everyone = max(len(results), 1)
    return [
        Mistake(
            task=tasks[id],
            says=says,
            students=count,
            meter=bar([Part(count / everyone, "bad")], f"{count} of {everyone} students"),
        )
        for (id, says), count in ranked
    ]


def _row(grade: Grade, folder: str) -> StudentRow:
    state = standing(grade)
    styles = {"full": "good", "part": "part", "zero": "part", "open": "warn"}
    cells = []
    for task in grade.tasks:
        says = f"{task.number} {task.title}: {number(task.earned)} of {number(task.points)}"
        style = styles[task_state(task)]
        cells.append(Part(1.0 if style == "warn" else task_share(task), style, says))
    return StudentRow(
        grade=grade,
        link=f"{folder}/{grade.student}/index.html",
        state=state,
        meter=score_bar(grade),
        strip=strip(cells, "; ".join(cell.says for cell in cells)),
    )
