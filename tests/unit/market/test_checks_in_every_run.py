"""A run with a fault in its accounts fails: the faults are planted here."""

from dataclasses import replace

import pytest

from sim.errors import LedgerError
from sim.market.week import Week
from sim.simulation import Simulation
from sim.users.population import Population


def test_a_week_that_counts_tokens_twice_fails_the_run(scenario_of, monkeypatch):
    honest = Week.add

    def twice(self, flow, *rest):
        honest(self, replace(flow, mtok=2.0 * flow.mtok), *rest)

    monkeypatch.setattr(Week, "add", twice)
    with pytest.raises(LedgerError, match="users' meters say"):
        Simulation(scenario_of(), seed=1, replication=0).run()


def test_users_counted_on_two_products_fail_the_run(scenario_of, monkeypatch):
    honest = Population.count_users
    monkeypatch.setattr(Population, "count_users", lambda self: 3 * honest(self))
    with pytest.raises(LedgerError, match="users of products"):
        Simulation(scenario_of(), seed=1, replication=0).run()
