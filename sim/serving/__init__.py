"""Serving a model: the roofline, what a token costs, how long a request waits."""
