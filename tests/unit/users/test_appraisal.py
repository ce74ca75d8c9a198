"""Only what changed is valued anew."""

from dataclasses import replace

import numpy as np
import pytest
from demand_settings import Build, Offers

from sim.scenario import demand
from sim.streams import Streams
from sim.users import worth
from sim.users.appraisal import Appraisal
from sim.users.offers import OfferView
from sim.users.setup import setup_quantile
from sim.users.user_types import UserTypes

NAMES = "abcdef"


@pytest.fixture
def appraisal(demand_scenario: Build, offers_of: Offers) -> Appraisal:
    scenario = demand_scenario(
        [{"delay_cost_usd_per_mtok_second": 0.01}, {}],
        choice=demand.Choice(quality_utility=0.3),
    )
    types = UserTypes.draw(scenario, Streams(1))
    listed = np.array([True, True, True, True, True, False])
    offers = offers_of(NAMES, listed=listed, tokens_per_task=np.full(6, 1.5))
    return Appraisal(scenario, types, offers)


def revalued(appraisal: Appraisal, offers: OfferView) -> str:
    """Read offers; return the products whose tables were written."""
    appraisal.valuation.usage[:] = np.nan
    appraisal.read(offers)
    written = ~np.isnan(appraisal.valuation.usage)
    assert (written == written[0]).all()
    return "".join(name for name, was in zip(NAMES, written[0], strict=True) if was)


def with_value(offers: OfferView, field: str, product: int, value: float) -> OfferView:
    array = getattr(offers, field).copy()
    array[..., product] = value
    return replace(offers, **{field: array})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("domain_price_usd_per_mtok", 0.3),
        ("capability_logit", 1.0),
        ("delay_s", 2.0),
        ("tokens_per_task", 2.0),
        ("listed", False),
    ],
)
def test_a_change_of_one_product_revalues_that_one(
    field: str, value: float, appraisal: Appraisal
) -> None:
    assert revalued(appraisal, with_value(appraisal.offers, field, 2, value)) == "c"


def test_a_new_price_in_one_domain_is_enough(appraisal: Appraisal) -> None:
    price = appraisal.offers.domain_price_usd_per_mtok.copy()
    price[1, 3] *= 0.5
    assert revalued(appraisal, replace(appraisal.offers, domain_price_usd_per_mtok=price)) == "d"


@pytest.mark.parametrize(
    ("field", "product", "value"),
    [
        ("news", 2, 1.0),
        ("delay_s", 2, 1e-20),  # too little to move a price of work
        ("domain_price_usd_per_mtok", 5, 7.0),  # not on offer
        ("capability_logit", 5, np.nan),
    ],
)
def test_what_cannot_matter_revalues_nothing(
    field: str, product: int, value: float, appraisal: Appraisal
) -> None:
    assert revalued(appraisal, with_value(appraisal.offers, field, product, value)) == ""


def test_what_changed_while_a_product_was_away_counts_when_it_comes_back(
    appraisal: Appraisal,
) -> None:
    dearer = with_value(appraisal.offers, "domain_price_usd_per_mtok", 5, 7.0)
    assert revalued(appraisal, dearer) == ""
    assert revalued(appraisal, with_value(dearer, "listed", 5, True)) == "f"
    assert appraisal.valuation.work_price_usd_per_mtok_of_work[:, 5].tolist() == [10.5] * 8


def test_the_loops_do_the_same_uncompiled(appraisal: Appraisal) -> None:
    valuation, offers = appraisal.valuation, appraisal.offers
    types = appraisal._types
    everything = np.ones(6, np.bool_)
    cost, price = np.zeros((2, 6)), np.zeros((types.count, 6))
    worth.price_work.py_func(
        everything, offers.listed, offers.domain_price_usd_per_mtok, offers.tokens_per_task,
        offers.delay_s, offers.terms.energy_cost_usd_per_mtok, types.domain,
        types.tokens_per_work, types.handling_cost_usd_per_mtok,
        types.delay_cost_usd_per_mtok_second, cost, price, np.zeros(6, np.bool_),
    )  # fmt: skip
    assert cost.tolist() == valuation.token_cost_usd_per_mtok_of_work.tolist()
    assert price.tolist() == valuation.work_price_usd_per_mtok_of_work.tolist()
    table = np.zeros_like(appraisal.book.offers)
    delivered = np.zeros_like(valuation.success)
    worth.weigh_delivery.py_func(
        everything, offers.listed, valuation.success, np.ones_like(valuation.success),
        offers.delay_s, types.patience_s, offers.refused_share, appraisal._satisfaction, delivered,
    )  # fmt: skip
    worth.write_offers.py_func(
        everything, offers.listed, offers.cloud, offers.brand_utility, offers.capability_logit,
        valuation.surplus_usd_per_month, valuation.usage, delivered,
        setup_quantile(
            appraisal._horizon_months * valuation.surplus_usd_per_month,
            types.setup_cost_usd[:, None], types.setup_cost_log_sd[:, None],
        ),
        types.taste_scale_usd_per_month, types.privacy_cost, types.quality_taste,
        types.reference_capability_logit, types.is_blocked, types.domain,
        offers.terms.open_to_domain, table, np.zeros_like(appraisal.open_utility),
    )  # fmt: skip
    assert table.tolist() == appraisal.book.offers.tolist()
