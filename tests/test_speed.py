"""Checks of speed and memory: what they measure, when they decide, and that slow code cannot look fast."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from autograder.benches.benchspeed import open_judge
from autograder.calls.outcomes import CheckFailed, Outcome
from autograder.calls.undertest import UnderTest
from autograder.calls.wire import Reply, Request
from autograder.errors import Stop
from autograder.judging import trial
from autograder.judging.inworkers import InWorkers
from autograder.judging.judge import Judge
from autograder.judging.meters import cpu_here, peak_here
from autograder.judging.plugin import Check
from autograder.judging.speed import LEAD, MOST, ROUNDS, CostComparison, Race
from autograder.judging.trial import CheckRun
from autograder.records import Verdict, Visibility
from autograder.seeds import Seed
from autograder.spec import Bound

# ---- the decision


def test_a_race_ends_when_one_side_leads():
    race = Race(1.5, [1.0] * LEAD)
    assert not race.open
    assert not race.lost
    assert Race(1.5, [2.0] * LEAD).lost
    assert Race(1.5, [2.0] * (LEAD - 1)).open
    assert Race(1.5, [1.0, 2.0] * LEAD).open


def test_what_is_far_from_the_limit_needs_fewer_pairs_while_all_agree():
    assert Race(5.0, [1.2]).open
    assert not Race(5.0, [1.2] * 2).open
    assert Race(5.0, [15.0] * 2).open
    assert Race(5.0, [15.0] * 3).lost
    assert Race(5.0, [15.0] + [1.2] * LEAD).open  # one pair says otherwise: each counts for one
    assert not Race(5.0, [15.0] + [1.2] * (LEAD + 1)).open


def test_a_race_without_a_leader_ends_too():
    race = Race(1.5, [1.0, 2.0] * (MOST // 2))
    assert not race.open
    assert not race.lost


def test_who_is_slow_for_some_inputs_is_slow_though_pairs_tie_or_win():
    assert Race(5.0, [0.5, 50.0] * (MOST // 2), naive=10.0).lost
    assert Race(5.0, [0.5] * (LEAD + 3) + [50.0] * 3, naive=10.0).lost
    assert not Race(5.0, [0.5] * (LEAD + 1) + [500.0], naive=10.0).lost  # one pair may be disturbed
    assert not Race(5.0, [0.5, 50.0], naive=10.0).lost  # not decided yet


# ---- the fixture, on meters whose costs are made up


def echo(request: Request) -> Reply:
    return Reply(request.id, request.args[0])


def measure(costs: dict[str, float], kind: Any = "speed", limit: float = 1.5) -> CostComparison:
    """Measure code that costs `costs["code"]`, next to a yardstick, both with a cost beside the work.

    With "copied", that is what copying alone seems to cost; with "first", what it costs at first.
    """
    turns: list[str] = []

    def meters(_: Any) -> Any:
        def of(who: str) -> Any:
            code = UnderTest(echo, lambda target: None)

            def meter(call: Any) -> tuple[Any, float]:
                value = call(code)
                asked = code.calls_made[-1].target
                what = "beside" if asked == "echo" else who
                turns.append(what)
                if what != "beside":
                    return value, costs["beside"] + costs[what]
                usual = costs.get("copied", costs["beside"])
                return value, costs.get("first", usual) if turns.count(what) == 1 else usual

            return meter

        return of("code"), of("yardstick")

    one = CostComparison(kind, UnderTest(echo, lambda target: None), meters, Bound(limit, 3), Seed(1))
    object.__setattr__(one, "turns", turns)
    return one


def case(seed: Seed) -> tuple[Any, ...]:
    return (seed.normal(3),)


def yardstick(code: Any, x: Any) -> Any:
    return x


yardstick.__module__ = "solutions.a00_x.plays"


def test_the_cost_beside_the_work_is_taken_off():
    one = measure({"code": 1.2, "yardstick": 1.0, "beside": 2.0})
    one("idea.f", yardstick, case)
    assert one.code.measured is not None
    assert one.code.measured.ratio == pytest.approx(1.2)
    assert one.code.measured.pairs == LEAD


def test_copying_that_is_disturbed_makes_no_answer_slow():
    one = measure({"code": 1.4, "yardstick": 1.0, "beside": 0.5, "copied": 1.5})
    one("idea.f", yardstick, case)
    assert one.code.measured is not None
    assert one.code.measured.ratio == pytest.approx((1.9 - 1.5) / (0.25 * 1.5))
    with pytest.raises(Stop, match="more than"):
        measure({"code": 5.0, "yardstick": 1.0, "beside": 0.5, "copied": 1.5})("idea.f", yardstick, case)


def test_what_copying_costs_at_first_does_not_count():
    one = measure({"code": 2.0, "yardstick": 1.0, "beside": 0.5, "first": 2.0}, limit=3)
    one("idea.f", yardstick, case)
    assert one.code.measured is not None
    assert one.code.measured.ratio == pytest.approx(2.0)
    assert one.code.measured.pairs == LEAD


def test_too_slow_is_told_with_the_limit_and_the_hint():
    one = measure({"code": 2.0, "yardstick": 1.0, "beside": 0.1})
    with pytest.raises(Stop, match=r"more than 1\.5 times the yardstick's time") as stop:
        one("idea.f", yardstick, case, hint="Index all at once.")
    assert stop.value.verdict is Verdict.SLOW
    assert stop.value.hint == "Index all at once."
    assert one.code.measured is not None
    assert one.code.measured.ratio == pytest.approx(2.0)


def test_a_yardstick_that_costs_nothing_is_the_authors_fault():
    with pytest.raises(ValueError, match="give it a larger case"):
        measure({"code": 0.5, "yardstick": 0.0, "beside": 0.0})("idea.f", yardstick, case)


def test_a_tie_is_measured_again_and_never_failed():
    costs = {"code": 1.0, "yardstick": 1.0, "beside": 0.0}
    one = measure(costs)
    taken: list[int] = []

    def alternating(seed: Seed) -> tuple[Any, ...]:
        taken.append(len(taken))
        costs["code"] = 1.0 + len(taken) % 2
        return case(seed)

    one("idea.f", yardstick, alternating)
    assert len(taken) == 1 + ROUNDS * MOST


def test_inputs_are_fresh_and_the_order_changes():
    one = measure({"code": 1.0, "yardstick": 1.0, "beside": 0.0})
    seen: list[float] = []

    def noted(seed: Seed) -> tuple[Any, ...]:
        args = case(seed)
        seen.append(float(args[0][0]))
        return args

    one("idea.f", yardstick, noted)
    assert len(set(seen)) == len(seen) == LEAD + 1
    firsts = [turn for turn in one.turns if turn != "beside"][::2]  # type: ignore[attr-defined]
    assert set(firsts) == {"code", "yardstick"}


def test_each_value_is_compared():
    one = measure({"code": 1.0, "yardstick": 1.0, "beside": 0.0})

    def wrong(code: Any, x: Any) -> Any:
        return x + 1

    values: list[Any] = []
    one("idea.f", yardstick, case, lambda value, expected, args: values.append(value))
    assert len(values) == LEAD + 1
    with pytest.raises(CheckFailed):
        one("idea.f", yardstick, lambda seed: (torch.tensor([float("nan")]),))


def test_memory_beyond_the_limit_is_measured_again_before_it_counts():
    costs = {"code": 5.0, "yardstick": 1.0, "beside": 0.0}
    one = measure(costs, "memory", 2.0)
    with pytest.raises(Stop) as stop:
        one("idea.f", yardstick, case)
    assert stop.value.verdict is Verdict.MEMORY

    def once(seed: Seed) -> tuple[Any, ...]:
        costs["code"] = 5.0 if costs["code"] == 0 else 1.0
        return case(seed)

    costs["code"] = 0.0
    measure(costs, "memory", 2.0)("idea.f", yardstick, once)


@pytest.mark.parametrize(("limit", "pairs"), [(3.0, 7), (2.0, 4)])  # near the limit, and far beyond it
def test_memory_is_measured_again_with_the_same_input_and_one_chance_find_does_not_count(limit, pairs):
    costs = {"code": 5.0, "yardstick": 1.0, "beside": 0.0}
    inputs: list[float] = []

    def seldom(seed: Seed) -> tuple[Any, ...]:
        args = case(seed)
        inputs.append(float(args[0][0]))
        costs["code"] = 1.0 if len(inputs) == 3 else 5.0
        return args

    with pytest.raises(Stop):
        measure(costs, "memory", limit)("idea.f", yardstick, seldom)
    assert len(inputs) == pairs
    assert len(set(inputs)) == 1


@pytest.mark.parametrize(
    ("measured", "first", "then"),
    [
        (True, Verdict.SLOW, Verdict.PASS),
        (True, Verdict.MEMORY, Verdict.PASS),
        (True, Verdict.TIMEOUT, Verdict.PASS),
        (True, Verdict.FAIL, Verdict.SKIPPED),
        (False, Verdict.TIMEOUT, Verdict.SKIPPED),
    ],
)
def test_what_is_right_but_slow_holds_no_task_up(monkeypatch, measured, first, then):
    checks = [
        Check(f"tests/test_x.py::{id}", "", Visibility.PUBLIC, id, 1, False, "", False, measured=measured)
        for id in "ab"
    ]
    needs = {"a": (), "b": ("a",)}
    assignment = SimpleNamespace(task=lambda id: SimpleNamespace(needs=needs[id]))
    ends = {checks[0].name: first, checks[1].name: Verdict.PASS}
    monkeypatch.setattr(
        trial, "run_check", lambda session, check, source: CheckRun(check, Outcome(ends[check.name]), 0.0)
    )
    session = SimpleNamespace(checks=checks)
    judged = trial.run_checks(session, assignment, checks, trial.Trial())  # type: ignore[arg-type]
    assert [one.outcome.verdict for one in judged] == [first, then]


# ---- meters of this process


def test_cpu_here_counts_work_and_not_waiting():
    meter = cpu_here(UnderTest(echo, lambda target: None))
    _, waiting = meter(lambda code: __import__("time").sleep(0.2))
    _, working = meter(lambda code: sum(range(3_000_000)))
    assert waiting < 0.1
    assert working > 0.01


def test_peak_here_counts_what_is_held_at_once():
    meter = peak_here(UnderTest(echo, lambda target: None))
    million = 4_000_000  # bytes of a million float32
    _, one = meter(lambda code: [torch.ones(1_000_000).sum() for _ in range(5)])
    _, five = meter(lambda code: [torch.ones(1_000_000) for _ in range(5)])
    assert million <= one < 1.1 * million
    assert 5 * million <= five < 5.1 * million


# ---- the real thing: a sandboxed submission against a yardstick of 5 ms, limit 1.5

LOOP = "    for _ in range(round(times * {ratio})):\n        x = x * 1.0000001\n    return x\n"
SLOW = LOOP.format(ratio=2.5)


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory, one_zygote: object) -> Iterator[Judge]:
    folder: Path = tmp_path_factory.mktemp("speed")
    with open_judge(folder, 9, 5.0) as opened:
        yield opened


def graded(judge: Judge, source: str) -> CheckRun:
    (judged,) = judge.judge({"idea.py": source.encode()}, Seed(3))
    return judged


@pytest.mark.parametrize(("ratio", "verdict"), [(1.0, Verdict.PASS), (2.5, Verdict.SLOW)])
def test_honest_passes_and_slow_does_not(judge, ratio, verdict):
    judged = graded(judge, "def burn(x, times):\n" + LOOP.format(ratio=ratio))
    assert judged.outcome.verdict is verdict
    assert judged.measured is not None
    assert judged.measured.ratio == pytest.approx(ratio, rel=0.3)


@pytest.mark.parametrize(("deaths", "verdict"), [(1, Verdict.PASS), (2, Verdict.ERROR)])
def test_a_yardstick_that_dies_is_the_machines_fault(judge, monkeypatch, deaths, verdict):
    left = iter(range(deaths))

    def start(trial):
        worker = unharmed(trial)
        for _ in left:
            worker.await_ready()
            os.kill(worker._real_pid, signal.SIGKILL)
            break
        return worker

    unharmed = InWorkers._yardstick_afresh
    monkeypatch.setattr(InWorkers, "_yardstick_afresh", start)
    judged = graded(judge, "def burn(x, times):\n" + LOOP.format(ratio=1.0))
    assert judged.outcome.verdict is verdict


PATCHED = """\
import time
for name in dir(time):
    if name.startswith(('time', 'perf', 'proc')):
        setattr(time, name, lambda *args: 0.0)
def burn(x, times):
"""
REMEMBERS = """\
seen = {}
def burn(x, times):
    if times not in seen:
        seen[times] = slow(x, times)
    return seen[times] + 0 * x
def slow(x, times):
"""
THREAD = """\
import threading
def burn(x, times):
    found = []
    one = threading.Thread(target=lambda: found.append(slow(x, times)))
    one.start()
    one.join()
    return found[0]
def slow(x, times):
"""
LEFT_BEHIND = """\
import threading
def burn(x, times):
    threading.Thread(target=slow, args=(x, times), daemon=True).start()
    return x * 1.0000001**times
def slow(x, times):
"""
NOW_AND_THEN = """\
calls = [0]
def burn(x, times):
    calls[0] += 1
    return slow(x, times) if calls[0] % {every} == 0 else x * 1.0000001**times
def slow(x, times):
"""
TRIES = """\
import os, signal
def burn(x, times):
    try:
        os.{}
    except OSError:
        pass
"""
CHEATS = {
    "31 patches the clocks": PATCHED + SLOW,
    "64 remembers by the arguments": REMEMBERS + SLOW,
    "64 skips the work": "def burn(x, times):\n    return x * 0\n",
    "65 works in a thread": THREAD + SLOW,
    "65 leaves a thread behind": LEFT_BEHIND + LOOP.format(ratio=40),
    "111 works on every other call": NOW_AND_THEN.format(every=2) + LOOP.format(ratio=9),
    "111 works on every third call": NOW_AND_THEN.format(every=3) + LOOP.format(ratio=20),
    "66 asks for more threads": "import torch\ntorch.set_num_threads(8)\ndef burn(x, times):\n" + SLOW,
    "66 wakes itself up": TRIES.format("kill(os.getpid(), signal.SIGCONT)") + SLOW,
    "66 leaves its core": TRIES.format("sched_setaffinity(0, range(64))") + SLOW,
}


@pytest.mark.parametrize("source", CHEATS.values(), ids=CHEATS)
def test_no_trick_makes_slow_code_look_fast(judge, source):
    assert graded(judge, source).outcome.verdict is not Verdict.PASS
