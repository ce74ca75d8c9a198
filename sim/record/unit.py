"""Units of columns, as tables, axes and sentences show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Unit:
    """Unit of a column.

    Attributes
    ----------
    symbol
        As narrow tables show it: ``USD/Mtok``.
    factor
        What a stored value is multiplied by to be shown: 100 for ``%``, as shares are stored as 0
        to 1.
    of
        What a share is of.

    Examples
    --------
    >>> Unit("USD/Mtok").words, Unit("USD/Mtok").spelled
    ('USD per Mtok', 'USD per million tokens')
    >>> Unit("%", 100.0, of="users").words
    '% of users'
    """

    symbol: str
    factor: float = 1.0
    of: str = ""

    @property
    def stored(self) -> str:
        """Symbol of the value as stored: ``share`` for what is shown as ``%``."""
        return "share" if self.symbol == "%" else self.symbol

    @property
    def words(self) -> str:
        """As an axis shows it: ``USD per Mtok``, ``USD a day``, ``% of users``."""
        amount, *per = self.symbol.split("/")
        text = " ".join([amount, *(_PER.get(name, f"per {name}") for name in per)])
        return f"{text} of {self.of}" if self.of else text

    @property
    def spelled(self) -> str:
        """As a sentence shows it: ``USD per million tokens``."""
        return self.words.replace("Mtok", "million tokens")

    @property
    def of_difference(self) -> str:
        """As the axis of a difference shows it: ``% points`` for shares."""
        return f"{self.symbol} points" if self.symbol in _POINTS else self.words

    @property
    def per_year(self) -> Unit:
        """Unit of the same flow counted per year.

        Raises
        ------
        ValueError
            If this is not a unit per day.
        """
        if not self.symbol.endswith("/day"):
            raise ValueError(f"{self.symbol} is not a unit per day")
        return Unit(f"{self.symbol.removesuffix('/day')}/year", self.factor)

    def readable(self, most: float) -> Unit:
        """Choose a multiple of this unit in which the largest value is a short number.

        Parameters
        ----------
        most
            The largest value, as stored; the sign does not matter.

        Examples
        --------
        >>> MTOK_PER_DAY.readable(3.5e7)
        Unit(symbol='trillion tokens/day', factor=1e-06, of='')
        >>> MTOK_PER_DAY.readable(999_600).symbol, MTOK_PER_DAY.readable(999_400).symbol
        ('trillion tokens/day', 'billion tokens/day')
        >>> USD.readable(-2.5e9)
        Unit(symbol='billion USD', factor=1e-09, of='')
        >>> USD_PER_MTOK.readable(2e6)
        Unit(symbol='USD/Mtok', factor=1.0, of='')
        """
        amount, _, per = self.symbol.partition("/")
        if amount not in _MULTIPLES or per == "Mtok":
            return self
        multiples = _MULTIPLES[amount]
        # Rounded as it will be written, so that it is never 1,000 of a smaller multiple.
        written = abs(float(f"{most * self.factor:.3g}"))
        large = (one for one in multiples if written >= one[0])
        size, name = next(large, multiples[-1])
        return Unit(f"{name}/{per}" if per else name, self.factor / size)


_PER: Final = {"day": "a day", "year": "a year", "hour": "an hour", "month": "a month"}
_POINTS: Final = ("%", "HHI")
_MULTIPLES: Final = {
    "USD": ((1e9, "billion USD"), (1e6, "million USD"), (1e3, "thousand USD"), (1.0, "USD")),
    "Mtok": ((1e6, "trillion tokens"), (1e3, "billion tokens"), (1.0, "million tokens")),
}

OF_USERS: Final = Unit("%", 100.0, of="users")
OF_TASKS: Final = Unit("%", 100.0, of="tasks")
OF_TOKENS: Final = Unit("%", 100.0, of="tokens")
OF_TIME: Final = Unit("%", 100.0, of="time")
USD: Final = Unit("USD")
USD_PER_DAY: Final = Unit("USD/day")
USD_PER_HOUR: Final = Unit("USD/hour")
USD_PER_MTOK: Final = Unit("USD/Mtok")
MTOK: Final = Unit("Mtok")
MTOK_PER_DAY: Final = Unit("Mtok/day")
MTOK_PER_MONTH: Final = Unit("Mtok/month")
KWH_PER_DAY: Final = Unit("kWh/day")
KG_PER_DAY: Final = Unit("kg/day")
DAYS: Final = Unit("days")
SECONDS: Final = Unit("s")
LOGIT: Final = Unit("logit")
HHI: Final = Unit("HHI")
NUMBER: Final = Unit("")
"""Of texts, and of quantities without a unit."""
