"""Accelerators, rents, adoption, repricing clocks and price moves."""

import datetime as dt
import statistics

import pytest

from sim.data.accelerators import accelerator, accelerators
from sim.data.adoption import adoption
from sim.data.events import price_moves
from sim.data.price_changes import ledger
from sim.data.rents import (
    posted_together,
    ratio_to_reference,
    rent_history,
    rent_usd_per_hour,
    used_rents,
)
from sim.data.table import LAST_DATE
from sim.errors import DataError, UnknownName
from sim.strategies.pricing.peace import ReviewedPricing
from sim.units import DAYS_PER_MONTH


def test_accelerators_come_in_units_of_the_roofline():
    chip = accelerator("H100 SXM5 80GB")
    assert chip.fp16_flop_per_s == 989.4e12
    assert chip.memory_bytes == 80e9
    assert chip.bandwidth_bytes_per_s == 3350e9
    assert chip.eight_bit_op_per_s == chip.fp8_flop_per_s == 1979e12


def test_a_chip_without_fp8_computes_at_its_int8_rate_and_else_at_fp16():
    assert accelerator("H800 SXM5").eight_bit_op_per_s == 1979e12
    assert accelerator("Ascend 910B").eight_bit_op_per_s == 376e12


def test_accelerators_are_in_order_of_release_and_complete():
    dates = [chip.release_date for chip in accelerators()]
    assert dates == sorted(dates)
    assert all(chip.power_w > 0 and chip.memory_bytes > 0 for chip in accelerators())


def test_a_chip_that_the_roofline_cannot_use_says_what_is_missing():
    with pytest.raises(DataError, match="no mem_gb for 'GH200'"):
        accelerator("GH200")


def test_an_unknown_chip_is_refused_with_the_nearest():
    with pytest.raises(UnknownName, match="H100 SXM5 80GB"):
        accelerator("H100 SXM5 80 GB")


def test_rents_leave_out_interruptible_capacity_and_yearly_contracts():
    used = used_rents("A100 SXM4 80GB")
    assert min(rent.usd_per_hour for rent in used) > 1.0
    assert all("contract" not in rent.market for rent in used_rents("H100 SXM5 80GB"))


def test_a_rent_history_steps_by_the_month_to_the_end_of_the_data():
    history = rent_history("H100 SXM5 80GB")
    months = [month for month, _ in history]
    assert all(month.day == 1 for month in months)
    assert len(set(months)) == len(months) == 31
    assert months[-1] == dt.date(2025, 10, 1)


def test_rents_rise_in_the_shortage_of_2023_and_fall_after_it():
    spring, autumn, later = (
        rent_usd_per_hour("H100 SXM5 80GB", day)
        for day in (dt.date(2023, 5, 1), dt.date(2023, 10, 15), dt.date(2025, 10, 31))
    )
    assert spring < autumn
    assert later < spring


def test_rents_are_held_outside_their_history():
    history = rent_history("T4")
    assert rent_usd_per_hour("T4", dt.date(2020, 1, 1)) == history[0][1]
    assert rent_usd_per_hour("T4", dt.date(2030, 1, 1)) == history[-1][1]


CHIPS_WITH_RENTS = (
    "A100 SXM4 40GB",
    "A100 SXM4 80GB",
    "A10G",
    "H100 PCIe 80GB",
    "H100 SXM5 80GB",
    "H800 SXM5",
    "L40",
    "RTX 4090",
    "T4",
    "V100 SXM2 32GB",
)


@pytest.mark.parametrize("name", CHIPS_WITH_RENTS)
def test_every_chip_s_rent_is_one_multiple_of_that_of_h100(name):
    days = [dt.date(2023, 7, 1), dt.date(2024, 5, 6), dt.date(2025, 9, 1)]
    ratios = [rent_usd_per_hour(name, d) / rent_usd_per_hour("H100 SXM5 80GB", d) for d in days]
    assert ratios == pytest.approx([ratio_to_reference(name)] * 3)


def test_a100_stands_to_h100_as_with_hosts_that_post_both_on_one_day():
    ratios = posted_together("A100 SXM4 80GB", "H100 SXM5 80GB")
    assert sorted(ratios) == pytest.approx([0.40, 0.46, 0.57, 0.72], abs=0.005)
    assert ratio_to_reference("A100 SXM4 80GB") == pytest.approx(0.52, abs=0.005)


def test_older_chips_are_cheaper_than_newer_ones():
    names = ("T4", "V100 SXM2 32GB", "A100 SXM4 40GB", "A100 SXM4 80GB", "H100 SXM5 80GB")
    ratios = [ratio_to_reference(name) for name in names]
    assert ratios == sorted(ratios)


def test_h800_is_rented_as_h100():
    assert rent_history("H800 SXM5") == rent_history("H100 SXM5 80GB")


def test_a_chip_without_rents_is_refused_with_those_that_have_them():
    with pytest.raises(UnknownName, match="H800 SXM5"):
        rent_history("H20")


def test_adoption_is_a_series_in_its_unit():
    doubao = adoption("ByteDance Doubao", "tokens_per_day")
    assert doubao[0].value == 0.12e12
    assert {row.unit for row in doubao} == {"tokens/day"}
    assert [row.date for row in doubao] == sorted(row.date for row in doubao)


@pytest.mark.parametrize(
    ("entity", "metric", "nearest"),
    [
        ("ByteDance Doubau", "tokens_per_day", "ByteDance Doubao"),
        ("ByteDance Doubao", "token_per_day", "tokens_per_day"),
    ],
)
def test_an_unknown_series_is_refused_with_the_nearest(entity: str, metric: str, nearest: str):
    with pytest.raises(UnknownName, match=nearest):
        adoption(entity, metric)


@pytest.mark.parametrize(
    ("open_weights", "per_model_month", "median_cut_share", "median_rise_share"),
    [(False, 0.026, -0.20, 0.34), (True, 0.32, -0.18, 0.25)],
)
def test_clocks_of_the_ledger_are_those_that_the_data_page_states(
    open_weights, per_model_month, median_cut_share, median_rise_share
):
    own = [entry for entry in ledger() if entry.open_weights == open_weights]
    months = sum(
        (LAST_DATE - entry.date).days / DAYS_PER_MONTH for entry in own if entry.change == "first"
    )
    blended: dict[str, float] = {}
    steps = []
    for entry in own:
        if entry.change != "first" and blended[entry.model_id] > 0.0:
            steps.append(entry.blended_usd_per_mtok / blended[entry.model_id] - 1.0)
        blended[entry.model_id] = entry.blended_usd_per_mtok
    changes = len(own) - len(blended)
    assert changes / months == pytest.approx(per_model_month, abs=0.02 * per_model_month)
    cuts, rises = [it for it in steps if it < 0.0], [it for it in steps if it > 0.0]
    assert statistics.median(cuts) == pytest.approx(median_cut_share, abs=0.005)
    assert statistics.median(rises) == pytest.approx(median_rise_share, abs=0.005)


def test_the_default_clock_of_prices_in_peace_is_that_of_closed_developers():
    assert ReviewedPricing.model_fields["review_per_month"].default == 0.026


def test_price_moves_keep_validation_apart_from_calibration():
    assert [move.event_id for move in price_moves() if move.role == "validation"] == [
        "E5",
        "E6",
        "E7",
        "E8",
    ]
    moves = {move.event_id: move for move in price_moves()}
    assert moves["E3"].start_date == dt.date(2024, 5, 6)
