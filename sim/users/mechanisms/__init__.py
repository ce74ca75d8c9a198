"""What users do, mechanism by mechanism: parameters, equation, and compiled scalar functions.

Every file holds a named tuple of rules, made from the scenario by ``from_scenario``, and functions
that return rates a day, probabilities and utilities. They draw nothing and know no arrays of users,
so that an engine of single users and one of cohorts call the same functions.
"""
