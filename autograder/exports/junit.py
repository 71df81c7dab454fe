"""Results as JUnit XML, which dashboards and CI read: a suite for each hand-in, a case for each check.

It shows hidden checks: it is for staff. Where no score stands a suite has none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from xml.etree import ElementTree

from ..intake.roster import RosterEntry
from ..records import CheckResult, Grade, Result, TaskResult, Verdict
from ..text import harmless, this_is_what

OUTCOMES = {Verdict.ERROR: "error", Verdict.SKIPPED: "skipped"}  # any other than PASS is a failure


def junit(course: str, roster: Mapping[str, RosterEntry], results: Mapping[str, Sequence[Result]]) -> bytes:
    """Return the results, by assignment, of the roster's students and in its order."""
    suites = ElementTree.Element("testsuites", name=harmless(course))
    for name, found in results.items():
        by_student = {one.grade.student.casefold(): one for one in found}
        suites.extend(_suite(name, by_student[key]) for key in roster if key in by_student)
    ElementTree.indent(suites)
    text: bytes = ElementTree.tostring(suites, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _suite(name: str, result: Result) -> ElementTree.Element:
    grade, seconds = result.grade, result.run.check_seconds
    place = f"{name}.{grade.student}"
    cases = [case for task in grade.tasks for case in _cases(place, grade, task, seconds)]
    suite = ElementTree.Element("testsuite", name=place, tests=str(len(cases)))
    for kind, plural in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        suite.set(plural, str(sum(case.find(kind) is not None for case in cases)))
    suite.set("time", f"{sum(seconds.values()):.3f}")
    properties = ElementTree.SubElement(suite, "properties")
    said = {"commit": grade.commit, "received_at": grade.received_at}
    if grade.stands:
        said |= {"score": f"{grade.score:g}", "max_score": f"{grade.max_score:g}"}
    for key, value in said.items():
        ElementTree.SubElement(properties, "property", name=key, value=harmless(value))
    suite.extend(cases)
    return suite


def _cases(
    place: str, grade: Grade, task: TaskResult, seconds: Mapping[str, float]
) -> Iterator[ElementTree.Element]:
    """Yield a task's checks; where it has none, the task itself."""
    for check in task.checks:
        case = _case(place, f"{task.number} {check.title or check.name}", seconds.get(check.name, 0.0))
        if check.verdict is not Verdict.PASS:
            kind = OUTCOMES.get(check.verdict, "failure")
            _outcome(case, kind, check.verdict.value, _words(check))
        yield case
    if not task.checks:
        case = _case(place, f"{task.number} {task.title}".strip(), 0.0)
        if grade.withheld:
            _outcome(case, "skipped", "withheld", "withheld: a TA must look")
        elif grade.problem:
            _outcome(case, "error" if grade.ours else "failure", "not graded", grade.problem)
        yield case


def _words(check: CheckResult) -> str:
    lines = [check.message, this_is_what(check.diagnosis), check.hint and f"Try: {check.hint}"]
    return "\n".join(filter(None, lines))


def _case(place: str, name: str, seconds: float) -> ElementTree.Element:
    return ElementTree.Element("testcase", classname=place, name=harmless(name), time=f"{seconds:.3f}")


def _outcome(case: ElementTree.Element, kind: str, verdict: str, words: str) -> None:
    first = harmless(words).partition("\n")[0]
    ElementTree.SubElement(case, kind, type=verdict, message=first).text = harmless(words)
