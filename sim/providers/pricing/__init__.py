"""Pricing policies, one a file; ``policies`` builds them from a scenario."""
