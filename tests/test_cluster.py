"""Real dask processes: cluster are killed and join late, and the grades are those of one machine."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from autograder.errors import UserError
from autograder.pipeline import OpenJudges, collect_class, grade_class
from autograder.pool import batch, cluster
from autograder.pool.pool import JudgeFailed
from autograder.records import Submission
from autograder.seeds import Seed, assignment_key
from autograder.spec import load_assignment
from tests.tiny_assignment import NAME, write_tiny

pytest.importorskip("distributed")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="grading needs the sandbox")

ROOT = Path(__file__).parents[1]
KEY = "a key for nobody's course"
STUDENTS = 12
DAWDLE = "for _ in range(1_000_000): pass"  # so that there is time to kill the node
WAIT_S = 300.0  # at most, on a busy machine
ANSWERS = ("2 * x", "x * x", "None", "x + x")


class Machines:
    """The processes of a cluster: a scheduler, and cluster that work from a copy of the repository."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.handed_in = "class"
        self.repository = self.copy()
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.port = server.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.running: list[subprocess.Popen[bytes]] = []

    def copy(self) -> Path:
        """Copy the engine and the assignment, as a node has them."""
        root = self.folder / "node"
        compiled = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "autograder", root / "autograder", ignore=compiled)
        tiny = write_tiny(self.folder / "client")
        shutil.copytree(tiny, root / "solutions" / NAME)
        (root / "solutions" / "__init__.py").touch()
        return root

    def start_scheduler(self) -> subprocess.Popen[bytes]:
        """Start a scheduler, always at the same address."""
        command = ["scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard"]
        return self.start(command, self.folder)

    def join(self, *more: str) -> subprocess.Popen[bytes]:
        """Start a node."""
        options = ["--nthreads", "1", "--no-nanny", "--no-dashboard", *more]
        scratch = ["--local-directory", str(self.folder / "scratch")]
        return self.start(["worker", self.address, *options, *scratch], self.repository)

    def start(self, command: list[str], home: Path) -> subprocess.Popen[bytes]:
        """Start one dask process."""
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "PYTHONPATH": str(home)}
        with (self.folder / "log").open("ab") as log:
            dask = [sys.executable, "-m", f"distributed.cli.dask_{command[0]}", *command[1:]]
            self.running.append(subprocess.Popen(dask, env=env, cwd=self.folder, stdout=log, stderr=log))
        return self.running[-1]

    def end(self) -> None:
        """Kill whatever still runs."""
        for process in self.running:
            process.kill()
            process.wait()


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    machines = Machines(tmp_path)
    write_class(tmp_path / "class")
    yield machines
    machines.end()


def write_class(folder: Path, students: int = STUDENTS) -> None:
    """Write submissions, in turn right, squared, empty and right in another way."""
    for i in range(students):
        home = folder / f"s{i:02}"
        home.mkdir(parents=True)
        body = f"    {DAWDLE}\n    return {ANSWERS[i % len(ANSWERS)]}\n"
        (home / "first.py").write_text(f"# {i}\ndef double(x):\n{body}")
        (home / "second.py").write_text("def total(x):\n    return float(x.sum())\n")


@contextmanager
def grading(machines: Machines, *options: str) -> Iterator[subprocess.Popen[str]]:
    """Run `autograder grade` on the class; its results lie in `results`."""
    env = {
        "PATH": f"{machines.folder / 'bin'}:{os.environ['PATH']}",
        "HOME": str(machines.folder),
        "PYTHONPATH": str(ROOT),
        "AUTOGRADER_COURSE_KEY": KEY,
    }
    command = ["grade", "a91", str(machines.folder / machines.handed_in), "--json", *options]
    client = subprocess.Popen(
        [sys.executable, "-m", "autograder", *command],
        env=env, cwd=machines.folder / "client", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield client
    finally:
        client.kill()
        client.communicate()


def wait_for(results: Path, number: int) -> None:
    """Wait until so many results are there."""
    deadline = time.monotonic() + WAIT_S
    while len(list(results.glob("*.json"))) < number:
        assert time.monotonic() < deadline, f"no {number} results"
        time.sleep(0.02)


def kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def grades(results: Path) -> dict[str, str]:
    return {path.name: json.dumps(json.loads(path.read_text())["grade"]) for path in results.glob("*.json")}


def test_nodes_and_the_scheduler_die_and_no_grade_changes(
    machines: Machines, judges_here: OpenJudges
) -> None:
    scheduler, first, second = machines.start_scheduler(), machines.join(), machines.join()
    far, here = machines.folder / "far", machines.folder / "here"
    with grading(machines, "--on", machines.address, "--out", str(far)) as client:
        wait_for(far / NAME, 4)
        kill(first)
        wait_for(far / NAME, 8)
        kill(scheduler)
        kill(second)
        machines.start_scheduler()
        machines.join()
        said, told = client.communicate(timeout=WAIT_S)
    assert client.returncode == 0, told
    assert "the scheduler at" in told
    assert "Traceback" not in told
    assert len(json.loads(said)["results"]) == STUDENTS
    assignment = load_assignment(machines.folder / "client" / "solutions" / NAME)
    everybody = collect_class(machines.folder / "client", assignment, machines.folder / "class", None, None)
    key = assignment_key(KEY.encode(), assignment.name)
    grade_class(assignment, everybody, key, here, lambda *_: None, open_judges=judges_here)
    assert len(grades(here)) == STUDENTS
    assert grades(far / NAME) == grades(here)


SBATCH = """\
#!/bin/sh
cp "$1" {folder}/job
PYTHONPATH={repository} sh {folder}/job >> {folder}/log 2>&1 &
echo Submitted batch job 1
"""


def test_jobs_of_a_batch_system_grade(machines: Machines) -> None:
    write_class(machines.folder / "few", 2)
    machines.handed_in = "few"
    (machines.folder / "bin").mkdir()
    for name, script in (("sbatch", SBATCH), ("scancel", "#!/bin/sh\n")):
        path = machines.folder / "bin" / name
        path.write_text(script.format(repository=machines.repository, folder=machines.folder))
        path.chmod(0o755)
    with grading(machines, "--on", "slurm", "--jobs", "1") as client:
        said, told = client.communicate(timeout=WAIT_S)
    assert client.returncode == 0, told
    assert [row["score"] for row in json.loads(said)["results"]] == [100, 60]


def test_jobs_on_a_device_go_where_one_is_offered_and_a_claim_is_looked_at(machines: Machines) -> None:
    write_class(machines.folder / "few", 2)
    machines.handed_in = "few"
    machines.start_scheduler()
    machines.join()
    machines.join("--resources", "GPU=1")
    with grading(machines, "--on", machines.address, "--device", "cpu") as client:
        said, told = client.communicate(timeout=WAIT_S)
    assert client.returncode == 0, told
    assert told.count("it offers no GPU; start it where one is, with `--resources GPU=1`") == 1
    rows = json.loads(said)["results"]
    assert [row["score"] for row in rows] == [100, 60]
    assert [len(row["on_device"]["tasks"]) for row in rows] == [2, 2]  # squared is right for 0 alone
    with grading(machines, "--on", machines.address, "--device", "cuda") as client:
        _, told = client.communicate(timeout=WAIT_S)
    assert client.returncode == 2
    assert "UserError: no GPU here: CUDA needs /dev/nvidiactl" in told
    assert told.rstrip().endswith("can be used")


@pytest.mark.parametrize(
    ("device", "asked"), [("cuda", ["--gres=gpu:1"]), ("cpu", [])], ids=["a GPU", "the CPU"]
)
def test_a_batch_system_is_asked_for_a_gpu_with_each_job(device: str, asked: list[str]) -> None:
    wanted = {"job_extra_directives": asked, "worker_extra_args": ["--resources", "GPU=1"]}
    assert batch.with_gpu("slurm", device) == wanted
    assert batch.with_gpu("pbs", "cuda")["job_extra_directives"] == ["-l ngpus=1"]


class Done:
    """A dask future of a call that is over."""

    def __init__(self, value: object) -> None:
        self._value = value

    def done(self) -> bool:
        return True

    def result(self, timeout: float) -> object:
        if isinstance(self._value, Exception):
            raise self._value
        return self._value


def submitted(student: str) -> Submission:
    return Submission(student, "", "", "", {})


FAILED = Done(JudgeFailed("the judge failed: No space left on device"))


@pytest.fixture
def lonely(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> cluster.Cluster:
    """One node of a cluster that is not there; its judge fails whatever it is sent."""
    one = cluster.Cluster(load_assignment(write_tiny(tmp_path)), "tcp://somewhere:1", lambda _: None)
    one._nodes["sick"] = cluster.Node("sick", level="full")
    one._next_look = float("inf")

    def send(node: cluster.Node, function: object, name: str, submission: Submission, *_: object) -> None:
        node.doing = FAILED
        one._stirred.set()

    monkeypatch.setattr(one, "_send", send)
    return one


def test_what_fails_on_the_only_node_is_withheld_after_five_tries(lonely: cluster.Cluster) -> None:
    students = "abcd"
    submissions = [submitted(student) for student in students]
    results = list(lonely.grade_all(submissions, {student: Seed(1) for student in students}))
    assert sorted(one.grade.student for one in results) == list(students)
    assert {one.grade.problem for one in results} == {"the judge failed: No space left on device"}


def test_a_node_whose_judge_fails_gives_its_work_to_another(lonely: cluster.Cluster) -> None:
    lonely._nodes["sound"] = cluster.Node("sound", level="full")
    sick = lonely._nodes["sick"]
    for student in "abc":
        sick.submission, sick.doing = submitted(student), FAILED
        lonely._stirred.set()
        assert list(lonely._finished()) == []
    assert [one.student for one, _ in lonely._lost] == ["a", "b", "c"]
    assert lonely._nodes.keys() == {"sound"}


@pytest.mark.parametrize(
    ("threads", "differing", "why"),
    [
        (2, [], "it has 2 threads; start it with `--nthreads 1 --nworkers 2`"),
        (
            1,
            ["the assignment"],
            "the assignment: other than here; bring it to this commit and these versions",
        ),
    ],
    ids=["threads would disturb each other", "another torch"],
)
@pytest.mark.parametrize("level", ["", "full"], ids=["at first", "later"])
def test_a_node_that_cannot_be_used_is_refused_and_nobody_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: int, differing: list[str], why: str, level: str
) -> None:
    told: list[str] = []
    one = cluster.Cluster(load_assignment(write_tiny(tmp_path)), "tcp://somewhere:1", told.append)
    one._scheduler, one._level = "s", level
    monkeypatch.setattr(cluster, "LOOK_S", 0.001)
    monkeypatch.setattr(one, "_identity", lambda: {"id": "s", "workers": {"far": {"nthreads": threads}}})
    monkeypatch.setattr(one, "_send", lambda node, *_: setattr(node, "doing", Done((differing, "full"))))
    with pytest.raises(UserError, match="no node at tcp://somewhere:1 can be used"):
        list(one.grade_all([submitted("a")], {"a": Seed(1)})) if level else one.level()
    assert told[0] == f"node far is not used: {why}"


def test_nodes_of_both_full_levels_work_together(tmp_path: Path) -> None:
    told: list[str] = []
    mixed = cluster.Cluster(load_assignment(write_tiny(tmp_path)), "tcp://somewhere:1", told.append)
    mixed._nodes = {
        level: cluster.Node(level, doing=Done(([], level))) for level in ("full", "full+", "partial")
    }
    mixed._next_look = float("inf")
    mixed._stirred.set()
    assert mixed.level() == "full"
    assert mixed._nodes.keys() == {"full", "full+"}
    assert len(told) == 1


def test_without_a_batch_system_the_command_says_so(machines: Machines) -> None:
    with grading(machines, "--on", "pbs") as client:
        _, told = client.communicate(timeout=WAIT_S)
    assert (client.returncode, told) == (2, "there is no qsub here: run this where jobs can be submitted\n")


def test_no_scheduler_is_one_sentence(machines: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE_S", 0.2)
    tiny = load_assignment(machines.folder / "client" / "solutions" / NAME)
    with pytest.raises(UserError, match=r"no dask scheduler answers at tcp://127\.0\.0\.1:1 "):
        cluster.Cluster(tiny, "tcp://127.0.0.1:1", print).__enter__()
