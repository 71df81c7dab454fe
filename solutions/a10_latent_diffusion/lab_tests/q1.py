"""The autoencoder: what it restores, of pictures that it was trained on and of others."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q1"
points = 3


@test_case(points=1)
def test_latents_have_deviation_1(latents, data):
    assert latents.shape == (len(data.x), 4, 8, 8), f"latents have shape {tuple(latents.shape)}"
    assert abs(latents.std() - 1) < 0.01, f"scaled latents have deviation {latents.std():.3f}, not 1"


@test_case(points=2)
def test_pictures_are_restored(data, latents, decode, others, restored):
    for whose, error in (
        ("Google's", (decode(latents) - data.x).abs().mean()),
        ("Twitter's", (restored - others.x).abs().mean()),
    ):
        assert error < 0.3, (
            f"{whose} pictures are restored with a mean error of {error:.2f}; expected less than 0.3"
        )
