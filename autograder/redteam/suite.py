"""Carries out the attacks of `tests/redteam` and says of each whether it was contained.

Contained means that a submission earned no point, changed nothing, read nothing that it should not, left no
process, file or thread behind, ended in a verdict that was expected, and that an honest submission graded
right after it got the same grade, to the byte. An attack that would not succeed where nothing holds it
proves nothing: it is a dud, and counted. The attacks lie with the project's tests, which a student's tree
need not have.
"""

from __future__ import annotations

import functools
import importlib
import itertools
import os
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from queue import Queue
from typing import Any

import msgspec

from ..errors import UserError
from ..isolation.limits import LAYERS
from ..pipeline import grade_class
from ..records import Result, Submission
from .attack import OPEN, Absent, Act, Attack, Code, Escaped, Finding, Variant

CLASS = 24  # honest students who are graded among attackers
JUDGES = 2  # side by side
BENCHES = 3  # side by side: attacks wait for limits of time, so two do not keep two cores busy


@dataclass(frozen=True)
class AttackReport:
    """The outcome of the whole suite."""

    level: str
    uid: int
    findings: tuple[Finding, ...]
    proofs: tuple[Finding, ...]  # of layers: `dud` says what is wrong with one
    honest_unchanged: bool
    attackers: int = 0  # among whom a class of honest students was graded

    @property
    def tried(self) -> list[Finding]:
        """The findings that count: what is out of scope or could not be tried does not."""
        return [one for one in self.findings if one.surface != "scope" and not one.absent]

    @property
    def ok(self) -> bool:
        """True when everything was contained, nothing is a dud, and honest work stayed as it was."""
        bad = [one for one in (*self.tried, *self.proofs) if one.escaped or one.dud]
        return not bad and self.honest_unchanged and bool(self.tried)

    def fields(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        return {
            "level": self.level,
            "uid": self.uid,
            "attacks": len({one.number for one in self.tried}),
            "variants": len(self.tried),
            "contained": sum(not one.escaped for one in self.tried),
            "duds": sum(bool(one.dud) for one in (*self.tried, *self.proofs)),
            "proofs_of_layers": sum(not one.absent for one in self.proofs),
            "honest_unchanged": self.honest_unchanged,
            "class": {"honest": CLASS if self.attackers else 0, "attackers": self.attackers},
            "remarks": self.remarks(),
        }

    def remarks(self) -> list[str]:
        """Say what happened, a line each, to variants that came through, prove nothing or were not tried."""
        return [
            f"{one.number} {one.variant}: {what}: {how}"
            for one in (*self.findings, *self.proofs)
            for what, how in (("came through", one.escaped), ("dud", one.dud), ("not tried", one.absent))
            if how
        ]


def suite(root: Path) -> tuple[Attack, ...]:
    """Return all attacks, by number; raises UserError in a tree without them."""
    if not (root / "tests" / "redteam" / "attacks").is_dir():
        raise UserError(f"{root}: no tests/redteam here; the attacks are in the course's own repository")
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    attacks: tuple[Attack, ...] = importlib.import_module("tests.redteam.attacks").ATTACKS
    return attacks


def run(
    root: Path,
    only: Iterable[int] = (),
    quick: bool = False,
    landlock_abi: int | None = None,
) -> AttackReport:
    """Carry out the attacks, or those numbered in `only`; `quick` takes one variant of each and no class."""
    wanted = set(only)
    attacks = [one for one in suite(root) if not wanted or one.number in wanted]
    if not attacks:
        raise UserError(f"no attack is numbered {', '.join(map(str, sorted(wanted)))}")
    spawn, benches = get_context("spawn"), min(BENCHES, len(attacks))
    with spawn.Manager() as manager, ProcessPoolExecutor(benches, mp_context=spawn) as pool:
        left = manager.Queue()
        for number in (*(one.number for one in attacks), *[None] * benches):  # None tells a bench to end
            left.put(number)
        tried = functools.partial(_try_some, root, quick, landlock_abi)
        findings, proofs = zip(*pool.map(tried, [left] * benches), strict=True)
    hostile = [] if quick or wanted else hand_ins(attacks)
    with _open_bench(landlock_abi) as bench:
        unchanged = bench.honest_is_unchanged() and (not hostile or class_is_unchanged(bench, hostile))
        level = bench.level
    return AttackReport(
        level, os.geteuid(), _joined(findings), _joined(proofs), unchanged, attackers=len(hostile)
    )


def _joined(parts: Iterable[list[Finding]]) -> tuple[Finding, ...]:
    return tuple(sorted(itertools.chain(*parts), key=lambda one: one.number))


def _try_some(
    root: Path, quick: bool, landlock_abi: int | None, left: Queue[int | None]
) -> tuple[list[Finding], list[Finding]]:
    """Carry out attacks in a process of its own while any are left; return what was found, also of layers."""
    attacks = {one.number: one for one in suite(root)}
    findings, proofs = [], []
    with _open_bench(landlock_abi) as bench:
        for attack in map(attacks.__getitem__, iter(left.get, None)):
            for variant in _chosen(attack, quick):
                findings.append(try_variant(bench, attack, variant) if variant else _out_of_scope(attack))
                if isinstance(variant, Code) and variant.only:
                    proofs.append(proof_of_layer(bench, attack, variant))
    return findings, proofs


def _open_bench(landlock_abi: int | None) -> AbstractContextManager[Any]:
    older = {"landlock_abi_cap": landlock_abi, "layers": LAYERS - {"namespace"}} if landlock_abi else {}
    bench: AbstractContextManager[Any] = importlib.import_module("tests.redteam.bench").open_bench(**older)
    return bench


def _chosen(attack: Attack, quick: bool) -> Sequence[Variant | None]:
    return (attack.variants or (None,))[: 1 if quick else None]


def _out_of_scope(attack: Attack) -> Finding:
    return Finding(attack.number, attack.title, "scope", "", attack.reason)


# ------------------------------------------------------------------------------------------------ one variant
def try_variant(bench: Any, attack: Attack, variant: Variant) -> Finding:
    """Carry one variant out, and show that it would succeed where nothing holds it."""
    finding = Finding(attack.number, attack.title, attack.surface, variant.name, "")
    try:
        if isinstance(variant, Act):
            with tempfile.TemporaryDirectory(prefix="redteam-act-") as folder:
                return replace(finding, held_by=variant.act(Path(folder), bench))
        _needs(bench, variant)
        escaped = contained(bench, variant)
        return replace(finding, held_by=variant.held_by, escaped=escaped, dud=dud(bench, variant))
    except Absent as problem:
        return replace(finding, absent=str(problem))
    except Escaped as problem:
        is_dud = str(problem).startswith("dud: ")
        return replace(finding, dud=str(problem)) if is_dud else replace(finding, escaped=str(problem))


def _needs(bench: Any, code: Code) -> None:
    """Raise Absent for what only a layer holds that this machine or user does not have."""
    if code.only == "namespace" and "private root" not in bench.probed.layers.get("namespace", ""):
        raise Absent("no private root here: at this level a guessed path shows whether it exists")
    if code.only == "uid" and os.geteuid() != 0:
        raise Absent("only root has the right to begin with")


def contained(bench: Any, code: Code, **limits: Any) -> str:
    """Return how a submission came through, "" when it was contained."""
    seen = bench.carry_out(code, **limits)
    if seen.harm:
        return "; ".join(seen.harm)
    if not seen.verdicts <= set(code.ends):
        return f"ended in {', '.join(sorted(seen.verdicts))}, not in {', '.join(code.ends)}"
    return "" if bench.honest_is_unchanged() else "changed the grade of the next submission"


def dud(bench: Any, code: Code) -> str:
    """Return why an attack proves nothing, "" when it was seen to succeed where nothing holds it."""
    if code.proof != OPEN:
        return (
            "" if bench.beside_a_plain_grader(code) else f"a plain grader ({code.proof}) is not cheated by it"
        )
    if bench.without(code, *LAYERS) or code.rare:
        return ""
    return "it does not succeed in a worker without layers either"


def proof_of_layer(bench: Any, attack: Attack, code: Code) -> Finding:
    """Show that one layer alone holds an attack: contained with all of them, not without this one.

    Namespaces are left out but for their own proof, since a private root holds much of what Landlock holds.
    """
    finding = Finding(attack.number, attack.title, attack.surface, code.name, f"only {code.only}")
    try:
        _needs(bench, code)
    except Absent as problem:
        return replace(finding, absent=str(problem))
    if escaped := contained(bench, code, layers=LAYERS - {"namespace"} | {code.only}):
        return replace(finding, escaped=escaped)
    if not bench.without(code, code.only):
        return replace(finding, dud=f"it is contained without {code.only} too")
    return finding


# ------------------------------------------------------------------------------------------------- a class
def hand_ins(attacks: Iterable[Attack]) -> list[Code]:
    """Return the attacks that are submissions."""
    return [variant for attack in attacks for variant in attack.variants if isinstance(variant, Code)]


def class_is_unchanged(bench: Any, codes: Sequence[Code]) -> bool:
    """Grade a class of honest students alone, and again among attackers; compare their grades to the byte."""
    assignment = bench.judge.assignment
    honest = [
        _hand_in(f"h{n:02}", files)
        for n, files in enumerate(importlib.import_module("tests.redteam.honest").work(assignment, CLASS))
    ]
    hostile = [_hand_in(f"{'ag'[n % 2]}-{n:03}", bench.files(code)) for n, code in enumerate(codes)]
    grades: list[dict[str, bytes]] = []
    for members in (honest, sorted([*honest, *hostile], key=lambda one: one.student[-2:])):
        with tempfile.TemporaryDirectory(prefix="redteam-class-") as out:
            key = b"redteam-key-of-no-course"
            results = grade_class(assignment, members, key, Path(out), _quiet, JUDGES).results
        grades.append({one.grade.student: msgspec.json.encode(one.grade) for one in results})
    bench.warm_up()
    alone, among = grades
    return all(among[student] == grade for student, grade in alone.items())


def _hand_in(student: str, files: dict[str, bytes]) -> Submission:
    return Submission(student, "", student, "sha256:0", files)


def _quiet(result: Result, was_there: bool) -> None:
    pass
