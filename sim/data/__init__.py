"""Real figures with their sources: the tables under ``tables/`` and one typed reader for each.

Every row keeps its source. Nothing here is dated after 2025-10-31; see ``docs/data.md`` for what
each table may be used for, and who is to be credited.
"""
