"""Pricing strategies, one a file: the record that a scenario fills, and the rule.

A strategy of peace is a `sim.strategies.pricing.peace.PeacePricing`, a strategy of war a
`sim.strategies.pricing.war.WarPricing`.
"""
