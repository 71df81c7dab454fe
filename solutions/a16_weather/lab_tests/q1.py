"""Winds."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q1"
points = 3


@test_case(points=2)
def test_errors_are_those_of_these_forecasts(table):
    due = {"as last month": 1.9911, "as every year": 1.8399, "as every year, rows weigh the same": 1.8799}
    for forecast, expected in due.items():
        value = table[forecast].mean().item()
        assert abs(value - expected) < 1e-3, f"{forecast}: {value:.4f}; expected {expected:.4f}"


@test_case(points=1)
def test_anomalies_of_one_month_are_like_those_of_the_last(anomaly):
    assert 0.4 < anomaly.mean() < 0.55, f"they correlate by {anomaly.mean():.3f}; expected about .47"
