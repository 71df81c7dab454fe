"""False-alarm rates are verified by simulation with a fixed seed. The number of rejections of samples that do
follow the law is binomial with the stated rate (at most), and each bound on it would fail by chance once in a
million seeds."""

import numpy as np
import pytest
import torch
from scipy import stats

from common.twosample import energy_distance, energy_test, ks_test, ks_two_sample_test


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def most_false_alarms(runs: int, rate: float) -> int:
    return int(stats.binom.isf(1e-6, runs, rate))


def least_false_alarms(runs: int, rate: float) -> int:
    return int(stats.binom.ppf(1e-6, runs, rate))


def test_ks_test_keeps_its_false_alarm_rate():
    x = torch.rand(1000, 40, generator=generator(), dtype=torch.float64)
    alarms = sum(ks_test(row, stats.uniform.cdf, false_alarm=0.05).rejected for row in x)
    assert least_false_alarms(1000, 0.05) <= alarms <= most_false_alarms(1000, 0.05)


def test_ks_two_sample_test_keeps_its_false_alarm_rate():
    x = torch.randn(1000, 60, generator=generator(), dtype=torch.float64)
    alarms = sum(ks_two_sample_test(row[:25], row[25:], false_alarm=0.05).rejected for row in x)
    assert 0 < alarms <= most_false_alarms(1000, 0.05)  # the statistic is discrete: the rate is 0.05 at most


def test_energy_test_keeps_its_false_alarm_rate():
    g = generator()
    x = torch.randn(1000, 20, 2, generator=g, dtype=torch.float64)
    outcomes = [energy_test(s[:8], s[8:], g, false_alarm=0.1, permutations=99) for s in x]
    alarms = sum(outcome.rejected for outcome in outcomes)
    assert least_false_alarms(1000, 0.1) <= alarms <= most_false_alarms(1000, 0.1)


def test_a_different_law_is_rejected():
    x = torch.randn(2000, generator=generator(1), dtype=torch.float64)
    y = 1.5 * torch.randn(2000, generator=generator(2), dtype=torch.float64)
    assert not ks_test(x, stats.norm(0, 1).cdf).rejected
    assert ks_test(y, stats.norm(0, 1).cdf).rejected
    assert ks_two_sample_test(x, y).rejected


def test_energy_test_sees_a_dependence_that_no_coordinate_shows():
    g = generator(3)
    x = torch.randn(200, 2, generator=g)
    y = torch.randn(200, 1, generator=g).expand(200, 2)
    assert energy_test(x, y, g).rejected
    assert not energy_test(x, torch.randn(150, 2, generator=g), g).rejected


def test_energy_distance_agrees_with_scipy_in_one_dimension():
    x = torch.randn(30, generator=generator(4), dtype=torch.float64)
    y = torch.rand(50, generator=generator(5), dtype=torch.float64)
    expected = stats.energy_distance(x.numpy(), y.numpy()) ** 2  # scipy gives the root
    assert energy_distance(x[:, None], y[:, None]) == pytest.approx(expected)
    assert energy_distance(x[:, None], x[:, None]) == pytest.approx(0, abs=1e-14)


def test_the_permutation_p_value_counts_what_a_loop_counts():
    x, y = torch.randn(5, 3, generator=generator(6)), torch.randn(7, 3, generator=generator(7)) + 0.5
    outcome = energy_test(x, y, generator(8), false_alarm=0.1, permutations=200)
    keys = torch.rand(200, 12, dtype=torch.float64, generator=generator(8))
    places = keys.argsort(dim=1)  # where each place takes its sign from: the first five are x
    both = torch.cat([x, y])
    distances = [energy_distance(both[p < 5], both[p >= 5]) for p in places]
    assert outcome.statistic == pytest.approx(energy_distance(x, y))
    assert outcome.p_value == pytest.approx((1 + np.sum(np.array(distances) >= outcome.statistic)) / 201)


def test_as_few_permutations_as_allowed_can_still_reject():
    x = torch.randn(20, 2, generator=generator())
    outcome = energy_test(x, x + 10, generator(1), false_alarm=0.01, permutations=99)
    assert outcome.p_value == 0.01
    assert outcome.rejected


def test_equal_sets_are_never_rejected():
    x = torch.randn(20, 2, generator=generator())
    assert energy_test(x, x, generator(1)).p_value == 1
    assert energy_test(x[:1].expand(9, 2), x[:1].expand(7, 2), generator(1)).p_value == 1


def test_senseless_input_is_refused_in_words():
    x = torch.zeros(5, 2)
    with pytest.raises(ValueError, match=r"shape \(n,\), not \(5, 2\)"):
        ks_test(x, stats.norm.cdf)
    with pytest.raises(ValueError, match="NaN or infinity"):
        ks_test(torch.tensor([1.0, float("nan")]), stats.norm.cdf)
    with pytest.raises(ValueError, match="NaN or infinity"):
        energy_test(x + 1, x / 0, generator())
    with pytest.raises(ValueError, match=r"shapes \(n, d\) and \(m, d\)"):
        energy_test(x, torch.zeros(5, 3), generator())
    with pytest.raises(ValueError, match="take 1000"):
        energy_test(x, x, generator(), false_alarm=1e-3, permutations=99)
