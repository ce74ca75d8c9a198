"""The result as files: parameters that scenarios extend, and their joint law to draw from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from ruamel.yaml import YAML

from analysis.estimation.estimate import LEVEL, Estimate
from analysis.estimation.reading import Task
from sim.batch.designs.joint import JointParameter, JointUncertainty
from sim.reading.overriding import Item, steps_of
from sim.scenario.own_data import AS_OF

_DIGITS = 6
_NORMAL = 1.6448536269514722
"""Half-width of a normal interval at `LEVEL`, in standard deviations."""


def write_parameters(task: Task, found: Estimate, path: Path) -> None:
    """Write a scenario file that sets the estimated parameters.

    It keeps the taste scales and outside utilities of the reference at which the parameters were
    estimated, and the facts that they were tuned to have the role ``calibration``, so that no
    report calls them hits.

    Parameters
    ----------
    task
        What was calibrated.
    found
        What came out.
    path
        The file.
    """
    name = f"{task.scenario.name}-calibrated"
    content: dict[str, Any] = {
        "extends": task.scenario_name,
        "name": name[:80],
        "title": f"{task.scenario.title or task.scenario.name}, calibrated",
    }
    source = task.source
    if task.scenario.data_as_of is not None:
        content[AS_OF] = task.scenario.data_as_of
    for index, (parameter, value) in enumerate(
        zip(task.file.parameters.values(), found.values, strict=True)
    ):
        low, high = (_short(it) for it in found.intervals[index])
        stated = {
            "value": min(max(_short(value), low), high),
            "source": source,
            "range": [low, high],
            "note": _note(found, index),
        }
        for target in parameter.all_paths:
            _put(content, target, {**stated, "range": [low, high]})  # no YAML anchor for two paths
    for target, it in task.file.fixed.items():
        _put(content, target, {"value": it.value, "source": it.source})
    for domain in task.scenario.domains:
        for key in ("taste_scale_usd_per_month", "outside_utility"):
            _put(content, f"domains[{domain.name}].{key}", getattr(domain, key))
    if task.scenario.facts:
        content["facts"] = [_fact(task, fact) for fact in task.scenario.facts]
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.width = 120
    with path.open("w", encoding="utf-8") as file:
        file.write(f"# Written by: {source}.\n# Ranges are 90% intervals; joint.yaml beside this ")
        file.write("file has the joint law.\n# Taste scales and outside utilities are those of ")
        file.write("the reference that the parameters were estimated at.\n\n")
        yaml.dump(content, file)


def write_joint(task: Task, found: Estimate, path: Path) -> None:
    """Write the joint uncertainty, from which designs of kind ``monte_carlo`` draw.

    Its standard deviations are so wide that its 90% intervals are those of the estimates, which are
    Student's.

    Parameters
    ----------
    task, found, path
        As of `write_parameters`.
    """
    wider = found.inference.quantiles(LEVEL) / _NORMAL
    covariance = found.inference.covariance * np.outer(wider, wider)
    covariance = (covariance + covariance.T) / 2.0
    joint = JointUncertainty(
        parameters={
            name: JointParameter(paths=it.all_paths, range=it.range, scale=it.scale)
            for name, it in task.file.parameters.items()
        },
        mean=tuple(found.unit.tolist()),
        covariance=tuple(tuple(row) for row in covariance.tolist()),
        source=task.source,
    )
    yaml = YAML()
    with path.open("w", encoding="utf-8") as file:
        file.write(
            "# A normal law in unit coordinates: 0 at the lower end of each range, 1 at the "
        )
        file.write("upper, linear in the\n# parameter or its logarithm; cut at the ranges.\n\n")
        yaml.dump(joint.model_dump(mode="json"), file)


def tuned_to(task: Task, name: str, provider: str | None, until: object) -> bool:
    """Return whether a fact of the scenario is one of the moments."""
    return any(
        (it.measure, it.provider, it.until_date) == (name, provider, until)
        for it in task.moments.values()
    )


def _fact(task: Task, fact: Any) -> dict[str, Any]:
    content: dict[str, Any] = fact.model_dump(exclude_none=True)
    if tuned_to(task, fact.name, fact.provider, fact.until_date):
        content["role"] = "calibration"
    return content


def _note(found: Estimate, index: int) -> str:
    profile = found.profiles[index]
    words = ["90% interval of the estimate"]
    if found.at_bound[index]:
        words.append("the estimate lies at an end of the range that was searched")
    if not profile.identified:
        words.append("not identified: hardly any value of the searched range is refused")
    return "; ".join(words)


def _short(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}") if np.isfinite(value) else float(value)


def _put(content: dict[str, Any], path: str, value: object) -> None:
    """Put a value at a path, list items by name."""
    steps = steps_of(path)
    at: Any = content
    for step, following in zip(steps, (*steps[1:], None), strict=True):
        if following is None:
            at[step] = value
        elif isinstance(step, Item):
            named = next((it for it in at if it["name"] == step.label), None)
            if named is None:
                named = {"name": step.label}
                at.append(named)
            at = named
        else:
            at = at.setdefault(step, [] if isinstance(following, Item) else {})
