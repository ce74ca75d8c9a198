"""A stand-in for energy: processor time and bytes moved, at assumed prices in joules.

No counter of energy (RAPL) can be read on a rented virtual machine, so nothing here is a
measurement of energy.  The stand-in is

    E = P_core * t_cpu + e_dram * bytes

with the power of one busy core ``P_core``, processor time ``t_cpu`` and the energy of moving a byte
between memory and processor ``e_dram``.  Both prices are assumptions, taken as round numbers inside
the range that seems possible for a server processor and DDR memory; ratios between configurations
depend on them far less than levels do.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Prices:
    """Assumed prices of computing, in joules.

    Attributes
    ----------
    core_watts
        Power of one busy core with its share of the chip [W].
    dram_joules_per_byte
        Energy of moving one byte between memory and processor [J/B].
    """

    core_watts: float
    dram_joules_per_byte: float


ASSUMED = Prices(core_watts=4.0, dram_joules_per_byte=150e-12)
"""Assumption, from ranges of 2 to 8 W and 40 to 400 pJ a byte."""


def energy_proxy_j(cpu_seconds: float, bytes_moved: float, prices: Prices = ASSUMED) -> float:
    """Return the stand-in for energy [J]: ``P_core * t_cpu + e_dram * bytes``.

    Parameters
    ----------
    cpu_seconds
        Processor time [s], such as that of one token.
    bytes_moved
        Bytes read from memory meanwhile [B]: for one decoded token, the weights once.
    prices
        Assumed prices.
    """
    return prices.core_watts * cpu_seconds + prices.dram_joules_per_byte * bytes_moved
