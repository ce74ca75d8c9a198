"""Who chooses what, and what owners gain by their prices, compiled."""
