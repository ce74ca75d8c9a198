"""The error of a model that an instance cannot serve."""

from __future__ import annotations

import math

from sim.errors import PricewarError

_MOST_SHOWN = 1e12
"""Accelerators that are asked for at most, however absurd the model is."""


class ServingError(PricewarError):
    """A model does not fit its instance, or decodes on it too slowly.

    Raise ``accelerators_per_instance``, choose an accelerator with more memory or bandwidth, lower
    ``weight_bits``, or accept a lower ``minimum_decode_tok_per_s``; the message says by how much.
    """

    @classmethod
    def memory(
        cls, chip: str, devices: int, needed_bytes: float, device_bytes: float
    ) -> ServingError:
        """Weights and one sequence need more memory than the instance has."""
        fewest = math.ceil(min(needed_bytes / device_bytes, _MOST_SHOWN))
        return cls(
            f"{devices} x {chip} hold {devices * device_bytes / 1e9:.4g} GB; weights and the cache "
            f"of one sequence need {needed_bytes / 1e9:.4g} GB: set accelerators_per_instance to "
            f"at least {fewest}"
        )

    @classmethod
    def speed(
        cls, chip: str, devices: int, tok_per_s: float, minimum_tok_per_s: float
    ) -> ServingError:
        """Even a single sequence decodes below the accepted speed."""
        return cls(
            f"{devices} x {chip} decode a single sequence at {tok_per_s:.4g} tokens/s, below "
            f"minimum_decode_tok_per_s = {minimum_tok_per_s:.4g}: use more accelerators per "
            "instance or accept a lower speed"
        )
