"""Scores of forecasts against closed forms and definitions."""

import datetime as dt
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import integrate, stats
from test_cases import a_price

from analysis.backtests.case import CaseFolder, shipped_cases
from analysis.backtests.happened import happened, observed_tables
from analysis.backtests.naive import CensoredExponential, Normal, naive
from analysis.backtests.naive_moves import naive_moves
from analysis.backtests.scores import (
    Skill,
    block_length,
    brier,
    central_interval,
    draws_needed,
    fair_brier,
    fair_crps,
    interval_score,
    mase,
    normal_crps,
    skill,
)
from analysis.backtests.scoring import Score, _median_skills, _point
from analysis.backtests.target import MOVED, Target
from pricewar.cli.backtest import _skill
from sim.errors import DataError


@pytest.fixture
def rng() -> np.random.Generator:
    """Draws of a test's own, whatever tests ran before it."""
    return np.random.default_rng(5)


def test_the_fair_score_is_its_double_sum(rng: np.random.Generator):
    draws, observed = rng.normal(size=17), 0.3
    pairs = sum(abs(a - b) for a in draws for b in draws) / (2 * 17 * 16)
    expected = np.abs(draws - observed).mean() - pairs
    assert fair_crps(draws, observed) == pytest.approx(expected, rel=1e-12)


def test_the_fair_score_of_few_draws_is_that_of_the_distribution_on_average(
    rng: np.random.Generator,
):
    scores = [fair_crps(rng.normal(size=4), 0.7) for _ in range(20_000)]
    error = np.std(scores) / math.sqrt(len(scores))
    assert np.mean(scores) == pytest.approx(normal_crps(0.0, 1.0, 0.7), abs=4 * error)


def test_the_score_of_a_normal_distribution_is_the_integral_of_its_squared_error():
    mean, sd, observed = 0.2, 1.7, -1.1
    area, _ = integrate.quad(
        lambda x: (stats.norm.cdf(x, mean, sd) - (x >= observed)) ** 2,
        -30,
        30,
        points=[observed],
        limit=200,
    )
    assert normal_crps(mean, sd, observed) == pytest.approx(area, rel=1e-6)
    assert normal_crps(1.0, 0.0, 3.0) == 2.0


def test_the_interval_score_is_lowest_on_average_at_the_true_quantiles(rng: np.random.Generator):
    observed = rng.normal(size=4000)
    half = stats.norm.ppf(0.9)

    def mean(factor: float) -> float:
        return float(
            np.mean([interval_score(-factor * half, factor * half, y, 0.8) for y in observed])
        )

    assert mean(1.0) < min(mean(0.7), mean(1.4))
    assert interval_score(0.0, 1.0, 0.5, 0.95) == 1.0
    assert interval_score(0.0, 1.0, 1.5, 0.8) == pytest.approx(1.0 + 10.0 * 0.5)


def test_a_true_probability_has_the_lowest_brier_score():
    at = {p: 0.3 * brier(p, True) + 0.7 * brier(p, False) for p in (0.1, 0.3, 0.5)}
    assert min(at, key=at.get) == 0.3


def test_errors_as_large_as_the_historys_steps_have_a_mase_of_one():
    assert mase(np.array([-2.0, 2.0]), np.array([0.0, 2.0, 0.0, 2.0])) == 1.0
    assert math.isnan(mase(np.array([1.0]), np.array([1.0])))
    never_moved_but_by_rounding = np.array([0.1 + 0.2, 0.3, 0.3])
    assert math.isnan(mase(np.array([1.0]), never_moved_but_by_rounding))


def test_skill_is_one_less_the_ratio_and_its_interval_holds_it(rng: np.random.Generator):
    own, other = rng.gamma(2.0, 0.5, 60), rng.gamma(2.0, 1.0, 60)
    found = skill(own, other)
    assert found.value == pytest.approx(1.0 - own.mean() / other.mean())
    assert found.low < found.value < found.high
    assert skill(own, own).value == 0.0
    assert skill(own, own).low == skill(own, own).high == 0.0  # pairs: what both share cancels


def test_the_intervals_of_skill_cover_the_true_one_as_often_as_they_say():
    covered = 0
    for number in range(300):
        generator = np.random.default_rng(number)
        common = generator.gamma(4.0, 1.0, 80)
        own, other = 0.5 * common * generator.gamma(9.0, 1 / 9, 80), common
        found = skill(own, other, 400)
        covered += found.low <= 0.5 <= found.high
    assert 0.90 <= covered / 300 <= 0.98


def test_blocks_are_longer_where_neighbours_share_more(rng: np.random.Generator):
    size = 400

    def length(persistence: float) -> float:
        lengths = []
        for _ in range(20):
            noise, series = rng.normal(size=size), np.zeros(size)
            for number in range(1, size):
                series[number] = persistence * series[number - 1] + noise[number]
            lengths.append(block_length(series))
        return float(np.median(lengths))

    # of an autoregression (2 G^2 / D)^(1/3) is (4 rho^2 / (1 - rho^2)^2 * 3/2)^(1/3)
    for rho in (0.5, 0.8):
        expected = (6.0 * rho**2 / (1.0 - rho**2) ** 2 * size) ** (1.0 / 3.0)
        assert length(rho) == pytest.approx(expected, rel=0.35)
    assert length(0.0) == 7  # the cube root
    assert block_length(np.ones(30)) == 3
    assert 2 * 3 < block_length(np.arange(30.0)) <= 10  # a third at most
    assert block_length(np.arange(3.0)) == 1
    assert block_length(np.full(30, 0.1)) == 3  # its mean is not 0.1 exactly


def test_blocks_are_as_long_in_any_unit():
    walk = np.random.default_rng(7).normal(size=200).cumsum()
    assert block_length(1e-9 * walk) == block_length(walk) > 6


def test_a_false_alarm_against_an_exact_forecast_is_infinitely_worse():
    exact, alarm = np.zeros(5), np.array([0.0, 0.3, 0.0, 0.0, 0.0])
    found = skill(alarm, exact)
    assert found.value == found.low == -math.inf
    assert found.high in (0.0, -math.inf)
    assert skill(exact, exact).value == 0.0
    assert skill(np.full(3, 1e-16), np.zeros(3)).value == 0.0  # of rounding


def test_false_alarms_count_in_the_median_over_targets():
    def scored(target: str, own: float) -> Score:
        against = {"no_change": skill(np.array([own]), np.zeros(1))}
        return Score(target, MOVED, 1, 0.0, own, own, *(math.nan,) * 5, against)

    scores = tuple(scored(name, own) for name, own in (("a", 0.1), ("b", 0.2), ("c", 0.0)))
    found = _median_skills(scores, dict.fromkeys("abc", 1.0))["no_change"]
    assert found.value == found.low == -math.inf
    assert found.high == 0.0
    assert found.points == 3
    assert _skill(found).startswith("worse: it was exact (95%: worse: it was exact to +0.00")


def test_the_quantities_of_a_target_share_its_weight():
    def scored(target: str, quantity: str, value: float) -> Score:
        against = {"no_change": Skill(value, math.nan, math.nan, 1)}
        return Score(target, quantity, 1, *(math.nan,) * 8, against)

    moves = [scored("a", quantity, 0.9) for quantity in ("moved", "lag_days", "depth")]
    scores = (*moves, scored("b", "change", 0.1), scored("c", "change", 0.2))
    found = _median_skills(scores, dict.fromkeys("abc", 1.0))["no_change"]
    assert found.value == pytest.approx(0.2)
    assert _median_skills(scores, {"a": 3.0, "b": 1.0, "c": 1.0})["no_change"].value == 0.9


@pytest.mark.parametrize(("level", "draws"), [(0.8, 12), (0.8, 9), (0.95, 50), (0.95, 39)])
def test_the_interval_of_a_perfect_forecast_holds_what_happens_as_often_as_it_says(
    level: float, draws: int
):
    generator, worlds = np.random.default_rng(7), 8000
    covered = 0
    for world in generator.normal(size=(worlds, draws + 1)):
        low, high = central_interval(world[1:], level)
        covered += low <= world[0] <= high
    error = math.sqrt(level * (1.0 - level) / worlds)
    assert covered / worlds == pytest.approx(level, abs=4.0 * error)


def test_draws_too_few_for_an_interval_have_none():
    assert (draws_needed(0.8), draws_needed(0.95)) == (9, 39)
    assert math.isnan(central_interval(np.arange(38.0), 0.95)[0])
    point = _point(MOVE, "depth", END, 0.5, np.arange(12.0), {})
    assert point.covered_80 == 1.0
    assert math.isnan(point.covered_95)
    assert math.isnan(point.interval_95)
    assert all(CaseFolder.read(name).case.replications >= 39 for name in shipped_cases())


def test_the_fair_brier_score_of_few_draws_is_that_of_the_probability_on_average():
    generator, chance = np.random.default_rng(3), 0.3
    draws = (generator.random((20_000, 4)) < chance).astype(float)
    for came in (True, False):
        scores = np.array([fair_brier(one, came) for one in draws])
        error = scores.std() / math.sqrt(scores.size)
        assert scores.mean() == pytest.approx(brier(chance, came), abs=4.0 * error)
    mean, size = 3 / 7, 7
    expected = mean**2 - mean * (1.0 - mean) / (size - 1)
    assert fair_brier(np.array([1.0, 1, 1, 0, 0, 0, 0]), False) == pytest.approx(expected)


MOVE = Target(name="moves", kind="price_move", entity="Zhipu", model="glm-3-turbo")
KNOWN = {"base_prices": {"glm-3-turbo": ["2024-01-01", 0.7]}, "history": []}
ORIGIN, END = dt.date(2024, 5, 6), dt.date(2024, 7, 5)


def what_happened(folder: Path, **row: str) -> list[tuple[str, dt.date, float]]:
    a_price(folder, **row)
    window = (ORIGIN, ORIGIN + dt.timedelta(days=1), END)
    return list(happened(MOVE, KNOWN, observed_tables(folder), window, [END]))


def test_a_product_without_a_row_after_the_origin_is_notobserved_tables(tmp_path: Path):
    assert what_happened(tmp_path / "a", model="glm-4", date="2024-06-01") == []
    assert what_happened(tmp_path / "b", model="glm-3-turbo", date="2024-05-01") == []


def test_a_row_after_the_end_attests_that_nothing_moved_before(tmp_path: Path):
    found = what_happened(tmp_path, model="glm-3-turbo", date="2024-09-01", known_on="2024-09-01")
    assert {name: value for name, _, value in found} == {"moved": 0, "lag_days": 60, "depth": 0}


def test_an_unknown_table_of_what_happened_is_refused_with_the_nearest(tmp_path: Path):
    a_price(tmp_path).rename(tmp_path / "llm_api_price.csv")
    with pytest.raises(DataError, match="Did you mean 'llm_api_prices'"):
        observed_tables(tmp_path)


DAYS = np.arange(0.0, 120.0, 7.0)


def test_all_naive_forecasts_but_the_last_value_continue_a_straight_line():
    values = 0.01 * DAYS
    assert naive("no_change", DAYS, values, 70.0).mean == 0.0
    for name in ("drift", "log_linear_trend"):
        found = naive(name, DAYS, values, 70.0)
        assert found.mean == pytest.approx(0.7)
        assert found.sd == pytest.approx(0.0, abs=1e-9)


def test_the_spread_of_a_random_walk_grows_with_the_root_of_the_time(rng: np.random.Generator):
    days = np.arange(0.0, 4000.0)
    values = np.cumsum(rng.normal(0.0, 0.1, days.size))
    found = naive("no_change", days, values, 25.0)
    assert found.sd == pytest.approx(0.5, rel=0.05)


def test_a_bass_curve_is_continued():
    p, q, offset = 0.001, 0.03, 60.0
    days = np.arange(0.0, 200.0, 7.0)

    def curve(at):
        decay = np.exp(-(p + q) * (at + offset))
        return np.log((1 - decay) / (1 + q / p * decay))

    found = naive("bass", days, curve(days), 60.0)
    expected = curve(days[-1] + 60.0) - curve(days[-1])
    assert found.mean == pytest.approx(expected, abs=0.01)


def test_smoothing_of_noise_around_a_level_forecasts_the_level(rng: np.random.Generator):
    values = 3.0 + rng.normal(0.0, 0.1, DAYS.size)
    values[-1] = 3.3
    found = naive("exponential_smoothing", DAYS, values, 28.0)
    assert found.mean + values[-1] == pytest.approx(3.0, abs=0.1)


@pytest.mark.parametrize("name", ["drift", "log_linear_trend", "bass", "exponential_smoothing"])
def test_a_history_that_is_too_short_makes_no_forecast(name: str):
    assert naive(name, DAYS[:2], DAYS[:2], 7.0) is None
    assert naive("no_change", DAYS[:1], DAYS[:1], 7.0).mean == 0.0


def test_the_score_of_a_censored_waiting_time_is_the_integral_of_its_squared_error():
    rate, horizon = 0.02, 60.0
    for observed in (0.0, 13.0, 60.0):
        parts = [(0.0, observed, 0.0), (observed, horizon, 1.0)]
        area = sum(
            integrate.quad(lambda x, y=y: (1.0 - math.exp(-rate * x) - y) ** 2, a, b)[0]
            for a, b, y in parts
        )
        assert CensoredExponential(rate, horizon).crps(observed) == pytest.approx(area, rel=1e-9)
    assert CensoredExponential(0.0, horizon).crps(13.0) == 47.0
    assert CensoredExponential(1e-12, horizon).crps(13.0) == pytest.approx(47.0, rel=1e-3)


def move_of(paths: dict[str, list[tuple[int, float]]]) -> dict[tuple[str, str], object]:
    start = dt.date(2024, 1, 1)
    dated = {
        name: tuple((start + dt.timedelta(days=day), price) for day, price in path)
        for name, path in paths.items()
    }
    origin = start + dt.timedelta(days=100)
    target = Target(name="m", kind="price_move", entity="e", universe=("a", "b"))
    made = naive_moves(target, dated, origin, origin + dt.timedelta(days=50))
    return {(quantity, name): one for quantity, name, one in made}


def test_a_cheap_newcomer_is_no_cut():
    found = move_of({"a": [(0, 10.0)], "b": [(40, 0.1)]})
    assert found["moved", "drift"].mean == 0.0
    assert found["lag_days", "drift"] == CensoredExponential(0.0, 50.0)
    assert found["depth", "drift"] == Normal(0.0, 0.0)


def test_cuts_of_a_product_count_though_the_mean_of_all_rises():
    found = move_of({"a": [(0, 1.0), (50, 0.5)], "b": [(50, 100.0)]})
    assert found["lag_days", "drift"] == CensoredExponential(0.01, 50.0)
    assert found["moved", "drift"].mean == pytest.approx(1.0 - math.exp(-0.5))
    depth, step = found["depth", "drift"], math.log(0.5)
    assert depth.mean == pytest.approx(0.5 * step)
    # two stretches of 50 days: half the step each is drift
    assert depth.sd == pytest.approx(math.sqrt(2 * (step / 2) ** 2 / 100 * 50 * 1.5))


@pytest.mark.parametrize("name", ["no_change", "drift"])
def test_two_values_of_a_day_count_as_their_median(name: str):
    days, values = np.array([0.0, 7.0, 7.0, 14.0]), np.array([0.0, 0.1, 0.3, 0.5])
    expected = naive(name, np.array([0.0, 7.0, 14.0]), np.array([0.0, 0.2, 0.5]), 7.0)
    assert naive(name, days, values, 7.0) == expected
    assert math.isfinite(expected.sd)
