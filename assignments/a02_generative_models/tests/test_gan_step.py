"""Public checks of one round: the smallest GAN there is, whose orbits are known (Mescheder et al. 2018).

The data are zeros, the generator is one number theta, the critic psi x; both learn by SGD with rate 0.1.
"""

import math

import torch

from autograder.checks import close, expect, task

from .. import plays_gan
from .numbers import IN_PLACE, exactly, near, rows

ETA = 0.1


def dirac(submission, steps: int, kind: str, **settings) -> dict:
    """Play rounds from theta = psi = 1, with nothing but zeros as data and as noise."""
    nothing = torch.zeros(steps, 2, 1, dtype=torch.float64)
    generator, critic = [exactly(1), rows((1,))], [exactly(1)]
    return submission.play(
        plays_gan.rounds, generator, critic, nothing[0], nothing, nothing, kind, **settings
    )


def orbit(came: dict) -> list[list[float]]:
    """Return theta and psi after each round."""
    return [[after[0].item(), after[2].item()] for after in came["weights"]]


# -------------------- 2.5 gan_step
@task("gan_step")
def test_first_round_by_hand(submission):
    """wasserstein: psi becomes 0.9 first, and theta then 1.09; the losses were 1 and -0.9"""
    came = dirac(submission, 1, "wasserstein")
    hint = "First the critic, from theta = 1; then the generator, from the critic as it is after its step."
    near(orbit(came)[0], [1.09, 0.9], "theta and psi", hint)
    near(came["losses"][0], [1.0, -0.9], "the two losses", "Each as it was before its own step.")


@task("gan_step", weight=2)
def test_orbit_never_converges(submission):
    """wasserstein: 12 rounds run around the solution; theta^2 + psi^2 - theta psi / 10 stays 1.9"""
    came = dirac(submission, 12, "wasserstein")
    for theta, psi in orbit(came):
        hint = "Simultaneous steps leave the orbit outwards; gradients of another round add up."
        near(theta**2 + psi**2 - ETA * theta * psi, 1.9, "the invariant", hint)
    matrix = rows((1 - ETA**2, ETA), (-ETA, 1))
    near(list(orbit(came)[-1]), (torch.linalg.matrix_power(matrix, 12) @ exactly(1, 1)).tolist(), "the end")


@task("gan_step")
def test_r1_makes_it_converge(submission):
    """wasserstein with gamma = 1: the radius shrinks by sqrt(0.9) a round on average"""
    came = dirac(submission, 12, "wasserstein", gamma=1.0)
    matrix = rows((1 - ETA**2, ETA * (1 - ETA)), (-ETA, 1 - ETA))
    expected = torch.linalg.matrix_power(matrix, 12) @ exactly(1, 1)
    near(
        list(orbit(came)[-1]),
        expected.tolist(),
        "the end",
        "R1 at real images adds gamma psi to the gradient.",
    )
    near(came["losses"][0], [1.0, -0.8], "the first losses", "The critic's loss comes back without R1.")


@task("gan_step")
def test_non_saturating_round(submission):
    """non_saturating: psi = 1 - sigmoid(1) / 10 = 0.926894, theta = 1.026283; a second round differs"""
    came = dirac(submission, 2, "non_saturating")
    psi = 1 - ETA / (1 + math.exp(-1))
    theta = 1 + ETA * psi / (1 + math.exp(psi))
    near(orbit(came)[0], [theta, psi], "theta and psi after one round")
    losses = [math.log(2) + math.log1p(math.e), math.log1p(math.exp(-psi))]
    near(came["losses"][0], losses, "the losses")
    psi_2 = psi - ETA * theta / (1 + math.exp(-psi * theta))
    hint = "What the generator's pass left in the critic's gradients must not count."
    near(orbit(came)[1][1], psi_2, "psi after the second round", hint)


@task("gan_step")
def test_each_player_has_its_own_noise(submission):
    """G = theta + z: with noise 3 for the critic and 5 for the generator, wasserstein gives psi = 1 - 0.4"""
    nothing = torch.zeros(1, 2, 1, dtype=torch.float64)
    generator, critic = [exactly(1), rows((1,))], [exactly(1)]
    came = submission.play(
        plays_gan.rounds, generator, critic, nothing[0], nothing + 3, nothing + 5, "wasserstein"
    )
    hint = "noise_d makes the images that the critic learns from, noise_g those of the generator's turn."
    near(came["weights"][0][2], exactly(0.6), "psi", hint)
    near(came["losses"][0], [4.0, -0.6 * 6], "the losses", hint)
    near(came["weights"][0][1], rows((1 + ETA * 0.6 * 5,)), "the generator's factor of the noise", hint)


@task("gan_step")
def test_old_gradients_do_not_count(submission):
    """Gradients that lie in both networks before the call change nothing"""
    fresh, stale = (dirac(submission, 2, "hinge", stale=stale) for stale in (False, True))
    hint = "zero_grad() of each optimizer, before its own backward()."
    near(orbit(stale), orbit(fresh), "theta and psi with old gradients", hint)
    near(orbit(fresh)[0], [1.09, 0.9], "theta and psi after one round of hinge")


@task("gan_step")
def test_losses_are_numbers(submission, seed):
    """Both losses are Python floats, not tensors that hold on to a graph; no argument is changed"""
    real, noises = seed.normal(3, 2), seed.fork("noise").normal(2, 3, 1)
    generator, critic = [exactly(1, 2), rows((1, -1))], [exactly(0.5, 0.2)]
    came = submission.play(plays_gan.rounds, generator, critic, real, noises, noises, "least_squares")
    kinds = [type(loss).__name__ for losses in came["losses"] for loss in losses]
    expect(kinds == ["float"] * 4, f"the losses are {', '.join(kinds)}; expected floats", "loss.item()")
    close(came["arguments"], [real, noises, noises], rtol=0, what="the arguments afterwards", hint=IN_PLACE)
    expect(came["trainable"] == [True] * 3, "a weight can no longer be trained afterwards")
