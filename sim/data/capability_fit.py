"""Fit of the capability scale to the table of benchmark scores.

Capabilities and links come from `sim.data.item_response`, models being the persons and benchmarks
the tests; GPQA-Diamond as run by Epoch AI is the reference that fixes zero and unit. Benchmarks
with right and wrong answers have logistic links above their guessing floor; Elo and the Epoch
Capabilities Index have linear ones.

Left out are the Artificial Analysis index (a version made after the last date of the data, and far
from linear in the others) and the history of Elo (its zero drifts between snapshots; two later
snapshots are used, each with a link of its own).

Run ``python -m sim.data.capability_fit`` to write the two tables anew.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from sim.data.capability_records import Capability, CapabilityScale, Link
from sim.data.item_response import Estimates, Scores, fit
from sim.data.scores import Score, model_names, scores
from sim.data.table import TABLES

SCALE = TABLES / "capability_scale.csv"
LINKS = TABLES / "capability_links.csv"

REFERENCE = "GPQA-Diamond (Epoch run)"
"""The benchmark that defines zero and unit."""

FLOORS = {
    REFERENCE: 0.25,
    "GPQA-Diamond (AA)": 0.25,
    "GPQA-Diamond (Epoch price study)": 0.25,
    "MMLU": 0.25,
    "MMLU (Epoch price study)": 0.25,
    "MMLU-Pro": 0.1,
}
"""Share of right answers by guessing: four options, ten in MMLU-Pro."""

LINEAR = (
    "Epoch Capabilities Index",
    "LMArena Elo (Epoch price study, 2025-02)",
    "LMArena text Elo",
)

BENCHMARKS = (*FLOORS, *LINEAR)


def fit_scale(
    table: Iterable[Score] | None = None,
    names: Mapping[str, str] | None = None,
    benchmarks: Sequence[str] = BENCHMARKS,
) -> CapabilityScale:
    """Fit links and capabilities to a table of scores.

    Parameters
    ----------
    table
        None: the shipped one.
    names
        The name that a model goes by, by each that it is called; None: as shipped.
    benchmarks
        Those that are linked, the reference among them.

    Raises
    ------
    DataError
        The residual variances do not settle.
    """
    names = model_names() if names is None else names
    used = [
        (names.get(score.name, score.name), score.benchmark, score.score)
        for score in (scores() if table is None else table)
        if score.benchmark in benchmarks
    ]
    benchmarks_of: dict[str, list[str]] = defaultdict(list)
    for model, benchmark, _ in used:
        benchmarks_of[model].append(benchmark)
    models = sorted(benchmarks_of, key=str.casefold)
    model_index = {model: index for index, model in enumerate(models)}
    estimates = fit(
        Scores(
            person=np.array([model_index[model] for model, _, _ in used]),
            test=np.array([benchmarks.index(benchmark) for _, benchmark, _ in used]),
            score=np.array([score for _, _, score in used]),
            floor=np.array([FLOORS.get(benchmark, 0.0) for benchmark in benchmarks]),
            logistic=np.array([benchmark in FLOORS for benchmark in benchmarks]),
            reference=benchmarks.index(REFERENCE),
        )
    )
    return CapabilityScale(
        links=_links(estimates, benchmarks, Counter(benchmark for _, benchmark, _ in used)),
        capabilities={
            model: Capability(
                model=model,
                value=float(estimates.ability[index]),
                standard_error=float(estimates.standard_error[index]),
                scores=len(benchmarks_of[model]),
                source="; ".join(sorted(set(benchmarks_of[model]))),
            )
            for model, index in model_index.items()
        },
    )


def _links(
    estimates: Estimates, benchmarks: Sequence[str], counts: Counter[str]
) -> dict[str, Link]:
    return {
        benchmark: Link(
            benchmark=benchmark,
            form="logistic" if benchmark in FLOORS else "linear",
            floor=FLOORS.get(benchmark, 0.0),
            intercept=float(estimates.intercept[index]),
            slope=float(estimates.slope[index]),
            residual_sd=float(estimates.residual_sd[index]),
            scores=counts[benchmark],
        )
        for index, benchmark in enumerate(benchmarks)
    }


def write_scale(fitted: CapabilityScale, scale: Path = SCALE, links: Path = LINKS) -> None:
    """Write a fitted scale as the two tables that `sim.data.capabilities` reads."""
    with links.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            ["benchmark", "form", "floor", "intercept", "slope", "residual_sd", "scores"]
        )
        for link in fitted.links.values():
            numbers = (f"{x:.6g}" for x in (link.intercept, link.slope, link.residual_sd))
            writer.writerow([link.benchmark, link.form, link.floor, *numbers, link.scores])
    with scale.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            ["model", "capability_logit", "standard_error_logit", "scores", "benchmarks"]
        )
        for row in fitted.capabilities.values():
            numbers = (f"{x:.4f}" for x in (row.value, row.standard_error))
            writer.writerow([row.model, *numbers, row.scores, row.source])


if __name__ == "__main__":
    write_scale(fit_scale())
