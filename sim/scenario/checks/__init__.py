"""What must hold between the values of a scenario, beyond what each may be by itself."""

from __future__ import annotations

from sim.data.dataset import Dataset
from sim.reading.nodes import Mapping
from sim.reading.problems import Problems
from sim.reading.provenance import Sources
from sim.reading.view import View
from sim.scenario.checks.cohorts import check_cohorts
from sim.scenario.checks.dates import check_dates
from sim.scenario.checks.fleets import check_fleets
from sim.scenario.checks.interventions import check_interventions
from sim.scenario.checks.names import check_names
from sim.scenario.checks.nests import check_nests
from sim.scenario.checks.networks import check_network
from sim.scenario.checks.reference import check_reference
from sim.scenario.checks.seeding import check_seeding
from sim.scenario.checks.sums import check_sums


def check(root: Mapping, sources: Sources, problems: Problems, dataset: Dataset) -> None:
    """Note every contradiction between the values of a scenario.

    Values that are wrong by themselves are passed over, so that each mistake is reported once and a
    file with mistakes of both kinds shows them together.
    """
    scenario = View(root, (), problems)
    check_names(scenario, dataset)
    check_dates(scenario)
    check_sums(scenario)
    check_network(scenario)
    check_nests(scenario)
    check_seeding(scenario)
    check_fleets(scenario)
    check_cohorts(scenario)
    check_interventions(scenario)
    check_reference(scenario, sources)
