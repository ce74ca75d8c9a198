"""Units that several rooms convert with."""

from typing import Final

DAYS_PER_MONTH: Final = 30.44
"""Mean length of a month."""
DAYS_PER_YEAR: Final = 365.25
