"""Results as JSON, which has neither not-a-number nor infinity."""

from __future__ import annotations

import json
import math
from typing import Any, Final

NEVER: Final = "never"
"""What a pay-back that does not come by the end of the run becomes."""


def json_text(value: object) -> str:
    """Return a value, made ready, as indented JSON."""
    return json.dumps(json_ready(value), indent=2, ensure_ascii=False, allow_nan=False)


def json_ready(value: object, name: str = "") -> Any:
    """Return what JSON can hold: numbers that are none, or infinite, become null.

    Infinite days to a pay-back become ``"never"``.

    Parameters
    ----------
    value
        Mappings, sequences and frames, to any depth; of a frame a record a row.
    name
        Of the value, outer names first; a record's ``outcome`` counts among them.

    Examples
    --------
    >>> json_ready([{"gain": float("nan"), "pay_back_days": float("inf")}])
    [{'gain': None, 'pay_back_days': 'never'}]
    >>> json_ready({"outcome": "pay_back_days", "difference": float("inf")})
    {'outcome': 'pay_back_days', 'difference': 'never'}
    """
    if hasattr(value, "to_dict"):  # a frame of pandas
        value = value.to_dict(orient="records")
    if isinstance(value, dict):
        outer = f"{name} {value.get('outcome', '')}"
        return {key: json_ready(one, f"{outer} {key}") for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [json_ready(one, name) for one in value]
    if hasattr(value, "item"):  # a number of numpy
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return NEVER if value > 0.0 and "pay_back" in name else None
    return value
