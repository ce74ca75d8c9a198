"""The result tables: names, columns, units and types.

Every table begins with the replication and the time: ``time_days`` since the scenario's first day,
and the same as a date. Columns carry their unit as suffix; ``_share`` is 0 to 1.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

_KEYS = [("replication", pa.int32()), ("time_days", pa.float64()), ("date", pa.date32())]

_TEXT = pa.string()
_REAL = pa.float64()
_WHOLE = pa.int64()


def _table(**columns: pa.DataType) -> pa.Schema:
    return pa.schema([*_KEYS, *columns.items()])


SCHEMAS: Final[dict[str, pa.Schema]] = {
    "events": _table(
        kind=_TEXT,
        actor=_TEXT,
        subject=_TEXT,
        field=_TEXT,
        old=_REAL,
        new=_REAL,
        cause=_TEXT,
        trigger_actor=_TEXT,
        trigger_subject=_TEXT,
        lag_days=_REAL,
    ),
    "market": _table(
        adopters_share=_REAL,
        aware_share=_REAL,
        tasks_share=_REAL,
        tokens_mtok_per_day=_REAL,
        spend_usd_per_day=_REAL,
        price_paid_usd_per_mtok=_REAL,
        price_index=_REAL,
        frontier_price_usd_per_mtok=_REAL,
        consumer_surplus_usd_per_day=_REAL,
        producer_surplus_usd_per_day=_REAL,
        hhi_tokens=_REAL,
        hhi_revenue=_REAL,
        lerner=_REAL,
        providers_alive=_WHOLE,
        frontier_capability_logit=_REAL,
        energy_kwh_per_day=_REAL,
        co2_kg_per_day=_REAL,
        reviews=_WHOLE,
    ),
    "products": _table(
        product=_TEXT,
        provider=_TEXT,
        listed=pa.bool_(),
        price_input_usd_per_mtok=_REAL,
        price_cache_hit_usd_per_mtok=_REAL,
        price_output_usd_per_mtok=_REAL,
        price_usd_per_mtok=_REAL,
        capability_logit=_REAL,
        users=_REAL,
        users_share=_REAL,
        tokens_mtok_per_day=_REAL,
        revenue_usd_per_day=_REAL,
        marginal_cost_usd_per_mtok=_REAL,
        cost_from_compression_usd_per_mtok=_REAL,
        cost_from_hardware_usd_per_mtok=_REAL,
        cost_from_rent_usd_per_mtok=_REAL,
        delay_s=_REAL,
        utilisation_share=_REAL,
        adoptions=_REAL,
        switches_in=_REAL,
        switches_out=_REAL,
        leaves=_REAL,
    ),
    "providers": _table(
        provider=_TEXT,
        state=_TEXT,
        cash_usd=_REAL,
        revenue_usd_per_day=_REAL,
        compute_usd_per_day=_REAL,
        training_usd_per_day=_REAL,
        data_usd_per_day=_REAL,
        staff_usd_per_day=_REAL,
        compression_usd_per_day=_REAL,
        war_budget_usd_per_day=_REAL,
        war_budget_left_usd=_REAL,
        users_share=_REAL,
        tokens_share=_REAL,
    ),
    "clouds": _table(
        cloud=_TEXT,
        provider=_TEXT,
        product=_TEXT,
        accelerator=_TEXT,
        rent_usd_per_hour=_REAL,
        fleet_accelerators=_REAL,
        utilisation_share=_REAL,
        revenue_usd_per_day=_REAL,
        margin_usd_per_day=_REAL,
        energy_kwh_per_day=_REAL,
    ),
    "chips": _table(
        vendor=_TEXT,
        accelerator=_TEXT,
        rented_accelerators=_REAL,
        revenue_usd_per_day=_REAL,
    ),
    "domains": _table(
        domain=_TEXT,
        users=_REAL,
        aware=_REAL,
        adopters=_REAL,
        adopters_share=_REAL,
        tasks_share=_REAL,
        tokens_mtok_per_day=_REAL,
        spend_usd_per_day=_REAL,
        surplus_usd_per_day=_REAL,
        satisfaction=_REAL,
        privacy_blocked=_REAL,
        barrier_blocked=_REAL,
    ),
    "ledger": _table(payer=_TEXT, payee=_TEXT, purpose=_TEXT, usd=_REAL, mtok=_REAL),
}
"""Schema of each table, in the order in which they are listed to people."""
