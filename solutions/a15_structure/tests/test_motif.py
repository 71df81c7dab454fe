"""Public checks of motifs: a worked contig, contigs that name nothing right, and where a motif goes."""

import torch

from autograder.checks import close, exactly, expect, raises, task
from autograder.nearness import near, unchanged

from .. import plays
from .turns import turns


@task("motif", weight=2)
def test_worked_contig(submission):
    """3/A5-7/2/A1 of ten residues: three new ones, 5 to 7, two new ones, and the first"""
    mask, index = submission.motif.parse_contig("3/A5-7/2/A1", 10)
    expect(mask.dtype == torch.bool, f"the mask is {mask.dtype}; expected torch.bool")
    expect(not index.is_floating_point(), f"the index is {index.dtype}; expected whole numbers")
    hint = "Residues are numbered from 1, both ends belong to a range, and True means fixed."
    close(mask.long(), torch.tensor([0, 0, 0, 1, 1, 1, 0, 0, 1]), rtol=0, what="the mask", hint=hint)
    close(index, torch.tensor([-1, -1, -1, 4, 5, 6, -1, -1, 0]), rtol=0, what="the index", hint=hint)
    mask, index = submission.motif.parse_contig("0/b10/12", 10)
    close(index, torch.tensor([9] + 12 * [-1]), rtol=0, what="the index of 0/b10/12", hint="0 adds nothing.")
    _, index = submission.motif.parse_contig("A1/b2", 10)
    close(index, torch.tensor([0, 1]), rtol=0, what="the index of A1/b2", hint="Letters may differ.")


@task("motif")
def test_contigs_that_are_refused(submission):
    """Ranges beyond the ends or turned round, a residue twice, nothing, any other text: ValueError"""
    for contig in (
        "A0-2",
        "A9-11/3",
        "A7-5",
        "2/A3-4/A4-6",
        "0",
        "",
        "10-40",
        "3//A1",
        "A",
        "A1-",
        "-3",
        "AB1",
        "1.5",
    ):
        with raises(ValueError, f"{contig!r} names no design."):
            submission.motif.parse_contig(contig, 10)


@task("motif", weight=2)
def test_where_a_motif_goes(submission, seed):
    """The motif's rotations come in as they are, its CA with their mean at 0; the noise stays"""
    R, x, R_ref = turns(seed, 5), 9 * seed.fork("x").normal(5, 3), turns(seed.fork("R_ref"), 3)
    x_ref = exactly(1, 0, 0, 5, 2, 0, 100, 0, 7).reshape(3, 3)
    mask, index = torch.tensor([False, True, False, True, False]), torch.tensor([-1, 1, -1, 0, -1])
    args = [R.clone(), x.clone(), R_ref, x_ref, mask, index]
    came = submission.play(plays.called, "motif", "place_motif", args)
    came_R, came_x = came["result"]
    hint = "Only the motif is shifted, so that the mean of its CA is 0."
    near(came_x[mask], exactly(2, 1, 0, -2, -1, 0).reshape(2, 3), "the motif's places", hint)
    near(came_R[mask], R_ref[[1, 0]], "the motif's rotations", "They stay as they are.")
    near(came_x[~mask], x[~mask], "the noise's places", hint)
    near(came_R[~mask], R[~mask], "the noise's rotations")
    unchanged(came["arguments"][:2], [R, x])
    none = torch.zeros(5, dtype=torch.bool)
    near(
        submission.motif.place_motif(R, x, R_ref, x_ref, none, index),
        (R, x),
        "frames without a motif: R and x",
    )
