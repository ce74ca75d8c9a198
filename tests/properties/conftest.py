"""Property tests search the same examples in every run, for as long as each takes."""

from hypothesis import settings

settings.register_profile("pricewar", deadline=None, derandomize=True)
settings.load_profile("pricewar")
