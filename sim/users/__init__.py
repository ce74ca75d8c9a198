"""Users: who they are, how they hear of products, choose, use and drop them."""

from sim.users.flow import Flow, Snapshot
from sim.users.offers import OfferView
from sim.users.population import Population

__all__ = ["Flow", "OfferView", "Population", "Snapshot"]
