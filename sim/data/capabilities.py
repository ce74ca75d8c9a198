"""One capability scale for all models, in logit units: ``capability_scale.csv``.

A model's capability is the log-odds that it *knows* the answer to a question of GPQA-Diamond,
guessing apart: a score there is expected to be ``0.25 + 0.75 / (1 + exp(-capability))``. Zero is
thus a score of 62.5%, and one logit is one unit of those log-odds. All other benchmarks are tied
to this scale by links fitted together with the capabilities (see `sim.data.capability_fit`).
"""

from functools import cache
from pathlib import Path

from sim.data.capability_records import Capability, CapabilityScale, Link
from sim.data.dataset import SHIPPED, Dataset
from sim.data.scores import NAMES, SCORES, model_names
from sim.data.table import TABLES, Row, read_table
from sim.errors import UnknownName

SCALE = TABLES / "capability_scale.csv"
LINKS = TABLES / "capability_links.csv"


_EXAMPLES = ("gpt-4-0613", "deepseek-r1-0528")
"""Two models that people know, some two logits apart."""


def _link(row: Row) -> Link:
    return Link(
        benchmark=row.text("benchmark"),
        form=row.choice("form", frozenset({"linear", "logistic"})),
        floor=row.number("floor", high=0.5),
        intercept=row.number("intercept", low=-1e4, high=1e4),
        slope=row.number("slope", low=1e-3, high=1e4),
        residual_sd=row.number("residual_sd", low=1e-6),
        scores=int(row.number("scores", low=2.0)),
    )


def _capability(row: Row) -> Capability:
    return Capability(
        model=row.text("model"),
        value=row.number("capability_logit", low=-20.0, high=20.0),
        standard_error=row.number("standard_error_logit", low=1e-6),
        scores=int(row.number("scores", low=1.0)),
        source=row.text("benchmarks"),
    )


@cache
def capability_scale(dataset: Dataset = SHIPPED) -> CapabilityScale:
    """Return the scale of a dataset: as shipped, or fitted again where scores or names differ."""
    if dataset.as_of is None and not dataset.has_own(SCORES, NAMES):
        return fitted_scale()
    from sim.data.capability_view import scale_of  # the fit needs numpy

    return scale_of(dataset, fitted_scale())


@cache
def fitted_scale(scale: Path = SCALE, links: Path = LINKS) -> CapabilityScale:
    """Read the fitted scale."""
    return CapabilityScale(
        links={link.benchmark: link for link in read_table(links, _link)},
        capabilities={row.model: row for row in read_table(scale, _capability)},
    )


def capability_logit(model: str, dataset: Dataset = SHIPPED) -> Capability:
    """Look up the capability of a model.

    Parameters
    ----------
    model
        A name of the price table or of a benchmark; see `sim.data.scores.model_names`.
    dataset
        Where to look.

    Raises
    ------
    UnknownName
        The model has no score. State the capability in the scenario, as an assumption with a
        range; the nearest name that has scores is offered.
    """
    names = model_names(dataset)
    capabilities = capability_scale(dataset).capabilities
    found = capabilities.get(names.get(model, model))
    if found is None:
        raise UnknownName("model with benchmark scores", model, {*names, *capabilities})
    return found


def scale_in_words() -> str:
    """Say what the scale is, with two models that people know on it."""
    known = fitted_scale().capabilities
    first, second = (f"{name} is {known[name].value:.1f}" for name in _EXAMPLES)
    return (
        "The scale is in logits, 0 where GPQA-Diamond is solved to 62.5%: "
        f"{first}, {second}. capability_from_data takes it from benchmarks."
    )
