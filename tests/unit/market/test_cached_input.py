"""Cached input in the market: cheap and not free where a chip says how fast it reads its cache."""

import pytest

MIX = """
    end_date: 2024-05-20
    domains:
      - {name: customer service, tokens: {output_share: 0.22, cache_hit_share: 0.44}}
      - {name: coding, tokens: {output_share: 0.22, cache_hit_share: 0.44}}
"""
READS = "clouds[rented cloud].accelerators[H800 SXM5].cache_read_bytes_per_s"


@pytest.fixture
def costs(scenario_of, run_market):
    """Return marginal costs of the first day by product, and what clouds were paid."""

    def run(**overrides):
        tables = run_market(scenario_of(MIX, population__users=200, **overrides))
        products, ledger = tables["products"], tables["ledger"]
        first = products[products["time_days"] == 0.0].set_index("product")
        paid = ledger.query("purpose == 'compute'")["usd"].sum()
        return first["marginal_cost_usd_per_mtok"].dropna(), paid

    return run


def test_reading_the_cache_costs_accelerators_and_the_books_agree(costs) -> None:
    """The audit holds bills against hours at the roofline's rates; a tenth of the rate, ten times
    the cost.
    """
    (free, _), (read, paid), (slow, more) = (
        costs(),
        costs(**{READS: 5.4e9}),
        costs(**{READS: 5.4e8}),
    )
    assert (free < read).all()
    assert (slow - free).to_numpy() == pytest.approx(10.0 * (read - free).to_numpy())
    assert 0.0 < paid < more
