"""Prices that nobody gains by changing: demand with its derivatives, and who sets which price."""
