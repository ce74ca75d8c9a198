"""Keys in a currency that a file cannot be written in."""

from __future__ import annotations

from collections.abc import Sequence

_KNOWN = ("usd", "cny")
"""Currencies that keys are written in."""
_OTHER = frozenset(
    {
        "aed", "ars", "aud", "brl", "cad", "chf", "clp", "cop", "czk", "dkk", "egp", "eur",
        "gbp", "hkd", "huf", "idr", "ils", "inr", "jpy", "krw", "mxn", "myr", "ngn", "nok",
        "nzd", "php", "pln", "rub", "sar", "sek", "sgd", "thb", "try", "twd", "uah", "vnd",
        "zar", "euro", "euros", "pound", "pounds", "yen", "won", "rupee", "rupees", "franc",
        "francs", "rouble", "roubles",
    }
)  # fmt: skip
"""Codes of ISO 4217, and what people call the currencies."""
_SAME = {
    **dict.fromkeys(("rmb", "yuan", "renminbi", "cnh"), "cny"),
    **dict.fromkeys(("dollar", "dollars", "us"), "usd"),
}
"""Other names of those that keys are written in."""


def advice_on_currency(key: str, known: Sequence[str]) -> str:
    """Return what to do about an unknown key that is a known one in another currency.

    Parameters
    ----------
    key
        As the file has it: ``price_eur_per_mtok``.
    known
        Keys that may stand there.

    Returns
    -------
    str
        Empty if it is none.

    Examples
    --------
    >>> advice_on_currency("price_eur_per_mtok", ["price_usd_per_mtok", "price_cny_per_mtok"])
    'Amounts are in USD or CNY: convert it, and write price_usd_per_mtok or price_cny_per_mtok.'
    >>> advice_on_currency("price_rmb_per_mtok", ["price_usd_per_mtok", "price_cny_per_mtok"])
    'Write price_cny_per_mtok.'
    >>> advice_on_currency("cash_gbp", ["cash_usd", "name"])
    'Amounts are in USD: convert it, and write cash_usd.'
    """
    steps = key.casefold().split("_")
    for position, step in enumerate(steps):
        if step not in _OTHER and step not in _SAME:
            continue
        written = {
            currency: "_".join((*steps[:position], currency, *steps[position + 1 :]))
            for currency in _KNOWN
        }
        fitting = {
            currency: name
            for currency, text in written.items()
            for name in known
            if name == text or name.startswith(f"{text}_")
        }
        if _SAME.get(step) in fitting:
            return f"Write {fitting[_SAME[step]]}."
        if fitting:
            codes = " or ".join(map(str.upper, fitting))
            return f"Amounts are in {codes}: convert it, and write {' or '.join(fitting.values())}."
    return ""
