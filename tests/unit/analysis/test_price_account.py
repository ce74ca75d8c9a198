"""The account of a price change in one world."""

import numpy as np
import pytest

from analysis.price_account import PARTS, account, chained_bennet, price_account
from sim.errors import ResultError

NAN = np.nan


def parts_of(price, cost, tokens, compression=None, hardware=None, rent=None):
    price, cost, tokens = (np.array(grid, dtype=float) for grid in (price, cost, tokens))
    zero = np.zeros_like(price)
    causes = (compression, hardware, rent)
    grids = [zero if grid is None else np.array(grid, dtype=float) for grid in causes]
    parts, start, end = chained_bennet(price, cost, *grids, tokens)
    return dict(zip(PARTS, parts.sum(axis=1), strict=True)), start, end


def test_a_cut_below_unchanged_cost_is_all_margin():
    parts, start, end = parts_of([[2.0], [0.5]], [[1.0], [1.0]], [[5.0], [9.0]])
    assert parts["margin"] == end - start == -1.5
    assert sum(map(abs, parts.values())) == 1.5


def test_a_cost_that_is_passed_on_shows_by_its_cause_and_leaves_the_margin():
    parts, _, _ = parts_of(
        [[2.0], [1.4]],
        [[1.0], [0.4]],
        [[1.0], [1.0]],
        compression=[[0.0], [-0.5]],
        hardware=[[0.0], [-0.3]],
        rent=[[0.0], [0.2]],
    )
    assert parts == pytest.approx(
        dict.fromkeys(PARTS, 0.0) | {"compression": -0.5, "hardware": -0.3, "rent": 0.2}
    )


def test_a_cost_that_is_not_passed_on_goes_to_the_margin():
    parts, start, end = parts_of(
        [[2.0], [2.0]], [[1.0], [0.4]], [[1.0], [1.0]], compression=[[0.0], [-0.6]]
    )
    assert parts["compression"] == pytest.approx(-0.6)
    assert parts["margin"] == pytest.approx(0.6)
    assert start == end


def test_a_cost_without_a_named_cause_is_shown_as_other():
    parts, _, _ = parts_of([[2.0], [2.0]], [[1.0], [0.7]], [[1.0], [1.0]])
    assert parts["other_cost"] == pytest.approx(-0.3)


def test_tokens_that_move_to_a_cheap_entrant_are_new_models():
    parts, start, end = parts_of(
        [[4.0, NAN], [4.0, 1.0]], [[1.0, NAN], [1.0, 1.0]], [[1.0, 0.0], [1.0, 3.0]]
    )
    assert (start, end) == (4.0, 1.75)
    assert parts["new_models"] + parts["mix"] == pytest.approx(-2.25)
    assert parts["new_models"] < 0
    assert parts["margin"] == 0.0


def test_tokens_that_move_among_old_products_are_mix():
    parts, _, _ = parts_of(
        [[4.0, 1.0], [4.0, 1.0]], [[1.0, 1.0], [1.0, 1.0]], [[1.0, 1.0], [0.0, 1.0]]
    )
    assert parts["mix"] == pytest.approx(-1.5)


def test_a_product_that_leaves_counts_in_the_mix():
    parts, start, end = parts_of(
        [[4.0, 1.0], [NAN, 1.0]], [[1.0, 1.0], [NAN, 1.0]], [[1.0, 1.0], [0.0, 2.0]]
    )
    assert parts["mix"] == pytest.approx(end - start) == -1.5


def test_a_price_of_zero_is_a_price_like_any_other():
    parts, start, end = parts_of(
        [[2.0, 3.0], [0.0, 3.0]], [[0.5, 0.5], [0.5, 0.5]], [[1.0, 1.0], [9.0, 1.0]]
    )
    assert sum(parts.values()) == pytest.approx(end - start)
    assert end == pytest.approx(0.3)


def test_weeks_without_sales_are_passed_over():
    quiet = parts_of([[2.0], [9.0], [1.0]], [[1.0]] * 3, [[1.0], [0.0], [1.0]])
    assert quiet == parts_of([[2.0], [1.0]], [[1.0]] * 2, [[1.0], [1.0]])


def test_a_market_that_sold_once_has_no_change_to_explain(war_run):
    with pytest.raises(ResultError, match="nothing was sold at two snapshots"):
        parts_of([[2.0], [1.0]], [[1.0]] * 2, [[0.0], [1.0]])
    with pytest.raises(ResultError, match="ever on offer"):
        account(war_run.products.iloc[:0])


def test_the_parts_of_a_run_add_up_in_every_replication(war_run):
    found = price_account(war_run)
    sums = found.frame.groupby("replication")["usd_per_mtok"].sum()
    change = found.levels["end"] - found.levels["start"]
    assert np.allclose(sums, change, rtol=0, atol=1e-12)


def test_intervals_of_the_parts_are_over_replications(war_run):
    found = price_account(war_run)
    parts = found.parts()
    assert tuple(parts) == PARTS
    assert sum(interval.centre for interval in parts.values()) == pytest.approx(found.change.centre)
    assert parts["margin"].replications == 4
    assert found.start.centre > found.end.centre


def test_providers_contributions_add_up_to_the_markets_parts(war_run):
    found = price_account(war_run)
    by_provider = found.by_provider()
    for part, interval in found.parts().items():
        total = sum(parts[part].centre for parts in by_provider.values())
        assert total == pytest.approx(interval.centre, abs=1e-12)


def test_one_providers_own_average_has_its_own_account(war_run):
    found = price_account(war_run, "Follower")
    assert (found.start.centre, found.end.centre) == pytest.approx((4.0, 0.8))
    costs = sum(found.parts()[part].centre for part in ("compression", "hardware", "rent"))
    assert found.parts()["margin"].centre == pytest.approx(-3.2 - costs)
    assert set(found.frame["provider"]) == {"Follower"}


def test_parts_that_are_rounding_do_not_move(war_run):
    account = price_account(war_run)
    moved = {part: abs(it.centre) for part, it in account.parts().items()}
    assert account.moving_parts() == [part for part in PARTS if moved[part] > 1e-6]
    assert "other_cost" not in account.moving_parts()
    assert "margin" in account.moving_parts()
