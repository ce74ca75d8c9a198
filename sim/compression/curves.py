"""The compression curves that recipes are read off: parameters with intervals, and sizes.

They are fitted to measurements by `analysis.compression.fitting`; here is what they consist of.
"""

import hashlib
import json
from typing import Annotated

from pydantic import Field

from sim.quantities import NonNegative, Positive, Share
from sim.reading.frozen import Frozen

_Finite = Annotated[float, Field(ge=-1e3, le=1e3)]
_Label = Annotated[str, Field(min_length=1, max_length=80)]
_Digest = Annotated[str, Field(min_length=64, max_length=64)]


class Estimate(Frozen):
    """A fitted parameter and its 95% interval."""

    best: _Finite
    low: _Finite
    high: _Finite


class SeriesEffect(Frozen):
    """What the models of one series lose more than others."""

    name: _Label
    effect: Estimate
    """[u] ln of its losses over those of the level."""


class GroupCurve(Frozen):
    """How the loss of a group of methods grows with strength, and falls with a model's size.

    The rise of the negative log-likelihood of its reference method, in nats, is
    ``exp(level + u + shape (x - centre) - size_slope ln(N / 10))``, u of the model's series, N in
    1e9 parameters, where x is ``-bits`` of weights or of the cache, ``ln(-ln(1 - s))``,
    ``ln(s / (1 - s))``, ``ln((1 - r) / r)`` or ``ln ln(1 / g)``; see `sim.compression.groups`.
    """

    name: _Label
    reference: _Label
    """The method whose level is that of published measurements."""
    shape: Estimate
    """[k or p] The same for all methods of the group, and for models of all sizes."""
    centre: _Finite
    """Mean x of the published measurements."""
    mildest_x: _Finite | None = None
    """No milder strength is taken to lose less; none: the curve holds for all."""
    level: Estimate
    """ln nats at the centre, for 10e9 parameters."""
    size_slope: Estimate
    """[beta] Zero where the published measurements show none."""
    largest_billion: Positive
    """The largest model published: no larger one is taken to lose less."""
    residual_sd: NonNegative
    """Standard deviation of ln nats within a published model, around its own level."""
    level_slope_correlation: Annotated[float, Field(ge=-1.0, le=1.0)] = 0.0
    """Of level and size slope, where there is one."""
    unknown: Estimate = Estimate(best=0.0, low=0.0, high=0.0)
    """[u] Of a model of an unknown series: the interval is the spread between series and models."""
    series: tuple[SeriesEffect, ...] = ()
    """[u] Of the series that were published."""

    def effect(self, series: str | None) -> Estimate:
        """Return what a model of a series loses more; of one that is unknown here, nothing."""
        known = {one.name: one.effect for one in self.series}
        return known.get(series or "", self.unknown)


class MethodSize(Frozen):
    """What a method leaves at one measured strength, relative to the weights at 16 bits."""

    strength: Positive
    x: _Finite
    """Strength as the group's curve takes it."""
    values_share: Share
    """Stored numbers left."""
    footprint_share: Share
    """Places of the matrices left: smaller than one only where structure is removed."""
    side_share: Share
    """Bytes of masks, scales and codebooks."""
    keep_flops_share: Share
    cache_share: Share = 1.0
    """Bytes of the KV cache left."""
    work_tokens: NonNegative
    """[omega] Processor time of compressing, as tokens that the original reads in it, at any
    size."""
    training_tokens_per_parameter: NonNegative
    """[nu] The same of methods that train, for each parameter: what they see grows with it."""


class MethodCurve(Frozen):
    """A method: which curve it follows, how far above or below it lies, where it was measured."""

    name: _Label
    family: _Label
    group: _Label
    offset: Estimate
    """ln of its loss over that of the group's reference, at equal x, from our own runs."""
    residual_sd: NonNegative
    """Standard deviation of our ln nats around the curve."""
    rows: Annotated[int, Field(ge=1)]
    """Measurements that the offset rests on."""
    sizes: Annotated[tuple[MethodSize, ...], Field(min_length=1)]
    rounds_activations: bool = False
    """Activations are rounded to 8 bits as well, which loses ``activation_nats``."""


class CompressionCurves(Frozen):
    """All that recipes are made of."""

    table_sha256: _Digest
    """Digest of the measurements that they are fitted to."""
    groups: Annotated[tuple[GroupCurve, ...], Field(min_length=1)]
    methods: Annotated[tuple[MethodCurve, ...], Field(min_length=1)]
    activation_nats: Estimate
    """What 8-bit activations lose, at any size."""
    stacking: Estimate
    """[gamma] Loss of a stack over the sum of what its parts lose."""
    stacking_factors: Estimate
    """[gamma] The same where factors of a matrix are rounded."""
    stacking_residual_sd: NonNegative
    """Standard deviation of ln(loss of a stack) around the rule."""
    capability_per_nat: Estimate
    """[kappa] Logit of capability lost per nat."""
    capability_residual_sd: NonNegative
    """Standard deviation of a model's own slope around it, relative to it."""

    @property
    def digest(self) -> str:
        """SHA-256 of the values."""
        canonical = json.dumps(
            self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=True
        )
        return hashlib.sha256(canonical.encode("ascii")).hexdigest()
