"""What a scenario says about compression: which curves its recipes are read off.

A scenario that uses the shipped curves holds their digest; one that names a file of curves holds
the curves of that file.
"""

from sim.compression.curves import CompressionCurves
from sim.reading.frozen import Frozen


class Compression(Frozen):
    """Where compression recipes come from."""

    sampled: bool = False
    """Each replication draws the curves' parameters from their intervals; false: best values."""
    curves: CompressionCurves | None = None
    """Curves of its own; none: the shipped ones."""
    shipped_sha256: str | None = None
    """Digest of the shipped curves that it uses, set when a file is read; none with its own."""
