"""How a product is being priced: as in peace, in a price war, or on the way back from one."""

from enum import StrEnum


class Stance(StrEnum):
    """How a product is being priced."""

    PEACE = "peace"
    """Not drawn into a war."""
    WAR = "war"
    """From its first reaction on."""
    RECOUP = "recoup"
    """Back up after a loss-leader campaign."""
