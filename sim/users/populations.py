"""The users of a replication, in the mode that the scenario says."""

from sim.scenario.scenario import Scenario
from sim.streams import Streams
from sim.users.cohort.population import CohortPopulation
from sim.users.population import Population

AnyPopulation = Population | CohortPopulation
"""Users one by one, or as counts: with the same methods for the market."""


def build_population(scenario: Scenario, streams: Streams) -> AnyPopulation:
    """Draw the users of a replication.

    Parameters
    ----------
    scenario : Scenario
        Its population, domains and products are read.
    streams : Streams
        The replication's draws.
    """
    if scenario.population.mode == "cohorts":
        return CohortPopulation.build(scenario, streams)
    return Population.build(scenario, streams)
