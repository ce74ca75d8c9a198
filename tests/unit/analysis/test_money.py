"""Yearly flows of money are those of the ledger."""

import pytest

from analysis.money import FLOWS, yearly_flows, yearly_gains
from sim.market.ledger import Purpose


def test_every_flow_is_made_of_purposes_that_the_ledger_has():
    assert {purpose for flow in FLOWS.values() for purpose in flow} <= {*Purpose}


def test_clouds_keep_what_they_earn_beyond_chips(war_run):
    flows, gains = yearly_flows(war_run), yearly_gains(war_run)
    margin = flows["providers rent compute"] - flows["clouds buy chips"]
    assert gains["clouds (margin)"].to_numpy() == pytest.approx(margin.to_numpy())
