"""The capability scale of other scores than the shipped ones: one's own, or those known at a date.

Where scores of the reference benchmark were known, links and capabilities are fitted to what was
known, as `sim.data.capability_fit` does. Before, all that was known are Elo ratings, whose zero
drifts between snapshots. Then the latest rating of each model since the last snapshot that has two
models, [0] and [1], is put on the scale by a line through them,

    c = c_0 + (Elo - Elo_0) (c_1 - c_0) / (Elo_1 - Elo_0),

c_0 and c_1 being where the shipped scale has them: they fix zero and unit, as two temperatures fix
degrees. One more figure of later days enters: how far capabilities spread around the line is the
residual standard deviation of the shipped link over its slope.
"""

from __future__ import annotations

from collections import Counter

from sim.data.capability_fit import BENCHMARKS, REFERENCE, fit_scale
from sim.data.capability_records import Capability, CapabilityScale, Link
from sim.data.dataset import Dataset
from sim.data.scores import Score, model_names, scores

ELO = ("LMArena text Elo (history)", "LMArena text Elo")
ANCHORS = ("gpt-3.5-turbo-0125", "gpt-4-0314 (8k)")
"""Two models that all snapshots since February 2024 have."""

_LEAST_SCORES = 10
"""Scores that a benchmark must have to be linked."""


def scale_of(dataset: Dataset, shipped: CapabilityScale) -> CapabilityScale:
    """Return the scale of a dataset.

    Parameters
    ----------
    dataset
        Its scores and names are read.
    shipped
        Says where the two anchors stand.

    Returns
    -------
    CapabilityScale
        Of the models whose scores were known; of none if too little was.

    Raises
    ------
    DataError
        The residual variances of the fit do not settle.
    """
    known = scores(dataset)
    counts = Counter(score.benchmark for score in known)
    linked = [name for name in BENCHMARKS if counts[name] >= _LEAST_SCORES]
    if REFERENCE in linked:
        used = [score for score in known if score.benchmark in linked]
        return fit_scale(used, model_names(dataset), linked)
    return _on_a_line(known, model_names(dataset), shipped)


def _on_a_line(
    known: tuple[Score, ...], names: dict[str, str], shipped: CapabilityScale
) -> CapabilityScale:
    ratings: dict[str, dict[str, Score]] = {}
    for score in known:
        if score.benchmark in ELO:
            of_day = ratings.setdefault(score.date.isoformat(), {})
            of_day[names.get(score.name, score.name)] = score
    snapshots = [day for day, rated in ratings.items() if rated.keys() >= {*ANCHORS}]
    if not snapshots:
        return CapabilityScale({}, {})
    first = max(snapshots)
    latest: dict[str, Score] = {}
    for day in sorted(day for day in ratings if day >= first):
        latest |= ratings[day]
    low, high = (latest[name].score for name in ANCHORS)
    low_logit, high_logit = (shipped.capabilities[name].value for name in ANCHORS)
    slope = (high - low) / (high_logit - low_logit)
    link = shipped.links["LMArena text Elo"]
    spread = link.residual_sd / link.slope
    line = Link(link.benchmark, "linear", 0.0, low - slope * low_logit, slope, link.residual_sd, 2)
    return CapabilityScale(
        {link.benchmark: line},
        {
            model: Capability(
                model=model,
                value=low_logit + (score.score - low) / slope,
                standard_error=spread,
                scores=1,
                source=f"{score.benchmark}, snapshot of {score.date}",
            )
            for model, score in sorted(latest.items())
        },
    )
