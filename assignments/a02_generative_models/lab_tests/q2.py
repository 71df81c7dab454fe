"""The VAE: bounds in their order, and latents in use."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q2"
points = 3


@test_case(points=1)
def test_it_has_learnt(vae_losses, VAE_STEPS):
    assert len(vae_losses) == VAE_STEPS, f"{len(vae_losses)} losses for {VAE_STEPS} steps"
    first, last = vae_losses[:50].mean().item(), vae_losses[-50:].mean().item()
    assert last < first - 20, f"the loss went from {first:.1f} to {last:.1f} nats; expected 20 less"


@test_case(points=1)
def test_more_samples_cost_fewer_bits(vae_bits):
    elbo, one, ten, hundred = (vae_bits[name] for name in ("ELBO", "IWAE(1)", "IWAE(10)", "IWAE(100)"))
    assert abs(one - elbo) < 0.05, f"IWAE(1) and ELBO have the same mean; here {one:.3f} and {elbo:.3f}"
    assert hundred < ten < one, f"IWAE(100), (10), (1) are {hundred:.3f}, {ten:.3f}, {one:.3f}: not in order"
    assert 1.5 < hundred < 2.6, f"held-out digits cost {hundred:.3f} bits; expected about 2.2"


@test_case(points=1)
def test_some_latents_are_used(active):
    assert 6 <= active <= 16, f"{active} of 16 latents are active; expected at least 6"
