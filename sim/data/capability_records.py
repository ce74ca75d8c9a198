"""Links of benchmarks and capabilities of models: what the fitted scale consists of."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """How a benchmark's score follows from capability.

    Attributes
    ----------
    benchmark
        As in the table of scores.
    form
        ``logistic``: ``floor + (1 - floor) / (1 + exp(-(intercept + slope * capability)))``;
        ``linear``: ``intercept + slope * capability``.
    floor
        Score of pure guessing; 0 for linear links.
    intercept, slope
        In log-odds (and per logit) where logistic, in score units (and per logit) where linear.
    residual_sd
        Standard deviation of scores around the link, in score units, adjusted for the parameters
        fitted.
    scores
        How many scores it was fitted to.
    """

    benchmark: str
    form: str
    floor: float
    intercept: float
    slope: float
    residual_sd: float
    scores: int


@dataclass(frozen=True, slots=True)
class Capability:
    """Capability of one model.

    Attributes
    ----------
    model
        The name that the scale uses.
    value
        Capability in logits.
    standard_error
        In logits; includes the uncertainty of the links, not that of a benchmark's relevance.
    scores
        How many scores it rests on.
    source
        The benchmarks it rests on.
    """

    model: str
    value: float
    standard_error: float
    scores: int
    source: str


@dataclass(frozen=True, slots=True)
class CapabilityScale:
    """All links and all capabilities, by name."""

    links: dict[str, Link]
    capabilities: dict[str, Capability]
