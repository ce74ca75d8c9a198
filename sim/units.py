"""Units that several rooms convert with, and the unit of a quantity by its name."""

from typing import Final

DAYS_PER_MONTH: Final = 30.44
"""Mean length of a month."""
DAYS_PER_YEAR: Final = 365.25

BY_SUFFIX: Final = (
    ("_usd_per_mtok_second", "USD per million tokens, for a second of delay"),
    ("_usd_per_mtok", "USD per million tokens"),
    ("_usd_per_kwh", "USD per kWh"),
    ("_kwh_per_mtok", "kWh per million tokens"),
    ("_cny_per_mtok", "CNY per million tokens"),
    ("cny_per_usd", "CNY per USD"),
    ("_usd_per_hour", "USD per hour"),
    ("_usd_per_month", "USD per month"),
    ("_mtok_per_month", "million tokens per month"),
    ("_tok_per_s", "tokens per second"),
    ("_kg_per_kwh", "kg per kWh"),
    ("_bytes_per_token", "bytes per token"),
    ("_billion", "billions, 1e9"),
    ("_per_day", "per day"),
    ("_per_month", "per month"),
    ("_days", "days"),
    ("_logit", "logit units"),
    ("_tokens", "tokens"),
    ("_bits", "bits"),
    ("_usd", "USD"),
    ("_share", "a share"),
)
"""The unit of a quantity by the end of its name; the first that fits counts."""
