"""Generators of networks, one a kind, for ten to ten million users."""
