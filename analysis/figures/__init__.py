"""The figures, one a file, each drawn from the tables of a run alone."""
