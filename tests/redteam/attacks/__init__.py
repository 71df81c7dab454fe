"""All attacks, by number. Each family has its file; families may share an attack."""

from dataclasses import replace

from autograder.redteam.attack import Attack

from . import (
    beyond,
    evidence,
    exhaustion,
    exported,
    forging,
    handins,
    labs,
    learnt,
    measured,
    neighbours,
    network,
    odd,
    operators,
    patching,
    people,
    processes,
    reading,
    timing,
    workflows,
)

FAMILIES = (
    forging,
    reading,
    patching,
    processes,
    exhaustion,
    network,
    handins,
    neighbours,
    people,
    exported,
    timing,
    workflows,
    evidence,
    measured,
    operators,
    labs,
    odd,
    learnt,
    beyond,
)


def merged() -> tuple[Attack, ...]:
    """Put the variants of one attack together, whichever families they come from."""
    attacks: dict[int, Attack] = {}
    for family in FAMILIES:
        for one in family.ATTACKS:
            before = attacks.get(one.number, replace(one, variants=()))
            attacks[one.number] = replace(before, variants=(*before.variants, *one.variants))
    return tuple(attacks[number] for number in sorted(attacks))


ATTACKS = merged()
