"""Searched examples are the same in every run, and may wait for the kernel to compile."""

from hypothesis import settings

settings.register_profile("pricewar", deadline=None, derandomize=True)
settings.load_profile("pricewar")
