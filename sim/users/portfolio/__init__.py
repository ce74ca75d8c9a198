"""Users who hold several products at once, each for a class of their requests."""
