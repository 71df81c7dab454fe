"""From what the checks said to the final grade, step by step, against sums worked out by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest

from autograder.ledger.account import accounts
from autograder.ledger.events import Decided, Extended, Marked, Regraded, Ruled, TaskPoints, Voided
from autograder.policy import Late, Weights
from tests.ledger.course import BEGIN, DAY, DUE, NAMES, SECOND, ada, course, entered, graded, review

ONE = NAMES[0]
PARTS = [
    Marked("", "attendance", 14, 16),
    Marked("", "participation", 3, 5),
    review(36),
    Marked("", "project", 40, 50),
]


def test_the_final_grade_is_the_weighted_sum_of_what_was_earned():
    events = [graded(name, score) for name, score in zip(NAMES, (100, 90, 80, 70, 60), strict=True)]
    found = ada(course(boundaries={"A": 90, "B": 80, "C": 0}), *events, *PARTS)
    assert float(found.total) == 5 * 14 / 16 + 5 * 3 / 5 + 45 * 36 / 45 + 20 * 40 / 50 + 25 * 0.8
    assert found.grade == "C"  # 79.375


def test_a_boundary_is_reached_by_the_number_that_is_shown():
    weights = Weights(attendance=0, participation=0, review=100, project=0, coding=0)
    for points, grade in ((89.994, "B"), (89.995, "A"), (90, "A")):
        found = ada(
            course(weights=weights, boundaries={"A": 90, "B": 80}), *map(graded, NAMES), review(points, 100)
        )
        assert found.grade == grade


def test_what_is_open_is_listed_and_no_zero():
    found = ada(course(), graded(ONE, 50), PARTS[0], graded(NAMES[1], withheld=True))
    assert found.total is None
    assert found.grade == ""
    assert [one.points for one in found.standings.values()] == [50, None, None, None, None]
    found = ada(course(), graded(NAMES[1], problem="no server record", ours=True), PARTS[0])
    assert found.standings[NAMES[1]].points is None
    assert f"{NAMES[1]}: a TA must look at event 1" in found.open
    assert f"{NAMES[2]}: nothing is graded yet" in found.open
    assert "review: not marked yet" in found.open
    assert (float(found.earned), found.decided) == (5 * 14 / 16, 5)


def test_whoever_hands_in_nothing_has_nothing():
    nothing = graded(ONE, 0, commit="", problem="no submission found")
    found = ada(course(by_hand={"lab": 30}), nothing)
    assert found.standings[ONE].points == 0
    assert "lab: 0 of 30, for nothing was handed in" in found.standings[ONE].steps
    later = ada(course(), nothing, graded(ONE, 70, SECOND))
    assert later.standings[ONE].points == 70


def test_a_part_marked_by_hand_belongs_to_the_assignment_and_is_waited_for():
    rules = course(by_hand={"lab": 30})
    found = ada(rules, graded(ONE, 76))
    assert found.standings[ONE].open == "lab is not marked yet"
    found = ada(rules, graded(ONE, 76, DAY + SECOND), Marked(ONE, "lab", 20, 30), Marked(ONE, "lab", 24, 30))
    assert float(found.standings[ONE].points) == (76 + 24) * 0.8
    assert found.standings[ONE].share == Fraction(80, 130)


def test_a_ruling_takes_the_place_of_the_checks_until_the_next_and_stays_when_graded_again():
    ruled = Ruled(ONE, "c1", "one", 30, "The handout allows it.")
    found = ada(course(), graded(ONE, 10), ruled, graded(ONE, 20))
    assert found.standings[ONE].points == 30
    steps = found.standings[ONE].steps
    assert "one: 30 in place of 20, as ruled (event 2): The handout allows it." in steps
    lower = Decided(9, True, "Looked again.", Ruled(ONE, "c1", "one", 5, "Looked again.", 9))
    assert ada(course(), graded(ONE, 10), ruled, lower).standings[ONE].points == 5
    assert ada(course(), graded(ONE, 10), Ruled(ONE, "c2", "one", 30, "other")).standings[ONE].points == 10


def test_a_ruling_on_all_that_the_grader_could_not_decide_lets_the_score_stand():
    broken = graded(ONE, 60, withheld=True)
    broken.tasks["one"] = TaskPoints(0, 40, open=True)
    assert ada(course(), broken).standings[ONE].points is None
    assert ada(course(), broken, Ruled(ONE, "c1", "two", 5, "x")).standings[ONE].points is None
    assert ada(course(), broken, Ruled(ONE, "c1", "one", 33, "x")).standings[ONE].points == 33 + 20


def test_while_one_of_several_submissions_is_open_so_is_the_assignment():
    again = graded(ONE, 0, 2 * DAY, "c2", withheld=True)
    again.tasks["one"] = TaskPoints(0, 40, open=True)
    assert ada(course(), graded(ONE, 80), again).standings[ONE].points is None


def test_a_regrading_moves_all_of_it_at_once():
    moved = Regraded(ONE, "The bound was too tight.", {"ada": graded(ONE, 90), "Bob": graded(ONE, 70)})
    entries = entered(graded(ONE, 80)) + entered(moved, student="", at=BEGIN + DAY)
    found = accounts(course(), entries)
    assert [float(found[name].standings[ONE].points) for name in ("ada", "bob")] == [90, 70]


def test_what_was_entered_by_mistake_counts_no_longer():
    events = [graded(ONE, 80), graded(ONE, 20), review(30), Voided(2, "of somebody else"), Voided(3, "typo")]
    found = ada(course(), *events)
    assert found.standings[ONE].points == 80
    assert found.parts["review"].share is None


def test_no_late_project_is_taken_but_with_an_extension():
    due = BEGIN + 60 * DAY
    rules = course(Late(none_after={"project": due}))

    def share(late, *more):
        mark = Marked("", "project", 40, 50, received_at=(due + late).isoformat())
        return ada(rules, mark, *more).parts["project"].share

    assert share(0 * SECOND) == Fraction(4, 5)
    assert share(SECOND) == 0
    assert share(SECOND, Extended("project", due + SECOND, "ill")) == Fraction(4, 5)


def test_why_says_each_step_in_words():
    rules = course(by_hand={"lab": 30}, zone="Europe/Berlin")
    events = [graded(ONE, 70, 2 * DAY + 5 * SECOND, "abcdef0123456789"), Marked(ONE, "lab", 30, 30)]
    assert list(ada(rules, *events).standings[ONE].steps) == [
        "commit abcdef01234567, received Fri 04 Sep 2026 00:00:05 CEST",
        "checks: 70 of 100 (event 1)",
        "lab: 30 of 30 (event 2)",
        "together 100 of 130",
        "due Wed 02 Sep 2026 00:00:00 CEST",
        "3 days late, for it came 2 days 5 seconds after that",
        "1 day of it free, of 3 in the course",
        "2 days at 20 % of the score: −40",
        "counts 60 of 130",
    ]


def test_names_differ_by_more_than_case():
    entries = entered(graded(ONE, 80), student="Ada") + entered(review(36), student="ada")
    assert list(accounts(course(), entries, ["ADA"])) == ["ada"]


@pytest.mark.parametrize("points", [33.33, 66.67, 0.1, 99.99])
def test_hundredths_stay_exact(points):
    found = ada(course(), graded(ONE, points, DAY + SECOND))
    assert found.standings[ONE].points == Fraction(str(points)) * Fraction(4, 5)
    assert DUE[ONE] == BEGIN
