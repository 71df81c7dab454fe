"""Hidden checks of motifs: fresh contigs, written from what they should mean, and fresh motifs."""

import torch

from autograder.checks import any_of, close, expect, raises, task
from autograder.nearness import near, near_single

from ..tests.turns import turns
from .fresh import expect_alike


def a_contig(seed, length: int) -> tuple[str, list[int]]:
    """Return a contig and the places that it names."""
    first, parts, index = 1, [], []
    for i in range(5):
        draw = seed.fork(f"{i}")
        new = draw.fork("new").integer(0, 4)
        parts.append(f"{new}")
        index += [-1] * new
        last = min(length, first + draw.fork("last").integer(0, 3))
        parts.append(f"B{first}-{last}" if last > first else f"B{first}")
        index += range(first - 1, last)
        first = last + 2
    return "/".join(parts), index


@task("motif", gate=True)
def test_motifs_are_an_answer_at_all(submission, seed):
    """The index of a fresh contig, or a placed motif, goes with what it should be"""
    contig, index = a_contig(seed, 40)
    R, x, x_ref = turns(seed, 6), seed.fork("x").normal(6, 3), 5 * seed.fork("x_ref").normal(4, 3)
    mask, places = torch.tensor([1, 1, 0, 1, 0, 1]).bool(), torch.tensor([0, 1, -1, 2, -1, 3])
    due = x.clone()
    due[mask] = x_ref - x_ref.mean(dim=0)

    def placed() -> None:
        expect_alike(submission.motif.place_motif(R, x, R[:4], x_ref, mask, places)[1][mask], due[mask])

    any_of(lambda: expect_alike(submission.motif.parse_contig(contig, 40)[1], torch.tensor(index)), placed)


@task("motif", weight=3)
def test_fresh_contigs(submission, seed):
    """Fresh contigs with ranges, single residues and gaps; one residue too many raises ValueError

    Read ranges, single residues and gaps in order: letters are of chains, numbers include both ends. One
    residue too many raises ValueError.
    """
    for number in range(4):
        contig, index = a_contig(seed.fork(f"{number}"), 40)
        mask, came = submission.motif.parse_contig(contig, 40)
        close(came, torch.tensor(index), rtol=0, what=f"the index of {contig}")
        expect(
            mask.tolist() == [i >= 0 for i in index],
            f"the mask of {contig} is not True where residues are kept",
        )
    last = max(index)
    submission.motif.parse_contig(contig, last + 1)
    for wrong, length in ((contig, last), (contig + "/B1", 40), (contig + "/x", 40), (contig + "/3-5", 40)):
        with raises(ValueError):
            submission.motif.parse_contig(wrong, length)


@task("motif", weight=2)
def test_fresh_motifs(submission, seed):
    """Fresh motifs out of order in fresh noise: only they move, and by one shift; float32 too

    The motif keeps its shape: it is centred and put in its place by one shift, and only its residues move.
    Residues may come out of order.
    """
    R, x = turns(seed, 7), 5 * seed.fork("x").normal(7, 3)
    R_ref, x_ref = turns(seed.fork("R_ref"), 5), 30 + seed.fork("x_ref").normal(5, 3)
    mask, index = torch.tensor([1, 0, 1, 1, 0, 0, 1]).bool(), torch.tensor([4, -1, 0, 2, -1, -1, 1])
    due_R, due_x = R.clone(), x.clone()
    for i, place in enumerate(index.tolist()):
        if place >= 0:
            due_R[i], due_x[i] = R_ref[place], x_ref[place] - (x_ref[4] + x_ref[0] + x_ref[2] + x_ref[1]) / 4
    near(submission.motif.place_motif(R, x, R_ref, x_ref, mask, index), (due_R, due_x), "frames: R and x")
    single = submission.motif.place_motif(*(one.float() for one in (R, x, R_ref, x_ref)), mask, index)
    near_single(single[1], due_x, "x")
