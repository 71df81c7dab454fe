"""One variant of every attack: contained, and no dud; and the suite sees harm where there is some, only there.

`autograder redteam` carries out all variants and grades a class among the attackers: minutes, part of `make test`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from autograder.isolation import landlock
from autograder.isolation.landlock import landlock_abi
from autograder.isolation.limits import LAYERS
from autograder.redteam.attack import Attack, Code, Variant
from autograder.redteam.suite import proof_of_layer, try_variant

pytestmark = pytest.mark.skipif(landlock_abi() < landlock.OLDEST, reason="this machine has no Landlock")

from .attacks import ATTACKS  # noqa: E402
from .bench import Bench, open_bench  # noqa: E402
from .beside import GRADERS  # noqa: E402

VARIANTS = [(attack, variant) for attack in ATTACKS for variant in attack.variants]
FIRST = [(attack, attack.variants[0]) for attack in ATTACKS if attack.variants]
LAYERED = [(attack, variant) for attack, variant in VARIANTS if isinstance(variant, Code) and variant.only]
Case = tuple[Attack, Variant]


def name_of(case: Case) -> str:
    return f"{case[0].number} {case[1].name}"


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with open_bench() as opened:
        yield opened


@pytest.mark.parametrize("case", FIRST, ids=map(name_of, FIRST))
def test_attack_is_contained_and_no_dud(bench: Bench, case: Case) -> None:
    finding = try_variant(bench, *case)
    if finding.absent:
        pytest.skip(finding.absent)
    assert (finding.escaped, finding.dud) == ("", "")


@pytest.mark.parametrize("case", LAYERED, ids=map(name_of, LAYERED))
def test_layer_alone_holds_the_attack(bench: Bench, case: tuple[Attack, Code]) -> None:
    proof = proof_of_layer(bench, *case)
    if proof.absent:
        pytest.skip(proof.absent)
    assert (proof.escaped, proof.dud) == ("", "")


# ---- the list itself


def test_every_number_of_the_list_is_there() -> None:
    assert [attack.number for attack in ATTACKS if attack.number <= 66] == list(range(1, 67))


def test_what_is_out_of_scope_has_a_reason_and_nothing_else_has_none() -> None:
    for attack in ATTACKS:
        assert bool(attack.reason) is (attack.surface == "scope") is not bool(attack.variants)


def test_names_tell_variants_apart() -> None:
    for attack in ATTACKS:
        assert max(Counter(variant.name for variant in attack.variants).values(), default=1) == 1, (
            attack.number
        )


def test_there_are_enough_of_them_and_each_layer_has_its_own() -> None:
    assert len(VARIANTS) >= 150
    assert {variant.only for _, variant in LAYERED} == LAYERS
    assert any(
        isinstance(variant, Code) and variant.proof != "open" for _, variant in VARIANTS
    )  # judge/worker


# ---- an attack that does nothing is not taken for one: neither the sandbox nor a plain grader sees harm in it

WRONG = Code("nothing", "return x", "")
BESIDE = {  # graders whose flaw is that they like any answer, or none: what they do not like
    "last value": Code("nothing", "\ndef standardise(x, delta=1e-5):\n    return 0.0\n", "", module=True),
    "silence": Code("nothing", "\ndef standardise(x, delta=1e-5):\n    return x\n", "", module=True),
    "clock": Code("nothing", "time.sleep(0.1)", ""),
}


def test_no_harm_is_seen_in_wrong_work(bench: Bench) -> None:
    assert bench.carry_out(WRONG).harm == ()
    assert bench.without(WRONG, *LAYERS) == ()


@pytest.mark.parametrize("kind", GRADERS)
def test_a_plain_grader_sees_no_harm_in_wrong_work(bench: Bench, kind: str) -> None:
    body = BESIDE.get(kind, WRONG)
    code = Code(body.name, body.body, "", proof=kind, module=body.module)
    assert bench.beside_a_plain_grader(code) == ()


RIGHT = "mean, variance = x.mean(0), x.var(0, correction=0)\nreturn (x - mean) / torch.sqrt(variance + 1e-5)"
EARNING = ("allclose", "assert close", "difference", "equality", "pytest", "unittest", "exit code", "pickle", "pipe",
           "statistics")  # fmt: skip


@pytest.mark.parametrize("kind", EARNING)
def test_a_plain_grader_gives_right_work_its_point(bench: Bench, kind: str) -> None:
    assert bench.beside_a_plain_grader(Code("right", RIGHT, "", proof=kind)) == ("earned a point",)


@pytest.mark.parametrize(
    ("body", "harm"),
    [
        ("print(Path(HERE['hidden']).read_text())", "brought back canary-hidden"),
        ("Path(HERE['results']).write_text('')", "changed"),
        ("os.kill(HERE['victim'], signal.SIGUSR1)\ntime.sleep(0.1)", "the victim got SIGUSR1"),
        ("os.kill(HERE['victim'], signal.SIGSTOP)\ntime.sleep(0.1)", "the victim's life is now stopped"),
        ("if os.fork() == 0:\n    time.sleep(30)\n    os._exit(0)", "left process"),
        ("socket.create_connection(('127.0.0.1', HERE['tcp']))", "reached a AF_INET SOCK_STREAM server"),
        ("socket.socket(socket.AF_UNIX).connect('\\0' + HERE['abstract'])", "reached a AF_UNIX SOCK_STREAM server"),
        ("Path(f\"/dev/shm/{HERE['name']}-x\").write_text('')", "changed /dev/shm"),
    ],
)  # fmt: skip
def test_harm_of_each_kind_is_seen(bench: Bench, body: str, harm: str) -> None:
    seen = bench.without(Code("harm", body, "", wait_s=1), *LAYERS)
    assert any(one.startswith(harm) for one in seen), seen
