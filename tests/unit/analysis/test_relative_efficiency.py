"""What an A100 achieves of its peaks relative to an H100."""

import datetime as dt
from pathlib import Path

import pytest

import sim
from analysis.relative_efficiency import relative_efficiency
from analysis.serving_levels import beside_published
from sim.clouds.host import Host
from sim.market.offer_book import industry_mix
from sim.providers.cost_book import CostBook
from sim.providers.hardware import FleetMix

PAGE = (Path(__file__).parents[3] / "docs" / "serving.md").read_text(encoding="utf-8")
A100, H800 = "A100 SXM4 80GB", "H800 SXM5"


@pytest.fixture(scope="module")
def found():
    return relative_efficiency(beside_published())


def test_two_factors_explain_what_pairs_of_one_engine_show(found) -> None:
    """Nearer to its peak arithmetic, and less near to its bandwidth."""
    assert found.prefill > 1.0 + 5.0 * found.prefill_log_error
    assert found.decode < 1.0 - 3.0 * found.decode_log_error
    assert found.error_after < 0.06 < 0.14 < found.error_before


def test_the_page_prints_the_factors(found) -> None:
    text = PAGE.replace("\n", " ")
    assert f"`prefill_efficiency` {found.prefill:.2f} and" in text
    assert f"`decode_efficiency` {found.decode:.2f} (standard errors" in text


def test_with_them_a_move_from_a100_to_h800_saves_what_hosts_that_post_both_give(found) -> None:
    """14% for a dense model of 34 billion at 16 bits; their rents are on one basis."""
    scenario = sim.load("china-2024-price-war")
    product = next(it for it in scenario.products if it.name == "qwen-plus")
    cloud = next(it for it in scenario.clouds if it.name == "Alibaba Cloud")
    stated = {"prefill_efficiency": found.prefill, "decode_efficiency": found.decode}
    offers = tuple(
        one.model_copy(update=stated) if one.name == A100 else one for one in cloud.accelerators
    )
    host, mix = Host(cloud.model_copy(update={"accelerators": offers})), industry_mix(scenario)
    old, new = (
        CostBook(
            product.architecture,
            {name: host.hosted(name)},
            FleetMix.all_on(name),
            host.rents_usd_per_hour([name], dt.date(2024, 7, 1)),
            mix,
        ).marginal_cost_usd_per_mtok
        for name in (A100, H800)
    )
    assert 1.0 - new / old == pytest.approx(0.14, abs=0.03)
