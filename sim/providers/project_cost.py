r"""What a compression project costs and how long it takes.

.. math::
    h = \frac{1}{3600\,F} \left(\frac{2 N \omega}{\mathrm{mfu}} +
    \frac{2 N_a \nu N}{\mathrm{mfu}_t}\right), \qquad
    \text{cost} = \text{staff cost} + h r, \qquad
    \text{lead time} = m e^{s Z} + \frac{h}{24\,n}

omega and nu are the recipe's work (`analysis.compression.fitting.work`): tokens that the original
reads in the time of compressing, and tokens for each parameter that it reads in the time of
training. N are all parameters, since compressing goes through every weight; training text grows
with them, and each token of it passes the active ones, N_a. F mfu is the rate at which the
accelerator reads prompts at 16 bits, F mfu_t that of training, r the rent. The n accelerators that
compute, and the staff's cost and median time m with its spread s, are the scenario's: no benchmark
measures them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from sim.clouds.hosted_chip import HostedChip
from sim.compression.recipes import Recipe
from sim.scenario.supply import Architecture, CompressionProject
from sim.serving.precision import SERVED_IN_16_BITS
from sim.streams import Stream, Streams, entity_of

TRAINING_FLOP_UTILISATION = 0.4
"""[mfu_t] At 16 bits: 38 to 43% in Llama 3 (Grattafiori et al. 2024, arXiv:2407.21783)."""


@dataclass(frozen=True, slots=True)
class ProjectCost:
    """What a project costs, and when it is done.

    Attributes
    ----------
    accelerator_hours
        Computing [h].
    cost_usd
        Staff and computing.
    lead_time_days
        From its start to the smaller model's first day.
    """

    accelerator_hours: float
    cost_usd: float
    lead_time_days: float


def project_cost(
    project: CompressionProject,
    recipe: Recipe,
    architecture: Architecture,
    hosted: HostedChip,
    rent_usd_per_hour: float,
    streams: Streams,
) -> ProjectCost:
    """Return what a project costs and how long it takes; see the module.

    Parameters
    ----------
    project
        Staff cost and time, and the accelerators [n].
    recipe
        What is done.
    architecture
        The model that it is done to.
    hosted, rent_usd_per_hour
        The accelerator that computes, and its rent [r].
    streams
        Draws of the replication.
    """
    hours = computing_hours(recipe, architecture, hosted)
    return ProjectCost(
        accelerator_hours=hours,
        cost_usd=project.staff_cost_usd + hours * rent_usd_per_hour,
        lead_time_days=staff_time_days(project, streams) + hours / project.accelerators / 24.0,
    )


def computing_hours(recipe: Recipe, architecture: Architecture, hosted: HostedChip) -> float:
    """Return the accelerator-hours [h] that a recipe takes on a model."""
    parameters = 1e9 * architecture.parameters_billion
    trained = recipe.training_tokens_per_parameter * parameters
    reading = hosted.efficiency(SERVED_IN_16_BITS, architecture).flop_utilisation
    flop = 2.0 * parameters * recipe.work_tokens / reading
    training = 2e9 * architecture.active_parameters_billion * trained
    flop += training / (TRAINING_FLOP_UTILISATION * hosted.prefill_efficiency)
    return flop / hosted.chip.fp16_flop_per_s / 3600.0


def staff_time_days(project: CompressionProject, streams: Streams) -> float:
    """Return how long staff takes: lognormal with median ``staff_time_days``.

    The draw belongs to the product, start date and method, so that other projects shift nothing.
    """
    entity = entity_of(f"{project.product}/{project.start_date}/{project.method}")
    deviation = streams.normal(Stream.PROJECT_LEAD_TIME, entity, 0)
    return project.staff_time_days * math.exp(project.staff_time_log_sd * deviation)
