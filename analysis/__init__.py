"""What a run means: statistics, comparisons, price accounts, figures and the report.

Everything here reads the tables of finished runs; nothing reaches into the simulator.
"""
