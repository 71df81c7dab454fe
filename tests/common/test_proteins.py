"""Backbones that are shipped: real bonds, the usual handedness, whole windows."""

import torch

from common.proteins import BOND, backbones, split_chains, windows


def test_chains_have_the_length_of_their_sequences_and_known_bonds():
    chains = backbones()
    assert len(chains) == 50
    assert sum(len(chain.atoms) for chain in chains) == 6860
    assert sum(chain.broken for chain in chains) == 2
    for chain in chains:
        assert len(chain.atoms) == len(chain.sequence) == len(chain.structure)
        assert set(chain.structure) <= set("-HE")
        assert len(chain.name) == 5
        n, ca, c, o = chain.atoms.unbind(dim=1)
        for a, b, due in ((n, ca, 1.46), (ca, c, 1.525), (c, o, 1.23)):
            assert abs((a - b).norm(dim=1).mean() - due) < 0.02


def test_every_fifth_chain_is_held_out():
    chains = backbones()
    training, held_out = split_chains(chains)
    assert [chain.name for chain in held_out] == [chains[i].name for i in range(4, 50, 5)]
    assert not {chain.name for chain in training} & {chain.name for chain in held_out}


def test_windows_are_whole_pieces_of_chains():
    training, held_out = split_chains(backbones())
    pieces = windows(held_out, 10, stride=4)
    assert pieces.shape == (324, 10, 3, 3)
    assert len(windows(training, 10)) == 5107
    assert torch.equal(pieces[1], held_out[0].atoms[4:14, :3])
    assert (pieces[:, 1:, 0] - pieces[:, :-1, 2]).norm(dim=-1).max() <= BOND


def test_helices_are_right_handed():
    chains = backbones()
    turns = []
    for chain in chains:
        steps = chain.atoms[1:, 1] - chain.atoms[:-1, 1]
        volume = (torch.linalg.cross(steps[:-2], steps[1:-1]) * steps[2:]).sum(dim=1)
        helix = torch.tensor([chain.structure[i : i + 4] == "HHHH" for i in range(len(volume))])
        turns.append(volume[helix] > 0)
    assert torch.cat(turns).double().mean() > 0.98
