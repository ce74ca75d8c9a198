"""What an A100 achieves of its peaks relative to an H100."""

from pathlib import Path

import pytest

import sim
from analysis.relative_efficiency import relative_efficiency
from analysis.serving_levels import beside_published

PAGE = (Path(__file__).parents[3] / "docs" / "serving.md").read_text(encoding="utf-8")


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


def test_the_market_of_2024_states_them(found) -> None:
    scenario = sim.load("china-2024-price-war")
    stated = {
        (offer.prefill_efficiency, offer.decode_efficiency)
        for cloud in scenario.clouds
        for offer in cloud.accelerators
        if offer.name == "A100 SXM4 80GB"
    }
    assert stated == {(round(found.prefill, 2), round(found.decode, 2))}
