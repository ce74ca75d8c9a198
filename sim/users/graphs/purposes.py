"""What a network's draws are for: the entities of ``Stream.NETWORK``."""

from enum import IntEnum, unique


@unique
class Purpose(IntEnum):
    """One number a purpose; the ordinal counts ties, users and attempts."""

    REWIRED = 1
    TARGET = 2
    TIED = 3
    ATTACHED = 4
    TIED_ACROSS = 5
    DEGREE = 6
    WITHIN = 7
    COMMUNITY_SIZE = 8
    PLACE = 9
    MATCHED_WITHIN = 10
    MATCHED_ACROSS = 11
