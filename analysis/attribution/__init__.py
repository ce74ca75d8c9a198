"""What causes what: the outcome of a market divided among the factors that a scenario has."""
