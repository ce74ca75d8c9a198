"""Providers: what a token costs them, how they lower that cost, and how they price."""
