"""Late days: one second is one, the free ones save the most, and no order or extension does harm."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.ledger.account import accounts, cost_of_another_day
from autograder.ledger.events import Chosen, Entry, Event, Extended, Marked, Regraded, Ruled
from autograder.ledger.facts import facts_of
from autograder.ledger.late import days_late, kept, spend
from autograder.policy import PARTS, Late
from tests.ledger.course import BEGIN, DAY, DUE, HOUR, NAMES, SECOND, ada, course, entered, graded

FIFTH = Fraction(1, 5)
ZERO = timedelta(0)


@pytest.mark.parametrize(
    ("late", "days"),
    [
        (-DAY, 0),
        (ZERO, 0),
        (timedelta(microseconds=1), 1),
        (SECOND, 1),
        (DAY, 1),
        (DAY + SECOND, 2),
        (4 * DAY, 4),
    ],
)
def test_one_second_late_is_one_day(late, days):
    assert days_late(BEGIN + late, BEGIN) == days
    assert ada(course(), graded(NAMES[0], late=late)).standings[NAMES[0]].submission.days == days


def test_without_a_due_time_or_a_time_of_arrival_nothing_is_late():
    assert days_late(None, BEGIN) == days_late(BEGIN, None) == 0


def test_a_day_is_24_hours_also_when_the_clocks_change():
    due = datetime.fromisoformat("2026-10-24T23:59:59+02:00")  # the night is an hour longer
    assert days_late(datetime.fromisoformat("2026-10-25T22:59:59+01:00"), due) == 1
    assert days_late(datetime.fromisoformat("2026-10-25T23:00:00+01:00"), due) == 2


@pytest.mark.parametrize(
    ("days", "free", "percent"), [(0, 0, 100), (1, 0, 80), (1, 1, 100), (3, 1, 60), (5, 0, 0), (9, 1, 0)]
)
def test_each_further_day_takes_a_fifth_of_the_score_and_never_more_than_it(days, free, percent):
    assert kept(days, free, FIFTH) == Fraction(percent, 100)


def points(found) -> list[float | None]:
    return [None if one.points is None else float(one.points) for one in found.standings.values()]


def test_three_days_are_free_and_the_fourth_costs():
    found = ada(course(), *(graded(name, 80 + 2 * i, SECOND) for i, name in enumerate(NAMES)))
    assert points(found) == [64, 65.6, 84, 86, 88]  # the free days are where they save the most
    assert [one.free for one in found.standings.values()] == [0, 0, 1, 1, 1]
    assert found.free_left == 0


def test_of_one_assignment_one_day_is_free():
    found = ada(course(), graded(NAMES[0], 100, DAY + SECOND))
    assert points(found)[0] == 80
    assert found.free_left == 2
    assert points(ada(course(Late(each=2)), graded(NAMES[0], 100, DAY + SECOND)))[0] == 100


def test_equal_days_are_given_to_the_earliest_and_none_is_wasted():
    found = ada(course(), *(graded(name, 80, SECOND) for name in NAMES))
    assert [one.free for one in found.standings.values()] == [1, 1, 1, 0, 0]
    assert ada(course(), graded(NAMES[0], 0, SECOND)).free_left == 3


def test_an_extension_moves_one_students_due_time_and_the_longest_holds():
    longer = [Extended(NAMES[0], DUE[NAMES[0]] + days * DAY, "ill") for days in (3, 1)]
    found = ada(course(), graded(NAMES[0], 100, 3 * DAY), *longer)
    assert points(found)[0] == 100
    assert found.free_left == 3
    steps = " ".join(found.standings[NAMES[0]].steps)
    assert "for this student (event 2, event 3)" in steps
    bob = accounts(course(), entered(graded(NAMES[0], 100, 3 * DAY), student="bob"))["bob"]
    assert points(bob)[0] == 60


def test_a_due_date_that_moves_recomputes_everything():
    early, events = course(), [graded(NAMES[0], 100, 2 * DAY)]
    moved = {**early.assignments, NAMES[0]: type(early.assignments[NAMES[0]])(due=DUE[NAMES[0]] + 2 * DAY)}
    later = type(early)("T", "t", NAMES[0], assignments=moved)
    assert points(ada(early, *events))[0] == 80
    assert points(ada(later, *events))[0] == 100


def test_a_regrade_of_the_same_commit_keeps_its_time():
    again = graded(NAMES[0], 90, 9 * DAY)
    found = ada(course(), graded(NAMES[0], 50, SECOND), again, Regraded(NAMES[0], "mended", {"ada": again}))
    one = found.standings[NAMES[0]]
    assert one.submission.days == 1
    assert points(found)[0] == 90


@pytest.mark.parametrize(("counts", "expected"), [("best", 72), ("last", 60), ("chosen", 48)])
def test_which_submission_counts_is_policy(counts, expected):
    late = Late(free=0, counts=counts)
    handed_in = [
        graded(NAMES[0], score, after, commit)
        for score, after, commit in ((72, ZERO, "aa"), (80, 2 * DAY, "bb"), (100, 2 * DAY, "cc"))
    ]
    chosen = Chosen(NAMES[0], "bb")
    assert points(ada(course(late), *handed_in, chosen))[0] == expected
    assert points(ada(course(Late(free=0, counts="chosen")), *handed_in))[0] == 60  # nobody chose: the last


def test_what_another_late_day_would_cost():
    facts = facts_of(entered(*(graded(name, 100, SECOND) for name in NAMES[:4])))["ada"]
    costs = cost_of_another_day(course(), facts)
    each = 25 / 5 / 100  # percent of the final grade in a percent of an assignment
    assert [float(cost / Fraction(each)) for cost in costs.values()] == [20] * 4
    fresh = facts_of(entered(graded(NAMES[0], 100), graded(NAMES[1], 50, SECOND)))["ada"]
    assert [float(cost / Fraction(each)) for cost in cost_of_another_day(course(), fresh).values()] == [0, 10]


# ---------------------------------------------------------------------------------------- for all events
lates = st.builds(
    lambda days, seconds: days * DAY + seconds * SECOND, st.integers(-2, 6), st.sampled_from([-1, 0, 1, 4000])
)
scores = st.integers(0, 10_000).map(lambda hundredths: hundredths / 100)
names = st.sampled_from(NAMES)
commits = st.sampled_from(["c1", "c2", "c3"])
gradings = st.builds(graded, names, scores, lates, commits)
extensions = st.builds(lambda name, late: Extended(name, DUE[name] + late, "why"), names, lates)
rulings = st.builds(
    Ruled, names, commits, st.sampled_from(["one", "two"]), st.integers(0, 40).map(float), st.just("why")
)
marks = st.builds(
    lambda part, points: Marked("", part, points, 100.0),
    st.sampled_from(PARTS),
    st.integers(0, 100).map(float),
)
events: st.SearchStrategy[Event] = st.one_of(
    gradings, gradings, extensions, rulings, marks, st.builds(Chosen, names, commits)
)
policies = st.builds(
    Late,
    free=st.integers(0, 4),
    each=st.integers(0, 2),
    penalty=st.sampled_from([0, 7.5, 20, 100]),
    counts=st.sampled_from(["last", "best", "chosen"]),
)


def at_times(found: list[Event], times: list[int]) -> list[Entry]:
    return [
        Entry(number, BEGIN + times[number % len(times)] * HOUR, "ta", "ada", event)
        for number, event in enumerate(found, 1)
    ]


@given(st.lists(events, max_size=14), st.lists(st.integers(0, 5), min_size=1), policies, st.randoms())
@settings(max_examples=150, deadline=None)
def test_the_order_of_events_never_matters(found, times, late, random):
    entries = at_times(found, times)
    mixed = random.sample(entries, len(entries))
    policy = course(late)
    one = accounts(policy, entries, ["ada"])["ada"]
    assert accounts(policy, mixed, ["ada"])["ada"] == one
    entered_so = [replace(entry, number=number) for number, entry in enumerate(mixed, 1)]
    other = accounts(policy, entered_so, ["ada"])["ada"]
    assert (other.earned, other.decided, points(other)) == (one.earned, one.decided, points(one))


@given(st.lists(events, max_size=14), st.lists(st.integers(0, 5), min_size=1), policies)
@settings(max_examples=150, deadline=None)
def test_no_penalty_exceeds_the_score_and_no_sum_100(found, times, late):
    one = accounts(course(late), at_times(found, times), ["ada"])["ada"]
    for standing in one.standings.values():
        if standing.points is not None:
            assert 0 <= standing.points <= standing.submission.points <= standing.submission.most
            assert standing.free <= late.each
    assert sum(standing.free for standing in one.standings.values()) == late.free - one.free_left <= late.free
    assert 0 <= one.earned <= one.decided <= 100


@given(st.lists(gradings, max_size=10), st.lists(extensions, max_size=3), extensions, policies)
@settings(max_examples=300, deadline=None)
def test_an_extension_never_hurts(found, longer, another, late):
    before = ada(course(late), *found, *longer)
    after = ada(course(late), *found, *longer, another)
    assert after.earned >= before.earned


@given(st.lists(st.tuples(scores, lates), min_size=5, max_size=5), policies)
@settings(max_examples=100, deadline=None)
def test_free_days_are_spent_as_well_as_by_trying_all_ways(handed_in, late):
    worth = []
    for score, after in handed_in:
        days = days_late(BEGIN + after, BEGIN)
        worth.append([Fraction(str(score)) * kept(days, free, FIFTH) for free in range(late.each + 1)])
    ways = [way for way in product(range(late.each + 1), repeat=5) if sum(way) <= late.free]
    best = max(sum(values[free] for values, free in zip(worth, way, strict=True)) for way in ways)
    spent = spend(worth, late.free)
    assert sum(values[free] for values, free in zip(worth, spent, strict=True)) == best
    assert sum(spent) == min(
        sum(way) for way in ways if sum(v[f] for v, f in zip(worth, way, strict=True)) == best
    )


@given(st.lists(gradings, min_size=1, max_size=8), policies)
@settings(max_examples=100, deadline=None)
def test_another_late_day_is_never_a_gain(found, late):
    facts = facts_of(entered(*found))["ada"]
    assert min(cost_of_another_day(course(late), facts).values()) >= 0
