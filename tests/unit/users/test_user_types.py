"""Types stand for equally likely strata of their domain, and keep its means."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import lognorm

from sim.scenario import demand
from sim.scenario.demand import Volume
from sim.scenario.scenario import Scenario
from sim.streams import Streams
from sim.users.user_types import UserTypes
from sim.users.volume import stratum_means, volume_quantile

VOLUME = Volume(median_mtok_per_month=3.0, log_sd=1.1, pareto_index=1.4, pareto_from_quantile=0.9)


def test_volume_is_lognormal_below_the_tail_and_pareto_in_it() -> None:
    body = np.linspace(0.01, 0.9, 90)
    assert volume_quantile(VOLUME, body) == pytest.approx(lognorm(1.1, scale=3.0).ppf(body))
    start = volume_quantile(VOLUME, 0.9)
    exceeding = (volume_quantile(VOLUME, [0.95, 0.99]) / start) ** -1.4
    assert exceeding == pytest.approx([0.5, 0.1])


def test_the_tail_is_cut_at_its_99_9th_percentile() -> None:
    assert volume_quantile(VOLUME, 0.9999) == volume_quantile(VOLUME, 0.999)
    pure = VOLUME.model_copy(update={"pareto_from_quantile": 1.0})
    assert volume_quantile(pure, 0.9999) == pytest.approx(lognorm(1.1, scale=3.0).ppf(0.999))


@pytest.mark.parametrize("strata", [1, 8, 50])
def test_the_mean_volume_is_right_at_any_number_of_types(strata: int) -> None:
    exact = quad(lambda q: volume_quantile(VOLUME, q), 0, 1, points=[0.9, 0.999], limit=400)[0]
    means = stratum_means(VOLUME, strata)
    assert means.mean() == pytest.approx(exact, rel=0.02)
    assert (np.diff(means) > 0).all()


def test_difficulty_and_privacy_have_their_spread_and_share_in_every_replication(
    demand_scenario: Callable[..., Scenario],
) -> None:
    fields = {
        "difficulty_logit": 1.0,
        "difficulty_spread_logit": 0.5,
        "privacy_share": 0.25,
        "privacy_cost": 3.0,
    }
    scenario = demand_scenario([fields], types_per_domain=200)
    drawn = [UserTypes.draw(scenario, Streams(1, replication)) for replication in range(3)]
    for types in drawn:
        assert types.difficulty_logit.mean() == pytest.approx(1.0, abs=1e-12)
        assert types.difficulty_logit.std() == pytest.approx(0.5, rel=0.02)
        assert (types.privacy_cost > 0).mean() == 0.25
    assert (drawn[0].difficulty_logit != drawn[1].difficulty_logit).any()


def test_difficulty_is_independent_of_volume(demand_scenario: Callable[..., Scenario]) -> None:
    # the rank correlation of 2,000 pairs has a standard error of 0.022: five of them, 6e-7
    types = UserTypes.draw(demand_scenario([{}], types_per_domain=2000), Streams(5))
    volume_rank = types.volume_mtok_per_month.argsort().argsort()
    difficulty_rank = types.difficulty_logit.argsort().argsort()
    assert abs(np.corrcoef(volume_rank, difficulty_rank)[0, 1]) < 0.112


def test_types_of_a_domain_do_not_depend_on_other_domains(
    demand_scenario: Callable[..., Scenario],
) -> None:
    alone = demand_scenario([{"name": "coding", "share": 1.0}])
    among = demand_scenario([{"name": "coding", "share": 0.5}, {"name": "medical", "share": 0.5}])
    first, second = (UserTypes.draw(scenario, Streams(3)) for scenario in (alone, among))
    assert first.difficulty_logit.tolist() == second.difficulty_logit[:4].tolist()


def test_sums_by_domain_keep_their_kind_and_total(demand_scenario: Callable[..., Scenario]) -> None:
    types = UserTypes.draw(demand_scenario(), Streams(1))
    counts = np.arange(types.count * 3).reshape(types.count, 3)
    by_domain = types.by_domain(counts)
    assert by_domain.shape == (2, 3)
    assert by_domain.dtype == counts.dtype
    assert by_domain.sum() == counts.sum()


def test_tastes_for_quality_are_lognormal_between_types_and_never_negative(
    demand_scenario: Callable[..., Scenario],
) -> None:
    choice = demand.Choice(quality_utility=0.4, quality_taste_log_sd=0.7)
    scenario = demand_scenario(types_per_domain=2000, choice=choice)
    types = UserTypes.draw(scenario, Streams(1))
    logs = np.log(types.quality_taste / 0.4).reshape(2, -1)
    # means of equally likely strata: exact but for the ends of the normal distribution
    assert logs.mean(axis=1) == pytest.approx([0.0, 0.0], abs=1e-12)
    assert logs.std(axis=1) == pytest.approx([0.7, 0.7], rel=2e-3)
    assert np.corrcoef(logs[0], types.difficulty_logit[:2000])[0, 1] == pytest.approx(0.0, abs=0.12)
    assert not UserTypes.draw(demand_scenario(), Streams(1)).quality_taste.any()
