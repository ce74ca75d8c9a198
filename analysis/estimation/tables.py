"""What came out, as tables: written as CSV, printed, drawn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from analysis.estimation.confirmation import Confirmed
from analysis.estimation.estimate import Estimate
from analysis.estimation.journal import Evaluation
from analysis.estimation.reading import Task
from analysis.statistics import student
from sim.quantities import FloatArray

if TYPE_CHECKING:
    import pandas as pd

_FAR_SD = 2.0
"""So far from what was observed, a moment contradicts the others."""


def estimates(task: Task, found: Estimate) -> pd.DataFrame:
    """Return a row a parameter."""
    import pandas as pd

    names = found.criterion.names
    rows = []
    for index, (name, parameter) in enumerate(task.file.parameters.items()):
        profile, space = found.profiles[index], found.space
        ends = np.tile(found.unit, (2, 1))
        ends[:, index] = profile.low, profile.high
        influence = np.abs(found.inference.standardised_influence[index])
        rows.append(
            {
                "parameter": name,
                "value": found.values[index],
                "low": found.intervals[index, 0],
                "high": found.intervals[index, 1],
                "profile_low": space.from_unit(ends)[0, index],
                "profile_high": space.from_unit(ends)[1, index],
                "range_low": parameter.range[0],
                "range_high": parameter.range[1],
                "scale": parameter.scale,
                "prior": "" if parameter.prior is None else parameter.prior.source,
                "standard_error_unit": found.inference.standard_errors[index],
                "degrees_of_freedom": found.inference.degrees[index],
                "simulation_share": found.inference.simulation_share[index],
                "at_bound": bool(found.at_bound[index]),
                "identified": profile.identified,
                "driven_most_by": names[int(influence.argmax())],
                "paths": " ".join(parameter.all_paths),
            }
        )
    return pd.DataFrame(rows)


def moments(task: Task, found: Estimate, confirmed: Confirmed | None) -> pd.DataFrame:
    """Return a row a moment, in the units in which they are observed."""
    import pandas as pd

    apart = found.criterion.residuals(found.unit, np.nanmean(found.moments, axis=0))
    sd = np.sqrt(np.diag(found.criterion.covariance))
    rows = []
    for index, (name, moment) in enumerate(task.moments.items()):
        is_log = moment.scale == "log"
        simulated = student(found.moments[:, index])
        back = [
            float(np.exp(it) if is_log else it)
            for it in (simulated.centre, simulated.low, simulated.high)
        ]
        other = np.nan
        if confirmed is not None:
            mean = _mean(confirmed.moments[:, index])
            other = float(np.exp(mean) if is_log else mean)
        rows.append(
            {
                "moment": name,
                "role": "calibration",
                "fact": moment.fact,
                "measure": moment.measure,
                "observed": moment.observed,
                "range_low": moment.range[0],
                "range_high": moment.range[1],
                "simulated": back[0],
                "simulated_low": back[1],
                "simulated_high": back[2],
                "in_range": moment.range[0] <= back[0] <= moment.range[1],
                "confirmed": other,
                "distance_sd": apart[index] / sd[index],
                "weight": found.criterion.weights[index, index],
                "surface_r2": found.surface.hold_out_r2[index],
                "source": moment.source,
            }
        )
    return pd.DataFrame(rows)


def influence(found: Estimate) -> pd.DataFrame:
    """Return by how much each moment moves each estimate, a row a pair."""
    import pandas as pd

    worth, names = found.inference, found.criterion.names
    return pd.DataFrame(
        [
            {
                "parameter": parameter,
                "moment": moment,
                "influence_unit": worth.influence[row, column],
                "standardised": worth.standardised_influence[row, column],
            }
            for row, parameter in enumerate(found.space.names)
            for column, moment in enumerate(names)
        ]
    )


def covariance(found: Estimate) -> pd.DataFrame:
    """Return the covariance in unit coordinates, a row a parameter."""
    import pandas as pd

    names = list(found.space.names)
    return pd.DataFrame(found.inference.covariance, columns=names).assign(parameter=names)[
        ["parameter", *names]
    ]


def profiles(found: Estimate) -> pd.DataFrame:
    """Return the profiles, a row a place where a parameter was held."""
    import pandas as pd

    parts = []
    for index, (name, it) in enumerate(zip(found.space.names, found.profiles, strict=True)):
        held = np.tile(found.unit, (len(it.unit), 1))
        held[:, index] = it.unit
        values = found.space.from_unit(held)[:, index]
        parts.append(pd.DataFrame({"parameter": name, "value": values, "rise": it.rise}))
    return pd.concat(parts, ignore_index=True)


def steps(found: Estimate) -> pd.DataFrame:
    """Return the Gauss-Newton steps."""
    import pandas as pd

    values = found.space.from_unit(np.array([it.unit for it in found.steps]))
    frame = pd.DataFrame(values, columns=list(found.space.names))
    return frame.assign(
        distance=[it.value for it in found.steps], part_taken=[it.part for it in found.steps]
    )


def runs(task: Task, evaluations: tuple[Evaluation, ...]) -> pd.DataFrame:
    """Return every run: its parameters, its moments, and why it failed."""
    import pandas as pd

    space = task.space
    values = space.from_unit(np.array([it.unit for it in evaluations]))
    frame = pd.DataFrame(values, columns=list(space.names))
    frame.insert(0, "stage", [it.stage for it in evaluations])
    frame.insert(1, "replication", [it.replication for it in evaluations])
    found = np.array([it.moments for it in evaluations])
    for index, (name, moment) in enumerate(task.moments.items()):
        frame[f"moment {name}"] = (
            np.exp(found[:, index]) if moment.scale == "log" else found[:, index]
        )
    return frame.assign(failure=[it.failure for it in evaluations])


def write_all(
    task: Task,
    found: Estimate,
    confirmed: Confirmed | None,
    evaluations: tuple[Evaluation, ...],
    folder: Path,
) -> None:
    """Write every table as CSV into a folder."""
    everything = runs(task, evaluations)
    tables = {
        "estimates": estimates(task, found),
        "moments": moments(task, found, confirmed),
        "influence": influence(found),
        "covariance": covariance(found),
        "profiles": profiles(found),
        "steps": steps(found),
        "runs": everything,
        "failures": everything[everything["failure"] != ""],
    }
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)


def sentences(task: Task, found: Estimate, confirmed: Confirmed | None) -> list[str]:
    """Say in words what the estimate is worth, and what it is not."""
    table, fitted = estimates(task, found), moments(task, found, confirmed)
    test = found.inference.test
    against = test.p_value < 0.05
    said = [
        f"J = {test.statistic:.3g}, p = {test.p_value:.2g} ({test.law}): together the moments "
        f"{'contradict the model' if against else 'do not contradict the model'}.",
        f"{found.runs} runs, {found.failed_share:.1%} of them without all moments.",
    ]
    far = fitted[fitted["distance_sd"].abs() > _FAR_SD]
    for row in far.to_dict("records"):
        side = "less" if row["distance_sd"] > 0 else "more"
        said.append(
            f"{row['moment']}: the model finds {side} than was observed, by "
            f"{abs(row['distance_sd']):.1f} standard deviations, at the best parameters."
        )
    unknown = table.loc[~table["identified"], "parameter"].tolist()
    if unknown:
        said.append(
            f"Not identified by these moments: {', '.join(unknown)}; no value of the range is "
            "refused."
        )
    bound = table.loc[table["at_bound"], "parameter"].tolist()
    if bound:
        said.append(
            f"At an end of the range: {', '.join(bound)}; the normal law of the interval does not "
            "hold there, read the profile."
        )
    if task.late:
        said.append(f"Left out, as of after the cut of {task.file.cut}: {', '.join(task.late)}.")
    if task.file.view == "all":
        said.append(
            "Capabilities, rents and prices that runs read are of all dates (view: all), not only "
            f"those known by the cut of {task.file.cut}."
        )
    if not found.converged:
        said.append("Steps ran out before none was better: give more with most_steps.")
    poor = fitted.loc[fitted["surface_r2"] < 0.5, "moment"].tolist()
    if poor:
        said.append(
            "The surface hardly follows "
            f"{', '.join(poor)} over the whole ranges (profiles rest on it)."
        )
    return said


def _mean(values: FloatArray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")
