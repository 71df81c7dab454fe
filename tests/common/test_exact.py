import math
from functools import partial

import pytest
import torch
from scipy import integrate, stats
from torch import Tensor

from common import exact

B, C, H, W = 5, 1, 2, 2
D = C * H * W
NAMES = ["gaussian", "mixture", "points"]
SCALES = torch.tensor([1.0, 0.9, 0.5, 0.1, 0.7], dtype=torch.float64)
NOISES = torch.tensor([0.01, 0.3, 0.8, 1.0, 5.0], dtype=torch.float64)
MIXTURE_1D = exact.Mixture(
    torch.tensor([0.2, 0.5, 0.3], dtype=torch.float64),
    torch.tensor([[-2.0], [0.5], [1.0]]).double(),
    torch.tensor([[[0.3]], [[0.05]], [[1.5]]]).double(),
)


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def a_mixture(k: int = 3) -> exact.Mixture:
    factor = normal(k, D, D, seed=4)
    covariances = factor @ factor.mT / D + 0.1 * torch.eye(D, dtype=torch.float64)
    return exact.Mixture(normal(k, seed=2).softmax(0), normal(k, C, H, W, seed=3), covariances)


def law(name: str) -> dict[str, object]:
    return {
        "gaussian": {"mean": normal(C, H, W, seed=1), "variance": normal(C, H, W, seed=2).exp()},
        "mixture": {"mixture": a_mixture()},
        "points": {"points": normal(7, C, H, W, seed=5)},
    }[name]


def functions(name: str):
    return [partial(getattr(exact, f"{name}_{q}"), **law(name)) for q in ("log_density", "score", "denoiser")]


@pytest.mark.parametrize("name", NAMES)
def test_score_is_the_gradient_of_the_log_density(name):
    log_density, score, _ = functions(name)
    x_t = (normal(B, C, H, W, seed=9) * NOISES.view(-1, 1, 1, 1)).requires_grad_()
    (gradient,) = torch.autograd.grad(log_density(x_t, SCALES, NOISES).sum(), x_t)
    torch.testing.assert_close(score(x_t.detach(), SCALES, NOISES), gradient, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_score_and_denoiser_obey_tweedies_formula(name):
    _, score, denoiser = functions(name)
    x_t = normal(B, C, H, W, seed=9)
    a, s = SCALES.view(-1, 1, 1, 1), NOISES.view(-1, 1, 1, 1)
    right = x_t + s**2 * score(x_t, SCALES, NOISES)
    torch.testing.assert_close(a * denoiser(x_t, SCALES, NOISES), right, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("name", NAMES)
def test_levels_per_sample_agree_with_one_call_for_each_sample(name):
    x_t = normal(B, C, H, W, seed=9)
    for function in functions(name):
        together = function(x_t, SCALES, NOISES)
        alone = [function(x_t[i : i + 1], float(SCALES[i]), float(NOISES[i])) for i in range(B)]
        torch.testing.assert_close(together, torch.cat(alone), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_the_result_has_the_dtype_of_x_t_and_float64_accuracy(name):
    x_t = normal(B, C, H, W, seed=9).float()
    for function in functions(name):
        low, high = function(x_t, SCALES, NOISES), function(x_t.double(), SCALES, NOISES)
        assert low.dtype == torch.float32
        torch.testing.assert_close(low, high.float(), rtol=0, atol=0)


@pytest.mark.parametrize("name", NAMES)
def test_pure_noise_is_denoised_to_the_mean_of_the_data(name):
    _, _, denoiser = functions(name)
    means = {
        "gaussian": normal(C, H, W, seed=1),
        "mixture": torch.einsum("k,k...->...", a_mixture().weights, a_mixture().means),
        "points": normal(7, C, H, W, seed=5).mean(0),
    }
    x_t = normal(B, C, H, W, seed=9)
    torch.testing.assert_close(denoiser(x_t, 0.0, 1.0), means[name].expand_as(x_t))
    torch.testing.assert_close(denoiser(1e8 * x_t, 1e-4, 1e8), means[name].expand_as(x_t), rtol=0, atol=1e-9)


@pytest.mark.parametrize("x_t", [-3.0, -0.4, 0.0, 0.7, 2.5])
@pytest.mark.parametrize(("scale", "noise_std"), [(1.0, 0.2), (0.6, 0.8), (0.05, 1.0)])
def test_mixture_agrees_with_numerical_integration_over_x0(x_t, scale, noise_std):
    w, m, v = (z.flatten().tolist() for z in (MIXTURE_1D.weights, MIXTURE_1D.means, MIXTURE_1D.covariances))

    def joint(x0: float, power: int) -> float:
        prior = sum(wk * stats.norm.pdf(x0, mk, math.sqrt(vk)) for wk, mk, vk in zip(w, m, v, strict=True))
        return x0**power * prior * stats.norm.pdf(x_t, scale * x0, noise_std)

    grid = torch.linspace(-12, 12, 24_001, dtype=torch.float64).numpy()
    density, first = (integrate.simpson(joint(grid, power), x=grid) for power in (0, 1))
    point = torch.tensor([[x_t]], dtype=torch.float64)
    log_density = exact.mixture_log_density(point, scale, noise_std, MIXTURE_1D)
    assert float(log_density.exp()) == pytest.approx(density, rel=1e-9)
    assert float(exact.mixture_denoiser(point, scale, noise_std, MIXTURE_1D)) == pytest.approx(
        first / density
    )


@pytest.mark.parametrize("name", NAMES)
def test_density_integrates_to_one(name):
    arguments = {
        "gaussian": {"mean": 0.5, "variance": 2.0},
        "mixture": {"mixture": MIXTURE_1D},
        "points": {"points": torch.tensor([[-1.0], [0.2], [2.0]])},
    }[name]
    grid = torch.linspace(-15, 15, 30_001, dtype=torch.float64)[:, None]
    log_density = getattr(exact, f"{name}_log_density")(grid, 0.7, 0.3, **arguments)
    total = integrate.simpson(log_density.exp().numpy(), x=grid.flatten().numpy())
    assert total == pytest.approx(1, rel=1e-9)


def test_mixture_density_and_posterior_agree_with_scipy():
    mixture, a, s = a_mixture(), 0.8, 0.5
    x_t = normal(B, C, H, W, seed=9)
    joint = []
    for w, m, c in zip(mixture.weights, mixture.means, mixture.covariances, strict=True):
        cov = a**2 * c + s**2 * torch.eye(D)
        joint.append(float(w) * stats.multivariate_normal((a * m).flatten(), cov).pdf(x_t.flatten(1).numpy()))
    joint = torch.stack([torch.from_numpy(j) for j in joint], dim=1)  # b k
    torch.testing.assert_close(exact.mixture_log_density(x_t, a, s, mixture), joint.sum(1).log())
    posterior = exact.mixture_posterior(x_t, a, s, mixture)
    torch.testing.assert_close(posterior, joint / joint.sum(1, keepdim=True))


def test_one_component_is_the_gaussian_and_zero_covariance_is_the_points():
    x_t, one = normal(B, C, H, W, seed=9), torch.ones(1, dtype=torch.float64)
    mean, variance = law("gaussian").values()
    points = law("points")["points"]
    single = exact.Mixture(one, mean[None], variance.flatten().diag()[None])
    spikes = exact.Mixture(torch.ones(7), points, torch.zeros(7, D, D))
    for mixture, name in ((single, "gaussian"), (spikes, "points")):
        for function, quantity in zip(functions(name), ("log_density", "score", "denoiser"), strict=True):
            actual = getattr(exact, f"mixture_{quantity}")(x_t, SCALES, NOISES, mixture)
            torch.testing.assert_close(actual, function(x_t, SCALES, NOISES), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("noise_std", [1e-3, 1e-8, 1e-160, 1e-300])
def test_points_answer_with_the_nearest_point_when_the_noise_is_tiny(noise_std):
    points = law("points")["points"]
    x_t = 0.5 * points + noise_std * normal(7, C, H, W, seed=6)
    torch.testing.assert_close(exact.points_denoiser(x_t, 0.5, noise_std, points), points, rtol=0, atol=1e-12)
    torch.testing.assert_close(exact.points_posterior(x_t, 0.5, noise_std, points), torch.eye(7).double())
    assert exact.points_log_density(x_t, 0.5, noise_std, points).isfinite().all()


def test_data_with_a_density_need_no_noise():
    x_t = normal(B, C, H, W, seed=9)
    for name in ("gaussian", "mixture"):
        log_density, score, denoiser = functions(name)
        torch.testing.assert_close(denoiser(x_t, 0.5, 0.0), x_t / 0.5)
        torch.testing.assert_close(denoiser(x_t, 0.5, 1e-9), x_t / 0.5)
        torch.testing.assert_close(score(x_t, 0.5, 0.0), score(x_t, 0.5, 1e-9))
        torch.testing.assert_close(log_density(x_t, 0.5, 0.0), log_density(x_t, 0.5, 1e-9))


def test_far_from_all_data_nothing_overflows():
    x_t = torch.full((1, C, H, W), 1e6, dtype=torch.float64)
    for name in NAMES:
        assert all(function(x_t, 1.0, 0.05).isfinite().all() for function in functions(name))


@pytest.mark.parametrize("name", NAMES)
def test_what_the_denoiser_leaves_is_uncorrelated_with_what_it_saw(name):
    """E[(x0 - D(x_t)) g(x_t)] = 0 for every g, 24 tests at 5.5 standard errors: false alarm 1e-6."""
    n, a, s = 40_000, 0.7, 0.6
    generator = torch.Generator().manual_seed(8)
    mixture, points = a_mixture(), law("points")["points"]
    x0 = {
        "gaussian": lambda: law("gaussian")["mean"] + law("gaussian")["variance"].sqrt() * normal(n, C, H, W),
        "mixture": lambda: exact.mixture_sample(n, mixture, generator),
        "points": lambda: points[torch.randint(7, (n,), generator=generator)],
    }[name]()
    x_t = a * x0 + s * torch.randn(n, C, H, W, dtype=torch.float64, generator=generator)
    left = x0 - functions(name)[2](x_t, a, s)
    for seen in (torch.ones_like(x_t), x_t):
        product = (left * seen).flatten(1)
        z = product.mean(0) / (product.std(0) / math.sqrt(n))
        assert z.abs().max() < 5.5


def test_samples_of_a_mixture_have_its_law():
    """A projection follows a mixture in one dimension. Kolmogorov-Smirnov test, false alarm 1e-6."""
    mixture, n = a_mixture(), 20_000
    x0 = exact.mixture_sample(n, mixture, torch.Generator().manual_seed(3))
    assert x0.shape == (n, C, H, W)
    direction = normal(D, seed=11)
    w, m = mixture.weights.numpy(), (mixture.means.flatten(1) @ direction).numpy()
    sd = torch.einsum("d,kde,e->k", direction, mixture.covariances, direction).sqrt().numpy()
    result = stats.kstest(
        (x0.flatten(1) @ direction).numpy(), lambda x: stats.norm.cdf(x[:, None], m, sd) @ w
    )
    assert result.pvalue > 1e-6


def test_samples_of_a_singular_component_stay_on_its_line():
    along = torch.tensor([1.0, 2.0, -1.0])
    mixture = exact.Mixture(torch.ones(1), torch.zeros(1, 3), along.outer(along)[None])
    x0 = exact.mixture_sample(1000, mixture, torch.Generator().manual_seed(0))
    assert x0.dtype == torch.float32
    torch.testing.assert_close(x0, x0[:, :1] * along, rtol=0, atol=1e-3)
    assert x0[:, 0].std() == pytest.approx(1, abs=0.1)


def test_ring_lies_on_its_circle():
    ring = exact.ring(k=6, radius=2.0, std=0.3)
    torch.testing.assert_close(ring.means.norm(dim=1), torch.full((6,), 2.0).double())
    torch.testing.assert_close(ring.means.mean(0), torch.zeros(2).double(), rtol=0, atol=1e-15)
    torch.testing.assert_close(ring.weights, torch.full((6,), 1 / 6).double())
    torch.testing.assert_close(ring.covariances[3], 0.09 * torch.eye(2).double())


def test_a_level_that_makes_no_sense_is_refused_in_words():
    x_t = normal(B, C, H, W)
    with pytest.raises(ValueError, match="noise_std is one number or one for each of 5 samples"):
        exact.gaussian_score(x_t, 1.0, torch.ones(3), 0.0, 1.0)
    with pytest.raises(ValueError, match="noise_std must not be negative or NaN"):
        exact.gaussian_score(x_t, 1.0, -0.1, 0.0, 1.0)
    with pytest.raises(ValueError, match="scale must not be negative or NaN"):
        exact.points_score(x_t, math.nan, 0.1, x_t)
    with pytest.raises(ValueError, match="x_t has no density"):
        exact.points_denoiser(x_t, 1.0, 0.0, x_t)
    with pytest.raises(ValueError, match="x_t has no density"):
        exact.gaussian_denoiser(x_t, 0.0, 0.0, 0.0, 1.0)
