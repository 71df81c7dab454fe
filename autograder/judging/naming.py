"""Decides under which failing check the sentence of a known mistake stands, at home and officially alike.

A sentence belongs to the checks whose own evidence it explains: an answer may hold two slips, and what one of
them breaks says nothing about the other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

# wrong answer, check -> True: it gives just what came here; False: it would show here, and does not;
# None: this check cannot see it
Shows = Callable[[str, str], bool | None]


def sentences(
    says: Mapping[str, str],
    failed: Collection[str],
    passed: Collection[str],
    shows: Shows,
    telling: Callable[[str], bool],
) -> dict[str, str]:
    """Return failed check -> the wrong answer that explains it; checks that nothing explains are left out.

    `says` has the sentence of each wrong answer; those with one sentence are one mistake, written otherwise.
    A mistake that a passing check would show is not there. One that other failing checks contradict may be
    there beside another slip, when it explains more than contradict it, or as many where another known one
    explains the rest: alone it would be a worked example in which two mistakes give the same. And only values
    tell so: two exceptions of one type, and zeros alone, are often unrelated. Of several, the one that
    explains most is taken; of equals the first, and none unless all say the same. Where more checks fail that
    those which are told do not touch than they explain, or any do while no value tells, something else is
    wrong, and nothing is told.
    """
    ranks: dict[str, tuple[bool, int]] = {}
    under: dict[str, list[str]] = {check: [] for check in failed}
    doubtful: set[str] = set()
    for wrong in says:
        seen = {check: shows(wrong, check) for check in failed}
        explained = [check for check in failed if seen[check]]
        against = list(seen.values()).count(False)
        beside_another = len(explained) >= against and any(map(telling, explained))
        if not explained or (against and not beside_another):
            continue
        beside = [shows(wrong, check) for check in passed]
        if False not in beside:
            ranks[wrong] = (not against, len(explained) + beside.count(True))
            doubtful |= {says[wrong]} if len(explained) == against else set()
            for check in explained:
                under[check].append(wrong)
    best = {check: max((ranks[wrong] for wrong in found), default=None) for check, found in under.items()}
    taken = {check: [w for w in found if ranks[w] == best[check]] for check, found in under.items()}
    one = {check: found[0] for check, found in taken.items() if len({says[w] for w in found}) == 1}
    told = {says[wrong] for wrong in one.values()}
    untouched = [c for c in failed if not under[c] and all(shows(wrong, c) is None for wrong in one.values())]
    elsewhere = len(untouched) > len(one) or (untouched and not any(map(telling, one)))
    return {} if elsewhere or (len(told) == 1 and told <= doubtful) else one
