"""The judge in its sandbox: every way to fail costs its own check only, and is told in words."""

from __future__ import annotations

import importlib
import itertools
import os
import signal
import time
from dataclasses import replace

import msgspec
import pytest
import torch

from autograder.errors import MachineFault
from autograder.isolation.handle import Worker
from autograder.isolation.sandbox import Sandbox
from autograder.judging.cores import on_one_core
from autograder.judging.inworkers import InWorkers
from autograder.judging.judge import Judge
from autograder.judging.plugin import Check
from autograder.judging.score import score
from autograder.judging.trial import CheckRun, with_few_processes
from autograder.records import Verdict, Visibility
from autograder.seeds import Seed

STANDARDISE = "def standardise(x, delta=1e-5):\n    {}\n\n\ndef interpolate(x0, eps, t):\n    return None\n"


def judged(
    judge: Judge, body: str, task: str = "standardise", top: str = "", gates: bool = False
) -> list[CheckRun]:
    """Run a task's checks, or its gates alone, on a body of standardise."""
    source = f"import os, sys, time, torch\n{top}\n" + STANDARDISE.format(body)
    checks = [check for check in judge.session.checks if check.task == task and (check.gate or not gates)]
    return judge.judge({"noising.py": source.encode()}, Seed(1), frozenset(check.name for check in checks))


def verdicts(results: list[CheckRun]) -> set[Verdict]:
    return {one.outcome.verdict for one in results}


def test_the_reference_passes_everything(judge, answers):
    results = judge.judge(answers, Seed(1))
    assert verdicts(results) == {Verdict.PASS}
    assert round(sum(task.earned for task in score(judge.assignment, results)), 2) == 100


def test_nothing_handed_in_is_not_implemented(judge):
    results = judge.judge({}, Seed(1))
    assert verdicts(results) == {Verdict.NOT_IMPLEMENTED}
    assert round(sum(task.earned for task in score(judge.assignment, results)), 2) == 0


def test_a_judge_and_its_workers_share_a_core(judge):
    before = os.sched_getaffinity(0)
    gates = [one for one in judged(judge, "raise ValueError(len(os.sched_getaffinity(0)))") if one.check.gate]
    assert "ValueError: 1" in gates[0].outcome.message
    assert os.sched_getaffinity(0) == before


def test_a_fault_of_the_machine_costs_no_task_that_needs_the_one_it_met(judge, answers, monkeypatch):
    first, second = judge.assignment.tasks
    needy = msgspec.structs.replace(
        judge.assignment, tasks=(first, msgspec.structs.replace(second, needs=(first.id,)))
    )
    starts = iter([MachineFault("no process could be started")])

    def start(*arguments):
        for fault in starts:
            raise fault
        return Sandbox.start(judge.sandbox, *arguments)

    monkeypatch.setattr(judge, "assignment", needy)
    monkeypatch.setattr(judge.sandbox, "start", start)
    assert verdicts(judge.judge(answers, Seed(1))) == {Verdict.PASS}


def test_a_process_that_something_kills_is_no_mistake_the_first_time(judge, answers, monkeypatch):
    asked = itertools.count()

    def ask(worker, request):
        if next(asked) == 3:
            os.kill(worker._real_pid, signal.SIGKILL)
        return unharmed(worker, request)

    unharmed = Worker.ask
    monkeypatch.setattr(Worker, "ask", ask)
    assert verdicts(judge.judge(answers, Seed(1))) == {Verdict.PASS}


def test_public_checks_run_before_hidden_ones(judge, answers):
    order = [one.check.visibility for one in judge.judge(answers, Seed(1))]
    assert order == sorted(order, key=lambda visibility: visibility is Visibility.HIDDEN)


@pytest.mark.parametrize(
    ("body", "verdict", "words"),
    [
        ("return None", Verdict.FAIL, "returned None"),
        ("return x.numpy()", Verdict.FAIL, "a numpy array"),
        ("return x[:, None]", Verdict.FAIL, "returned a tensor of shape"),
        ("return torch.full_like(x, float('nan'))", Verdict.FAIL, "nan"),
        ("return undefined", Verdict.FAIL, "NameError: name 'undefined' is not defined"),
        ("raise NotImplementedError('by torch')", Verdict.FAIL, "raised NotImplementedError: by torch"),
        ("raise NotImplementedError('TODO standardise: ...')", Verdict.NOT_IMPLEMENTED, "TODO standardise"),
        ("os._exit(0)", Verdict.CRASH, "ended the process (with exit code 0)"),
        ("sys.exit(0)", Verdict.CRASH, "ended the program (SystemExit)"),
        ("os.abort()", Verdict.CRASH, "by signal SIGABRT"),
        ("os.kill(os.getpid(), 40)", Verdict.CRASH, "by signal 40"),
        ("os.kill(os.getpid(), 2)", Verdict.FAIL, "returned None"),  # Ctrl-C is for the grader
        ("return standardise(x)", Verdict.FAIL, "RecursionError"),
        ("return torch.zeros(10**10)", Verdict.MEMORY, "ran out of memory"),
        ("return bytearray(10**10)", Verdict.MEMORY, "ran out of memory"),
        ("while True: pass", Verdict.TIMEOUT, "ran longer than 0.5 s"),
        ("while True: print('x' * 10_000)", Verdict.CRASH, "printed more than 4 MB"),
        ("os.fork()", Verdict.FAIL, "PermissionError"),
        ("torch.save(x, '/tmp/x')", Verdict.FAIL, "noising.py, line 4"),
        ("open('/etc/passwd')", Verdict.FAIL, "Error"),
    ],
)
def test_a_bad_answer_has_its_verdict_and_words(judge, body, verdict, words):
    gates = [one for one in judged(judge, body) if one.check.gate]
    assert verdicts(gates) == {verdict}
    assert words in gates[0].outcome.message


def test_an_endless_loop_is_met_twice_and_then_no_more(judge):
    results = judged(judge, "while True: pass")
    assert (
        sum("not run" in one.outcome.message for one in results) == len(results) - 4
    )  # two public, two hidden


def test_a_crash_costs_its_own_check_only(judge):
    body = "if x.ndim == 4: os._exit(1)\n    return (x - x.mean(0)) / (x.var(0, correction=0) + delta).sqrt()"
    order = [one.outcome.verdict for one in judged(judge, body)]
    assert set(order) == {Verdict.CRASH, Verdict.PASS}
    assert Verdict.PASS in order[order.index(Verdict.CRASH) :]  # a new worker took over


def test_a_syntax_error_is_told_with_its_line(judge):
    results = judge.judge({"noising.py": b"x = 1\ndef f(:\n"}, Seed(1))
    assert verdicts(results) == {Verdict.FAIL}
    assert "noising.py cannot be imported: SyntaxError" in results[0].outcome.message
    assert "noising.py, line 2" in results[0].outcome.message


def test_a_helper_module_of_the_student_is_imported(judge):
    files = {
        "noising.py": b"from .mine import standardise, interpolate\n",
        "mine.py": b"def standardise(x, delta=1e-5): return x\n\ndef interpolate(x0, eps, t): return x0\n",
    }
    results = judge.judge(files, Seed(1))
    assert "differ" in results[0].outcome.message


def test_a_worker_keeps_nothing_from_one_task_to_the_next(judge):
    counting = "import builtins\n"
    body = "builtins.n = getattr(builtins, 'n', 0) + 1; print(builtins.n); return x"
    printed = "".join(one.printed for one in judged(judge, body, top=counting))
    assert printed.count("1\n") >= 2  # a new worker for the hidden checks counts from one again


def test_code_that_begins_anew_remembers_nothing(judge):
    source = STANDARDISE.format("SEEN.append(1)\n    return 0 * x + len(SEEN)") + "\n\nSEEN = []\n"
    paths = judge.staging.stage("anew", {"noising.py": source.encode()})
    with on_one_core():
        trial = InWorkers(judge.setting, paths, list(Visibility), Seed(1))
        try:
            code = trial.submission(judge.session.checks[0])
            x = torch.zeros(1, dtype=torch.float64)
            assert [code.noising.standardise(x).item() for _ in range(2)] == [1, 2]
            code.begin_anew()
            assert code.noising.standardise(x).item() == 1
        finally:
            trial.close()


def test_a_hidden_check_in_a_fresh_process_is_run_first_of_the_hidden_ones():
    def check(name: str, visibility: Visibility, afresh: bool = False) -> Check:
        return Check(name, "", visibility, "t", 1, False, "p", False, afresh=afresh)

    hidden = [check("c", Visibility.HIDDEN), check("d", Visibility.HIDDEN, afresh=True)]
    public = [check("a", Visibility.PUBLIC), check("b", Visibility.PUBLIC, afresh=True)]
    assert [one.name for one in with_few_processes([*public, *hidden])] == ["a", "b", "d", "c"]


def test_what_was_handed_in_is_compiled_once_for_all_its_workers(judge, answers, monkeypatch):
    kept = []
    monkeypatch.setattr(type(judge.staging), "add_bytecode", lambda _, name, code: kept.append(code))
    assert verdicts(judge.judge(answers, Seed(1))) == {Verdict.PASS}
    assert [sorted(code) for code in kept] == [sorted(answers)]


def test_a_source_that_ends_its_compiler_costs_its_own_checks_only(judge, answers):
    results = judge.judge(answers | {"helper.py": b"-" * 900_000 + b"1"}, Seed(1))
    assert verdicts(results) == {Verdict.PASS}


def test_what_a_student_prints_is_kept_with_its_check(judge):
    assert judged(judge, "print('a \\x1b[31m word'); return x")[0].printed == "a \x1b[31m word\n"


def test_a_known_mistake_is_named(judge):
    body = "return (x - x.mean(0)) / (x.var(0) + delta).sqrt()"
    tasks = {task.id: task for task in score(judge.assignment, judged(judge, body))}
    failed = [check for check in tasks["standardise"].checks if check.verdict is Verdict.FAIL]
    assert failed
    assert all("the variance divides by b - 1" in check.diagnosis for check in failed)


def test_a_limit_that_the_reference_hardly_keeps_is_an_error_not_a_timeout(judge, monkeypatch):
    module = importlib.import_module(f"{judge.assignment.package}.noising")
    unharmed, calls = module.standardise, itertools.count()

    def gate(slow_calls: float) -> CheckRun:
        def slow(x, *rest):
            end = time.thread_time() + 0.3 * (next(calls) < slow_calls)  # of 0.5 s
            while time.thread_time() < end:
                pass
            return unharmed(x, *rest)

        monkeypatch.setattr(module, "standardise", slow)
        (found,) = judged(judge, "while True: pass", gates=True)
        return found

    assert gate(slow_calls=1).outcome.verdict is Verdict.TIMEOUT  # the first imports, say
    always = gate(slow_calls=float("inf"))
    assert always.outcome.verdict is Verdict.ERROR
    assert always.error.endswith("raise call_cpu_s to twice that")


def test_another_seed_draws_other_inputs_and_the_same_seed_the_same(judge, answers):
    def inputs(seed: int) -> list[float]:
        results = judge.judge(answers, Seed(seed))
        hidden = [one for one in results if one.check.visibility is Visibility.HIDDEN and one.check.gate]
        return hidden[0].calls[0].args[0].flatten().tolist()

    assert inputs(1) == inputs(1)
    assert inputs(1) != inputs(2)


def test_a_check_that_the_reference_fails_is_an_error_not_a_fail(judge, monkeypatch):
    monkeypatch.setattr(judge, "setting", replace(judge.setting, reference="no_such_package"))
    gates = [one for one in judged(judge, "return None") if one.check.gate]
    assert verdicts(gates) == {Verdict.ERROR}
    assert "reference fails this check too" in gates[0].error


@pytest.mark.parametrize(
    "body",
    [
        "torch.save(x, 'mine.pt')",
        "torch.save(x, '/tmp/mine.pt')",
        "list(torch.utils.data.DataLoader(x, num_workers=2))",
        "import subprocess; subprocess.run(['true'])",
        "import socket; socket.create_connection(('127.0.0.1', 9))",
    ],
)
def test_honest_code_that_meets_the_lock_is_told_why(judge, body):
    gate = next(one for one in judged(judge, body) if one.check.gate)
    assert gate.outcome.verdict is Verdict.FAIL
    assert "has no files, processes or network of its own" in gate.outcome.hint


def test_honest_code_works_in_the_sandbox(judge, answers):
    used = (
        "import einops, matplotlib.pyplot as plt, numpy as np, warnings, threading, tqdm\n"
        "plt.plot([1, 2]); plt.close(); warnings.warn('shown'); print(np.ones(2))\n"
        "thread = threading.Thread(target=print); thread.start(); thread.join()\n"
        "einops.rearrange(np.ones((2, 3)), 'a b -> b a')\n"
    )
    results = judge.judge({"noising.py": used.encode() + answers["noising.py"]}, Seed(1))
    assert verdicts(results) == {Verdict.PASS}
